"""Grants: the table of roles and actions, what was not used, and charters without it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from bailiwick.api.access import Changing, Here, Reading
from bailiwick.api.fault import FINDS, READS, answers
from bailiwick.api.wire.grant import GrantUseReportBody, MatrixBody, TrimmedBody, Trimming
from bailiwick.core.refusal import Refusal
from bailiwick.flow.charter_view import check_text
from bailiwick.flow.grant_use import USUAL_DAYS, grant_uses
from bailiwick.flow.matrix import matrix
from bailiwick.flow.trim import without_grants

router = APIRouter(tags=["charters"])
Names = Annotated[list[str], Query(max_length=100)]
Charter = Annotated[str | None, Query(max_length=100, description="Only this charter's grants")]
Days = Annotated[int, Query(ge=1, le=3_650, description="Not used for so many days")]


@router.get("/v1/matrix", summary="Read the table of charters and actions", response_model=MatrixBody, responses=READS)
def read_matrix(here: Here, _: Reading, connector: Names = [], charter: Names = [], granted: bool = False) -> Any:  # noqa: B006
    """Every charter in force against every action; `granted` leaves out the actions that nobody is granted."""
    return matrix(here.reader, here.policies, connectors=connector, charters=charter, granted=granted)


@router.get(
    "/v1/grants", summary="Read when each grant was last used", response_model=GrantUseReportBody, responses=FINDS
)
def read_grants(here: Here, _: Reading, days: Days = USUAL_DAYS, charter: Charter = None) -> Any:
    """With the tools that no charter grants, so that a connector's credential can be narrowed too."""
    if charter is not None and here.reader.row("charter", charter) is None:
        raise Refusal("unknown", f"there is no charter `{charter}`")
    return grant_uses(here.reader, here.policies, here.clock.now_us(), days, charter)


@router.post(
    "/v1/charters/{name}/trim",
    summary="Take grants out of a charter's text",
    response_model=TrimmedBody,
    responses=answers(400, 401, 403, 404, 409, 413, 415, 422),
)
def trim(name: Annotated[str, Path(max_length=100)], asked: Trimming, here: Here, _: Changing) -> Any:
    """The text in force without them; comments and layout stay. Publish it to make it so. Nothing is stored."""
    head = here.reader.row("charter", name)
    if head is None:
        raise Refusal("unknown", f"there is no charter `{name}`")
    source = without_grants(head["source"], set(asked.actions))
    text = check_text(source, here.reader, here.policies, here.clock.now_us())
    ready = all(flaw.severity != "error" for flaw in text.problems)
    return {"source": source, "publishable": ready, "problems": text.problems, "text": text}
