"""Forgetting a person: found by name, shown what would go, and confirmed by typing the id."""

from typing import Final

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.policy import DocumentMissing
from bailiwick.flow.right import demand
from bailiwick.flow.subject import SubjectView, erase_named, erasures, find_subject
from bailiwick.web.page import render
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.subject import ForgottenRow, FoundSubject, SubjectScreen
from bailiwick.web.view import BLANK, Form
from bailiwick.web.visit import Visit, back_to, visit_of
from bailiwick.web.wording import counted

_RIGHT: Final = "forget people"
_STAYS: Final = (
    "every event and every proof of the record",
    "what was read of other people in the same calls",
    "the word that somebody was forgotten, under a pseudonym",
)


async def index(request: Request) -> Response:
    """GET /subjects"""
    return render(request, "subjects.html", await run_sync(_screen, visit_of(request)))


async def find(request: Request) -> Response:
    """POST /subjects/find: what is kept of somebody; a form, so that no address tells whom it was about."""
    visit = visit_of(request)
    demand(visit.who, _RIGHT)
    kind, name, form = visit.sent.one("kind"), visit.sent.one("id"), Form(visit.sent.values("kind", "id"))
    try:
        found = await run_sync(find_subject, visit.here, kind, name)
    except Refusal as error:
        form = Form(form.values, {"id": error.sentence})
        screen = await run_sync(_screen, visit, form)
        return render(request, "subjects.html", screen, status=STATUS[error.code])
    return render(request, "subjects.html", await run_sync(_screen, visit, form, _found(found, name)))


async def erase(request: Request) -> Response:
    """POST /subjects/erase"""
    visit = visit_of(request)
    demand(visit.who, _RIGHT)
    here, sent = visit.here, visit.sent
    kind, name = sent.one("kind"), sent.one("id")
    values = sent.values("kind", "id", "typed")
    try:
        if sent.one("typed") != name:
            found = await run_sync(find_subject, here, kind, name)
            form = Form(values, {"typed": f"type `{name}`, exactly as it is written here"})
            screen = await run_sync(_screen, visit, form, _found(found, name))
            return render(request, "subjects.html", screen, status=422)
        await erase_named(here, kind, name, visit.who["id"])
    except Refusal as error:
        screen = await run_sync(_screen, visit, Form(values, problem=sentence(error)))
        return render(request, "subjects.html", screen, status=STATUS[error.code])
    return back_to("/subjects", "erased")


def _screen(visit: Visit, form: Form = BLANK, found: FoundSubject | None = None) -> SubjectScreen:
    rows = tuple(
        ForgottenRow(one.id, one.kind, one.state, one.segments, one.events, one.asked_us or 0)
        for one in erasures(visit.here.reader)
    )
    try:
        demand(visit.who, _RIGHT)
    except Refusal as error:
        return SubjectScreen(rows, (), sentence(error))
    return SubjectScreen(rows, _kinds(visit), form=form, found=found)


def _found(view: SubjectView, name: str) -> FoundSubject:
    goes = [f"{counted(view.segments, 'part')} of {counted(view.events, 'event')} in {counted(view.runs, 'run')}"]
    if view.waiting:
        goes.append(f"{counted(view.waiting, 'request')} for approval about them, which nobody could judge any more")
    return FoundSubject(view.kind, name, view.id, tuple(goes), _STAYS)


def _kinds(visit: Visit) -> tuple[str, ...]:
    """The words for people that the catalogues in force use."""
    policies, found = visit.here.policies, set[str]()
    for connector in policies.connectors():
        try:
            tools = policies.tools(policies.catalogue_in_force(connector))
        except DocumentMissing:
            continue
        found |= {rule.kind for entry in tools.catalogue.actions for rule in entry.subjects}
    return tuple(sorted(found))


ROUTES = [
    Route("/subjects", index),
    Route("/subjects/find", find, methods=["POST"]),
    Route("/subjects/erase", erase, methods=["POST"]),
]
