"""The record: searched, proved, verified and handed out."""

import time
from collections.abc import AsyncIterator, Iterator
from itertools import chain
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import FINDS, READS, answers
from bailiwick.api.paging import Limit
from bailiwick.api.record_filter import Wanted
from bailiwick.api.wire.anchor import AnchorBody
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.record import EventBody, EventDetail, FindingBody, VerifiedBody
from bailiwick.core.refusal import Refusal
from bailiwick.flow.anchored import anchor_stream, anchored, check_kept
from bailiwick.flow.event_view import event_page, event_whole
from bailiwick.flow.evidence import evidence_zip
from bailiwick.flow.export import export_files, export_stream, signed_head, zipped
from bailiwick.flow.installation import Installation
from bailiwick.flow.lateness import freshen
from bailiwick.flow.proof import Prover
from bailiwick.flow.record_tree import RecordTree
from bailiwick.flow.right import demand
from bailiwick.ledger import bundle

router = APIRouter(tags=["record"])
Index = Annotated[str | None, Query(pattern="^[0-9]{1,15}$", description="`next` of the page before this one")]
_LIST: Final = answers(400, 401, 403, 422)


def _as(media: str, description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media: {"schema": {"type": "string"}}}, "description": description}}


@router.get("/v1/record/events", summary="List events, newest first", response_model=Page[EventBody], responses=_LIST)
def list_events(
    here: Here,
    _: Reading,
    wanted: Wanted,
    limit: Limit = 50,
    cursor: Index = None,
) -> Any:
    """Every filter narrows; `until` itself is left out. The address is the search: keep it to run it again."""
    found = event_page(here.reader, wanted, before=int(cursor) if cursor else None, limit=limit)
    return {"items": found.items, "next": None if found.next is None else str(found.next)}


@router.get("/v1/record/events/{index}", summary="Read one event", response_model=EventDetail, responses=FINDS)
async def read_event(index: Annotated[int, Path(ge=0, lt=1 << 53)], here: Here, _: Reading, request: Request) -> Any:
    """The exact leaf, what it commits to, and the proof that it is on the record under a signed checkpoint."""
    found = await run_sync(event_whole, here.reader, index)
    if found is None:
        raise Refusal("unknown", f"the record has no event `{index}`")
    prover: Prover = request.app.state.prover
    proof = await run_sync(prover.prove, index)
    if proof is None:
        await freshen(here.store)
        proof = await run_sync(prover.prove, index)
    detail = {"leaf": found.leaf, "payload": found.payload, "erased": found.erased}
    return {"event": found.event, "proof": proof, **detail}


@router.get(
    "/v1/record/checkpoint",
    summary="Read the signed checkpoint",
    response_class=Response,
    responses={**FINDS, **_as("text/plain", "A C2SP signed note")},
)
async def checkpoint(here: Here, _: Reading) -> Response:
    """Size and root of the log as it stands, signed. Keep a copy elsewhere: only that shows a record cut short."""
    await freshen(here.store)
    head = await run_sync(here.reader.head)
    if head is None:
        raise Refusal("unknown", "nothing is on the record yet")
    return Response(head.note, media_type="text/plain; charset=utf-8")


@router.post("/v1/record/verify", summary="Verify the whole record", response_model=VerifiedBody, responses=READS)
async def verify(here: Here, _: Changing, request: Request) -> Any:
    """Every leaf, hash, signature, payload, document and anchor; one check runs at a time."""
    await freshen(here.store)
    async with request.app.state.verifying:
        return await run_sync(_verify, here)


@router.get(
    "/v1/record/export",
    summary="Download the record",
    response_class=StreamingResponse,
    responses={**FINDS, **_as("application/zip", "The export folder; cut short when the store fails on the way")},
)
async def export(here: Here, who: Reading) -> StreamingResponse:
    """A zip of the export folder, which `bailiwick record verify` checks anywhere, without this server."""
    demand(who.person, "export the record")
    await freshen(here.store)
    head = await run_sync(signed_head, here.reader)
    files = chain(export_stream(here.reader, here.log_key, head), anchor_stream(here.reader, head.size))
    return _zip(zipped(files), "record.zip")


@router.get(
    "/v1/record/bundle",
    summary="Download the record as evidence",
    response_class=StreamingResponse,
    responses={**FINDS, **_as("application/zip", "The evidence bundle; cut short when the store fails on the way")},
)
async def evidence(here: Here, who: Reading, request: Request) -> StreamingResponse:
    """The export folder with a script that verifies it, and a manifest that the record itself names.

    Whoever has Python needs nothing else: `python3 -I verify.py`. That it was handed out is put on the record.
    """
    demand(who.person, "export the record")
    await run_sync(signed_head, here.reader)
    return _zip(evidence_zip(here, request.app.state.prover, who.id), "evidence.zip")


def _zip(pieces: Iterator[bytes] | AsyncIterator[bytes], name: str) -> StreamingResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type="application/zip", headers=headers)


def _verify(here: Installation) -> VerifiedBody:
    start = time.perf_counter_ns()
    head = here.reader.head()
    found = bundle.verify(export_files(here.reader, here.log_key), here.log_key)
    found += check_kept(here.reader, RecordTree(here.reader), here.anchoring.kinds)
    size, held = head.size if head else 0, anchored(here.reader)
    return VerifiedBody(
        size=size,
        problems=[FindingBody.model_validate(one) for one in found],
        took_us=(time.perf_counter_ns() - start) // 1000,
        anchored=0 < size <= held.size,
        anchored_size=held.size,
        anchors=[AnchorBody.model_validate(one) for one in held.newest],
        unsigned=here.reader.size() - size,
    )
