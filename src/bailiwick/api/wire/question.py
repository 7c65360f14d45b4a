"""Answers from the record, and searches that are kept."""

from typing import Annotated, Any, Literal

from pydantic import Field

from bailiwick.api.wire.base import WHOLE, Incoming, Micros, Outgoing

QuestionWord = Literal["who", "policy", "data", "tool", "changed"]
_Word = Annotated[str, Field(min_length=1, max_length=200)]
_Moment = Annotated[int, Field(ge=0, lt=1 << 53), WHOLE]


class TouchedThingBody(Outgoing):
    """An object of the call, by the kind and id of the system behind the connector."""

    kind: str
    id: str
    part: Literal["named", "shown"]


class AskedForBody(Outgoing):
    """A run on the way up to the first one; `person` is whom it is for."""

    run: str
    agent: str
    person: str | None
    name: str
    intent: str


class ConsentBody(Outgoing):
    """A vote on the approval that the action used, or waits for."""

    person: str
    name: str
    vote: str


class ValueChangeBody(Outgoing):
    """One value that the write altered, by dotted path; null where there was, or is, none."""

    path: str
    before: Any
    after: Any


class AnswerLineBody(Outgoing):
    """One action, or a change of the rules (then `action` is null, and `type` and `data` say what was changed).

    `event` and `outcome_event` are positions on the record. `erased`: something of it was forgotten. `unlisted`: its
    result was too long to be kept, so objects it showed may be missing.
    """

    event: int
    at_us: Micros
    type: str
    data: dict[str, Any]
    actor: str
    actor_name: str
    action: str | None
    run: str | None
    agent: str | None
    chain: list[AskedForBody]
    consents: list[ConsentBody]
    name: str | None
    says: str | None
    connector: str | None
    tool: str | None
    verdict: str | None
    sentence: str | None
    code: str | None
    tier: str | None
    rules: list[str]
    charter: str | None
    charter_name: str | None
    charter_version: int | None
    catalogue: str | None
    effect: str | None
    reads: list[str]
    sends: str | None
    things: list[TouchedThingBody]
    state: str | None
    evidence: str | None
    outcome_event: int | None
    settled_us: Micros | None
    arguments: dict[str, Any]
    before: Any
    after: Any
    changes: list[ValueChangeBody]
    erased: bool
    unlisted: bool


class AskedBody(Incoming):
    """What a search is about; every condition narrows."""

    run: _Word | None = None
    agent: _Word | None = None
    person: Annotated[_Word | None, Field(description="An e-mail address, or an id `per-…`")] = None
    data_class: _Word | None = None
    thing: Annotated[_Word | None, Field(description="An object's kind and id", examples=["contact/4711"])] = None
    tool: Annotated[_Word | None, Field(description="An action, a connector, or `connector__tool`")] = None
    since_us: _Moment | None = None
    until_us: _Moment | None = None


class NewSearch(Incoming):
    """A search to keep; one of the same name is replaced."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    question: QuestionWord
    asked: AskedBody = AskedBody()


class SavedSearchBody(Outgoing):
    """A search as it was saved; `asked` has the conditions that it names."""

    id: str
    person: str
    name: str
    question: QuestionWord
    asked: dict[str, Any]
    saved_us: Micros


class SearchList(Outgoing):
    """Your own searches, by name."""

    items: list[SavedSearchBody]
