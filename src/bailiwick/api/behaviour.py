"""Behaviour versions of agents: registering, testing, comparing, putting in force."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.agent import AgentName
from bailiwick.api.fault import CHANGES, FINDS, READS
from bailiwick.api.paging import Limit
from bailiwick.api.run import RunId
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.behaviour import (
    DIGEST,
    AcceptanceReport,
    Activation,
    BehaviourBody,
    BehaviourDifference,
    ComponentBody,
    NewBehaviour,
    RunVersionsBody,
)
from bailiwick.core.behaviour import AcceptanceCheck, read_components
from bailiwick.core.reading import Reading as Taken
from bailiwick.core.refusal import Refusal
from bailiwick.flow.behaviour import ActivateBehaviour, RegisterBehaviour, TestBehaviour
from bailiwick.flow.behaviour_view import Behaviours
from bailiwick.flow.installation import Installation
from bailiwick.flow.right import demand

router = APIRouter(tags=["behaviours"])
Digest = Annotated[str, Path(pattern=DIGEST, description="A version's digest")]


@router.post(
    "/v1/agents/{name}/behaviours",
    summary="Register a behaviour version",
    status_code=201,
    response_model=BehaviourBody,
    responses=CHANGES,
)
async def register(name: AgentName, asked: NewBehaviour, who: Changing, here: Here) -> Any:
    """Everything the agent runs with, named by its content. It comes into force only after its acceptance run."""
    demand(who.person, "release behaviours")
    taken = Taken()
    components = read_components(taken, [item.model_dump() for item in asked.components])
    if taken.problems:
        raise Refusal("invalid", "; ".join(map(str, taken.problems)))
    row = await here.store.commit(RegisterBehaviour(name, components, asked.note, who.id))
    return await run_sync(_one, here, row["id"])


@router.get(
    "/v1/agents/{name}/behaviours",
    summary="List the behaviour versions of an agent, newest first",
    response_model=Page[BehaviourBody],
    responses=READS,
)
def list_behaviours(
    name: AgentName,
    here: Here,
    _: Reading,
    limit: Limit = 50,
    cursor: Annotated[int | None, Query(ge=1, description="`next` of the page before this one")] = None,
) -> Any:
    """Registered, accepted, in force and superseded ones."""
    items, after = _behaviours(here).page(name, before=cursor, limit=limit)
    return {"items": items, "next": None if after is None else str(after)}


@router.get(
    "/v1/behaviours/{digest}", summary="Read a behaviour version", response_model=BehaviourBody, responses=FINDS
)
def read_behaviour(digest: Digest, here: Here, _: Reading) -> Any:
    """Its components, notes, acceptance and whether it is in force."""
    return _one(here, digest)


@router.get(
    "/v1/behaviours/{digest}/difference",
    summary="Compare two behaviour versions",
    response_model=BehaviourDifference,
    responses=FINDS,
)
def compare(
    digest: Digest,
    here: Here,
    _: Reading,
    to: Annotated[str | None, Query(pattern=DIGEST, description="The other version; else the one in force")] = None,
) -> Any:
    """Text line by line, and what the acceptance runs did otherwise."""
    return _behaviours(here).compare(digest, to)


@router.get("/v1/components/{digest}", summary="Read a component", response_model=ComponentBody, responses=FINDS)
def read_component(digest: Digest, here: Here, _: Reading) -> Any:
    """A prompt, model, workflow or dataset as it was registered."""
    return _behaviours(here).component(digest)


@router.post(
    "/v1/behaviours/{digest}/acceptance",
    summary="Report an acceptance run",
    response_model=BehaviourBody,
    responses=CHANGES,
)
async def accept(digest: Digest, asked: AcceptanceReport, who: Changing, here: Here) -> Any:
    """The run must have been opened with this version and be finished; every check must have passed."""
    demand(who.person, "release behaviours")
    checks = tuple(AcceptanceCheck(check.name, check.passed, check.note) for check in asked.checks)
    await here.store.commit(TestBehaviour(digest, asked.run, checks, who.id))
    return await run_sync(_one, here, digest)


@router.post(
    "/v1/behaviours/{digest}/activate",
    summary="Put a behaviour version in force",
    response_model=BehaviourBody,
    responses=CHANGES,
)
async def activate(digest: Digest, asked: Activation, who: Changing, here: Here) -> Any:
    """For every run opened from now on. Going back to an earlier accepted version is the same step."""
    demand(who.person, "release behaviours")
    await here.store.commit(ActivateBehaviour(digest, asked.note, who.id))
    return await run_sync(_one, here, digest)


@router.get(
    "/v1/runs/{run}/versions",
    summary="Read which versions made a run",
    response_model=RunVersionsBody,
    responses=FINDS,
)
def read_versions(run: RunId, here: Here, _: Reading) -> Any:
    """Behaviour, charters, catalogues and tool definitions: one answer."""
    return _behaviours(here).versions_of(run)


def _behaviours(here: Installation) -> Behaviours:
    return Behaviours.read(here.reader, here.policies)


def _one(here: Installation, digest: str) -> Any:
    return _behaviours(here).one(digest)
