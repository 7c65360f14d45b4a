"""Asking for what was denied: the AuthZEN Access Request and Approval Profile 1.0, draft 1 (June 2026)."""

from typing import Annotated, Any, Final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Response
from starlette.responses import JSONResponse

from bailiwick.api.access import Here
from bailiwick.api.authzen import moment, question_of
from bailiwick.api.pep import Asking, EnforcementPoint, PlainFaultRoute, plain_answers
from bailiwick.api.wire.authzen import AccessAsked, AccessTaskBody, EvaluationQuestion, TaskBody
from bailiwick.core.refusal import Refusal
from bailiwick.flow.access_request import (
    AccessRequestError,
    AccessTask,
    DenialSeal,
    RequestAccess,
    access_task,
)
from bailiwick.flow.decide_action import StaleVersion
from bailiwick.flow.evaluation import MOST_TRIES, NothingToDecide, prepared
from bailiwick.flow.glimpse import Glimpse
from bailiwick.flow.installation import Installation

POLL_S: Final = 5
MOST_WORDS: Final = 2_000
_PROBLEM: Final = "urn:openid:authzen:access-request:error:"
_STATUS: Final = {"not_requestable": 400, "expired_denial": 410, "invalid_denial_binding": 400, "unknown_task": 404}
_TITLES: Final = {
    "not_requestable": "Access is not requestable",
    "expired_denial": "The denial has expired",
    "invalid_denial_binding": "The denial does not bind to this request",
    "unknown_task": "There is no such task",
}


class _ProfileRoute(PlainFaultRoute):
    """Also answers with the problem types of the profile (RFC 9457)."""

    def get_route_handler(self) -> Any:
        answer = super().get_route_handler()

        async def guarded(request: Any) -> Response:
            try:
                return await answer(request)  # type: ignore[no-any-return]
            except AccessRequestError as error:
                problem: dict[str, object] = {"type": _PROBLEM + error.problem, "title": _TITLES[error.problem]}
                problem |= {"status": _STATUS[error.problem], "detail": error.sentence}
                return JSONResponse(problem, _STATUS[error.problem], media_type="application/problem+json")

        return guarded


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    words = {
        400: "The body does not fit, or the denial does not bind to it, or nobody is asked for this",
        404: "There is no such task of this agent",
        410: "The denial is too old",
    }
    content = {"application/problem+json": {"schema": {"type": "object"}}, "text/plain": {"schema": {"type": "string"}}}
    return {status: {"description": words[status], "content": content} for status in statuses}


router = APIRouter(tags=["authzen"], route_class=_ProfileRoute)


@router.post(
    "/access/v1/requests",
    summary="Ask people to approve what was denied",
    status_code=202,
    response_model=AccessTaskBody,
    response_model_exclude_none=True,
    responses={
        **plain_answers(401, 403, 413, 503),
        **_problems(400, 410),
        201: {"model": AccessTaskBody, "description": "People have consented already"},
    },
)
async def request_access(asked: AccessAsked, pep: Asking, here: Here, response: Response) -> Any:
    """Opens the approval that the gateway would have opened, or finds the open one. It is bound to exactly this."""
    question = EvaluationQuestion.model_validate(asked.model_dump(exclude_unset=True, exclude={"denial"}))
    approval = await _ask(here, pep, asked, question)
    task = await run_sync(_task, here, approval, pep)
    response.status_code = 201 if task.task.status == "approved" else 202
    response.headers["Location"] = task.task.status_endpoint
    return task


@router.get(
    "/access/v1/requests/{task}",
    summary="How an access request stands",
    response_model=AccessTaskBody,
    response_model_exclude_none=True,
    responses={**plain_answers(401, 403, 503), **_problems(400, 404)},
)
def read_task(
    task: Annotated[str, Path(max_length=100, description="A task's id")], pep: Asking, here: Here, response: Response
) -> Any:
    """Pending, approved, denied or expired. Approval is no access: evaluate again with `result.approval`."""
    found = _task(here, task, pep)
    if found.task.status == "pending":
        response.headers["Retry-After"] = str(POLL_S)
    return found


async def _ask(here: Installation, pep: EnforcementPoint, asked: AccessAsked, question: EvaluationQuestion) -> str:
    wanted = question_of(question, pep)
    if asked.denial.binding_token is None:
        sentence = "send `denial.binding_token` as the denial gave it; an `evaluation_id` alone is not kept here"
        raise AccessRequestError("invalid_denial_binding", sentence)
    now_us = here.clock.now_us()
    body = question.model_dump(exclude_unset=True)
    evaluation = DenialSeal(here.issuer, here.public_url).open(asked.denial.binding_token, body, now_us)
    note = _note(evaluation, pep, asked)
    for _ in range(MOST_TRIES):
        try:
            call = await run_sync(prepared, wanted, Glimpse(here.reader, here.clock.now_us()), here.policies)
            return await here.store.commit(RequestAccess(call, pep.person, note))
        except NothingToDecide as nothing:
            raise AccessRequestError("not_requestable", nothing.sentence) from None
        except StaleVersion:
            here.policies.forget()
    raise Refusal("conflict", "the charter or the catalogue keeps changing just now; ask again")


def _note(evaluation: str, pep: EnforcementPoint, asked: AccessAsked) -> dict[str, object]:
    note: dict[str, object] = {"evaluation": evaluation, "by": "person" if pep.person else "agent"}
    why = asked.context.get("business_justification")
    if isinstance(why, str) and len(why) <= MOST_WORDS:
        note["justification"] = why
    return note


def _task(here: Installation, approval: str, pep: EnforcementPoint) -> AccessTaskBody:
    row = here.reader.row("approval", approval)
    # INVARIANT: a task id is no capability; another agent's reads as unknown
    if row is None or (pep.agent is not None and pep.agent.agent != row["agent"]):
        raise AccessRequestError("unknown_task", f"there is no task `{approval}`")
    task = access_task(row, here.clock.now_us())
    return AccessTaskBody(task=_handle(here, task), result=_result(task))


def _handle(here: Installation, task: AccessTask) -> TaskBody:
    return TaskBody(
        id=task.id,
        status=task.status,
        status_endpoint=f"{here.public_url}/access/v1/requests/{task.id}",
        expires_at=moment(task.expires_us),
        display={"title": task.title},
        links={"review": f"{here.public_url}/approvals/{task.id}"},
    )


def _result(task: AccessTask) -> dict[str, Any] | None:
    if task.approved_until_us is None:
        return None
    approval = {"id": task.id, "approved_until": moment(task.approved_until_us)}
    if task.approved_us is not None:
        approval["approved_at"] = moment(task.approved_us)
    return {"mode": "reevaluate", "approval": approval}
