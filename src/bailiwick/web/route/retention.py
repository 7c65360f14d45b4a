"""How long payloads are kept, and the round that removes what is past its time."""

from typing import Final

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.pruning import PruneReport, prune
from bailiwick.flow.retention import SetRetention, rules_shown
from bailiwick.flow.right import demand
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.retention import RetentionRow, RetentionScreen
from bailiwick.web.view import BLANK, Form
from bailiwick.web.visit import Visit, back_to, visit_of
from bailiwick.web.wording import counted

_RIGHT: Final = "set retention"


async def index(request: Request) -> Response:
    """GET /retention"""
    return render(request, "retention.html", await _screen(visit_of(request)))


async def change(request: Request) -> Response:
    """POST /retention"""
    visit = visit_of(request)
    demand(visit.who, _RIGHT)
    sent = visit.sent
    values = sent.values("data_class", "keep_days", "most_days")
    wrong = {name: "write a whole number of days" for name in ("keep_days", "most_days") if not _days(values[name])}
    if wrong:
        return render(request, "retention.html", await _screen(visit, Form(values, wrong)), status=422)
    rule = SetRetention(sent.one("data_class"), int(values["keep_days"]), int(values["most_days"]), visit.who["id"])
    try:
        await visit.here.store.commit(rule)
    except Refusal as error:
        screen = await _screen(visit, Form(values, problem=sentence(error)))
        return render(request, "retention.html", screen, status=STATUS[error.code])
    return back_to("/retention", "retention")


async def prune_now(request: Request) -> Response:
    """POST /retention/prune"""
    visit = visit_of(request)
    demand(visit.who, _RIGHT)
    await prune(visit.here, visit.who["id"])
    return back_to("/retention", "pruned")


def _days(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


async def _screen(visit: Visit, form: Form = BLANK) -> RetentionScreen:
    found = await run_sync(rules_shown, visit.here.reader)
    rows = tuple(RetentionRow(rule.data_class, rule.keep_days, rule.most_days) for rule in found)
    try:
        demand(visit.who, _RIGHT)
    except Refusal as error:
        return RetentionScreen(rows, barred=sentence(error))
    due = await prune(visit.here, visit.who["id"], dry=True)
    return RetentionScreen(rows, tuple(_lines(due)), form=form)


def _lines(due: PruneReport) -> list[str]:
    lines = [f"{counted(one.payloads, 'payload')} of class {one.data_class}, a month of them" for one in due.periods]
    if due.rows:
        lines.append(f"{counted(due.rows, 'row')} of runs, days and windows that are past")
    if due.texts:
        lines.append(f"{counted(due.texts, 'text')} of old runs and votes")
    return lines


ROUTES = [
    Route("/retention", index),
    Route("/retention", change, methods=["POST"]),
    Route("/retention/prune", prune_now, methods=["POST"]),
]
