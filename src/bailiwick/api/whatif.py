"""What-ifs: recorded actions decided again under another charter. They run beside everything else and are not kept."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import FINDS, answers
from bailiwick.api.paging import Limit
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.whatif import NewWhatif, RedecidedBody, UntoldBody, WhatifBody, WhatifReportBody
from bailiwick.core.refusal import Refusal
from bailiwick.flow.installation import Installation
from bailiwick.flow.whatif_errand import begin_whatif, whatif_of
from bailiwick.flow.whatif_run import WhatIfRun, report_of

router = APIRouter(tags=["charters"])
WhatIfId = Annotated[str, Path(max_length=100, description="A what-if's id, `whf-…`")]
Wait = Annotated[int, Query(ge=0, le=25, description="Seconds to wait for its end")]
Place = Annotated[int | None, Query(ge=0, le=10**9, description="`next` of the page before this one")]


@router.post(
    "/v1/charters/whatif",
    summary="Decide recorded actions again under another charter",
    status_code=201,
    response_model=WhatifBody,
    responses=answers(400, 401, 403, 404, 413, 415, 422),
)
async def start_whatif(asked: NewWhatif, here: Here, _: Changing) -> Any:
    """It runs in the background; ask for it by its id. Nothing is decided or sent; the latest few are remembered."""
    source = await run_sync(_wanted, here, asked)
    run = await begin_whatif(here, asked.charter, source, asked.days)
    return whatif_body(run)


@router.get("/v1/whatifs/{id}", summary="Read a what-if", response_model=WhatifBody, responses=FINDS)
async def read_whatif(id: WhatIfId, here: Here, _: Reading, wait_s: Wait = 0) -> Any:  # noqa: A002  # the path's own word
    """How far it is, and what came of it so far."""
    run = await _found(here, id)
    await run.wait(wait_s)
    return whatif_body(run)


@router.get(
    "/v1/whatifs/{id}/changes",
    summary="List what comes out differently",
    response_model=Page[RedecidedBody],
    responses=FINDS,
)
async def list_changes(id: WhatIfId, here: Here, _: Reading, limit: Limit = 50, cursor: Place = None) -> Any:  # noqa: A002
    """In the order of the log; while the what-if runs, pages grow at the end."""
    items, after = (await _found(here, id)).changes(cursor or 0, limit)
    return {"items": items, "next": None if after is None else str(after)}


@router.get(
    "/v1/whatifs/{id}/untold", summary="List what cannot be told", response_model=Page[UntoldBody], responses=FINDS
)
async def list_untold(id: WhatIfId, here: Here, _: Reading, limit: Limit = 50, cursor: Place = None) -> Any:  # noqa: A002
    """Actions of which the record does not say enough, each with the reason."""
    items, after = (await _found(here, id)).untold(cursor or 0, limit)
    return {"items": items, "next": None if after is None else str(after)}


def whatif_body(run: WhatIfRun) -> WhatifBody:
    """A what-if as it stands."""
    return WhatifBody(
        id=run.id,
        charter=run.name,
        digest=run.digest,
        since_us=run.since_us,
        started_us=run.started_us,
        state=run.state,
        done=run.done,
        total=run.total,
        trouble=run.trouble,
        report=WhatifReportBody.model_validate(report_of(run.again)),
    )


def _wanted(here: Installation, asked: NewWhatif) -> str:
    if (asked.source is None) == (asked.version is None):
        raise Refusal("invalid", "name exactly one of `source` and `version`")
    if here.reader.row("charter", asked.charter) is None:
        raise Refusal("unknown", f"there is no charter `{asked.charter}`")
    if asked.source is not None:
        return asked.source
    row = here.reader.row("charter_version", f"{asked.charter}@{asked.version:06}")
    if row is None:
        raise Refusal("unknown", f"`{asked.charter}` has no version {asked.version}")
    return str(row["source"])


async def _found(here: Installation, name: str) -> WhatIfRun:
    run = await whatif_of(here, name)
    if run is None:
        raise Refusal("unknown", f"there is no what-if `{name}` any more; start it again")
    return run
