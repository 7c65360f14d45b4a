"""Charters: the list, and one of them as sentences beside the text that makes them."""

from dataclasses import dataclass

from bailiwick.web.agent import Promises
from bailiwick.web.view import ONE_PAGE, Detail, Pager


@dataclass(frozen=True)
class CharterRow:
    """A line of the list: the version in force, who works under it, and how many of its actions are of which risk.

    `proposed` is the number of a version that awaits a second person, 0 when there is none.
    """

    name: str
    purpose: str
    workflow: str
    owner: str
    number: int
    published_us: int
    agents: tuple[str, ...]
    risks: tuple[tuple[str, int], ...]
    proposed: int = 0


@dataclass(frozen=True)
class CharterList:
    """Every charter in force."""

    rows: tuple[CharterRow, ...]
    pages: Pager = ONE_PAGE


@dataclass(frozen=True)
class VersionRow:
    """One version of a charter; `status` is in-force, published (an earlier one) or proposed."""

    number: int
    status: str
    note: str
    by: str
    at_us: int
    digest: str


@dataclass(frozen=True)
class CharterScreen:
    """One version of a charter; `in_force` says whether it is the one that decides."""

    name: str
    purpose: str
    scope: str
    number: int
    in_force: bool
    proposed: int
    details: tuple[Detail, ...]
    promises: tuple[Promises, ...]
    bounds: tuple[str, ...]
    yaml: str
    digest: str
    published_us: int
    by: str
    agents: tuple[str, ...]
    versions: tuple[VersionRow, ...]
    warnings: tuple[tuple[int, str], ...] = ()
