"""The record in other people's formats, streamed: the whole of it as Parquet, or events as CloudEvents and OCSF."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query
from starlette.responses import StreamingResponse

from bailiwick.api.access import Here, Reading
from bailiwick.api.fault import answers
from bailiwick.api.record_filter import Wanted
from bailiwick.flow.export_download import PARQUET, Download, export_download
from bailiwick.flow.export_format import EVENT_FORMATS
from bailiwick.flow.right import demand

router = APIRouter(tags=["record"])
ExportName = StrEnum("ExportName", [PARQUET, *EVENT_FORMATS])  # type: ignore[misc]  # the formats are data
_MEDIA: Final = {"application/vnd.apache.parquet", *(one.media for one in EVENT_FORMATS.values())}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    **answers(400, 401, 403, 404, 409, 422),
    200: {
        "content": {media: {"schema": {"type": "string"}} for media in sorted(_MEDIA)},
        "description": "The document, streamed; cut short when the store fails on the way",
    },
}


@router.get(
    "/v1/record/export/{format}",
    summary="Download the record in another format",
    response_class=StreamingResponse,
    responses=_ANSWERS,
)
async def export_as(
    format: Annotated[ExportName, Path()],  # noqa: A002  # the parameter's name for its readers
    here: Here,
    who: Reading,
    wanted: Wanted,
    payloads: Annotated[bool, Query(description="With what agents sent and read, as far as it is kept")] = False,
) -> StreamingResponse:
    """`parquet` is the whole record, which filters do not narrow; the others are events, oldest first.

    A Parquet file proves itself: `bailiwick record verify` checks it anywhere. In the others each event has the hash
    of its leaf, by which it is found on the record.
    """
    demand(who.person, "export the record")
    await here.store.checkpoint()
    found = await run_sync(export_download, here, str(format), wanted, payloads)
    return streamed(found)


def streamed(found: Download) -> StreamingResponse:
    """The answer, a piece at a time: memory stays flat however long the record is."""
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"', "Cache-Control": "no-store"}
    pieces: Iterator[bytes] = found.pieces
    return StreamingResponse(pieces, media_type=found.media, headers=headers)
