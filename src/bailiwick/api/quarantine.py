"""Tools in quarantine: what changed, what it suspends, and accepting what a tool has become."""

from typing import Any

from fastapi import APIRouter

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.connector import ConnectorName
from bailiwick.api.fault import CHANGES, FINDS, answers
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.connector import AcceptedTools, ImportedCatalogueBody, ToolReviewBody
from bailiwick.core.refusal import Refusal
from bailiwick.flow.acceptance import accept
from bailiwick.flow.quarantine_view import tool_reviews
from bailiwick.flow.right import demand

router = APIRouter(tags=["connectors"])


@router.get(
    "/v1/connectors/{name}/quarantine",
    summary="List a connector's tools in quarantine",
    response_model=Page[ToolReviewBody],
    responses=FINDS,
)
def list_quarantine(name: ConnectorName, here: Here, _: Reading) -> Any:
    """Reviewed tools that are not as they were, then new ones; always one page."""
    if here.reader.row("connector", name) is None:
        raise Refusal("unknown", f"there is no connector `{name}`")
    return {"items": tool_reviews(here.reader, here.policies, name), "next": None}


@router.post(
    "/v1/connectors/{name}/accept",
    summary="Accept what tools have become",
    response_model=ImportedCatalogueBody,
    responses={**CHANGES, **answers(502)},
)
async def accept_tools(name: ConnectorName, asked: AcceptedTools, who: Changing, here: Here) -> Any:
    """Pins exactly the definitions that were looked at: 409 when a tool is another one by now.

    The catalogue's text stays as it is; where it no longer fits, import another text with `accept`.
    """
    demand(who.person, "manage connectors")
    return await accept(here, name, asked.accept, asked.note, who.id)
