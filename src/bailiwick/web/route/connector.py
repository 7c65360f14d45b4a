"""Connectors: which systems there are, whether they answer, and which of their tools are reviewed."""

from collections.abc import Sequence
from typing import Any, Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.flow.connector_view import (
    ActionLine,
    ConnectorView,
    ToolView,
    connector_view,
    connector_views,
    held_tools,
    reviewed_tools,
    tool_views,
)
from bailiwick.flow.server_view import servers
from bailiwick.web.connector import ActionRow, ConnectorList, ConnectorRow, ConnectorScreen, ServerRow, ToolCard
from bailiwick.web.page import render
from bailiwick.web.reach import Reach, Reached
from bailiwick.web.view import Detail, Pager
from bailiwick.web.visit import Visit, visit_of

PAGE: Final = 50
_UNASKED: Final = Reached(0)


async def index(request: Request) -> Response:
    """GET /connectors"""
    visit, after = visit_of(request), request.query_params.get("after")
    reach: Reach = request.app.state.reach
    here = visit.here
    views, more = await run_sync(
        lambda: connector_views(here.reader, here.policies, visit.now_us, after=after, limit=PAGE)
    )
    reached = await reach.ask_all(view.name for view in views)
    rows = await run_sync(lambda: tuple(_row(visit, view, reached[view.name]) for view in views))
    pages = Pager("/connectors" if after else "", f"/connectors?after={more}" if more else "")
    return render(request, "connectors.html", ConnectorList(rows, pages, await run_sync(_servers, visit)))


async def show(request: Request) -> Response:
    """GET /connectors/{name}"""
    visit, name = visit_of(request), request.path_params["name"]
    here = visit.here
    view = await run_sync(connector_view, here.reader, here.policies, name, visit.now_us)
    if view is None:
        raise HTTPException(404)
    reach: Reach = request.app.state.reach
    reached = await reach.ask(name)
    return render(request, "connector.html", await run_sync(_screen, visit, view, reached))


def _servers(visit: Visit) -> tuple[ServerRow, ...]:
    here = visit.here
    found = servers(here.reader, here.presence.card.id, here.presence.lease_us, visit.now_us)
    return tuple(
        ServerRow(one.address, one.state, one.version, one.started_us, one.beat_us, one.open_actions, one.answered)
        for one in found
    )


def _tools(visit: Visit, view: ConnectorView, reached: Reached) -> tuple[ToolView, ...]:
    """What it offers now beside what was reviewed; when it does not answer, what was reviewed."""
    reviewed = reviewed_tools(visit.here.policies, view.catalogue)
    definitions: Sequence[Any] = reached.definitions
    if reached.trouble and reviewed:
        definitions = tuple(reviewed.definitions.values())
    return tool_views(definitions, reviewed, held_tools(visit.here.reader, view.name))


def _row(visit: Visit, view: ConnectorView, reached: Reached) -> ConnectorRow:
    tools = _tools(visit, view, reached)
    return ConnectorRow(
        name=view.name,
        transport=_transport(view),
        responsible=view.responsible,
        state="halted" if view.halted else "down" if reached.trouble else "up" if reached.at_us else "unchecked",
        reviewed=sum(tool.state == "reviewed" for tool in tools),
        quarantined=sum(tool.state != "reviewed" for tool in tools),
        trouble=reached.trouble,
        seen_us=reached.answered_us,
    )


def _transport(view: ConnectorView) -> str:
    if view.transport == "http":
        return f"HTTP, {view.url}"
    return f"stdio, {'one process' if view.scope == 'shared' else 'one process a run'}"


def _screen(visit: Visit, view: ConnectorView, reached: Reached) -> ConnectorScreen:
    return ConnectorScreen(
        row=_row(visit, view, reached),
        details=_details(view),
        tools=tuple(_card(tool) for tool in _tools(visit, view, reached)),
        held=len(held_tools(visit.here.reader, view.name)),
        ungrantable=f"{view.ungrantable[:1].upper()}{view.ungrantable[1:]}." if view.ungrantable else "",
    )


def _details(view: ConnectorView) -> tuple[Detail, ...]:
    found = [Detail("Transport", _transport(view))]
    if view.command:
        found.append(Detail("Command", " ".join(view.command), "code"))
    found += [
        Detail("Vendor", view.vendor or "not said"),
        Detail("Responsible", view.responsible),
        Detail("Data terms", view.data_terms or "not said"),
        Detail("Review by", view.review_by or "not said"),
    ]
    if view.secret_set_us is None:
        found.append(Detail("Credential", "none is kept"))
    else:
        found.append(Detail("Credential set", view.secret_set_us, "time"))
    if view.secret_expires_us is not None:
        found.append(Detail("Credential too old", view.secret_expires_us, "time"))
    if view.catalogue:
        found.append(Detail("Catalogue version", view.catalogue, "digest"))
    return tuple(found)


def _card(tool: ToolView) -> ToolCard:
    actions = tuple(_action(line) for line in tool.actions)
    return ToolCard(tool.name, tool.state, tool.description, tool.digest or tool.pinned or "", actions)


def _action(line: ActionLine) -> ActionRow:
    undo = "no undo" if line.undo == "none" else line.undo
    kinds = [(kind, [path for path, own in line.arguments.items() if own == kind]) for kind in ("authority", "content")]
    notes = [f"{kind}: {', '.join(paths)}" for kind, paths in kinds if paths]
    notes += [f"read back with {line.read_back}"] if line.read_back else []
    notes += ["may be repeated"] if line.idempotent and line.effect != "read" else []
    data = [f"reads {', '.join(line.reads)}"] if line.reads else []
    data += [f"sends {line.sends}"] if line.sends else []
    undo_with = f", by {line.undo_with}" if line.undo_with else ""
    return ActionRow(
        line.name, line.says, line.floor, line.effect, f"{undo}{undo_with}", "; ".join(notes), ", ".join(data)
    )


ROUTES = [Route("/connectors", index), Route("/connectors/{name}", show)]
