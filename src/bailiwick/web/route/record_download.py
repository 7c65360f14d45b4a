"""Downloading the record in another format, for whoever may export it; streamed as it is read."""

from shlex import quote
from typing import Final
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.export_download import PARQUET, Download, export_download
from bailiwick.flow.export_format import EVENT_FORMATS
from bailiwick.flow.people import People
from bailiwick.flow.right import demand
from bailiwick.ports.reader import EventFilter
from bailiwick.web.page import render
from bailiwick.web.record_download import DownloadScreen
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.route.record import FIELDS, event_filter
from bailiwick.web.view import Choice, Form
from bailiwick.web.visit import Visit, visit_of

_RIGHT: Final = "export the record"
_FORMATS: Final = (
    Choice(PARQUET, "Parquet: the whole record as a table that proves itself"),
    Choice("cloudevents", "CloudEvents 1.0, one a line"),
    Choice("cloudevents-batch", "CloudEvents 1.0, one array"),
    Choice("ocsf", "OCSF 1.3.0 for security tools, one a line"),
)


async def show(request: Request) -> Response:
    """GET /record/download: the search is in the address, as on the record's page."""
    visit = visit_of(request)
    return render(request, "record_download.html", _screen(visit, _asked(request), Form({"format": PARQUET})))


async def download(request: Request) -> Response:
    """GET /record/download/file?format=…: the bytes; a search that cannot be narrowed so is shown again."""
    visit, asked, form = visit_of(request), _asked(request), request.query_params.get("format", "")
    demand(visit.who, _RIGHT)
    if form != PARQUET and form not in EVENT_FORMATS:
        raise HTTPException(404)
    payloads = request.query_params.get("payloads") == "yes"
    await visit.here.store.checkpoint()
    try:
        found = await run_sync(_found, visit, form, asked, payloads)
    except Refusal as error:
        values = {"format": form, "payloads": "yes" if payloads else ""}
        screen = _screen(visit, asked, Form(values, problem=sentence(error)))
        return render(request, "record_download.html", screen, status=STATUS[error.code])
    headers = {"Content-Disposition": f'attachment; filename="{found.name}"', "Cache-Control": "no-store"}
    return StreamingResponse(found.pieces, media_type=found.media, headers=headers)


def _asked(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip() for name in FIELDS}


def _found(visit: Visit, form: str, asked: dict[str, str], payloads: bool) -> Download:
    errors: dict[str, str] = {}
    wanted = event_filter(visit.here, People.read(visit.here.reader), asked, errors)
    if errors:
        raise Refusal("invalid", next(iter(errors.values())))
    # Parquet is whole whatever was searched for; the page says so beside it
    return export_download(visit.here, form, EventFilter() if form == PARQUET else wanted, payloads)


def _screen(visit: Visit, asked: dict[str, str], form: Form) -> DownloadScreen:
    narrowed = {name: value for name, value in asked.items() if value}
    kind = form.values.get("format") or PARQUET
    told = {} if kind == PARQUET else narrowed
    words = (f"bailiwick record export ./record --format {kind}", *(f"--{one} {quote(told[one])}" for one in told))
    barred = ""
    try:
        demand(visit.who, _RIGHT)
    except Refusal as error:
        barred = sentence(error)
    return DownloadScreen(
        form=form,
        formats=_FORMATS,
        narrowed=tuple(Choice(value, name) for name, value in narrowed.items()),
        command=" ".join(words),
        address=f"GET /v1/record/export/{kind}" + (f"?{urlencode(told)}" if told else ""),
        barred=barred,
    )


ROUTES = [
    Route("/record/download", show),
    Route("/record/download/file", download),
]
