"""Asking the record: five questions, what they are about, and the answers."""

from dataclasses import dataclass

from bailiwick.web.approval import Alteration
from bailiwick.web.view import BLANK, ONE_PAGE, Choice, Form, Pager


@dataclass(frozen=True)
class QuestionCard:
    """One of the five; `says` is what its answers tell."""

    name: str
    title: str
    says: str
    icon: str


@dataclass(frozen=True)
class AnswerRow:
    """One answer. `state` and `verdict` are words that have a chip, empty where there is none.

    `time` is the moment in the zone that was asked for; `change` the arguments of a mutation, or the fields of a
    change of the rules; `changes` is what it altered, empty where nobody looked.
    """

    event: int
    at_us: int
    time: str
    what: str
    who: str
    whom: str = ""
    intent: str = ""
    run: str = ""
    verdict: str = ""
    state: str = ""
    tier: str = ""
    consents: tuple[str, ...] = ()
    charter: str = ""
    number: int = 0
    rules: tuple[str, ...] = ()
    why: str = ""
    reason: str = ""
    classes: tuple[str, ...] = ()
    sends: str = ""
    objects: tuple[str, ...] = ()
    more: int = 0
    tool: str = ""
    evidence: str = ""
    outcome: int = 0
    change: str = ""
    changes: tuple[Alteration, ...] = ()
    erased: bool = False
    unlisted: bool = False


@dataclass(frozen=True)
class SearchRow:
    """A saved search of one's own; `about` says its conditions."""

    id: str
    name: str
    title: str
    about: str


@dataclass(frozen=True)
class AskScreen:
    """The five questions, or the answers to one; `question` is empty where none is chosen.

    `query` are the conditions of the address, without the page; `columns` head the table.
    """

    questions: tuple[QuestionCard, ...]
    question: str = ""
    title: str = ""
    form: Form = BLANK
    agents: tuple[Choice, ...] = ()
    classes: tuple[Choice, ...] = ()
    zones: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[AnswerRow, ...] = ()
    searches: tuple[SearchRow, ...] = ()
    pages: Pager = ONE_PAGE
    query: str = ""
    narrowed: bool = False
    saved: str = ""
    command: str = "bailiwick ask who"
    address: str = "GET /v1/questions/who"
