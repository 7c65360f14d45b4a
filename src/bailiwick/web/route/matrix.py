"""The table of roles and actions: on a page, as comma-separated values, as JSON."""

import csv
import io
from dataclasses import asdict
from itertools import groupby
from urllib.parse import urlencode

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bailiwick.flow.matrix import Matrix, MatrixAction, MatrixCell, MatrixRow, matrix
from bailiwick.web.grant import CellView, ColumnGroup, ColumnHead, MatrixLine, MatrixScreen
from bailiwick.web.page import render
from bailiwick.web.view import Choice, Form
from bailiwick.web.visit import Visit, visit_of

_NAMES = ("connector", "charter", "show")


async def show(request: Request) -> Response:
    """GET /matrix, narrowed by connector, charter and what is granted at all."""
    return render(request, "matrix.html", await run_sync(_screen, visit_of(request), _wanted(request)))


async def as_csv(request: Request) -> Response:
    """GET /matrix.csv: a line a charter, a column an action."""
    found = await run_sync(_matrix, visit_of(request), _wanted(request))
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["charter", "agents", *(action.name for action in found.actions)])
    for row in found.rows:
        lines.writerow([row.charter, " ".join(row.agents), *(_word(cell) for cell in row.cells)])
    return Response(text.getvalue(), media_type="text/csv", headers=_saved("matrix.csv"))


async def as_json(request: Request) -> Response:
    """GET /matrix.json"""
    found = await run_sync(_matrix, visit_of(request), _wanted(request))
    return JSONResponse(asdict(found), headers=_saved("matrix.json"))


def _saved(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}


def _word(cell: MatrixCell) -> str:
    word = "" if cell.kind == "unlisted" else cell.kind
    return f"{word} to {cell.most} by size" if cell.by_size else word


def _wanted(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "") for name in _NAMES}


def _matrix(visit: Visit, wanted: dict[str, str]) -> Matrix:
    return matrix(
        visit.here.reader,
        visit.here.policies,
        connectors=[wanted["connector"]] if wanted["connector"] else (),
        charters=[wanted["charter"]] if wanted["charter"] else (),
        granted=wanted["show"] != "all",
    )


def _screen(visit: Visit, wanted: dict[str, str]) -> MatrixScreen:
    here, found = visit.here, _matrix(visit, wanted)
    charters = [row["id"] for row in here.reader.rows("charter", limit=1_000, ascending=True)]
    words = ["bailiwick charter matrix"]
    words += [f"--{name} {wanted[name]}" for name in ("connector", "charter") if wanted[name]]
    words += [] if wanted["show"] == "all" else ["--granted"]
    kept = {name: value for name, value in wanted.items() if value}
    return MatrixScreen(
        form=Form(wanted),
        connectors=tuple(Choice(name, name) for name in sorted(here.policies.connectors())),
        charters=tuple(Choice(name, name) for name in charters),
        groups=tuple(
            ColumnGroup(connector, tuple(_head(action) for action in actions))
            for connector, actions in groupby(found.actions, key=lambda action: action.connector)
        ),
        lines=tuple(_line(row) for row in found.rows),
        query=f"?{urlencode(kept)}" if kept else "",
        command=" ".join(words),
    )


def _head(action: MatrixAction) -> ColumnHead:
    short = action.name.removeprefix(f"{action.connector}.")
    return ColumnHead(action.name, short, action.says, action.floor, action.effect)


def _line(row: MatrixRow) -> MatrixLine:
    return MatrixLine(row.charter, row.agents, tuple(_cell(row, cell) for cell in row.cells))


def _cell(row: MatrixRow, cell: MatrixCell) -> CellView:
    who = {"agent": row.agents[0]} if row.agents else {"charter": f"{row.charter}@{row.version}"}
    return CellView(cell.kind, cell.most, cell.sentence, f"/why?{urlencode({**who, 'what': cell.action})}")


ROUTES = [Route("/matrix", show), Route("/matrix.csv", as_csv), Route("/matrix.json", as_json)]
