"""The record: events, proofs and what verifying found."""

from typing import Any

from bailiwick.api.wire.anchor import AnchorBody
from bailiwick.api.wire.base import Micros, Outgoing


class ActorBody(Outgoing):
    """Who did it; `name` is known for people only."""

    kind: str
    id: str
    name: str


class EventBody(Outgoing):
    """One event; `data` holds ids, tags, digests and counts, never personal data."""

    index: int
    id: str
    at_us: Micros
    type: str
    actor: ActorBody
    run: str | None
    action: str | None
    agent: str | None
    tool: str | None
    verdict: str | None
    data: dict[str, Any]
    documents: list[str]
    commitment: str | None


class ProofBody(Outgoing):
    """The way from the leaf up to the root that the checkpoint signs (RFC 9162); hashes in hex."""

    index: int
    size: int
    leaf_hash: str
    hashes: list[str]
    root: str
    note: str


class EventDetail(Outgoing):
    """An event whole. `leaf` is the exact stored text; a payload that was erased is null while `erased` is true."""

    event: EventBody
    leaf: str
    payload: dict[str, Any] | None
    erased: bool
    proof: ProofBody | None


class FindingBody(Outgoing):
    """One trouble, and the file of the export it lies in."""

    file: str
    what: str


class VerifiedBody(Outgoing):
    """What a check of the whole record found; no problems means that every byte was checked and holds.

    `anchored_size` is up to how many events others hold the record (`anchors`, the newest of each place); above it
    nobody vouches that nothing was cut off, so `anchored` is false. `unsigned` events are above the last checkpoint.
    """

    size: int
    problems: list[FindingBody]
    took_us: int
    anchored: bool
    anchored_size: int
    anchors: list[AnchorBody]
    unsigned: int
