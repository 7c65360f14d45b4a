"""Runs: the list."""

from typing import Final

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.flow.attest import attest_run
from bailiwick.flow.run_view import RunLine, read_runs
from bailiwick.web.page import render
from bailiwick.web.route.timeline import run_screen
from bailiwick.web.run import RunList, RunRow
from bailiwick.web.view import Choice, Form, Pager
from bailiwick.web.visit import Visit, visit_of

PAGE: Final = 40
STATES: Final = (
    Choice("open", "In progress"),
    Choice("finished", "Finished"),
    Choice("failed", "Failed"),
    Choice("cancelled", "Cancelled"),
    Choice("idle", "Went silent"),
)


async def index(request: Request) -> Response:
    """GET /runs, narrowed by agent and state."""
    query = request.query_params
    wanted = {name: query.get(name, "") for name in ("agent", "state", "before")}
    return render(request, "runs.html", await run_sync(_list, visit_of(request), wanted))


async def show(request: Request) -> Response:
    """GET /runs/{id}, all of it or what was denied or failed."""
    shown = request.query_params.get("show", "all")
    screen = await run_sync(run_screen, visit_of(request), request.path_params["id"], shown)
    return render(request, "run.html", screen)


async def attest(request: Request) -> Response:
    """POST /runs/{id}/attestation: a file to keep."""
    visit, run = visit_of(request), request.path_params["id"]
    note = await attest_run(visit.here, run, visit.who["id"])
    headers = {"Content-Disposition": f'attachment; filename="{run}.attestation"'}
    return Response(note, media_type="text/plain; charset=utf-8", headers=headers)


def _list(visit: Visit, wanted: dict[str, str]) -> RunList:
    here, known = visit.here, {state.value for state in STATES}
    state = wanted["state"] if wanted["state"] in known else ""
    agent, before = wanted["agent"], wanted["before"]
    runs = read_runs(here.reader, here.policies, visit.now_us)
    page = runs.page(agent or None, state or None, before=before or None, limit=PAGE)
    names = [row["id"] for row in here.reader.rows("agent", limit=500, ascending=True)]
    query = "".join(f"&{name}={value}" for name, value in (("agent", agent), ("state", state)) if value)
    pages = Pager(
        f"/runs?{query[1:]}" if before else "",
        f"/runs?before={page.next}{query}" if page.next else "",
    )
    agents = tuple(Choice(name, name) for name in names)
    rows = tuple(run_row(line) for line in page.items)
    return RunList(Form({"agent": agent, "state": state}), agents, STATES, rows, pages)


def run_row(line: RunLine) -> RunRow:
    """A run as a line of a list; the time it took leaves out what it waited for people."""
    took_us = max(0, line.took_us - line.waited_us)
    return RunRow(
        line.id, line.agent, line.intent, line.state, line.opened_us, took_us, line.allowed, line.asked, line.denied
    )


ROUTES = [
    Route("/runs", index),
    Route("/runs/{id}", show),
    Route("/runs/{id}/attestation", attest, methods=["POST"]),
]
