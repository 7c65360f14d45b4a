"""Subjects: what is kept of a person, and forgetting them."""

from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, FINDS, READS
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.subject import Erasure, SubjectAsked, SubjectBody
from bailiwick.flow.right import demand
from bailiwick.flow.subject import erase_named, erase_subject, erasures, find_subject, show_subject

router = APIRouter(tags=["subjects"])
RIGHT = "forget people"


@router.get("/v1/erasures", summary="List who was forgotten", response_model=Page[SubjectBody], responses=READS)
def list_erasures(here: Here, _: Reading) -> Any:
    """By pseudonym, the latest first; always one page."""
    return {"items": erasures(here.reader), "next": None}


@router.post("/v1/subjects/find", summary="Find a person's data", response_model=SubjectBody, responses=CHANGES)
async def find(asked: SubjectAsked, who: Changing, here: Here) -> Any:
    """How much is kept of the person whom an upstream calls so. Nothing is changed."""
    demand(who.person, RIGHT)
    return await run_sync(find_subject, here, asked.kind, asked.id)


@router.get("/v1/subjects/{subject}", summary="Read a subject", response_model=SubjectBody, responses=FINDS)
def read_subject(subject: Annotated[str, Path(max_length=100)], here: Here, _: Reading) -> Any:
    """By pseudonym, forgotten or not."""
    return show_subject(here, subject)


@router.post("/v1/subjects/erase", summary="Forget a person", response_model=SubjectBody, responses=CHANGES)
async def erase(asked: Erasure, who: Changing, here: Here) -> Any:
    """Their keys are destroyed, so no copy of the store can be read for them; every proof stays valid.

    Without `confirm` it answers what would go. Repeating it is safe.
    """
    demand(who.person, RIGHT)
    if asked.kind is None:
        found = await run_sync(show_subject, here, asked.id)
        return await erase_subject(here, found.id, who.id) if asked.confirm else found
    if asked.confirm:
        return await erase_named(here, asked.kind, asked.id, who.id)
    return await run_sync(find_subject, here, asked.kind, asked.id)
