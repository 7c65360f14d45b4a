"""Charters: their text, what it says in plain words, and what a made-up request would get."""

from typing import Any, Literal

from pydantic import Field

from bailiwick.api.wire.base import Digest, Incoming, Micros, Outgoing, ProblemBody, Whole

Text = Field(min_length=1, max_length=262_144, description="The charter as YAML (or JSON) text")


class PromiseBody(Outgoing):
    """One sentence; `kind` is the tier it starts at, `line` where the text says it (0: no one line)."""

    kind: Literal["low", "medium", "high", "never"]
    text: str
    line: int


class PlainTextBody(Outgoing):
    """A charter in plain words, with everything that stands against publishing it."""

    name: str
    purpose: str
    workflow: str
    digest: Digest
    scope: str
    may: list[str]
    may_not: list[str]
    bounds: list[str]
    promises: list[PromiseBody]
    problems: list[ProblemBody]


class CharterHead(Outgoing):
    """The version in force; `proposed` is a version that waits for a second person."""

    name: str
    version: int
    digest: Digest
    workflow: str
    owner: str
    backup: str
    review_by: str
    published_us: Micros
    published_by: str
    published_by_name: str
    agents: list[str]
    proposed: int | None


class CharterDetail(CharterHead):
    """The version in force whole."""

    source: str
    text: PlainTextBody


class CharterVersionBody(Outgoing):
    """One version; `proposed` means that a second person has to publish the same text."""

    charter: str
    version: int
    digest: Digest
    note: str
    status: Literal["published", "proposed"]
    proposed_by: str
    published_by: str | None
    at_us: Micros
    source: str


class CharterSource(Incoming):
    """A text to check; nothing is stored."""

    source: str = Text


class NewCharter(CharterSource):
    """A text to publish, with what it changes."""

    note: str = Field(min_length=1, max_length=2000, examples=["may now assign leads to Yuki as well"])


class CheckedBody(Outgoing):
    """Whether a text could be published now. `text` is null when it is no charter at all."""

    publishable: bool
    problems: list[ProblemBody]
    text: PlainTextBody | None


class PersonaBody(Outgoing):
    """A charter to start from."""

    name: str
    purpose: str


class PersonaTextBody(PersonaBody):
    """The template whole."""

    source: str


class Whatif(Incoming):
    """A request nobody made. Name exactly one of `agent`, `charter` and `source`; the run is fresh unless stated."""

    tool: str = Field(min_length=1, max_length=200, examples=["crm__manage_objects"])
    arguments: dict[str, Any] = Field(default_factory=dict)
    agent: str | None = Field(None, max_length=100, examples=["lead-router"])
    charter: str | None = Field(None, max_length=100)
    source: str | None = Field(None, max_length=262_144)
    at: str | None = Field(None, max_length=40, description="When: ISO 8601 or microseconds; now if left out")
    calls: Whole = Field(0, ge=0, le=1_000_000, description="Calls the run has made")
    elapsed_s: Whole = Field(0, ge=0, le=10_000_000, description="Seconds the run has worked")
    repeats: Whole = Field(0, ge=0, le=1_000_000, description="Times the run has made this same call")
    failures: Whole = Field(0, ge=0, le=1_000_000, description="Times this same call has failed in the run")
    totals: dict[str, Whole] = Field(default_factory=dict, description="Sums so far, as `day.records`")


class ExplanationBody(Outgoing):
    """What `decide` answers, and every fact it was given."""

    verdict: Literal["allow", "ask", "deny"]
    action: str | None
    says: str
    tier: str | None
    code: str | None
    rules: list[str]
    sentence: str
    approvers: list[str]
    measures: dict[str, int]
    reads: list[str]
    charter: str
    charter_digest: Digest
    catalogue_digest: str | None
    facts: dict[str, Any]
