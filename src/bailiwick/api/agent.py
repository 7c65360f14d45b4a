"""Agents: enrolling, looking at and revoking them."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, FINDS, READS
from bailiwick.api.paging import Cursor, Limit
from bailiwick.api.wire.agent import AgentBody, AgentLimitsBody, NewAgent
from bailiwick.api.wire.base import Page
from bailiwick.core.refusal import Refusal
from bailiwick.flow.agent_view import read_agents
from bailiwick.flow.enrol import EnrolAgent, RevokeAgent
from bailiwick.flow.installation import Installation
from bailiwick.flow.limit_use import agent_limits
from bailiwick.flow.right import demand

router = APIRouter(tags=["agents"])
AgentName = Annotated[str, Path(max_length=100, description="An agent's name")]


@router.get("/v1/agents", summary="List agents by name", response_model=Page[AgentBody], responses=READS)
def list_agents(here: Here, _: Reading, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """Everybody who may act, or once might."""
    items, after = read_agents(here.reader, here.policies, here.clock.now_us()).page(after=cursor, limit=limit)
    return {"items": items, "next": after}


@router.get("/v1/agents/{name}", summary="Read one agent", response_model=AgentBody, responses=FINDS)
def read_agent(name: AgentName, here: Here, _: Reading) -> Any:
    """Its charter, its limits and what it has used of them, and whether it is halted."""
    return _one(here, name)


@router.get(
    "/v1/agents/{name}/limits",
    summary="Read what an agent has used of its limits",
    response_model=AgentLimitsBody,
    responses=FINDS,
)
def read_limits(name: AgentName, here: Here, _: Reading) -> Any:
    """Sums and budgets of today and of its open runs, and what can be taken back of what it may do."""
    if here.reader.row("agent", name) is None:
        raise Refusal("unknown", f"there is no agent `{name}`")
    return agent_limits(here.reader, here.policies, name, here.clock.now_us())


@router.post("/v1/agents", summary="Enrol an agent", status_code=201, response_model=AgentBody, responses=CHANGES)
async def enrol(asked: NewAgent, who: Changing, here: Here) -> Any:
    """Only the public key comes here; the private one stays where the agent runs."""
    demand(who.person, "enrol agents")
    jwk = asked.jwk.model_dump(exclude_none=True)
    await here.store.commit(EnrolAgent(asked.name, asked.charter, jwk, who.id))
    here.policies.forget()
    return await run_sync(_one, here, asked.name)


@router.delete("/v1/agents/{name}", summary="Revoke an agent", response_model=AgentBody, responses=CHANGES)
async def revoke(name: AgentName, who: Changing, here: Here) -> Any:
    """From the next action on, no token of this agent counts. Its past stays on the record."""
    demand(who.person, "enrol agents")
    await here.store.commit(RevokeAgent(name, who.id))
    here.policies.forget()
    return await run_sync(_one, here, name)


def _one(here: Installation, name: str) -> Any:
    found = read_agents(here.reader, here.policies, here.clock.now_us()).one(name)
    if found is None:
        raise Refusal("unknown", f"there is no agent `{name}`")
    return found
