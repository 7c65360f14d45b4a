"""Trying a charter before it is published: the form, a what-if over the record, and a version on trial."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, ONE_PAGE, Detail, Form, Pager


@dataclass(frozen=True)
class ChangedRow:
    """One recorded action that comes out differently; `note` says what else than the verdict changes."""

    index: int
    action: str
    run: str
    name: str
    at_us: int
    before: str
    after: str
    note: str
    was: str
    sentence: str
    made: tuple[str, ...]


@dataclass(frozen=True)
class UntoldRow:
    """One recorded action of which nobody can tell, and why."""

    index: int
    name: str
    at_us: int
    before: str
    reason: str


@dataclass(frozen=True)
class CountRow:
    """How the calls of one action came out; `changes` are pairs of `before → after` and a count."""

    name: str
    decided: int
    changes: tuple[tuple[str, int], ...]
    untold: int


@dataclass(frozen=True)
class Outcome:
    """The figures, and a page of what they are made of."""

    decided: int
    changed: int
    lesser: int
    untold: int
    summed: int
    counts: tuple[CountRow, ...]
    rows: tuple[ChangedRow, ...]
    untold_rows: tuple[UntoldRow, ...]
    pages: Pager = ONE_PAGE


@dataclass(frozen=True)
class TryScreen:
    """The text to try; `flaws` are lines and what is wrong there, `trial` says in words what is on trial now."""

    name: str
    form: Form = BLANK
    flaws: tuple[tuple[int, str], ...] = ()
    trial: str = ""
    may_start: bool = False


@dataclass(frozen=True)
class WhatIfScreen:
    """A what-if; `share` is how far it is, in hundredths. `live` while it runs."""

    id: str
    name: str
    digest: str
    since_us: int
    live: bool
    share: int
    trouble: str
    outcome: Outcome


@dataclass(frozen=True)
class SideRow:
    """What one of the two versions decided; `version` is old or new."""

    version: str
    allowed: int
    asked: int
    denied: int


@dataclass(frozen=True)
class TrialScreen:
    """A version on trial; `outcome` is None while a second person has to agree."""

    name: str
    kind: str
    state: str
    percent: int
    overtaken: bool
    note: str
    details: tuple[Detail, ...]
    sides: tuple[SideRow, ...]
    yaml: str
    outcome: Outcome | None
    may_change: bool
    form: Form = BLANK
