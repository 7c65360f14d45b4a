"""Versions of a charter: two of them compared, proposals, tags and going back."""

from typing import Any, Literal

from pydantic import Field

from bailiwick.api.wire.base import Digest, Incoming, Micros, Outgoing, TextLineBody

Relation = Literal["same", "narrower", "wider", "incomparable"]


class ComparedText(Incoming):
    """One side of a comparison: exactly one of a stored version and a text."""

    version: str | None = Field(
        None, max_length=200, description="`NAME`, `NAME@3`, `NAME@tag` or `NAME@digest`", examples=["lead-router@3"]
    )
    source: str | None = Field(None, max_length=262_144, description="The charter as YAML (or JSON) text")


class ComparedPair(Incoming):
    """Two texts of one charter, the older one first."""

    before: ComparedText
    after: ComparedText


class ExampleBody(Outgoing):
    """A call that the two decide differently; `arguments` is null where they would fill pages."""

    direction: Literal["wider", "narrower"]
    sentence: str = Field(
        examples=["Before: denied (`recipients` is over the limit of 50). After: allowed at low risk."]
    )
    call: str
    beside: list[str] = Field(description="What stands beside the call, in words")
    connector: str
    tool: str
    arguments: dict[str, Any] | None
    facts: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


class ComparedActionBody(Outgoing):
    """One action under both."""

    action: str
    says: str
    relation: Relation
    examples: list[ExampleBody]


class ChangedTermBody(Outgoing):
    """Something that no single decision shows; a `weighty` one needs both owners."""

    name: str
    before: str
    after: str
    weighty: bool


class ComparisonBody(Outgoing):
    """The newer text held against the older one, over the catalogues in force.

    `needs_both` says whether both owners of the version in force would have to agree.
    """

    before: str
    after: str
    relation: Relation
    needs_both: bool
    actions: list[ComparedActionBody]
    terms: list[ChangedTermBody]
    lines: list[TextLineBody]


class Seconding(Incoming):
    """The digest of the proposed text that was read."""

    digest: Digest


class VersionChoice(Incoming):
    """A version by number, tag or the start of its digest."""

    version: str = Field(min_length=1, max_length=100, examples=["3"])


class CharterTagBody(Outgoing):
    """A name that points at a version; moving it is on the record."""

    charter: str
    tag: str
    version: int
    digest: Digest
    moved_us: Micros
    moved_by: str
