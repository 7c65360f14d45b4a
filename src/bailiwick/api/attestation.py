"""Attestations: what data a run touched and was denied, signed."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response

from bailiwick.api.access import Changing, Here
from bailiwick.api.fault import CHANGES
from bailiwick.flow.attest import attest_run

router = APIRouter(tags=["runs"])
_NOTE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "A C2SP signed note"}
}


@router.post(
    "/v1/runs/{run}/attestation",
    summary="Attest what data a run touched",
    response_class=Response,
    responses={**CHANGES, **_NOTE},
)
async def attest(run: Annotated[str, Path(max_length=100)], who: Changing, here: Here) -> Response:
    """Data classes and objects, read, sent, changed and denied, by the run and all that were started in it.

    Computed from the record up to a checkpoint made now, and signed with the log's key; that it was made is itself
    recorded. `bailiwick run verify-attestation` computes it again from an export.
    """
    note = await attest_run(here, run, who.id)
    return Response(note, media_type="text/plain; charset=utf-8")
