"""Tools in quarantine: what changed in each, beside what was reviewed."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Form


@dataclass(frozen=True)
class ChangedPart:
    """One argument, or another part of a definition, as it was and as it is; None where it is not there."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ReviewCard:
    """One tool. `digest` is what is accepted, empty when there is nothing to accept; `known` if it was ever reviewed.

    A line is its change and its text, as in any difference. `problems` stand against accepting it.
    """

    number: int
    tool: str
    change: str
    sentence: str
    since_us: int
    digest: str
    known: bool
    arguments: tuple[ChangedPart, ...]
    parts: tuple[ChangedPart, ...]
    lines: tuple[tuple[str, str], ...]
    suspended: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]
    consequences: tuple[str, ...]
    form: Form = BLANK


@dataclass(frozen=True)
class ReviewScreen:
    """Everything of one connector that waits for a review; `barred` says why this person may not."""

    connector: str
    cards: tuple[ReviewCard, ...]
    barred: str = ""
