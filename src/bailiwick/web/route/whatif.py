"""Trying a text: the form, and what the recorded actions would have come to under it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.core.trial import TrialKind
from bailiwick.flow.charter_owner import demand_charter
from bailiwick.flow.source import SourceError
from bailiwick.flow.trial_errand import start_trial
from bailiwick.flow.whatif import Redecided, Redeciding, Untold
from bailiwick.flow.whatif_errand import begin_whatif, whatif_of
from bailiwick.flow.whatif_run import MOST_DAYS, WhatIfRun, report_of
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.trying import ChangedRow, CountRow, Outcome, TryScreen, UntoldRow, WhatIfScreen
from bailiwick.web.view import Form, Pager
from bailiwick.web.visit import Visit, back_to, visit_of

PAGE: Final = 50
_FIELDS: Final = ("days", "note", "percent")


async def form(request: Request) -> Response:
    """GET /charters/{name}/try"""
    view = await run_sync(_screen, visit_of(request), request.path_params["name"], None)
    return render(request, "try.html", view)


async def start(request: Request) -> Response:
    """POST /charters/{name}/try"""
    visit, name = visit_of(request), request.path_params["name"]
    typed = Form({"source": visit.sent.exact("source"), **visit.sent.values(*_FIELDS)})
    flaws: tuple[tuple[int, str], ...] = ()
    try:
        return await _start(visit, name, typed)
    except SourceError as error:
        flaws, status = tuple((flaw.line, flaw.message) for flaw in error.problems), 422
    except Refusal as error:
        typed, status = Form(typed.values, problem=sentence(error)), STATUS[error.code]
    view = await run_sync(_screen, visit, name, typed, flaws)
    return render(request, "try.html", view, status=status)


async def show(request: Request) -> Response:
    """GET /whatifs/{id}, with ?after= a later page."""
    run = await whatif_of(visit_of(request).here, request.path_params["id"])
    if run is None:
        raise HTTPException(404)
    return render(request, "whatif.html", _whatif(run, page_start(request)))


async def _start(visit: Visit, name: str, typed: Form) -> Response:
    here, what = visit.here, visit.sent.one("do")
    if what in ("shadow", "canary"):
        percent = _number(typed.values["percent"], 100, "the share")
        kind: TrialKind = "canary" if what == "canary" else "shadow"
        await start_trial(here, visit.who, name, typed.values["source"], kind, percent, typed.values["note"])
        return back_to(f"/charters/{name}/trial", "on-trial")
    if await run_sync(here.reader.row, "charter", name) is None:
        raise HTTPException(404)
    days = _number(typed.values["days"], MOST_DAYS, "the days")
    run = await begin_whatif(here, name, typed.values["source"], days)
    return back_to(f"/whatifs/{run.id}")


def _number(text: str, most: int, what: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most:
        return int(text)
    raise Refusal("invalid", f"write {what} as a whole number from 1 to {most:,}")


def _screen(visit: Visit, name: str, typed: Form | None, flaws: tuple[tuple[int, str], ...] = ()) -> TryScreen:
    head, trial = visit.here.reader.row("charter", name), visit.here.reader.row("trial", name)
    if head is None:
        raise HTTPException(404)
    words = ""
    if trial is not None and trial["state"] in ("running", "proposed"):
        how = "for a share of the runs" if trial["kind"] == "canary" else "in the shadow"
        words = f"Another version is {'on trial' if trial['state'] == 'running' else 'proposed for trial'} {how}."
    return TryScreen(
        name=name,
        form=typed or Form({"source": head["source"], "days": "30", "percent": "10"}),
        flaws=flaws,
        trial=words,
        may_start=may_change(visit, name),
    )


def may_change(visit: Visit, name: str) -> bool:
    """Whether the person may put versions of this charter on trial: administrators and its owners. Blocks."""
    with suppress(Refusal):
        demand_charter(visit.here.reader, visit.who, name)
        return True
    return False


def _whatif(run: WhatIfRun, start: int) -> WhatIfScreen:
    return WhatIfScreen(
        id=run.id,
        name=run.name,
        digest=run.digest,
        since_us=run.since_us,
        live=run.state in ("waiting", "running"),
        share=100 * run.done // run.total if run.total else 0,
        trouble=run.trouble,
        outcome=outcome_of(run.again, start, lambda at: f"/whatifs/{run.id}?after={at}"),
    )


def page_start(request: Request) -> int:
    """Where a page of changes begins; anything that is no place is the beginning."""
    text = request.query_params.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def outcome_of(again: Redeciding, start: int, address: Callable[[int], str]) -> Outcome:
    """The figures and a page of changes; `address` is where a page that begins at a place is found."""
    report = report_of(again)
    found = again.change_page(start, PAGE)
    more = again.changed > start + PAGE
    counts = tuple(
        CountRow(one.name, one.decided, tuple(sorted(one.changes.items())), one.untold) for one in report.actions
    )
    newer = address(max(0, start - PAGE)) if start else ""
    return Outcome(
        decided=report.decided,
        changed=report.changed,
        lesser=report.lesser,
        untold=report.untold,
        summed=report.summed,
        counts=counts,
        rows=tuple(_changed(one) for one in found),
        untold_rows=tuple(_untold(one) for one in again.untold[start : start + PAGE]),
        pages=Pager(newer, address(start + PAGE) if more else ""),
    )


def _changed(one: Redecided) -> ChangedRow:
    note = ""
    if one.kind == "tier":
        note = f"{one.before_tier} becomes {one.after_tier} risk"
    elif one.kind == "approvers":
        note = "other people are asked"
    return ChangedRow(
        one.index,
        one.action,
        one.run,
        one.name,
        one.at_us,
        one.before,
        one.after,
        note,
        one.was,
        one.sentence,
        one.made,
    )


def _untold(one: Untold) -> UntoldRow:
    return UntoldRow(one.index, one.name, one.at_us, one.before, one.reason)


ROUTES = [
    Route("/charters/{name}/try", form, methods=["GET"]),
    Route("/charters/{name}/try", start, methods=["POST"]),
    Route("/whatifs/{id}", show),
]
