"""Bodies about subjects: people whom the data of upstreams is about."""

from typing import Literal

from pydantic import Field

from bailiwick.api.wire.base import Incoming, Outgoing


class SubjectAsked(Incoming):
    """A person as the upstream names them; it goes in a body because addresses end up in the logs of others."""

    kind: str = Field(min_length=1, max_length=100, description="The catalogue's word", examples=["contact"])
    id: str = Field(min_length=1, max_length=500, description="The upstream's id", examples=["con-0007"])


class SubjectBody(Outgoing):
    """What is kept of a subject, or was, under the pseudonym by which the record speaks of them."""

    id: str = Field(description="`sub-…`")
    kind: str
    state: Literal["kept", "erasing", "erased"]
    segments: int = Field(description="Parts of payloads that are theirs, or theirs and others'")
    events: int
    runs: int
    waiting: int = Field(description="Requests for approval about them, which an erasure closes")
    first_us: int | None
    last_us: int | None
    asked_us: int | None
    erased_us: int | None


class Erasure(Incoming):
    """Whom to forget: a name, or a pseudonym. Without `confirm` nothing is done, and the answer says what would be."""

    kind: str | None = Field(None, min_length=1, max_length=100, examples=["contact"])
    id: str = Field(min_length=1, max_length=500, description="The upstream's id; without `kind`, `sub-…`")
    confirm: bool = Field(False, description="There is no way back")
