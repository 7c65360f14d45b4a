"""The record: events, proofs and what verifying found."""

from typing import Any

from pydantic import Field

from bailiwick.api.wire.base import Answer, Micros


class ActorInfo(Answer):
    """Who did it; `name` is known for people only."""

    kind: str
    id: str
    name: str


class Event(Answer):
    """One event; `data` holds ids, tags, digests and counts, never personal data."""

    index: int
    id: str
    at_us: Micros
    type: str
    actor: ActorInfo
    run: str | None
    action: str | None
    agent: str | None
    tool: str | None
    verdict: str | None
    data: dict[str, Any]
    documents: list[str]
    commitment: str | None


class Proof(Answer):
    """The way from the leaf up to the root that the checkpoint signs (RFC 9162); hashes in hex."""

    index: int
    size: int
    leaf_hash: str
    hashes: list[str]
    root: str
    note: str


class EventDetail(Answer):
    """An event whole. `leaf` is the exact stored text; a payload that was erased is null while `erased` is true."""

    event: Event
    leaf: str
    payload: dict[str, Any] | None
    erased: bool
    proof: Proof | None


class Finding(Answer):
    """One trouble, and the file of the export it lies in."""

    file: str
    what: str


class Verified(Answer):
    """What a check of the whole record found; no problems means that every byte was checked and holds.

    `anchored` is false: nothing outside this installation vouches for the checkpoint, so a record that was cut short
    together with its checkpoint would still verify.
    """

    size: int
    problems: list[Finding]
    took_us: int
    anchored: bool = Field(False)
