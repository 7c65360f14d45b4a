"""Anchors: where heads of the record are held by others, and what those gave."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Response

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, READS
from bailiwick.api.paging import Cursor, Limit
from bailiwick.api.wire.anchor import AnchorBody, AnchorPlaceBody, AnchorSettings
from bailiwick.api.wire.base import Page
from bailiwick.flow.anchor_place import AddAnchorPlace, RemoveAnchorPlace
from bailiwick.flow.anchor_view import place_view, place_views
from bailiwick.flow.anchored import anchor_view
from bailiwick.flow.anchoring import secret_name
from bailiwick.flow.installation import Installation
from bailiwick.flow.people import People
from bailiwick.flow.right import demand
from bailiwick.ports.store import Row
from bailiwick.ports.vault import BEARER

router = APIRouter(tags=["anchors"])
PlaceName = Annotated[str, Path(max_length=100, description="A place's name")]


@router.get(
    "/v1/anchors", summary="List the places that hold the record", response_model=Page[AnchorPlaceBody], responses=READS
)
def list_places(here: Here, _: Reading) -> Any:
    """By name; always one page."""
    return {"items": place_views(here.reader), "next": None}


@router.get(
    "/v1/record/anchors", summary="List anchors, newest first", response_model=Page[AnchorBody], responses=READS
)
def list_anchors(here: Here, _: Reading, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """Every head that some place holds, whether or not the place is still asked."""
    rows = here.reader.rows("anchor", before=cursor, limit=limit + 1)
    shown = [anchor_view(row) for row in rows[:limit]]
    return {"items": shown, "next": shown[-1].id if len(rows) > limit else None}


@router.put(
    "/v1/anchors/{place}",
    summary="Anchor the record at a place",
    response_model=AnchorPlaceBody,
    responses={**CHANGES, 201: {"model": AnchorPlaceBody, "description": "Added"}},
)
async def put_place(place: PlaceName, asked: AnchorSettings, who: Changing, here: Here, response: Response) -> Any:
    """Add it or change its settings; the next round asks it."""
    demand(who.person, "manage anchors")
    settings = await run_sync(here.anchoring.check, asked.kind, asked.settings)
    added = await run_sync(here.reader.row, "anchor_place", place) is None
    row = await here.store.commit(AddAnchorPlace(place, asked.kind, settings, who.id))
    if asked.secret is not None:
        await run_sync(here.vault.set, secret_name(place), BEARER, asked.secret, here.clock.now_us())
    response.status_code = 201 if added else 200
    return await run_sync(_view, here, row)


@router.delete(
    "/v1/anchors/{place}", summary="Anchor at a place no more", response_model=AnchorPlaceBody, responses=CHANGES
)
async def remove_place(place: PlaceName, who: Changing, here: Here) -> Any:
    """What it gave stays, and still counts. Answers the place as it was."""
    demand(who.person, "manage anchors")
    row = await here.store.commit(RemoveAnchorPlace(place, who.id))
    return await run_sync(_view, here, row)


@router.post(
    "/v1/anchors/{place}/now", summary="Anchor at a place now", response_model=AnchorPlaceBody, responses=CHANGES
)
async def anchor_now(place: PlaceName, who: Changing, here: Here) -> Any:
    """Without waiting for the next round; `state` and `trouble` tell how it went."""
    demand(who.person, "manage anchors")
    row = await here.anchoring.now(place)
    return await run_sync(_view, here, row)


def _view(here: Installation, row: Row) -> Any:
    return place_view(row, People.read(here.reader))
