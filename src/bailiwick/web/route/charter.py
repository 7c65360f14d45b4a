"""Charters: the list, and one of them as sentences beside its text, in any of its versions."""

from collections import Counter
from typing import Final

from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bailiwick.flow.charter_view import CharterView, catalogues_in_force, charter_view, charter_views, read_text
from bailiwick.flow.people import People
from bailiwick.ports.store import Row
from bailiwick.web.charter import CharterList, CharterRow, CharterScreen, VersionRow
from bailiwick.web.page import render
from bailiwick.web.route.agent import promises_by_kind
from bailiwick.web.view import Detail, Pager
from bailiwick.web.visit import Visit, visit_of

PAGE: Final = 50
MOST_VERSIONS: Final = 50
KINDS: Final = ("low", "medium", "high")


async def index(request: Request) -> Response:
    """GET /charters"""
    return render(request, "charters.html", await run_sync(_list, visit_of(request), request.query_params.get("after")))


async def show(request: Request) -> Response:
    """GET /charters/{name}, with ?version= one that is not in force."""
    version = request.query_params.get("version", "")
    screen = await run_sync(_screen, visit_of(request), request.path_params["name"], version)
    return render(request, "charter.html", screen)


def _list(visit: Visit, after: str | None) -> CharterList:
    views, more = charter_views(visit.here.reader, visit.here.policies, after=after, limit=PAGE)
    rows = tuple(_row(view) for view in views)
    return CharterList(rows, Pager("/charters" if after else "", f"/charters?after={more}" if more else ""))


def _row(view: CharterView) -> CharterRow:
    counts = Counter(promise.kind for promise in view.text.promises)
    return CharterRow(
        name=view.name,
        purpose=view.text.purpose,
        workflow=view.workflow,
        owner=view.owner,
        number=view.version,
        published_us=view.published_us,
        agents=view.agents,
        risks=tuple((kind, counts[kind]) for kind in KINDS if counts[kind]),
        proposed=view.proposed or 0,
    )


def _screen(visit: Visit, name: str, version: str) -> CharterScreen:
    reader, policies = visit.here.reader, visit.here.policies
    view = charter_view(reader, policies, name)
    if view is None:
        raise HTTPException(404)
    people = People.read(reader)
    rows = reader.rows("charter_version", {"charter": name}, limit=MOST_VERSIONS)
    row = _version(rows, version) if version else None
    text = read_text(row["source"], catalogues_in_force(policies), None) if row else view.text
    charter = text.charter
    return CharterScreen(
        name=name,
        purpose=text.purpose,
        scope=text.scope,
        number=row["version"] if row else view.version,
        in_force=row is None or row["digest"] == view.digest,
        proposed=view.proposed or 0,
        details=(
            Detail("Accountable", charter.owner.accountable),
            Detail("Backup", charter.owner.backup),
            Detail("Review by", charter.owner.review_by),
            Detail("Workflow", charter.workflow),
        ),
        promises=promises_by_kind(text.promises),
        bounds=text.bounds,
        yaml=row["source"] if row else view.source,
        digest=text.digest,
        published_us=row["at_us"] if row else view.published_us,
        by=people.name((row["published_by"] or row["proposed_by"]) if row else view.published_by),
        agents=view.agents,
        versions=tuple(_version_row(one, view, people) for one in rows),
        warnings=tuple((flaw.line, flaw.message) for flaw in text.problems),
    )


def _version(rows: list[Row], version: str) -> Row:
    found = next((row for row in rows if str(row["version"]) == version), None)
    if found is None:
        raise HTTPException(404)
    return found


def _version_row(row: Row, view: CharterView, people: People) -> VersionRow:
    in_force = row["version"] == view.version and row["status"] == "published"
    status = "in-force" if in_force else row["status"]
    by = people.name(row["published_by"] or row["proposed_by"])
    return VersionRow(row["version"], status, row["note"], by, row["at_us"], row["digest"])


ROUTES = [Route("/charters", index), Route("/charters/{name}", show)]
