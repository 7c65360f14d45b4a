"""Why: a recorded or made-up request, decided rule by rule."""

from typing import Any

from fastapi import APIRouter

from bailiwick.api.access import Changing, Here
from bailiwick.api.fault import answers
from bailiwick.api.paging import moment_us
from bailiwick.api.wire.explanation import ExplanationBody, Whatif
from bailiwick.flow.explain import explain
from bailiwick.flow.question import Question, Stated
from bailiwick.flow.week_time import read_week_time

router = APIRouter(tags=["charters"])


@router.post(
    "/v1/charters/explain",
    summary="Ask why an action was decided so, or what a request would get",
    response_model=ExplanationBody,
    responses=answers(400, 401, 403, 404, 409, 413, 415, 422),
)
def why(asked: Whatif, here: Here, _: Changing) -> Any:
    """The verdict that `decide` gives, with every rule in the order of asking. Nothing is recorded or sent."""
    week_time = read_week_time(asked.at) if asked.at else None
    stated = Stated(
        at_us=None if week_time else moment_us(asked.at, "at"),
        week_time=week_time,
        calls=asked.calls,
        elapsed_us=None if asked.elapsed_s is None else asked.elapsed_s * 1_000_000,
        repeats=asked.repeats,
        failures=asked.failures,
        totals=asked.totals,
        spent=asked.spent,
        done=asked.done,
    )
    names = ("tool", "arguments", "action", "agent", "charter", "version", "source", "run", "fresh")
    question = Question(**{name: getattr(asked, name) for name in names})
    return explain(question, stated, here.reader, here.policies, here.clock.now_us())
