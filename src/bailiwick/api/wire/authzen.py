"""The AuthZEN Authorization API 1.0: what comes in may carry fields that nobody here knows (section 10.1.1)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bailiwick.api.wire.base import WHOLE, Outgoing

_AGENT = {"type": "agent", "id": "lead-router"}
_TOOL = {"type": "tool", "id": "crm__query"}
_CALL = {"name": "tools/call", "properties": {"arguments": {"object_type": "contacts"}}}
_CONTEXT = {"run": "run-01k3m8x2v7q4e9c5t6n1"}


class OpenBody(BaseModel):
    """A body that comes in: unknown fields are ignored, and no value is bent into another type."""

    model_config = ConfigDict(extra="ignore", strict=True)


class EntityBody(OpenBody):
    """A subject (`agent`, or `identity` as COAZ-MCP has it) or a resource (`tool`, `connector`)."""

    type: str
    id: str
    properties: dict[str, Any] = Field(default_factory=dict, description="Not read: what is decided on is known here")


class KindBody(OpenBody):
    """The kind of entity that a search is for; an `id` is ignored."""

    type: str


class CallBody(OpenBody):
    """What is to be done: `tools/call`, or the name of a catalogued action. `properties.arguments` are the tool's."""

    name: str
    properties: dict[str, Any] = Field(default_factory=dict)


Context = Annotated[
    dict[str, Any],
    Field(
        default_factory=dict,
        description="`run`: the agent's run; `approval`: what an access request ended in; `arguments`: the tool's, "
        "where no action is named; `askable`: find also what people would have to consent to. The rest is not read",
        examples=[_CONTEXT],
    ),
]


class EvaluationQuestion(OpenBody):
    """May the subject do the action on the resource?"""

    subject: Annotated[EntityBody, Field(examples=[_AGENT])]
    action: Annotated[CallBody, Field(examples=[_CALL])]
    resource: Annotated[EntityBody, Field(examples=[_TOOL])]
    context: Context


class EvaluationOptions(OpenBody):
    """How several questions are decided."""

    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] = "execute_all"


class EvaluationsQuestion(OpenBody):
    """Several questions, or one where `evaluations` is absent or empty.

    What stands at the top is used whole where a question leaves it out. A question that does not fit is denied alone.
    """

    subject: Annotated[dict[str, Any], Field(examples=[_AGENT])] | None = None
    action: Annotated[dict[str, Any], Field(examples=[_CALL])] | None = None
    resource: Annotated[dict[str, Any], Field(examples=[_TOOL])] | None = None
    context: dict[str, Any] | None = None
    evaluations: Annotated[list[Any], Field(max_length=500, examples=[[{"resource": _TOOL}]])] | None = None
    options: EvaluationOptions = EvaluationOptions()


class PageAsked(OpenBody):
    """Where a search goes on, and how much of it is wanted."""

    token: str | None = Field(None, description="`next_token` of the page before; all else must be as it was then")
    limit: Annotated[int, Field(ge=0), WHOLE] | None = None


class SubjectSearch(OpenBody):
    """Which agents may do the action on the resource?"""

    subject: Annotated[KindBody, Field(examples=[{"type": "agent"}])]
    action: Annotated[CallBody, Field(examples=[_CALL])]
    resource: Annotated[EntityBody, Field(examples=[_TOOL])]
    context: Context
    page: PageAsked = PageAsked()


class ResourceSearch(OpenBody):
    """Which tools or connectors may the subject do the action on?"""

    subject: Annotated[EntityBody, Field(examples=[_AGENT])]
    action: Annotated[CallBody, Field(examples=[_CALL])]
    resource: Annotated[KindBody, Field(examples=[{"type": "tool"}])]
    context: Context
    page: PageAsked = PageAsked()


class ActionSearch(OpenBody):
    """Which catalogued actions may the subject do on the resource?"""

    subject: Annotated[EntityBody, Field(examples=[_AGENT])]
    resource: Annotated[EntityBody, Field(examples=[_TOOL])]
    context: Context
    page: PageAsked = PageAsked()


class DenialBody(OpenBody):
    """The denial that is brought back, as it was given."""

    binding_token: str | None = None
    expires_at: str
    evaluation_id: str | None = None
    evaluated_at: str | None = None
    reason: str | None = None
    template: str | None = None


class AccessAsked(OpenBody):
    """The denied question, and the denial that it got. `context.business_justification` is kept on the record."""

    subject: Annotated[EntityBody, Field(examples=[_AGENT])]
    action: Annotated[CallBody, Field(examples=[_CALL])]
    resource: Annotated[EntityBody, Field(examples=[_TOOL])]
    context: Context
    denial: DenialBody


class AccessDecision(Outgoing):
    """`context` says why, and for a denial that people can lift, how to ask them."""

    decision: bool
    context: dict[str, Any] | None = None


class AccessDecisions(Outgoing):
    """One decision a question, in their order; fewer where the semantic stops early."""

    evaluations: list[AccessDecision]


class PageGiven(Outgoing):
    """`next_token` is empty on the last page."""

    next_token: str
    count: int


class SearchResults(Outgoing):
    """A page of subjects, resources or actions."""

    page: PageGiven
    results: list[dict[str, str]]


class PointMetadata(Outgoing):
    """Where each question is answered (section 9)."""

    policy_decision_point: str
    access_evaluation_endpoint: str
    access_evaluations_endpoint: str
    search_subject_endpoint: str
    search_resource_endpoint: str
    search_action_endpoint: str
    access_request_endpoint: str
    jwks_uri: str
    capabilities: list[str]


class TaskBody(Outgoing):
    """A task handle; `status` settles once."""

    id: str
    status: Literal["pending", "approved", "denied", "expired"]
    status_endpoint: str
    expires_at: str
    display: dict[str, str]
    links: dict[str, str]


class AccessTaskBody(Outgoing):
    """The task, and once it is approved what to evaluate again with: `result.approval` goes into `context.approval`."""

    task: TaskBody
    result: dict[str, Any] | None = None
