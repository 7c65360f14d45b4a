"""Reviewing tools in quarantine: the change, what it suspends, and accepting exactly what is shown."""

from typing import Any, Final

import orjson
from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.acceptance import accept
from bailiwick.flow.definition import ArgumentChange
from bailiwick.flow.quarantine_view import ToolReview, tool_reviews
from bailiwick.flow.right import demand
from bailiwick.flow.source import SourceError
from bailiwick.ports.upstream import UpstreamError
from bailiwick.web.page import render
from bailiwick.web.quarantine import ChangedPart, ReviewCard, ReviewScreen
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.view import BLANK, Form
from bailiwick.web.visit import Visit, back_to, visit_of

_RIGHT: Final = "manage connectors"
_LONGEST: Final = 400
"""Characters of one side of a change; the whole definitions stand below."""


async def show(request: Request) -> Response:
    """GET /connectors/{name}/review"""
    screen = await run_sync(_screen, visit_of(request), request.path_params["name"], "", BLANK)
    return render(request, "tool_review.html", screen)


async def take(request: Request) -> Response:
    """POST /connectors/{name}/review: one tool, with the digest of what was shown."""
    visit, name = visit_of(request), request.path_params["name"]
    sent = visit.sent
    demand(visit.who, _RIGHT)
    tool, note = sent.exact("tool"), sent.one("note")
    try:
        await accept(visit.here, name, {tool: sent.one("digest")}, note, visit.who["id"])
    except Refusal as error:
        form, status = Form({"note": note}, problem=sentence(error)), STATUS[error.code]
    except SourceError as error:
        form, status = Form({"note": note}, problem=f"The catalogue no longer fits: {error}."), STATUS["invalid"]
    except UpstreamError as error:
        form, status = Form({"note": note}, problem=f"The system could not be asked what it offers now: {error}."), 502
    else:
        return back_to(f"/connectors/{name}/review", "accepted")
    return render(request, "tool_review.html", await run_sync(_screen, visit, name, tool, form), status=status)


def _screen(visit: Visit, name: str, tool: str, form: Form) -> ReviewScreen:
    here = visit.here
    if here.reader.row("connector", name) is None:
        raise HTTPException(404)
    reviews = tool_reviews(here.reader, here.policies, name)
    cards = tuple(_card(at, one, form if one.tool == tool else BLANK) for at, one in enumerate(reviews, 1))
    return ReviewScreen(name, cards, _barred(visit))


def _barred(visit: Visit) -> str:
    try:
        demand(visit.who, _RIGHT)
    except Refusal as error:
        return sentence(error)
    return ""


def _card(number: int, one: ToolReview, form: Form) -> ReviewCard:
    before, after = one.before or {}, one.after or {}
    return ReviewCard(
        number=number,
        tool=one.tool,
        change=one.change,
        sentence=f"{one.sentence[:1].upper()}{one.sentence[1:]}.",
        since_us=one.since_us,
        digest=one.digest or "",
        known=one.pinned is not None,
        arguments=tuple(_argument(change) for change in one.arguments),
        parts=tuple(_part(name, before, after) for name in one.parts),
        lines=tuple((line.change, line.text) for line in one.lines),
        suspended=tuple((grant.charter, grant.action) for grant in one.suspended),
        problems=one.problems,
        consequences=one.consequences,
        form=form,
    )


def _argument(change: ArgumentChange) -> ChangedPart:
    before, after = (None if one is None else _written(one) for one in (change.before, change.after))
    return ChangedPart(f"{change.path} (required)" if change.required else change.path, before, after)


def _part(name: str, before: Any, after: Any) -> ChangedPart:
    return ChangedPart(name, *(_written(side[name]) if name in side else None for side in (before, after)))


def _written(value: object) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


ROUTES = [
    Route("/connectors/{name}/review", show),
    Route("/connectors/{name}/review", take, methods=["POST"]),
]
