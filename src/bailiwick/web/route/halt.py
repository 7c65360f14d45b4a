"""Stopping and resuming: anybody who is signed in may stop, a second person resumes."""

from collections import Counter
from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.agent_view import halts_in_force
from bailiwick.flow.people import People
from bailiwick.flow.stop import LiftHalt, SetHalt
from bailiwick.ports.store import Row
from bailiwick.web.halt import HaltConfirm, HaltScope, HaltScreen, ResumeConfirm, ScopeGroup
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.shell import halt_notice, scope_words
from bailiwick.web.view import BLANK, Form
from bailiwick.web.visit import Visit, back_to, visit_of
from bailiwick.web.wording import counted

ALL: Final = "all"
EVERYTHING: Final = "everything"
_NOT_TYPED: Final = "type `{}`, exactly as it is written here"


async def show(request: Request) -> Response:
    """GET /halt: what is stopped and what can be; with ?scope= the page that confirms it."""
    visit, scope = visit_of(request), request.query_params.get("scope")
    if scope is None:
        return render(request, "halt.html", await run_sync(_screen, visit))
    return render(request, "halt_confirm.html", await run_sync(_confirm, visit, scope))


async def stop(request: Request) -> Response:
    """POST /halt"""
    visit = visit_of(request)
    here, sent = visit.here, visit.sent
    scope = sent.one("scope")
    confirm = await run_sync(_confirm, visit, scope)
    values = sent.values("reason", "typed")
    if sent.one("typed") != confirm.scope.name:
        form = Form(values, {"typed": _NOT_TYPED.format(confirm.scope.name)})
        return render(request, "halt_confirm.html", HaltConfirm(confirm.scope, confirm.stops, form), status=422)
    try:
        await here.store.commit(SetHalt(scope, sent.one("reason"), visit.who["id"]))
    except Refusal as error:
        form = Form(values, problem=sentence(error))
        screen = HaltConfirm(confirm.scope, confirm.stops, form)
        return render(request, "halt_confirm.html", screen, status=STATUS[error.code])
    await run_sync(here.stops.read, here.reader)
    return back_to("/halt", "halted")


async def resume_page(request: Request) -> Response:
    """GET /halt/{id}/resume"""
    return render(request, "resume.html", await run_sync(_resume, visit_of(request), request.path_params["id"], BLANK))


async def resume(request: Request) -> Response:
    """POST /halt/{id}/resume"""
    visit, scope = visit_of(request), request.path_params["id"]
    here, sent = visit.here, visit.sent
    values = sent.values("reason", "typed")
    if sent.one("typed") != _name(scope):
        form = Form(values, {"typed": _NOT_TYPED.format(_name(scope))})
        return render(request, "resume.html", await run_sync(_resume, visit, scope, form), status=422)
    try:
        await here.store.commit(LiftHalt(scope, sent.one("reason"), visit.who["id"]))
    except Refusal as error:
        form = Form(values, problem=sentence(error))
        screen = await run_sync(_resume, visit, scope, form)
        return render(request, "resume.html", screen, status=STATUS[error.code])
    await run_sync(here.stops.read, here.reader)
    return back_to("/halt", "resumed")


def _name(scope: str) -> str:
    """What has to be typed."""
    return EVERYTHING if scope == ALL else scope.partition(":")[2]


def _open_runs(visit: Visit) -> list[Row]:
    return visit.here.reader.rows("run", {"status": "open"}, limit=1000)


def _screen(visit: Visit) -> HaltScreen:
    reader, runs = visit.here.reader, _open_runs(visit)
    halts = halts_in_force(reader, People.read(reader))
    halted = {halt.scope for halt in halts}
    agents = [row["id"] for row in reader.rows("agent", {"status": "active"}, limit=500, ascending=True)]
    workflows = sorted({row["workflow"] for row in reader.rows("charter", limit=500, ascending=True)})
    connectors = [row["id"] for row in reader.rows("connector", limit=500, ascending=True)]
    by_agent = Counter(run["agent"] for run in runs)
    by_workflow = Counter(run["workflow"] for run in runs)
    groups = (
        ("All at once", [_scope(ALL, f"{counted(len(agents), 'agent')}, {_running(len(runs))}")]),
        ("An agent", [_scope(f"agent:{name}", _running(by_agent[name])) for name in agents]),
        ("A workflow", [_scope(f"workflow:{name}", _running(by_workflow[name])) for name in workflows]),
        ("A connector", [_scope(f"connector:{name}", "no agent reaches it any more") for name in connectors]),
    )
    found = tuple(
        ScopeGroup(title, left) for title, all_ in groups if (left := tuple(s for s in all_ if s.value not in halted))
    )
    return HaltScreen(tuple(halt_notice(halt) for halt in halts), found)


def _scope(value: str, effect: str) -> HaltScope:
    words = scope_words(value)
    label = "every agent" if value == ALL else words[:1].lower() + words[1:]
    return HaltScope(value, _name(value), label, effect)


def _running(count: int) -> str:
    return f"{counted(count, 'run')} in progress"


def _confirm(visit: Visit, scope: str) -> HaltConfirm:
    """What stopping this scope would stop; raises 404 for what does not exist."""
    reader = visit.here.reader
    kind, _, name = scope.partition(":")
    exists = {
        "all": not name,
        "agent": reader.row("agent", name) is not None,
        "connector": reader.row("connector", name) is not None,
        "workflow": any(row["workflow"] == name for row in reader.rows("charter", limit=1000)),
    }
    if not exists.get(kind, False):
        raise HTTPException(404)
    runs = [run for run in _open_runs(visit) if kind == "all" or run.get(kind) == name]
    waiting = reader.rows("approval", {"status": ["open", "approved"]}, limit=1000)
    if kind in ("agent", "connector"):
        waiting = [row for row in waiting if row[kind] == name]
    elif kind == "workflow":
        inside = {run["id"] for run in runs}
        waiting = [row for row in waiting if row["run"] in inside]
    lines = [_first_line(kind, name)]
    if kind != "connector":
        lines += [f"the run “{run['intent']}” of {run['agent']}" for run in runs[:5]]
        lines += [f"{counted(len(runs) - 5, 'more run')}"] if len(runs) > 5 else []
    if waiting:
        what = counted(len(waiting), "request")
        lines.append(f"{what} for approval: while the halt lasts, consent cannot be used")
    return HaltConfirm(_scope(scope, ""), tuple(lines))


def _first_line(kind: str, name: str) -> str:
    return {
        "all": "every new action of every agent, at once",
        "agent": f"every new action of {name}, at once",
        "workflow": f"every new action of every agent in {name}, at once",
        "connector": f"every new action on {name}, by any agent, at once",
    }[kind]


def _resume(visit: Visit, scope: str, form: Form) -> ResumeConfirm:
    reader = visit.here.reader
    halt = next((one for one in halts_in_force(reader, People.read(reader)) if one.scope == scope), None)
    if halt is None:
        raise HTTPException(404)
    own = halt.set_by == visit.who["id"] and not visit.solo
    barred = "You stopped it yourself, so a second person has to resume it." if own else ""
    return ResumeConfirm(halt_notice(halt), _name(scope), barred, form)


ROUTES = [
    Route("/halt", show),
    Route("/halt", stop, methods=["POST"]),
    Route("/halt/{id}/resume", resume_page),
    Route("/halt/{id}/resume", resume, methods=["POST"]),
]
