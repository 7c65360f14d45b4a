"""Runs and their actions."""

from typing import Any, Literal

from pydantic import Field

from bailiwick.api.wire.base import Digest, Incoming, Micros, Outgoing
from bailiwick.api.wire.oauth import TokenBody


class NewRun(Incoming):
    """What an agent says before it works."""

    intent: str = Field(min_length=1, max_length=500, examples=["route the leads of today"])
    workflow: str = Field(min_length=1, max_length=100, examples=["lead-routing"])
    parent: str | None = Field(None, max_length=100, description="An open run that this one is part of")
    requester: str | None = Field(
        None, max_length=254, description="E-mail of the person the work is for; they may then not approve it"
    )
    behaviour: str | None = Field(
        None, max_length=100, description="The version the agent runs; left out, it is the one in force"
    )
    acceptance: bool = Field(False, description="This run tests a `behaviour` that is not in force yet")


class OpenedRunBody(TokenBody):
    """A run with a token that acts within it and nowhere else."""

    run: str


class RunEnd(Incoming):
    """How the agent says it went."""

    outcome: Literal["finished", "failed", "cancelled"] = "finished"


class EndedRunBody(Outgoing):
    """A run that has ended; ending it again changes nothing."""

    run: str
    status: str
    outcome: str | None


class RunBody(Outgoing):
    """A run. `took_us` is until now or its end, `waited_us` the part it only waited for people."""

    id: str
    agent: str
    workflow: str
    intent: str
    declared: bool
    state: Literal["running", "waiting", "finished", "failed", "cancelled", "idle"]
    parent: str | None
    root: str
    requester: str | None
    requester_name: str
    opened_us: Micros
    last_us: Micros
    ended_us: int | None
    took_us: int
    waited_us: int
    calls: int
    allowed: int
    asked: int
    denied: int


class ActionBody(Outgoing):
    """One governed call. `event` is the index on the record of its decision, `events` of all that speak of it."""

    id: str
    run: str
    parent: str | None
    connector: str
    tool: str
    name: str | None
    says: str
    verdict: Literal["allow", "ask", "deny"]
    state: str
    tier: str | None
    code: str | None
    rules: list[str]
    sentence: str
    approval: str | None
    evidence: str | None
    trouble: str | None
    arguments: dict[str, Any]
    digest: Digest
    charter: str | None
    catalogue: str | None
    at_us: Micros
    settled_us: int | None
    event: int | None
    events: list[int]


class StepBody(Outgoing):
    """An action, or a run started within this one, `depth` levels in."""

    depth: int
    action: ActionBody | None
    run: RunBody | None


class StatementBody(Outgoing):
    """A sentence of the summary and the indexes of the events it rests on."""

    text: str
    events: list[int]


class RunDetail(Outgoing):
    """A run whole: summary, and its actions in causal order. `cut` says that there is more than is shown."""

    run: RunBody = Field(validation_alias="line")
    summary: list[StatementBody]
    steps: list[StepBody]
    events: list[int]
    cut: bool


class Reconciliation(Incoming):
    """How an action of unknown outcome really ended, and how somebody found out."""

    outcome: Literal["succeeded", "failed"]
    note: str = Field(min_length=1, max_length=2000, examples=["looked in the CRM: the segment was saved"])
