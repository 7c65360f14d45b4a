"""Charters: their text, what it says in plain words, and what a made-up request would get."""

from typing import Literal

from pydantic import Field

from bailiwick.api.wire.base import Digest, Incoming, Micros, Outgoing, ProblemBody

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
    """One version; `proposed` means that both owners of the version in force have to agree to it.

    `consents` are the ids of those who have; `relation` is to the version in force when it was written.
    """

    charter: str
    version: int
    digest: Digest
    note: str
    status: Literal["published", "proposed", "withdrawn"]
    relation: Literal["first", "same", "narrower", "wider", "incomparable"]
    consents: list[str]
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
