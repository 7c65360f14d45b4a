"""Behaviour versions of an agent: what a change of a prompt or model changes, and putting it in force."""

from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.behaviour import ActivateBehaviour
from bailiwick.flow.behaviour_view import BehaviourComparison, Behaviours, BehaviourVersion
from bailiwick.flow.right import RIGHTS, demand
from bailiwick.web.behaviour import (
    BehaviourList,
    BehaviourRow,
    BehaviourScreen,
    ChangedNumber,
    ChangedText,
    CheckRow,
)
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.view import BLANK, Detail, Form, Pager
from bailiwick.web.visit import Visit, back_to, visit_of

PAGE: Final = 50


async def index(request: Request) -> Response:
    """GET /agents/{name}/behaviour"""
    before = request.query_params.get("before", "")
    view = await run_sync(_list, visit_of(request), request.path_params["name"], before)
    return render(request, "behaviours.html", view)


async def show(request: Request) -> Response:
    """GET /behaviours/{digest}"""
    view = await run_sync(_screen, visit_of(request), request.path_params["digest"], BLANK)
    return render(request, "behaviour.html", view)


async def activate(request: Request) -> Response:
    """POST /behaviours/{digest}"""
    visit, digest = visit_of(request), request.path_params["digest"]
    note = visit.sent.one("note")
    try:
        demand(visit.who, "release behaviours")
        await visit.here.store.commit(ActivateBehaviour(digest, note, visit.who["id"]))
    except Refusal as error:
        form = Form({"note": note}, problem=sentence(error))
        view = await run_sync(_screen, visit, digest, form)
        return render(request, "behaviour.html", view, status=STATUS[error.code])
    return back_to(f"/behaviours/{digest}", "activated")


def _behaviours(visit: Visit) -> Behaviours:
    return Behaviours.read(visit.here.reader, visit.here.policies)


def _list(visit: Visit, agent: str, before: str) -> BehaviourList:
    row = visit.here.reader.row("agent", agent)
    if row is None:
        raise HTTPException(404)
    number = int(before) if before.isascii() and before.isdecimal() and before != "0" else None
    found, more = _behaviours(visit).page(agent, before=number, limit=PAGE)
    rows = tuple(
        BehaviourRow(one.digest, one.number, one.status, one.note, one.registered_us, one.registered_by_name)
        for one in found
    )
    in_force = visit.here.reader.row("behaviour", row["behaviour"]) if row["behaviour"] else None
    path = f"/agents/{agent}/behaviour"
    pages = Pager(path if before else "", f"{path}?before={more}" if more else "")
    return BehaviourList(agent, in_force["number"] if in_force else 0, rows, pages)


def _screen(visit: Visit, digest: str, form: Form) -> BehaviourScreen:
    try:
        found = _behaviours(visit).compare(digest)
    except Refusal:
        raise HTTPException(404) from None
    one, acceptance = found.after, found.after.acceptance or {}
    return BehaviourScreen(
        agent=one.agent,
        digest=one.digest,
        number=one.number,
        status=one.status,
        note=one.note,
        details=_details(one),
        against=found.before.number if found.before else 0,
        texts=_texts(found),
        same=tuple(change.key for change in found.components if change.change == "same"),
        numbers=tuple(
            ChangedNumber(change.action, change.what, change.before, change.after) for change in found.effects
        ),
        untold=found.untold or "",
        run=acceptance.get("run", ""),
        passed=acceptance.get("passed", False),
        trouble=acceptance.get("trouble") or "",
        checks=tuple(CheckRow(**check) for check in acceptance.get("checks", ())),
        may_activate=not RIGHTS["release behaviours"].isdisjoint(visit.who["roles"]),
        form=form,
    )


def _details(one: BehaviourVersion) -> tuple[Detail, ...]:
    found = [
        Detail("Agent", one.agent, href=f"/agents/{one.agent}"),
        Detail("Version", one.digest, "digest"),
        Detail("Registered", one.registered_us, "time"),
        Detail("By", one.registered_by_name),
    ]
    if one.activated_us:
        found += [Detail("Last put in force", one.activated_us, "time"), Detail("By whom", one.activated_by_name)]
    return tuple(found)


def _texts(found: BehaviourComparison) -> tuple[ChangedText, ...]:
    return tuple(
        ChangedText(change.key, change.change, tuple((line.change, line.text) for line in change.lines))
        for change in found.components
        if change.change != "same"
    )


ROUTES = [
    Route("/agents/{name}/behaviour", index),
    Route("/behaviours/{digest}", show),
    Route("/behaviours/{digest}", activate, methods=["POST"]),
]
