"""A version on trial: what it decides differently, and ending it."""

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.source import SourceError
from bailiwick.flow.trial_errand import change_trial, promote_trial, stop_trial
from bailiwick.flow.trial_view import TrialView, follow_trial, trial_view
from bailiwick.flow.whatif import Redeciding
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.route.whatif import may_change, outcome_of, page_start
from bailiwick.web.trying import SideRow, TrialScreen
from bailiwick.web.view import Detail, Form
from bailiwick.web.visit import Visit, back_to, visit_of


async def show(request: Request) -> Response:
    """GET /charters/{name}/trial, with ?after= a later page."""
    return render(request, "trial.html", await _screen(request, None))


async def act(request: Request) -> Response:
    """POST /charters/{name}/trial"""
    visit, name = visit_of(request), request.path_params["name"]
    typed = visit.sent.values("percent")
    try:
        said = await _act(visit, name)
    except SourceError as error:
        form, status = Form(typed, problem=f"It cannot be published now. {error.problems[0]}"), 422
    except Refusal as error:
        form, status = Form(typed, problem=sentence(error)), STATUS[error.code]
    else:
        return back_to(f"/charters/{name}/trial", said)
    return render(request, "trial.html", await _screen(request, form), status=status)


async def _act(visit: Visit, name: str) -> str:
    what = visit.sent.one("do")
    if what == "stop":
        await stop_trial(visit.here, visit.who, name)
        return "trial-stopped"
    if what == "promote":
        row = await promote_trial(visit.here, visit.who, name, "")
        return "promoted" if row["status"] == "published" else "promotion-proposed"
    if what == "share":
        percent = visit.sent.one("percent")
        number = int(percent) if percent.isascii() and percent.isdecimal() and len(percent) < 4 else 0
        await change_trial(visit.here, visit.who, name, number)
        return "share"
    raise Refusal("invalid", "say what to do with the trial: set its share, stop it, or publish it")


async def _screen(request: Request, form: Form | None) -> TrialScreen:
    visit, name = visit_of(request), request.path_params["name"]
    here = visit.here
    row = await run_sync(here.reader.row, "trial", name)
    if row is None:
        raise HTTPException(404)
    again = None if row["state"] == "proposed" else await follow_trial(here.whatifs, here.reader, here.policies, row)
    view = await run_sync(trial_view, here.reader, row, again, visit.now_us)
    may = await run_sync(may_change, visit, name)
    return _shown(may, view, again, page_start(request), form)


def _shown(may: bool, view: TrialView, again: Redeciding | None, start: int, form: Form | None) -> TrialScreen:
    address = f"/charters/{view.name}/trial?after="
    return TrialScreen(
        name=view.name,
        kind=view.kind,
        state=view.state,
        percent=view.percent,
        overtaken=view.overtaken,
        note=view.note,
        details=_details(view),
        sides=tuple(SideRow(side.version, side.allow, side.ask, side.deny) for side in view.sides),
        yaml=view.source,
        outcome=outcome_of(again, start, lambda at: f"{address}{at}") if again else None,
        may_change=may,
        form=form or Form({"percent": str(view.percent or 10)}),
    )


def _details(view: TrialView) -> tuple[Detail, ...]:
    found = [Detail("Version on trial", view.digest, "digest"), Detail("Beside", view.base, "digest")]
    if view.kind == "canary":
        found.append(Detail("Share", f"{view.percent} % of the runs opened now"))
    found += [Detail("Since", view.started_us, "time"), Detail("Started by", view.started_by_name)]
    if view.proposed_by_name != view.started_by_name:
        found.append(Detail("Proposed by", view.proposed_by_name))
    if view.ended_us is not None:
        found += [Detail("Ended", view.ended_us, "time"), Detail("Ended by", view.ended_by_name)]
    return tuple(found)


ROUTES = [
    Route("/charters/{name}/trial", show, methods=["GET"]),
    Route("/charters/{name}/trial", act, methods=["POST"]),
]
