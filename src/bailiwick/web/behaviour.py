"""Behaviour versions: the list of an agent's, and one version beside another."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Detail, Form, Pager


@dataclass(frozen=True)
class BehaviourRow:
    """One version in the list."""

    digest: str
    number: int
    status: str
    note: str
    at_us: int
    by: str


@dataclass(frozen=True)
class BehaviourList:
    """Every version of one agent, newest first; `in_force` is 0 when there is none."""

    agent: str
    in_force: int
    rows: tuple[BehaviourRow, ...]
    pages: Pager


@dataclass(frozen=True)
class ChangedText:
    """One component beside its former self; a line is its change and its text."""

    key: str
    change: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ChangedNumber:
    """One number of the acceptance runs that differs."""

    action: str
    what: str
    before: int
    after: int


@dataclass(frozen=True)
class CheckRow:
    """One check of the acceptance run."""

    name: str
    passed: bool
    note: str


@dataclass(frozen=True)
class BehaviourScreen:
    """One version, what it changes against `against` (0: nothing before it), and whether it may come into force."""

    agent: str
    digest: str
    number: int
    status: str
    note: str
    details: tuple[Detail, ...]
    against: int
    texts: tuple[ChangedText, ...]
    same: tuple[str, ...]
    numbers: tuple[ChangedNumber, ...]
    untold: str
    run: str
    passed: bool
    trouble: str
    checks: tuple[CheckRow, ...]
    may_activate: bool
    form: Form = BLANK
