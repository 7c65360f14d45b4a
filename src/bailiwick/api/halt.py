"""Halts: anybody who is signed in may stop; somebody else lets it go on."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, READS
from bailiwick.api.wire.agent import HaltBody, HaltReason
from bailiwick.api.wire.base import Page
from bailiwick.flow.agent_view import HaltView, halts_in_force
from bailiwick.flow.installation import Installation
from bailiwick.flow.people import People
from bailiwick.flow.stop import LiftHalt, SetHalt
from bailiwick.ports.store import Row

router = APIRouter(tags=["halts"])
Scope = Annotated[str, Path(max_length=200, description="`all`, `agent:NAME`, `workflow:NAME` or `connector:NAME`")]


@router.get("/v1/halts", summary="List the halts in force", response_model=Page[HaltBody], responses=READS)
def list_halts(here: Here, _: Reading) -> Any:
    """The oldest first; always one page."""
    return {"items": halts_in_force(here.reader, People.read(here.reader)), "next": None}


@router.put("/v1/halts/{scope}", summary="Stop a scope", status_code=201, response_model=HaltBody, responses=CHANGES)
async def halt(scope: Scope, asked: HaltReason, who: Changing, here: Here) -> Any:
    """Every new action of the scope is refused from now on, and what was not sent yet is not sent."""
    row = await here.store.commit(SetHalt(scope, asked.reason, who.id))
    await run_sync(here.stops.read, here.reader)
    return await run_sync(_view, here, row)


@router.post("/v1/halts/{scope}/lift", summary="Let a scope act again", response_model=HaltBody, responses=CHANGES)
async def lift(scope: Scope, asked: HaltReason, who: Changing, here: Here) -> Any:
    """Whoever halted it cannot lift the halt, except in a solo installation. Answers the halt that was lifted."""
    row = await here.store.commit(LiftHalt(scope, asked.reason, who.id))
    await run_sync(here.stops.read, here.reader)
    return await run_sync(_view, here, row)


def _view(here: Installation, row: Row) -> HaltView:
    name = People.read(here.reader).name(row["set_by"])
    return HaltView(row["id"], row["reason"], row["set_by"], name, row["set_us"])
