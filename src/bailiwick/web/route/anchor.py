"""The places that hold the record: listed for everybody, added, tried and removed by administrators."""

from collections.abc import Mapping
from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.anchor_place import AddAnchorPlace, RemoveAnchorPlace
from bailiwick.flow.anchor_view import AnchorPlaceView, place_views
from bailiwick.flow.anchored import anchored
from bailiwick.flow.anchoring import secret_name
from bailiwick.flow.right import demand
from bailiwick.ports.vault import BEARER
from bailiwick.web.anchor import AnchorField, AnchorPlaceRow, AnchorScreen
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.view import BLANK, Choice, Form
from bailiwick.web.visit import Visit, back_to, visit_of

_RIGHT: Final = "manage anchors"
_KINDS: Final[tuple[Choice, ...]] = (
    Choice("witness", "Witnesses"),
    Choice("timestamp", "A timestamp authority"),
    Choice("git", "A git repository"),
    Choice("folder", "A write-once folder"),
)
_SECRET: Final = AnchorField("secret", "Secret", "A bearer token, if the place asks for one. It goes to the vault.")
FIELDS: Final[Mapping[str, tuple[AnchorField, ...]]] = {
    "witness": (
        AnchorField(
            "policy", "Witness policy", "C2SP tlog-policy: witnesses with their URLs, and a quorum.", long=True
        ),
        _SECRET,
    ),
    "timestamp": (
        AnchorField("url", "Address", "Where it takes RFC 3161 requests."),
        AnchorField("certificates", "Certificates", "Its root, and what lies between, in PEM form.", long=True),
        _SECRET,
    ),
    "git": (
        AnchorField("url", "Address", "A repository that takes a push, as https://… or a path on the server."),
        AnchorField("branch", "Branch", "Empty means main."),
        _SECRET,
    ),
    "folder": (AnchorField("path", "Path", "A folder on the server, best on a disk where nothing can be changed."),),
}
_STATES: Final[Mapping[str, tuple[str, str, str]]] = {
    "new": ("busy", "clock", "Not asked yet"),
    "ok": ("ok", "check", "Holds it"),
    "late": ("warn", "clock", "Late"),
    "alarm": ("bad", "alert", "Contradicts"),
}


async def index(request: Request) -> Response:
    """GET /record/anchors, with ?add= the form for a kind of place."""
    visit, kind = visit_of(request), request.query_params.get("add", "")
    if kind and kind not in FIELDS:
        raise HTTPException(404)
    return render(request, "anchors.html", await run_sync(_screen, visit, kind))


async def add(request: Request) -> Response:
    """POST /record/anchors"""
    visit = visit_of(request)
    demand(visit.who, _RIGHT)
    here, sent = visit.here, visit.sent
    kind, name = sent.one("kind"), sent.one("name")
    fields = [field.name for field in FIELDS.get(kind, ())]
    values = sent.values("name", *(one for one in fields if one != "secret"))
    given = {one: _lines(sent.one(one)) for one in fields if one != "secret" and sent.one(one)}
    try:
        settings = await run_sync(here.anchoring.check, kind, given)
        await here.store.commit(AddAnchorPlace(name, kind, settings, visit.who["id"]))
    except Refusal as error:
        screen = await run_sync(_screen, visit, kind if kind in FIELDS else "", Form(values, problem=sentence(error)))
        return render(request, "anchors.html", screen, status=STATUS[error.code])
    if "secret" in fields and sent.one("secret"):
        now = here.clock.now_us()
        await run_sync(here.vault.set, secret_name(name), BEARER, sent.one("secret").strip(), now)
    return back_to("/record/anchors", "anchor-added")


async def now(request: Request) -> Response:
    """POST /record/anchors/{name}/now"""
    visit = visit_of(request)
    demand(visit.who, _RIGHT)
    row = await visit.here.anchoring.now(request.path_params["name"])
    return back_to("/record/anchors", "anchored" if row["state"] == "ok" else "anchor-late")


async def remove(request: Request) -> Response:
    """POST /record/anchors/{name}/remove"""
    visit = visit_of(request)
    demand(visit.who, _RIGHT)
    await visit.here.store.commit(RemoveAnchorPlace(request.path_params["name"], visit.who["id"]))
    return back_to("/record/anchors", "anchor-removed")


def _screen(visit: Visit, kind: str = "", form: Form = BLANK) -> AnchorScreen:
    reader = visit.here.reader
    held, size = anchored(reader), reader.size()
    try:
        demand(visit.who, _RIGHT)
        kinds = _KINDS
    except Refusal:
        kinds, kind = (), ""
    rows = tuple(_row(one) for one in place_views(reader))
    left = max(size - held.size, 0)
    return AnchorScreen(rows, held.size, left, held.words, kinds, kind, FIELDS.get(kind, ()), form)


def _row(place: AnchorPlaceView) -> AnchorPlaceRow:
    tone, icon, word = _STATES[place.state]
    where = place.settings.get("url") or place.settings.get("path") or ""
    since = place.anchored_us or 0
    return AnchorPlaceRow(place.name, place.kind, where, tone, icon, word, place.trouble, place.size, since)


def _lines(text: str) -> str:
    """A text of a form, whose lines end as the files that people paste from do."""
    text = text.replace("\r\n", "\n")
    return text if "\n" not in text or text.endswith("\n") else f"{text}\n"


ROUTES = [
    Route("/record/anchors", index),
    Route("/record/anchors", add, methods=["POST"]),
    Route("/record/anchors/{name}/now", now, methods=["POST"]),
    Route("/record/anchors/{name}/remove", remove, methods=["POST"]),
]
