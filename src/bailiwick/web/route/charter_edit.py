"""Writing the next version of a charter: look at what it says and changes, then publish or propose it."""

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.compare import Relation
from bailiwick.core.refusal import Refusal
from bailiwick.flow.charter_owner import demand_charter
from bailiwick.flow.charter_version import compare_texts
from bailiwick.flow.charter_view import catalogues_in_force, check_text
from bailiwick.flow.publishing import publish_text
from bailiwick.flow.source import Flaw, SourceError, read_charter
from bailiwick.web.charter_edit import EditScreen, LookedAt
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.route.agent import promises_by_kind
from bailiwick.web.view import Form
from bailiwick.web.visit import Visit, back_to, visit_of


async def show(request: Request) -> Response:
    """GET /charters/{name}/edit"""
    screen = await run_sync(_screen, visit_of(request), request.path_params["name"], None, "")
    return render(request, "charter_edit.html", screen)


async def act(request: Request) -> Response:
    """POST /charters/{name}/edit: look at the text, or publish it."""
    visit, name = visit_of(request), request.path_params["name"]
    source, note = visit.sent.exact("source"), visit.sent.one("note")
    problem, status = "", 200
    if visit.sent.one("do") == "publish":
        try:
            await run_sync(_named, source, name)
            row = await publish_text(visit.here, visit.who, source, note)
        except SourceError:
            status = 422  # its flaws are shown with the text
        except Refusal as error:
            problem, status = sentence(error), STATUS[error.code]
        else:
            waits = row["status"] == "proposed"
            said = "charter-proposed" if waits else "charter-published"
            return back_to(f"/charters/{name}{'/compare' if waits else ''}", said)
    form = Form({"source": source, "note": note}, problem=problem)
    screen = await run_sync(_screen, visit, name, form, source)
    return render(request, "charter_edit.html", screen, status=422 if screen.wrong else status)


def _named(source: str, name: str) -> None:
    """Raise `Refusal` when the text is of another charter than the page."""
    found = read_charter(source)[0].name
    if found != name:
        raise Refusal("invalid", f"this text is of the charter `{found}`; on this page `{name}` is written")


def _screen(visit: Visit, name: str, form: Form | None, source: str) -> EditScreen:
    here = visit.here
    head = here.reader.row("charter", name)
    if head is None:
        raise HTTPException(404)
    barred = _barred(visit, name)
    if form is None:
        return EditScreen(name, head["version"], Form({"source": head["source"]}), barred=barred)
    try:
        _named(source, name)
        text = check_text(source, here.reader, here.policies, visit.now_us)
        pair = compare_texts((name, head["source"]), (name, source), here.policies, visit.now_us)
    except SourceError as error:
        return EditScreen(name, head["version"], form, _flaws(error.problems), barred=barred)
    except Refusal as error:
        return EditScreen(name, head["version"], Form(form.values, problem=sentence(error)), barred=barred)
    says = {entry.name: entry.sentence for one in catalogues_in_force(here.policies).values() for entry in one.actions}
    actions = pair.change.comparison.actions
    looked = LookedAt(
        relation=pair.change.relation.value,
        owners=pair.change.needs_both,
        changed=tuple(
            (one.relation.value, says.get(one.action, one.action))
            for one in actions
            if one.relation is not Relation.SAME
        ),
        promises=promises_by_kind(text.promises),
        bounds=text.bounds,
    )
    return EditScreen(name, head["version"], form, _flaws(text.problems), looked, barred)


def _flaws(problems: tuple[Flaw, ...]) -> tuple[tuple[int, str, str], ...]:
    return tuple((flaw.line, flaw.message, flaw.severity) for flaw in problems)


def _barred(visit: Visit, name: str) -> str:
    try:
        demand_charter(visit.here.reader, visit.who, name)
    except Refusal as error:
        return sentence(error)
    return ""


ROUTES = [Route("/charters/{name}/edit", show), Route("/charters/{name}/edit", act, methods=["POST"])]
