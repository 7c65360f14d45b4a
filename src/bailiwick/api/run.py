"""Runs: opened and closed by agents, read by people; and actions whose outcome a person has to settle."""

from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query

from bailiwick.api.access import Agent, Changing, Here, Reading
from bailiwick.api.fault import CHANGES, FINDS, READS
from bailiwick.api.oauth import TOKEN_S
from bailiwick.api.paging import Cursor, Limit
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.run import (
    ActionBody,
    EndedRunBody,
    NewRun,
    OpenedRunBody,
    Reconciliation,
    RunBody,
    RunDetail,
    RunEnd,
)
from bailiwick.core.refusal import Refusal
from bailiwick.flow.right import demand
from bailiwick.flow.run import EndRun, OpenRun
from bailiwick.flow.run_view import Runs, read_runs
from bailiwick.flow.settle import Reconcile
from bailiwick.ports.reader import EventFilter
from bailiwick.ports.store import Row

router = APIRouter(tags=["runs"])
RunId = Annotated[str, Path(max_length=100, description="A run's id, `run-…`")]
ActionId = Annotated[str, Path(max_length=100, description="An action's id, `act-…`")]
RunStatus = Literal["open", "ended", "finished", "failed", "cancelled", "idle"]


@router.post("/v1/runs", summary="Open a run (agents only)", status_code=201, responses=CHANGES)
async def open_run(asked: NewRun, agent: Agent, here: Here) -> OpenedRunBody:
    """Say what the work is for; the answer's token acts within this run. A run-bound token opens no other run."""
    if agent.run is not None:
        raise Refusal("forbidden", "this token is bound to a run; open another with a token that is bound to none")
    opened = OpenRun(
        agent.agent,
        agent.epoch,
        asked.intent,
        asked.workflow,
        asked.parent,
        asked.requester,
        asked.behaviour,
        asked.acceptance,
    )
    run = await here.store.commit(opened)
    token = here.issuer.issue(
        agent.agent, run["id"], agent.epoch, here.new_id("tok"), here.clock.now_us(), ttl_s=TOKEN_S
    )
    return OpenedRunBody(run=run["id"], access_token=token, expires_in=TOKEN_S)


@router.post("/v1/runs/{run}/close", summary="Close a run (agents only)", responses=CHANGES)
async def close_run(run: RunId, asked: RunEnd, agent: Agent, here: Here) -> EndedRunBody:
    """End a run of the agent's own. Nothing acts in it afterwards."""
    if agent.run not in (None, run):
        raise Refusal("forbidden", f"this token is bound to run `{agent.run}` and closes no other")
    row = await here.store.commit(EndRun(run, agent.agent, asked.outcome))
    return EndedRunBody(run=row["id"], status=row["status"], outcome=row["outcome"])


@router.get("/v1/runs", summary="List runs, newest first", response_model=Page[RunBody], responses=READS)
def list_runs(
    here: Here,
    _: Reading,
    agent: Annotated[str | None, Query(max_length=100, examples=["lead-router"])] = None,
    status: RunStatus | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """Runs of all agents or of one; `status` is where they stand or how they ended."""
    return _runs(here).page(agent, status, before=cursor, limit=limit)


@router.get("/v1/runs/{run}", summary="Read one run", response_model=RunDetail, responses=FINDS)
def read_run(run: RunId, here: Here, _: Reading) -> Any:
    """The summary, and every action in causal order with its verdict, rules and outcome."""
    found = _runs(here).one(run)
    if found is None:
        raise Refusal("unknown", f"there is no run `{run}`")
    return found


@router.get("/v1/actions/{action}", summary="Read one action", response_model=ActionBody, responses=FINDS)
def read_action(action: ActionId, here: Here, _: Reading) -> Any:
    """One governed call with everything the record says of it."""
    row = here.reader.row("action", action)
    if row is None:
        raise Refusal("unknown", f"there is no action `{action}`")
    return _action(here, row)


@router.post(
    "/v1/actions/{action}/reconcile",
    summary="State how an unknown action really ended",
    response_model=ActionBody,
    responses=CHANGES,
)
async def reconcile(action: ActionId, asked: Reconciliation, who: Changing, here: Here) -> Any:
    """Somebody looked in the other system; until then the identical call is refused."""
    demand(who.person, "reconcile actions")
    row = await here.store.commit(Reconcile(action, asked.outcome, asked.note, who.id))
    return await run_sync(_action, here, row)


def _runs(here: Here) -> Runs:
    return read_runs(here.reader, here.policies, here.clock.now_us())


def _action(here: Here, row: Row) -> Any:
    events = here.reader.events(EventFilter(action=row["id"]), limit=100, ascending=True)
    return _runs(here).action(row, events)
