"""The forms of the documents that people write, for editors; anybody may read them, they hold nobody's data."""

from typing import Any

from fastapi import APIRouter

from bailiwick.core.catalogue_schema import catalogue_schema
from bailiwick.core.charter_schema import charter_schema

router = APIRouter(tags=["schemas"])


@router.get("/v1/schemas/charter", summary="The JSON Schema (draft 07) of a charter")
def read_charter_schema() -> dict[str, Any]:
    """An editor that is told this address completes and checks a charter while it is written."""
    return charter_schema()


@router.get("/v1/schemas/catalogue", summary="The JSON Schema (draft 07) of a catalogue")
def read_catalogue_schema() -> dict[str, Any]:
    """An editor that is told this address completes and checks a catalogue while it is written."""
    return catalogue_schema()
