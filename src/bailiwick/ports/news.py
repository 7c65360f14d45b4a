"""News: what servers keep in memory, and how they hear that another one has changed it.

The table `news` counts the changes of each topic, in the transaction that makes the change. A count that moved is the
news; whatever wakes a server to look is only haste. So nothing is lost with a message that was never delivered.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

TABLE: Final = "news"


class Topic(StrEnum):
    """One thing that is kept in memory."""

    HALTS = "halts"
    POLICIES = "policies"
    QUARANTINE = "quarantine"
    APPROVALS = "approvals"
    SECRETS = "secrets"


TOPIC_OF: Final[Mapping[str, Topic]] = {
    "halt": Topic.HALTS,
    "charter": Topic.POLICIES,
    "trial": Topic.POLICIES,
    "agent": Topic.POLICIES,
    "connector": Topic.POLICIES,
    "quarantine": Topic.QUARANTINE,
    "approval": Topic.APPROVALS,
    "anchor_place": Topic.SECRETS,
}
"""The topic of every table whose rows are kept in memory; a table that is not here is read whenever it is needed."""

QUIET: Final[Mapping[str, frozenset[str]]] = {"agent": frozenset({"implicit_run"})}
"""Columns of those tables that nobody keeps in memory: a row in which nothing else changed is no news."""


class Bell(Protocol):
    """Wakes a server that has something to hear; used by one thread, but for `ring`."""

    def wait(self, seconds: float) -> None:
        """Return when it rang since the last call, and after `seconds` at the latest. Never raises.

        It may return early and for nothing; it may also not ring although there is news.
        """
        ...

    def ring(self) -> None:
        """This process has committed news. The others are told by the store itself, within the transaction."""
        ...

    def close(self) -> None:
        """Let go of what it holds; a `wait` under way returns soon."""
        ...
