"""Proofs of single events, as files that other people's tools read."""

from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Request, Response

from bailiwick.api.access import Here, Reading
from bailiwick.api.fault import FINDS
from bailiwick.core.refusal import Refusal
from bailiwick.flow.installation import Installation
from bailiwick.flow.proof import Prover

router = APIRouter(tags=["record"])
EventName = Annotated[
    str,
    Path(pattern=r"^([0-9]{1,15}|evt-[0-9A-Za-z]{1,60})$", description="Where the event is on the record, or its id"),
]
_PROOF: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "A C2SP tlog-proof with its leaf"}
}


@router.get(
    "/v1/record/events/{index}/proof",
    summary="Download the proof of one event",
    response_class=Response,
    responses={**FINDS, **_PROOF},
)
async def prove_event(index: EventName, here: Here, _: Reading, request: Request) -> Response:
    """One file that shows, without this server, that the event is on the record: `bailiwick record verify-proof`."""
    place = await run_sync(_place, here, index)
    prover: Prover = request.app.state.prover
    found = None if place is None else await run_sync(prover.proof_file, place)
    if place is not None and found is None:
        await here.store.checkpoint()
        found = await run_sync(prover.proof_file, place)
    if found is None:
        raise Refusal("unknown", f"the record has no event `{index}`")
    headers = {"Content-Disposition": f'attachment; filename="event-{place}.tlog-proof"'}
    return Response(found, media_type="text/plain; charset=utf-8", headers=headers)


def _place(here: Installation, name: str) -> int | None:
    return int(name) if name.isdigit() else here.reader.index_of(name)
