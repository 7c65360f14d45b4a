"""People: who may sign in, with which roles."""

from typing import Annotated

from fastapi import APIRouter, Path

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, READS
from bailiwick.api.paging import Cursor, Limit
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.person import LinkBody, NewPerson, PersonBody, PersonChange
from bailiwick.flow.invitation import invite
from bailiwick.flow.person import AddPerson, ChangePerson
from bailiwick.flow.right import demand
from bailiwick.ports.store import Row

router = APIRouter(tags=["people"])
PersonId = Annotated[str, Path(max_length=100, description="A person's id, `per-…`")]


def wire_person(row: Row) -> PersonBody:
    """A person's row without its password's hash."""
    names = ("id", "email", "name", "roles", "active", "created_us")
    return PersonBody(**{name: row[name] for name in names}, has_password=row["password"] is not None)


@router.get("/v1/people", summary="List people", responses=READS)
def list_people(here: Here, _: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[PersonBody]:
    """Everybody, in the order they were added."""
    rows = here.reader.rows("person", before=cursor, limit=limit + 1, ascending=True)
    items = [wire_person(row) for row in rows[:limit]]
    return Page[PersonBody](items=items, next=items[-1].id if len(rows) > limit else None)


@router.post("/v1/people", summary="Add a person", status_code=201, responses=CHANGES)
async def add_person(asked: NewPerson, who: Changing, here: Here) -> PersonBody:
    """They cannot sign in until they get a link."""
    demand(who.person, "manage people")
    return wire_person(await here.store.commit(AddPerson(asked.email, asked.name, tuple(asked.roles), who.id)))


@router.patch("/v1/people/{person}", summary="Change roles, or whether a person is active", responses=CHANGES)
async def change_person(person: PersonId, asked: PersonChange, who: Changing, here: Here) -> PersonBody:
    """The last active administrator stays one."""
    demand(who.person, "manage people")
    roles = None if asked.roles is None else tuple(asked.roles)
    return wire_person(await here.store.commit(ChangePerson(person, who.id, roles, asked.active)))


@router.post("/v1/people/{person}/link", summary="Make a one-time sign-in link", status_code=201, responses=CHANGES)
async def make_link(person: PersonId, who: Changing, here: Here) -> LinkBody:
    """It works once, within a day. Hand it over yourself: Bailiwick sends nothing."""
    demand(who.person, "manage people")
    return LinkBody.model_validate(await invite(here, person))
