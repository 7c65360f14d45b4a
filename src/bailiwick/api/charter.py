"""Charters: reading, checking and publishing them, and templates to start from."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, FINDS, READS, answers
from bailiwick.api.paging import Cursor, Limit
from bailiwick.api.wire.base import Page, ProblemBody
from bailiwick.api.wire.charter import (
    CharterDetail,
    CharterHead,
    CharterSource,
    CharterVersionBody,
    CheckedBody,
    NewCharter,
    PersonaBody,
    PersonaTextBody,
    PlainTextBody,
)
from bailiwick.core.refusal import Refusal
from bailiwick.flow.charter_view import charter_view, charter_views, check_text
from bailiwick.flow.persona import persona, personas
from bailiwick.flow.publishing import publish_text
from bailiwick.flow.source import SourceError

router = APIRouter(tags=["charters"])
CharterName = Annotated[str, Path(max_length=100, description="A charter's name")]
_CHECKS = answers(400, 401, 403, 404, 413, 415, 422)


@router.get("/v1/charters", summary="List charters by name", response_model=Page[CharterHead], responses=READS)
def list_charters(here: Here, _: Reading, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """The version in force of each."""
    items, after = charter_views(here.reader, here.policies, after=cursor, limit=limit)
    return {"items": items, "next": after}


@router.get("/v1/charters/{name}", summary="Read a charter", response_model=CharterDetail, responses=FINDS)
def read_charter(name: CharterName, here: Here, _: Reading) -> Any:
    """The version in force, as text and in plain sentences."""
    found = charter_view(here.reader, here.policies, name)
    if found is None:
        raise Refusal("unknown", f"there is no charter `{name}`")
    return found


@router.get(
    "/v1/charters/{name}/versions",
    summary="List the versions of a charter, newest first",
    response_model=Page[CharterVersionBody],
    responses=FINDS,
)
def list_versions(name: CharterName, here: Here, _: Reading, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """Every version with its text and note; proposed ones too."""
    rows = here.reader.rows("charter_version", {"charter": name}, before=cursor, limit=limit + 1)
    if not rows and here.reader.row("charter", name) is None:
        raise Refusal("unknown", f"there is no charter `{name}`")
    return {
        "items": [CharterVersionBody(**row) for row in rows[:limit]],
        "next": rows[limit - 1]["id"] if len(rows) > limit else None,
    }


@router.post("/v1/charters/check", summary="Check a charter's text", response_model=CheckedBody, responses=_CHECKS)
def check(asked: CharterSource, here: Here, _: Changing) -> Any:
    """Everything that stands against publishing it now, with lines; nothing is stored."""
    try:
        text = check_text(asked.source, here.reader, here.policies, here.clock.now_us())
    except SourceError as error:
        return CheckedBody(
            publishable=False, problems=[ProblemBody.model_validate(flaw) for flaw in error.problems], text=None
        )
    ready = all(flaw.severity != "error" for flaw in text.problems)
    return {"publishable": ready, "problems": text.problems, "text": PlainTextBody.model_validate(text)}


@router.post(
    "/v1/charters", summary="Publish a charter", status_code=201, response_model=CharterVersionBody, responses=CHANGES
)
async def publish(asked: NewCharter, who: Changing, here: Here) -> Any:
    """It decides from the next action on.

    What is wider than the version in force, or incomparable, becomes a proposal until both owners have agreed:
    `status` tells. Administrators and the owners of the version in force may publish.
    """
    row = await publish_text(here, who.person, asked.source, asked.note)
    return CharterVersionBody(**row)


@router.get("/v1/personas", summary="List charter templates", response_model=Page[PersonaBody], responses=READS)
def list_personas(_: Reading) -> Any:
    """Roles to start from; always one page."""
    return {"items": personas(), "next": None}


@router.get("/v1/personas/{name}", summary="Read a charter template", response_model=PersonaTextBody, responses=FINDS)
def read_persona(name: Annotated[str, Path(max_length=100)], _: Reading) -> Any:
    """Change owner, limits and approvers before publishing it."""
    found = persona(name)
    if found is None:
        raise Refusal("unknown", f"there is no template `{name}`; GET /v1/personas lists them")
    return found
