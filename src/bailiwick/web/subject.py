"""Forgetting people: who was forgotten, finding what is kept of somebody, and having it forgotten."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Form


@dataclass(frozen=True)
class ForgottenRow:
    """Somebody who was forgotten, or is being; `state` is erasing or erased."""

    id: str
    kind: str
    state: str
    segments: int
    events: int
    asked_us: int


@dataclass(frozen=True)
class FoundSubject:
    """What is kept of the person asked for: they are named on this page alone, and nowhere on the record."""

    kind: str
    name: str
    subject: str
    goes: tuple[str, ...]
    stays: tuple[str, ...]


@dataclass(frozen=True)
class SubjectScreen:
    """The page; `barred` says why this person may not look for people, `kinds` are the words of the catalogues."""

    rows: tuple[ForgottenRow, ...]
    kinds: tuple[str, ...]
    barred: str = ""
    form: Form = BLANK
    found: FoundSubject | None = None
