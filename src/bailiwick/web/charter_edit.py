"""Writing the next version of a charter: the text as it was typed, and what it would say and change."""

from dataclasses import dataclass

from bailiwick.web.agent import Promises
from bailiwick.web.view import BLANK, Form


@dataclass(frozen=True)
class LookedAt:
    """What a typed text says. `relation` is same, narrower, wider or incomparable to the version in force.

    `changed` are actions with how they differ, `owners` says that both owners have to agree to it.
    """

    relation: str
    owners: bool
    changed: tuple[tuple[str, str], ...]
    promises: tuple[Promises, ...]
    bounds: tuple[str, ...]


@dataclass(frozen=True)
class EditScreen:
    """The text of the next version, `number` of the version in force; `flaws` are (line, text, severity)."""

    name: str
    number: int
    form: Form = BLANK
    flaws: tuple[tuple[int, str, str], ...] = ()
    looked: LookedAt | None = None
    barred: str = ""

    @property
    def wrong(self) -> bool:
        """Whether some flaw keeps it from being published."""
        return any(severity == "error" for _, _, severity in self.flaws)
