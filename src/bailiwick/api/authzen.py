"""The AuthZEN Authorization API 1.0: decisions on calls that somebody else enforces, and where to ask for them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter
from pydantic import ValidationError

from bailiwick.api.access import Here
from bailiwick.api.pep import Asking, EnforcementPoint, PlainFaultRoute, plain_answers
from bailiwick.api.wire.authzen import (
    AccessDecision,
    AccessDecisions,
    CallBody,
    EvaluationQuestion,
    EvaluationsQuestion,
    PointMetadata,
)
from bailiwick.core.refusal import Refusal
from bailiwick.flow.access_request import DenialSeal
from bailiwick.flow.evaluation import AccessQuestion, Entity, Evaluation, evaluate
from bailiwick.flow.glimpse import Glimpse
from bailiwick.flow.installation import Installation

router = APIRouter(tags=["authzen"], route_class=PlainFaultRoute)
DECIDES: Final = plain_answers(400, 401, 403, 413, 503)
_FOUR: Final = ("subject", "action", "resource", "context")
_STOPS_ON: Final = {"execute_all": None, "deny_on_first_deny": False, "permit_on_first_permit": True}


@router.get(
    "/.well-known/authzen-configuration",
    summary="Where AuthZEN questions are answered",
    response_model=PointMetadata,
)
def metadata(here: Here) -> Any:
    """Policy decision point metadata (AuthZEN 1.0 section 9)."""
    at = f"{here.public_url}/access/v1"
    return {
        "policy_decision_point": here.public_url,
        "access_evaluation_endpoint": f"{at}/evaluation",
        "access_evaluations_endpoint": f"{at}/evaluations",
        "search_subject_endpoint": f"{at}/search/subject",
        "search_resource_endpoint": f"{at}/search/resource",
        "search_action_endpoint": f"{at}/search/action",
        "access_request_endpoint": f"{at}/requests",
        "jwks_uri": f"{here.public_url}/oauth/jwks",
        "capabilities": ["urn:openid:authzen:capability:access-request"],
    }


@router.post(
    "/access/v1/evaluation",
    summary="May an agent do this now?",
    response_model=AccessDecision,
    response_model_exclude_none=True,
    responses=DECIDES,
)
def evaluation(asked: EvaluationQuestion, pep: Asking, here: Here) -> Any:
    """The verdict of `decide` on the facts of now (AuthZEN 1.0 section 6). Nothing is recorded, sent or used up."""
    return _Answering(here, pep).one(asked)


@router.post(
    "/access/v1/evaluations",
    summary="May an agent do these now?",
    response_model=AccessDecisions | AccessDecision,
    response_model_exclude_none=True,
    responses=DECIDES,
)
def evaluations(asked: EvaluationsQuestion, pep: Asking, here: Here) -> Any:
    """Several decisions at one moment (AuthZEN 1.0 section 7), each as if it were asked alone."""
    answering = _Answering(here, pep)
    defaults = {name: value for name in _FOUR if (value := getattr(asked, name)) is not None}
    if not asked.evaluations:
        return answering.one(_whole(defaults))
    stop = _STOPS_ON[asked.options.evaluations_semantic]
    given = []
    for item in asked.evaluations:
        given.append(answering.item(defaults, item))
        if given[-1].decision is stop:
            break
    return AccessDecisions(evaluations=given)


class _Answering:
    """One request's answers: all of them see the rows of one moment."""

    def __init__(self, here: Installation, pep: EnforcementPoint) -> None:
        self._here, self._pep = here, pep
        self._shelf = Glimpse(here.reader, here.clock.now_us())

    def one(self, asked: EvaluationQuestion) -> AccessDecision:
        answer = evaluate(question_of(asked, self._pep), self._shelf, self._here.policies)
        return AccessDecision(decision=answer.permitted, context=self._context(asked, answer))

    def item(self, defaults: Mapping[str, Any], item: object) -> AccessDecision:
        """The answer to one of several; one that does not fit is denied alone (section 7.2.1)."""
        try:
            if not isinstance(item, dict):
                raise Refusal("invalid", "a question must be an object")
            return self.one(_whole({**defaults, **item}))
        except Refusal as refusal:
            error = {"status": 403 if refusal.code == "forbidden" else 400, "message": refusal.sentence}
            return AccessDecision(decision=False, context={"reason": refusal.code, "error": error})

    def _context(self, asked: EvaluationQuestion, answer: Evaluation) -> dict[str, Any]:
        now_us, evaluation_id = self._shelf.now_us, self._here.new_id("evl")
        context: dict[str, Any] = {
            "reason": answer.reason,
            "reason_user": {"en": answer.sentence},
            "evaluation_id": evaluation_id,
            "evaluated_at": moment(now_us),
        }
        context |= {name: value for name in ("action", "tier") if (value := getattr(answer, name)) is not None}
        if answer.rules:
            context["rules"] = list(answer.rules)
        if answer.askable:
            context["access_request"] = self._access_request(asked, answer, evaluation_id)
        approval = answer.judgement.facts.approval if answer.permitted and answer.judgement else None
        if approval is not None and approval.use_by_us is not None:
            context["approval"] = {"id": approval.id, "approved_until": moment(approval.use_by_us)}
        return context

    def _access_request(self, asked: EvaluationQuestion, answer: Evaluation, evaluation_id: str) -> dict[str, Any]:
        here = self._here
        seal = DenialSeal(here.issuer, here.public_url)
        token, expires_us = seal.seal(asked.model_dump(exclude_unset=True), evaluation_id, self._shelf.now_us)
        return {
            "endpoint": f"{here.public_url}/access/v1/requests",
            "template": answer.action,
            "expires_at": moment(expires_us),
            "binding_token": token,
            "display": {"title": "Ask for approval", "description": answer.sentence},
        }


def _whole(values: Mapping[str, Any]) -> EvaluationQuestion:
    try:
        return EvaluationQuestion.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Refusal("invalid", f"the question does not fit: `{place}`: {first['msg']}") from None


def question_of(asked: EvaluationQuestion, pep: EnforcementPoint) -> AccessQuestion:
    """The question in our own words; raises `Refusal` for one that does not fit or is not the caller's to ask."""
    pep.check(asked.subject.id)
    approval = asked.context.get("approval")
    if approval is not None and not (isinstance(approval, dict) and isinstance(approval.get("id"), str)):
        raise Refusal("invalid", "`context.approval` must be the `approval` object of an access request's result")
    return AccessQuestion(
        subject=Entity(asked.subject.type, asked.subject.id),
        action=asked.action.name,
        resource=Entity(asked.resource.type, asked.resource.id),
        arguments=arguments_of(asked.action, asked.context) or {},
        run=run_of(asked.context, pep),
        approval=approval["id"] if approval else None,
        epoch=pep.agent.epoch if pep.agent else None,
    )


def arguments_of(action: CallBody | None, context: Mapping[str, Any]) -> dict[str, Any] | None:
    """The tool's arguments, from the action or else from the context; None where none are given."""
    named = action.properties if action else {}
    if "arguments" in named and "arguments" in context:
        raise Refusal("invalid", "arguments stand in `action.properties` and in `context`; leave one of them out")
    arguments = named.get("arguments", context.get("arguments"))
    if arguments is not None and not isinstance(arguments, dict):
        raise Refusal("invalid", "`arguments` must be an object")
    return arguments


def run_of(context: Mapping[str, Any], pep: EnforcementPoint) -> str | None:
    """The run that the question is about; an agent's run-bound token asks about its own."""
    run = context.get("run")
    if run is not None and not isinstance(run, str):
        raise Refusal("invalid", "`context.run` must be the id of a run")
    bound = pep.agent.run if pep.agent else None
    if bound is not None and run not in (None, bound):
        raise Refusal("forbidden", f"this token is bound to run `{bound}` and asks about no other")
    return bound or run


def moment(at_us: int) -> str:
    """A time as RFC 3339 has it, in whole seconds."""
    return datetime.fromtimestamp(at_us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
