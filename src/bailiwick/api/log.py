"""The log as static files (C2SP tlog-tiles): what outside tools fetch to verify the record by themselves.

No part of the OpenAPI document: the specification is C2SP's. Leaves hold no personal data, but who reads them must be
signed in all the same, so nothing in between may keep what is answered.
"""

import gzip
import re
from typing import Annotated, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Request, Response

from bailiwick.api.access import Here, Reading
from bailiwick.core.refusal import Refusal
from bailiwick.flow.proof import Prover
from bailiwick.ledger import tile
from bailiwick.ports.reader import EventFilter, Reader

router = APIRouter(include_in_schema=False)
FULL: Final = "private, max-age=31536000, immutable"
PARTIAL: Final = "private, max-age=3600"
"""What a partial tile holds never changes either, but it is not asked for again once it is full."""
_REFUSED: Final = re.compile(r"\s*q=0(\.0*)?\s*")
_VARY: Final = "Authorization, Cookie, Accept-Encoding"


@router.get("/log/checkpoint")
def log_checkpoint(here: Here, _: Reading) -> Response:
    """The last signed checkpoint; it is a second old at most while the log grows."""
    head = here.reader.head()
    if head is None:
        raise Refusal("unknown", "the log has no signed checkpoint yet; try again in a few seconds")
    return Response(head.note, media_type="text/plain; charset=utf-8")


@router.get("/log/tile/{path:path}")
async def log_tile(
    path: str,
    here: Here,
    _: Reading,
    request: Request,
    accept_encoding: Annotated[str, Header(max_length=1000)] = "",
) -> Response:
    """A hash tile or an entry bundle; there are those that the last signed checkpoint covers, and no others."""
    named = tile.parse_path(f"tile/{path}")
    data = await run_sync(_read, here.reader, request.app.state.prover, named) if named else None
    if named is None or data is None:
        raise Refusal("unknown", f"the log has no tile `{path[:100]}` under its last checkpoint")
    headers = {"Cache-Control": FULL if named.width == tile.TILE_WIDTH else PARTIAL, "Vary": _VARY}
    if named.is_entries and _takes_gzip(accept_encoding):
        data = await run_sync(_packed, data)
        headers["Content-Encoding"] = "gzip"
    return Response(data, media_type="application/octet-stream", headers=headers)


def _read(reader: Reader, prover: Prover, named: tile.TilePath) -> bytes | None:
    if not named.is_entries:
        hashes = prover.tile(named.level, named.index, named.width)
        return None if hashes is None else tile.encode_hashes(hashes)
    head, start = reader.head(), named.index * tile.TILE_WIDTH
    if head is None or start + named.width > head.size:
        return None
    found = reader.events(EventFilter(), before=start - 1, limit=named.width, ascending=True)
    return tile.encode_entries([event.body for event in found])


def _packed(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)


def _takes_gzip(accepted: str) -> bool:
    """Whether `gzip` is in the list, and not with a weight of nothing (RFC 9110, section 12.5.3)."""
    weights = {
        name.strip().lower(): weight for name, _, weight in (each.partition(";") for each in accepted.split(","))
    }
    return "gzip" in weights and _REFUSED.fullmatch(weights["gzip"]) is None
