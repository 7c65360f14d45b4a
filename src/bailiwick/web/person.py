"""People: who may sign in, with which roles, and inviting one more."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, ONE_PAGE, Choice, Form, Pager


@dataclass(frozen=True)
class PersonRow:
    """A line of the list; `state` is active, invited or disabled, `owns` what the person answers for."""

    id: str
    name: str
    email: str
    roles: tuple[str, ...]
    state: str
    owns: tuple[str, ...] = ()
    seen_us: int = 0


@dataclass(frozen=True)
class OneTimeLink:
    """The one-time link of a person just added; it is shown once and never stored."""

    name: str
    link: str
    expires_us: int


@dataclass(frozen=True)
class PersonList:
    """Everybody, and the form that adds one more when this person may."""

    rows: tuple[PersonRow, ...]
    roles: tuple[Choice, ...]
    may_add: bool
    form: Form = BLANK
    invitation: OneTimeLink | None = None
    pages: Pager = ONE_PAGE


@dataclass(frozen=True)
class PersonScreen:
    """One person; the forms are there for whoever may change people."""

    row: PersonRow
    created_us: int
    roles: tuple[Choice, ...]
    may_change: bool
    form: Form = BLANK
    invitation: OneTimeLink | None = None
