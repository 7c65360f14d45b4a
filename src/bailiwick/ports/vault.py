"""Where the credentials of upstreams come from; the way out is the only caller."""

from collections.abc import Mapping
from typing import Protocol

BEARER = "bearer"
"""The name of an HTTP connector's bearer secret."""


class Vault(Protocol):
    """Secrets by connector, held in memory: `secret` is called on every action and never blocks.

    A changed secret is used from the next action on. Values never reach an agent, a log line, an error or
    the record.
    """

    def secret(self, connector: str) -> Mapping[str, str]:
        """The connector's secrets by name, empty when it has none.

        An HTTP connector has at most `bearer`; a stdio connector has environment variables of its child.
        """
        ...


class SecretKeeper(Vault, Protocol):
    """A vault that people's use cases may write to; nothing but the way out may read from it."""

    def set(self, connector: str, name: str, value: str, set_us: int) -> None:
        """Keep one secret durably, replacing an older one of the same name."""
        ...

    def reload(self) -> None:
        """Show what another server has set since; blocks."""
        ...
