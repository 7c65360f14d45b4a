"""Approvals and votes."""

from typing import Any, Literal

from pydantic import Field

from bailiwick.api.wire.base import Digest, Incoming, Micros, Outgoing


class VoteBody(Outgoing):
    """One vote that was cast; `slot` is the role it counts for."""

    person: str
    name: str
    slot: str
    vote: Literal["approve", "deny"]
    comment: str
    at_us: Micros


class VoterBody(Outgoing):
    """Somebody whose vote would count now."""

    person: str
    name: str
    email: str
    slots: list[str]


class ChangeBody(Outgoing):
    """One argument of the action; `kind` is authority, content, or empty where the catalogue does not say."""

    path: str
    value: Any
    kind: str


class ApprovalBody(Outgoing):
    """A request for consent to exactly one action.

    `digest` is what a vote must name. `superseded` says why a consent would no longer count.
    """

    id: str
    status: Literal["open", "approved", "denied", "expired", "consumed"]
    title: str
    agent: str
    run: str
    intent: str
    requester: str | None
    action: str
    name: str
    connector: str
    tool: str
    tier: str
    sentence: str
    rules: list[str]
    digest: Digest
    definition: str
    charter: Digest
    arguments: dict[str, Any]
    changes: list[ChangeBody]
    measures: dict[str, int]
    effect: str
    undo: str
    slots: list[str]
    open_slots: list[str]
    votes: list[VoteBody]
    voters: list[VoterBody]
    excluded: list[str]
    excluded_names: list[str]
    opened_us: Micros
    expires_us: Micros
    use_by_us: int | None
    settled_us: int | None
    used_by: str | None
    superseded: str | None
    solo: bool


class NewVote(Incoming):
    """A vote on exactly what was shown: `digest` is the approval's. A comment says why."""

    vote: Literal["approve", "deny"]
    comment: str = Field(min_length=1, max_length=2000, examples=["the segment is the one from Monday's review"])
    digest: str = Field(pattern="^sha256:[0-9a-f]{64}$", examples=["sha256:" + "0" * 64])
