"""Connectors: where an upstream lives, its secret, its tools and what IT says of them."""

import re
from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Response

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import CHANGES, FINDS, READS, answers
from bailiwick.api.paging import Cursor, Limit
from bailiwick.api.wire.base import Page
from bailiwick.api.wire.connector import (
    CatalogueSource,
    CatalogueTextBody,
    ConnectorBody,
    ConnectorSettings,
    ImportedCatalogueBody,
    NextReview,
    Secrets,
    ToolsBody,
)
from bailiwick.core.refusal import Refusal
from bailiwick.flow.acceptance import put_in_force, reimported
from bailiwick.flow.catalogue_import import draft
from bailiwick.flow.connector import AddConnector, RenewSecret, ReviewConnector
from bailiwick.flow.connector_view import connector_view, connector_views, held_tools, reviewed_tools, tool_views
from bailiwick.flow.installation import Installation
from bailiwick.flow.right import demand
from bailiwick.ports.store import Row
from bailiwick.ports.vault import BEARER

router = APIRouter(tags=["connectors"])
ConnectorName = Annotated[str, Path(max_length=100, description="A connector's name")]
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_LONGEST_SECRET: Final = 65_536
_LIVE: Final = answers(400, 401, 403, 404, 502)


@router.get("/v1/connectors", summary="List connectors by name", response_model=Page[ConnectorBody], responses=READS)
def list_connectors(here: Here, _: Reading, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """Every system that agents could reach."""
    items, after = connector_views(here.reader, here.policies, here.clock.now_us(), after=cursor, limit=limit)
    return {"items": items, "next": after}


@router.get("/v1/connectors/{name}", summary="Read one connector", response_model=ConnectorBody, responses=FINDS)
def read_connector(name: ConnectorName, here: Here, _: Reading) -> Any:
    """Its settings, and the age of its secret."""
    return _one(here, name)


@router.put(
    "/v1/connectors/{name}",
    summary="Add or change a connector",
    response_model=ConnectorBody,
    responses={**CHANGES, 201: {"model": ConnectorBody, "description": "Added"}},
)
async def put_connector(
    name: ConnectorName, asked: ConnectorSettings, who: Changing, here: Here, response: Response
) -> Any:
    """Secret and catalogue stay as they are. Its tools are hidden until a catalogue is imported."""
    demand(who.person, "manage connectors")
    for key in asked.environment:
        if _VARIABLE.fullmatch(key) is None:
            raise Refusal("invalid", f"`{key}` is no name of an environment variable")
    values = asked.model_dump() | {"command": tuple(asked.command)}
    added = await run_sync(here.reader.row, "connector", name) is None
    await here.store.commit(AddConnector(name=name, by=who.id, **values))
    here.policies.forget()
    response.status_code = 201 if added else 200
    return await run_sync(_one, here, name)


@router.put(
    "/v1/connectors/{name}/secret",
    summary="Set a connector's credentials",
    response_model=ConnectorBody,
    responses=CHANGES,
)
async def put_secret(name: ConnectorName, asked: Secrets, who: Changing, here: Here) -> Any:
    """They go to the vault and nowhere else; the next action uses them, and their age starts again."""
    demand(who.person, "manage connectors")
    _check_secrets(await run_sync(_row, here, name), asked.values)
    for key, value in asked.values.items():
        await run_sync(here.vault.set, name, key, value, here.clock.now_us())
    await here.store.commit(RenewSecret(name, who.id))
    return await run_sync(_one, here, name)


@router.post(
    "/v1/connectors/{name}/review", summary="Note a connector's review", response_model=ConnectorBody, responses=CHANGES
)
async def review_connector(name: ConnectorName, asked: NextReview, who: Changing, here: Here) -> Any:
    """Somebody looked at its vendor, terms and tools; until the day `next`, charters may grant its actions."""
    demand(who.person, "manage connectors")
    await here.store.commit(ReviewConnector(name, asked.next, who.id))
    return await run_sync(_one, here, name)


@router.get(
    "/v1/connectors/{name}/tools", summary="List a connector's tools", response_model=ToolsBody, responses=_LIVE
)
async def list_tools(name: ConnectorName, here: Here, _: Reading) -> Any:
    """As it offers them now, beside what was reviewed; always one page."""
    row = await run_sync(_row, here, name)
    definitions = await here.watch.definitions(name)
    reviewed = await run_sync(reviewed_tools, here.policies, row["catalogue"])
    held = await run_sync(held_tools, here.reader, name)
    return {"items": tool_views(definitions, reviewed, held), "draft": draft(name, definitions)}


@router.get(
    "/v1/connectors/{name}/catalogue",
    summary="Read a connector's catalogue",
    response_model=CatalogueTextBody,
    responses=FINDS,
)
def read_catalogue(name: ConnectorName, here: Here, _: Reading) -> Any:
    """The YAML text in force."""
    row = _row(here, name)
    if not row["catalogue"]:
        raise Refusal("unknown", f"connector `{name}` has no catalogue yet; import one")
    return {"connector": name, "digest": row["catalogue"], "source": row["source"] or ""}


@router.put(
    "/v1/connectors/{name}/catalogue",
    summary="Import a connector's catalogue",
    response_model=ImportedCatalogueBody,
    responses={**CHANGES, **_LIVE},
)
async def put_catalogue(name: ConnectorName, asked: CatalogueSource, who: Changing, here: Here) -> Any:
    """Pins the tools to what they are now. Open approvals of its actions no longer count.

    A reviewed tool that changed keeps its old definition and stays stopped, unless `accept` names the new one.
    """
    demand(who.person, "manage connectors")
    row = await run_sync(_row, here, name)
    definitions = await here.watch.definitions(name)
    before = await run_sync(reviewed_tools, here.policies, row["catalogue"])
    found = await run_sync(reimported, row, asked.source, before, definitions, asked.accept)
    return await put_in_force(here, found, who.id, asked.note.strip())


def _row(here: Installation, name: str) -> Row:
    row = here.reader.row("connector", name)
    if row is None:
        raise Refusal("unknown", f"there is no connector `{name}`")
    return row


def _one(here: Installation, name: str) -> Any:
    found = connector_view(here.reader, here.policies, name, here.clock.now_us())
    if found is None:
        raise Refusal("unknown", f"there is no connector `{name}`")
    return found


def _check_secrets(row: Row, values: dict[str, str]) -> None:
    for key, value in values.items():
        if row["transport"] == "http" and key != BEARER:
            raise Refusal("invalid", f"an http connector's secret is called `{BEARER}`, not `{key}`")
        if _VARIABLE.fullmatch(key) is None:
            raise Refusal("invalid", f"`{key}` is no name of an environment variable")
        if not value or len(value) > _LONGEST_SECRET or not value.isprintable():
            raise Refusal("invalid", f"the secret `{key}` is empty, too long or not printable; give one line")
