"""People: the list, adding one, and one person's roles, state and sign-in link."""

from collections.abc import Iterable
from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.core.refusal import Refusal
from bailiwick.flow.invitation import Invitation, invite
from bailiwick.flow.person import AddPerson, ChangePerson
from bailiwick.flow.policy import DocumentMissing
from bailiwick.flow.right import ADMINISTRATOR, RIGHTS, demand
from bailiwick.ports.reader import EventFilter
from bailiwick.ports.store import Row
from bailiwick.web.page import render
from bailiwick.web.person import OneTimeLink, PersonList, PersonRow, PersonScreen
from bailiwick.web.refusal import STATUS, sentence
from bailiwick.web.view import BLANK, Choice, Form, Pager
from bailiwick.web.visit import Visit, back_to, visit_of

PAGE: Final = 50
_MANAGE: Final = "manage people"
_KNOWN: Final = {
    "administrator": "administrator: people, connectors, charters, agents",
    "auditor": "auditor: may export the record",
    "data-protection": "data-protection: has people forgotten, sets how long data is kept",
    "it-change": "it-change: settles unknown outcomes, approves where a charter says so",
}


async def index(request: Request) -> Response:
    """GET /people"""
    return render(request, "people.html", await run_sync(_list, visit_of(request), request.query_params.get("after")))


async def add(request: Request) -> Response:
    """POST /people: one more person, with the link that signs them in for the first time."""
    visit = visit_of(request)
    here, sent = visit.here, visit.sent
    demand(visit.who, _MANAGE)
    try:
        unit = AddPerson(sent.one("email"), sent.one("name"), _roles(visit), visit.who["id"])
        person = await here.store.commit(unit)
    except Refusal as error:
        form = Form({**sent.values("email", "name", "other"), "role": " ".join(sent.many("role"))}, _at(error))
        return render(request, "people.html", await run_sync(_list, visit, None, form), status=STATUS[error.code])
    link = _link(person, await invite(here, person["id"]))
    return render(request, "people.html", await run_sync(_list, visit, None, BLANK, link))


async def show(request: Request) -> Response:
    """GET /people/{id}"""
    return render(request, "person.html", await run_sync(_screen, visit_of(request), request.path_params["id"]))


async def change(request: Request) -> Response:
    """POST /people/{id}: roles, and whether the person may sign in."""
    visit, person = visit_of(request), request.path_params["id"]
    sent = visit.sent
    demand(visit.who, _MANAGE)
    unit = ChangePerson(person, visit.who["id"], _roles(visit), sent.one("active") == "yes")
    try:
        await visit.here.store.commit(unit)
    except Refusal as error:
        form = Form({"role": " ".join(sent.many("role")), **sent.values("other")}, problem=sentence(error))
        return render(request, "person.html", await run_sync(_screen, visit, person, form), status=STATUS[error.code])
    return back_to(f"/people/{person}", "person")


async def link(request: Request) -> Response:
    """POST /people/{id}/link: a fresh one-time link, shown once."""
    visit, person = visit_of(request), request.path_params["id"]
    demand(visit.who, _MANAGE)
    made = await invite(visit.here, person)
    row = await run_sync(visit.here.reader.row, "person", person)
    assert row is not None
    return render(request, "person.html", await run_sync(_screen, visit, person, BLANK, _link(row, made)))


def _at(error: Refusal) -> dict[str, str]:
    """Which field a refusal is about."""
    if "role" in error.sentence:
        return {"other": error.sentence}
    return {"name" if error.sentence.startswith("a name") else "email": error.sentence}


def _roles(visit: Visit) -> tuple[str, ...]:
    """The boxes that were ticked, and roles typed beside them."""
    sent = visit.sent
    return (*sent.many("role"), *sent.one("other").replace(",", " ").split())


def _link(person: Row, made: Invitation) -> OneTimeLink:
    return OneTimeLink(person["name"], made.url, made.expires_us)


def _list(visit: Visit, after: str | None, form: Form = BLANK, link: OneTimeLink | None = None) -> PersonList:
    reader = visit.here.reader
    rows = reader.rows("person", before=after, limit=PAGE + 1, ascending=True)
    older = f"/people?after={rows[PAGE - 1]['id']}" if len(rows) > PAGE else ""
    return PersonList(
        rows=tuple(_row(visit, row) for row in rows[:PAGE]),
        roles=_choices(visit),
        may_add=_may_manage(visit),
        form=form,
        invitation=link,
        pages=Pager("/people" if after else "", older),
    )


def _may_manage(visit: Visit) -> bool:
    return not RIGHTS[_MANAGE].isdisjoint(visit.who["roles"])


def _row(visit: Visit, row: Row) -> PersonRow:
    reader = visit.here.reader
    seen = reader.events(EventFilter(type="person.signed_in", actor=f"person:{row['id']}"), limit=1)
    charters = reader.rows("charter", {"owner": row["email"]}, limit=50, ascending=True)
    owned = [head["id"] for head in charters]
    agents = reader.rows("agent", {"charter": owned, "status": "active"}, limit=20, ascending=True) if owned else []
    state = "active" if seen or row["password"] else "invited"
    return PersonRow(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        roles=tuple(row["roles"]),
        state=state if row["active"] else "disabled",
        owns=tuple(agent["id"] for agent in agents),
        seen_us=seen[0].leaf["at_us"] if seen else 0,
    )


def _choices(visit: Visit, more: Iterable[str] = ()) -> tuple[Choice, ...]:
    """The product's own roles, those that charters ask for, and those that people hold."""
    here = visit.here
    named = {role for rights in RIGHTS.values() for role in rights} | {ADMINISTRATOR, *more}
    for row in here.reader.rows("person", limit=1000):
        named |= set(row["roles"])
    for head in here.reader.rows("charter", limit=200):
        try:
            charter = here.policies.policy(head["digest"], "").charter
        except DocumentMissing:
            continue
        rules = [charter.approve, *(grant.approve for grant in charter.grants)]
        named |= {slot for rule in rules if rule for slot in rule.slots}
    ordered = [*[role for role in _KNOWN if role in named], *sorted(named - _KNOWN.keys())]
    return tuple(Choice(role, _KNOWN.get(role, role)) for role in ordered)


def _screen(visit: Visit, person: str, form: Form = BLANK, link: OneTimeLink | None = None) -> PersonScreen:
    row = visit.here.reader.row("person", person)
    if row is None:
        raise HTTPException(404)
    shown = form if form.values else Form({"role": " ".join(row["roles"])}, form.errors, form.problem)
    return PersonScreen(
        row=_row(visit, row),
        created_us=row["created_us"],
        roles=_choices(visit),
        may_change=_may_manage(visit),
        form=shown,
        invitation=link,
    )


ROUTES = [
    Route("/people", index),
    Route("/people", add, methods=["POST"]),
    Route("/people/{id}", show),
    Route("/people/{id}", change, methods=["POST"]),
    Route("/people/{id}/link", link, methods=["POST"]),
]
