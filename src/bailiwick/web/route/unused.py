"""What nobody uses, and taking it out of a charter: one change, looked at, then published."""

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.plain import grant_sentence
from bailiwick.core.refusal import Refusal
from bailiwick.flow.charter_owner import demand_charter
from bailiwick.flow.charter_version import compare_texts
from bailiwick.flow.charter_view import catalogues_in_force, check_text
from bailiwick.flow.grant_use import USUAL_DAYS, GrantUse, UngrantedTool, grant_uses
from bailiwick.flow.publishing import publish_text
from bailiwick.flow.source import SourceError
from bailiwick.flow.trim import without_grants
from bailiwick.web.grant import CharterUse, GrantRow, ToolUse, TrimScreen, UnusedScreen
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.view import BLANK, Form
from bailiwick.web.visit import Visit, back_to, visit_of

MOST_DAYS: Final = 3_650


async def show(request: Request) -> Response:
    """GET /unused-grants, with ?days= and ?show=all."""
    wanted = {name: request.query_params.get(name, "") for name in ("days", "show")}
    screen = await run_sync(_screen, visit_of(request), wanted)
    return render(request, "unused.html", screen, status=422 if screen.form.errors else 200)


async def review(request: Request) -> Response:
    """GET /charters/{name}/trim?action=…: the charter without these grants, and what that changes."""
    actions = tuple(dict.fromkeys(request.query_params.getlist("action")))
    screen = await run_sync(_trimmed, visit_of(request), request.path_params["name"], actions, BLANK)
    return render(request, "trim.html", screen)


async def publish(request: Request) -> Response:
    """POST /charters/{name}/trim"""
    visit, name = visit_of(request), request.path_params["name"]
    actions, note = visit.sent.many("action"), visit.sent.one("note")
    screen = await run_sync(_trimmed, visit, name, actions, Form({"note": note}))
    await run_sync(demand_charter, visit.here.reader, visit.who, name)
    if screen.source != visit.sent.exact("source"):
        form = Form({"note": note}, problem="The charter changed while you were reading this. Look at it again.")
        screen = await run_sync(_trimmed, visit, name, actions, form)
        return render(request, "trim.html", screen, status=409)
    try:
        row = await publish_text(visit.here, visit.who, screen.source, note)
    except SourceError as error:
        form = Form({"note": note}, problem=f"It cannot be published: {error.problems[0]}.")
        return render(request, "trim.html", await run_sync(_trimmed, visit, name, actions, form), status=422)
    except Refusal as error:
        form = Form({"note": note}, problem=sentence(error))
        screen = await run_sync(_trimmed, visit, name, actions, form)
        return render(request, "trim.html", screen, status=STATUS[error.code])
    if row["status"] == "proposed":
        return back_to(f"/charters/{name}/compare", "charter-proposed")
    return back_to(f"/charters/{name}", "trimmed")


def _screen(visit: Visit, wanted: dict[str, str]) -> UnusedScreen:
    text, errors = wanted["days"], dict[str, str]()
    days = int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0
    if text and not 1 <= days <= MOST_DAYS:
        errors["days"] = f"`{text}` is no number of days from 1 to {MOST_DAYS}"
    days = days if 1 <= days <= MOST_DAYS else USUAL_DAYS
    report = grant_uses(visit.here.reader, visit.here.policies, visit.now_us, days)
    every = wanted["show"] == "all"
    found = []
    for charter, grants in groupby(report.grants, key=lambda grant: grant.charter):
        listed = list(grants)
        shown = tuple(_row(grant) for grant in listed if every or grant.state == "unused")
        if shown:
            found.append(CharterUse(charter, shown, sum(one.state == "unused" for one in listed), len(listed)))
    return UnusedScreen(
        form=Form({"days": text or str(days), "show": wanted["show"]}, errors),
        days=days,
        charters=tuple(found),
        tools=tuple(_tool(tool) for tool in report.tools),
        total=len(report.grants),
        new=sum(grant.state == "new" for grant in report.grants),
    )


def _row(grant: GrantUse) -> GrantRow:
    last_us, refused_us = grant.last_us or 0, grant.refused_us or 0
    return GrantRow(grant.action, grant.says, grant.tier, grant.line, grant.state, grant.since_us, last_us, refused_us)


def _tool(tool: UngrantedTool) -> ToolUse:
    actions = tuple((action.says, action.floor) for action in tool.actions)
    return ToolUse(tool.connector, tool.tool, actions, any(action.prohibited for action in tool.actions))


def _trimmed(visit: Visit, name: str, actions: Sequence[str], form: Form) -> TrimScreen:
    here = visit.here
    head = here.reader.row("charter", name)
    if head is None:
        raise HTTPException(404)
    before, source = head["source"], without_grants(head["source"], set(actions))
    text = check_text(source, here.reader, here.policies, visit.now_us)
    charter = here.policies.policy(head["digest"], "").charter
    entries = {entry.name: entry for one in catalogues_in_force(here.policies).values() for entry in one.actions}
    pair = compare_texts((name, before), (name, source), here.policies, visit.now_us)
    gone = [grant for grant in charter.grants if grant.action in actions]
    return TrimScreen(
        charter=name,
        number=head["version"],
        actions=tuple(grant.action for grant in gone),
        source=source,
        sentences=tuple(grant_sentence(grant, entries.get(grant.action)) for grant in gone),
        lines=tuple((line.change, line.text) for line in pair.lines),
        relation=pair.change.relation.value,
        problems=tuple((flaw.line, flaw.message) for flaw in text.problems if flaw.severity == "error"),
        barred=_barred(visit, name),
        form=form,
    )


def _barred(visit: Visit, name: str) -> str:
    try:
        demand_charter(visit.here.reader, visit.who, name)
    except Refusal as error:
        return sentence(error)
    return ""


ROUTES = [
    Route("/unused-grants", show),
    Route("/charters/{name}/trim", review),
    Route("/charters/{name}/trim", publish, methods=["POST"]),
]
