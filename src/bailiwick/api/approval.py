"""Approvals: what waits for people, and their votes."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, FINDS, READS
from bailiwick.api.paging import Cursor, Limit
from bailiwick.api.wire.approval import ApprovalBody, NewVote
from bailiwick.api.wire.base import Page
from bailiwick.core.refusal import Refusal
from bailiwick.flow.approval_view import Approvals, ApprovalStatus, read_approvals
from bailiwick.flow.installation import Installation
from bailiwick.flow.vote import CastVote

router = APIRouter(tags=["approvals"])
ApprovalId = Annotated[str, Path(max_length=100, description="An approval's id, `apr-…`")]


@router.get("/v1/approvals", summary="List approvals, newest first", response_model=Page[ApprovalBody], responses=READS)
def list_approvals(
    here: Here, _: Reading, status: ApprovalStatus | None = None, limit: Limit = 50, cursor: Cursor = None
) -> Any:
    """All of them, or those that stand at `status` now: one whose time has run out is `expired`."""
    return _approvals(here).page(status, before=cursor, limit=limit)


@router.get("/v1/approvals/{approval}", summary="Read one approval", response_model=ApprovalBody, responses=FINDS)
def read_approval(approval: ApprovalId, here: Here, _: Reading) -> Any:
    """What will change, who asked and why, who has voted and who still may."""
    return _one(here, approval)


@router.post(
    "/v1/approvals/{approval}/votes",
    summary="Vote on an approval",
    status_code=201,
    response_model=ApprovalBody,
    responses=CHANGES,
)
async def vote(approval: ApprovalId, asked: NewVote, who: Changing, here: Here) -> Any:
    """One deny ends it; every slot needs a yes from another person. Neither requester nor owner may vote."""
    await here.store.commit(CastVote(approval, who.id, asked.vote, asked.comment, asked.digest))
    return await run_sync(_one, here, approval)


def _approvals(here: Installation) -> Approvals:
    return read_approvals(here.reader, here.policies, here.clock.now_us())


def _one(here: Installation, approval: str) -> Any:
    found = _approvals(here).one(approval)
    if found is None:
        raise Refusal("unknown", f"there is no approval `{approval}`")
    return found
