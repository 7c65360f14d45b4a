"""The values that more than one page shows: who is signed in, what is halted, a form, a page of a list."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SignedIn:
    """The person whose browser this is."""

    name: str
    email: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class HaltNotice:
    """A halt in force, as the banner on every page says it."""

    id: str
    scope: str
    reason: str
    by: str
    since_us: int


@dataclass(frozen=True)
class UnwritableNotice:
    """That nothing can be recorded, as the banner on every page says it; `reason` is the system's own word."""

    reason: str
    since_us: int


@dataclass(frozen=True)
class Flash:
    """One sentence about what the last form did; `kind` is ok, warn or bad."""

    kind: str
    text: str


@dataclass(frozen=True)
class Shell:
    """What surrounds every page. `counts` is keyed by the navigation's keys (`approvals`, `runs`, ...)."""

    now_us: int
    signed: SignedIn | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    halts: tuple[HaltNotice, ...] = ()
    solo: bool = False
    csrf: str = ""
    theme: str = ""
    flash: Flash | None = None
    unwritable: UnwritableNotice | None = None


@dataclass(frozen=True)
class Form:
    """What a person typed and what was wrong with it, field by field; `problem` is about the whole."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


BLANK = Form()


@dataclass(frozen=True)
class Choice:
    """One option of a select or a set of radio buttons."""

    value: str
    label: str


@dataclass(frozen=True)
class Pager:
    """Where the neighbours of a page of a list are; empty at either end. Cursors, not page numbers."""

    newer: str = ""
    older: str = ""


ONE_PAGE = Pager()


@dataclass(frozen=True)
class Phrase:
    """A piece of a sentence, linked to the event that makes it true when `href` is given."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Detail:
    """One line of a list of label and value; `kind` is how it is written: text, digest, code or time."""

    label: str
    value: str | int
    kind: str = "text"
    href: str = ""
