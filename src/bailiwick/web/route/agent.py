"""Agents: the list, and one agent with its charter in plain words."""

from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.flow.agent_view import Agents, AgentView, RunUse, read_agents
from bailiwick.flow.charter_view import CharterView, Promise, charter_view
from bailiwick.flow.limit_use import AgentLimits, LimitUse, agent_limits
from bailiwick.flow.run_view import read_runs
from bailiwick.web.agent import AgentList, AgentRow, AgentScreen, KeyRow, Promises, Sentence, SumUse, UndoRow, Use
from bailiwick.web.page import render
from bailiwick.web.route.run import run_row
from bailiwick.web.shell import halt_notice
from bailiwick.web.view import Detail, Pager
from bailiwick.web.visit import Visit, visit_of
from bailiwick.web.wording import span

PAGE: Final = 50
_TITLES: Final = {
    "low": "It may do this alone",
    "medium": "It may do this, and its owner is told",
    "high": "It must ask first",
    "never": "It must never do this",
}


async def index(request: Request) -> Response:
    """GET /agents"""
    after = request.query_params.get("after")
    return render(request, "agents.html", await run_sync(_list, visit_of(request), after))


async def show(request: Request) -> Response:
    """GET /agents/{name}"""
    return render(request, "agent.html", await run_sync(_screen, visit_of(request), request.path_params["name"]))


def _agents(visit: Visit) -> Agents:
    return read_agents(visit.here.reader, visit.here.policies, visit.now_us)


def _list(visit: Visit, after: str | None) -> AgentList:
    views, more = _agents(visit).page(after=after, limit=PAGE)
    rows = tuple(
        AgentRow(
            view.name,
            view.purpose,
            view.workflow,
            view.owner,
            view.state,
            view.last_us or 0,
            view.allowed,
            view.asked,
            view.denied,
        )
        for view in views
    )
    return AgentList(rows, Pager("/agents" if after else "", f"/agents?after={more}" if more else ""))


def _screen(visit: Visit, name: str) -> AgentScreen:
    here = visit.here
    view = _agents(visit).one(name)
    if view is None:
        raise HTTPException(404)
    charter = charter_view(here.reader, here.policies, view.charter)
    if charter is None:
        raise HTTPException(404)
    limits = agent_limits(here.reader, here.policies, name, visit.now_us)
    runs = read_runs(here.reader, here.policies, visit.now_us).page(name, limit=8)
    return AgentScreen(
        name=view.name,
        purpose=view.purpose,
        state=view.state,
        owner=_owner(view, charter),
        promises=promises_by_kind(charter.text.promises),
        bounds=charter.text.bounds,
        uses=tuple(_use(use, _sums(limits, use.run)) for use in view.open_runs),
        today=_sums(limits, None),
        undo=tuple(UndoRow(one.says, one.tier, one.undo, one.undone_by or "") for one in limits.undo),
        yaml=charter.source,
        charter=view.charter,
        version=charter.digest,
        number=charter.version,
        proposed=charter.proposed or 0,
        published_us=charter.published_us,
        keys=(KeyRow(view.key, view.enrolled_us, view.enrolled_by_name),) if view.state != "revoked" else (),
        runs=tuple(run_row(line) for line in runs.items),
        halts=tuple(halt_notice(halt) for halt in view.halts),
    )


def _owner(view: AgentView, charter: CharterView) -> tuple[Detail, ...]:
    return (
        Detail("Accountable", view.owner),
        Detail("Backup", view.backup),
        Detail("Review by", charter.review_by),
        Detail("Workflow", view.workflow),
        Detail("Charter", f"{view.charter}, version {charter.version}", href=f"/charters/{view.charter}"),
    )


def promises_by_kind(promises: tuple[Promise, ...]) -> tuple[Promises, ...]:
    """The sentences of a charter by kind, the harmless first."""
    found = []
    for kind, title in _TITLES.items():
        sentences = tuple(Sentence(promise.text, (), promise.line) for promise in promises if promise.kind == kind)
        if sentences:
            found.append(Promises(kind, title, sentences))
    return tuple(found)


def _sums(limits: AgentLimits, run: str | None) -> tuple[SumUse, ...]:
    return tuple(
        SumUse(f"{use.says[:1].upper()}{use.says[1:]}", use.words, _share(use.used, use.most), _alone(use))
        for use in limits.uses
        if use.run == run
    )


def _alone(use: LimitUse) -> str:
    if use.alone is None or use.alone == use.most:
        return ""
    return f"asks above {use.alone:,}" if use.alone else "asks every time"


def _use(use: RunUse, sums: tuple[SumUse, ...]) -> Use:
    return Use(
        run=use.run,
        intent=use.intent,
        waiting=use.waiting,
        calls=use.calls,
        most_calls=use.most_calls,
        time=span(use.elapsed_us),
        most_time=span(use.most_us),
        calls_share=_share(use.calls, use.most_calls),
        time_share=_share(use.elapsed_us, use.most_us),
        sums=sums,
    )


def _share(part: int, whole: int) -> int:
    """In hundredths, never more than the whole."""
    return min(100, 100 * part // whole) if whole else 0


ROUTES = [Route("/agents", index), Route("/agents/{name}", show)]
