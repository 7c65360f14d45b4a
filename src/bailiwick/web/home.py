"""The first page: what needs attention, in order, then how today went."""

from dataclasses import dataclass

from bailiwick.web.approval import ApprovalCard
from bailiwick.web.run import RunRow


@dataclass(frozen=True)
class AttentionRow:
    """One thing a person should look at; `tone` is bad, warn, odd or busy."""

    tone: str
    icon: str
    word: str
    text: str
    href: str
    since_us: int


@dataclass(frozen=True)
class Figure:
    """One number of today."""

    label: str
    value: str
    note: str = ""
    href: str = ""


@dataclass(frozen=True)
class HomeScreen:
    """The console's first page."""

    attention: tuple[AttentionRow, ...]
    figures: tuple[Figure, ...]
    mine: tuple[ApprovalCard, ...]
    runs: tuple[RunRow, ...]
