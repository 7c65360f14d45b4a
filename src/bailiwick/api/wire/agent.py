"""Agents and halts."""

from typing import Literal

from pydantic import Field

from bailiwick.api.wire.base import Incoming, Micros, Outgoing


class HaltBody(Outgoing):
    """A stop in force for a scope: `all`, `agent:NAME`, `workflow:NAME` or `connector:NAME`."""

    scope: str
    reason: str
    set_by: str
    set_by_name: str
    set_us: Micros


class HaltReason(Incoming):
    """Why; everybody reads it."""

    reason: str = Field(min_length=1, max_length=500, examples=["wrong segment picked twice this morning"])


class RunUseBody(Outgoing):
    """What an open run has used of what one run may use."""

    run: str
    intent: str
    calls: int
    most_calls: int
    elapsed_us: int
    most_us: int
    waiting: bool


class AgentBody(Outgoing):
    """One agent: charter, what stops it, today's verdicts (UTC), what one run may use, and its open runs."""

    name: str
    state: Literal["active", "halted", "revoked"]
    charter: str
    charter_digest: str | None
    charter_version: int | None
    purpose: str
    workflow: str
    owner: str
    backup: str
    halts: list[HaltBody]
    key: str = Field(description="RFC 7638 thumbprint of its public key")
    epoch: int
    enrolled_us: Micros
    enrolled_by: str
    enrolled_by_name: str
    last_us: int | None
    allowed: int
    asked: int
    denied: int
    limits: dict[str, int]
    open_runs: list[RunUseBody]


class PublicKey(Incoming):
    """An ES256 public key (RFC 7517); a private one is refused."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", examples=["0uPyFuIPUPx1FHvcPBQBr6NpLu60zY33sZaBpQdvbWQ"])
    y: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$", examples=["0k5rHBjGzAHpVjpRIjOpYgUuJ0ijHzMkMkeb4kQdhsw"])
    kid: str | None = Field(None, max_length=100)
    use: Literal["sig"] | None = None
    alg: Literal["ES256"] | None = None


class NewAgent(Incoming):
    """An identity of its own for one agent, under a published charter."""

    name: str = Field(min_length=2, max_length=60, pattern="^[a-z][a-z0-9-]+$", examples=["lead-router-2"])
    charter: str = Field(min_length=1, max_length=100, examples=["lead-router"])
    jwk: PublicKey


class LimitUseBody(Outgoing):
    """One limit that adds up: `used` of `most`, in an open `run` or (null) in the UTC day. Money is in micros."""

    rule: str
    says: str
    run: str | None
    used: int
    most: int
    alone: int | None = Field(description="How much of it goes without asking; null where asking changes nothing")
    words: str


class UndoLineBody(Outgoing):
    """What can be done about an action afterwards; `tier` and `most` are the risk of its smallest and largest call."""

    action: str
    says: str
    tier: Literal["low", "medium", "high", "never"]
    most: Literal["low", "medium", "high", "never"]
    undo: Literal["reversible", "compensable", "irreversible", "none"]
    undone_by: str | None


class AgentLimitsBody(Outgoing):
    """What bounds an agent, how much of it is used, and what can be taken back."""

    agent: str
    at_us: Micros
    uses: list[LimitUseBody]
    undo: list[UndoLineBody]
