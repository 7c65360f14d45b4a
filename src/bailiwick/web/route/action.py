"""One action, and the person who says how it really ended when nobody knows."""

from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.approval_view import entry_of
from bailiwick.flow.people import People
from bailiwick.flow.right import demand
from bailiwick.flow.run_view import ActionView, read_runs
from bailiwick.flow.settle import Reconcile
from bailiwick.ports.reader import EventFilter
from bailiwick.web.action import ActionEvent, ActionScreen
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.route.sentence import Teller
from bailiwick.web.route.timeline import OUTCOMES
from bailiwick.web.view import BLANK, Detail, Form
from bailiwick.web.visit import Visit, back_to, visit_of
from bailiwick.web.wording import pretty

_RECONCILE: Final = "reconcile actions"
_MOST_EVENTS: Final = 100


async def show(request: Request) -> Response:
    """GET /actions/{id}"""
    screen = await run_sync(_screen, visit_of(request), request.path_params["id"], BLANK)
    return render(request, "action.html", screen)


async def reconcile(request: Request) -> Response:
    """POST /actions/{id}: how an action of unknown outcome really ended, and how somebody found out."""
    visit, action = visit_of(request), request.path_params["id"]
    sent = visit.sent
    demand(visit.who, _RECONCILE)
    try:
        await visit.here.store.commit(Reconcile(action, sent.one("outcome"), sent.one("note"), visit.who["id"]))
    except Refusal as error:
        screen = await run_sync(_screen, visit, action, Form(sent.values("note"), problem=sentence(error)))
        return render(request, "action.html", screen, status=STATUS[error.code])
    return back_to(f"/actions/{action}", "reconciled")


def _screen(visit: Visit, action: str, form: Form) -> ActionScreen:
    here = visit.here
    row = here.reader.row("action", action)
    run = here.reader.row("run", row["run"]) if row else None
    if row is None or run is None:
        raise HTTPException(404)
    events = here.reader.events(EventFilter(action=action), limit=_MOST_EVENTS, ascending=True)
    view = read_runs(here.reader, here.policies, visit.now_us).action(row, events)
    entry = entry_of(here.policies, view.catalogue, view.name)
    teller = Teller(here.reader, here.policies, People.read(here.reader))
    told = (
        ActionEvent(event.index, event.leaf["at_us"], teller.tell(event), teller.typed(event, "note"))
        for event in events
    )
    return ActionScreen(
        id=action,
        title=f"{view.says[:1].upper()}{view.says[1:]}" if view.name else "A call that nothing lists",
        run=view.run,
        intent=run["intent"] if run["declared"] else f"{run['intent']} work of {run['agent']}",
        verdict=view.verdict,
        outcome=OUTCOMES.get(view.state, ""),
        details=_details(view, run["agent"]),
        events=tuple(told),
        arguments=pretty(dict(view.arguments)),
        trouble=(view.trouble or "").rstrip("."),
        held=entry is None or not entry.idempotent,
        barred=_barred(visit),
        form=form,
    )


def _details(view: ActionView, agent: str) -> tuple[Detail, ...]:
    found = [
        Detail("Agent", agent, href=f"/agents/{agent}"),
        Detail("Tool", f"{view.connector}__{view.tool}", "code", f"/connectors/{view.connector}"),
        Detail("Decided", view.at_us, "time"),
    ]
    if view.settled_us is not None:
        found.append(Detail("Outcome written", view.settled_us, "time"))
    if view.approval:
        found.append(Detail("Approval", view.approval, "code", f"/approvals/{view.approval}"))
    return (*found, Detail("Action digest", view.digest, "digest"), Detail("Action", view.id, "code"))


def _barred(visit: Visit) -> str:
    try:
        demand(visit.who, _RECONCILE)
    except Refusal as error:
        return sentence(error)
    return ""


ROUTES = [Route("/actions/{id}", show), Route("/actions/{id}", reconcile, methods=["POST"])]
