"""Why a request got its answer, or what another one would get: the question, and the answer rule by rule."""

from typing import Annotated, Any, Literal

from pydantic import Field

from bailiwick.api.wire.base import WHOLE, Digest, Incoming, Outgoing, Whole


class Whatif(Incoming):
    """A recorded `action`, or a request nobody made: `tool` with `arguments`, asked as an `agent` or of a charter.

    Of a recorded action everything stays as it was, except what is given here. As an `agent` the facts are those of
    now, in `run` or in a run that is just opened; `fresh` leaves out what the agent did before.
    """

    action: str | None = Field(None, max_length=100, description="An action on the record")
    tool: str | None = Field(
        None,
        max_length=200,
        description="`connector__tool`, or the name of an action of the catalogue",
        examples=["crm__manage_objects", "crm.contact.update"],
    )
    arguments: dict[str, Any] | None = Field(None, description="Left out: as recorded, or none")
    agent: str | None = Field(None, max_length=100, examples=["lead-router"])
    run: str | None = Field(None, max_length=100, description="An open run of `agent`")
    fresh: bool = False
    charter: str | None = Field(None, max_length=100, description="Its version in force, or `version`")
    version: Annotated[int, Field(ge=1, le=1_000_000), WHOLE] | None = None
    source: str | None = Field(None, max_length=262_144, description="A charter's text that nobody published")
    at: str | None = Field(
        None,
        max_length=60,
        description="When: ISO 8601, microseconds, or a time of the week, which is the next such time from then on",
        examples=["2026-11-22T09:00:00Z", "sat 22:30 Europe/Madrid"],
    )
    calls: Annotated[int, Field(ge=0, le=1_000_000), WHOLE] | None = Field(None, description="Calls the run has made")
    elapsed_s: Annotated[int, Field(ge=0, le=10_000_000), WHOLE] | None = Field(
        None, description="Seconds the run has worked"
    )
    repeats: Annotated[int, Field(ge=0, le=1_000_000), WHOLE] | None = Field(
        None, description="Times the run has made this same call"
    )
    failures: Annotated[int, Field(ge=0, le=1_000_000), WHOLE] | None = Field(
        None, description="Times this same call has failed in the run"
    )
    totals: dict[str, Whole] = Field(default_factory=dict, description="Sums so far, as `day.records`")
    spent: dict[str, Whole] = Field(default_factory=dict, description="Budgets so far, as `day.usd`; money in micros")
    done: dict[str, Literal["intended", "succeeded"]] = Field(
        default_factory=dict, description="Actions that the run, or one it belongs with, came to"
    )


class ExplainedRuleBody(Outgoing):
    """One rule in the order of asking; `unreached` ones stand behind the answer. `line` 0: not the charter's."""

    rule: str
    says: str
    found: str
    state: Literal["passed", "objected", "asked", "unreached"]
    line: int


class RecordedAnswerBody(Outgoing):
    """What the record holds of the action; `index` is the decision's event."""

    index: int
    verdict: Literal["allow", "ask", "deny"]
    sentence: str
    rules: list[str]
    charter_digest: Digest
    same: bool


class ExplanationBody(Outgoing):
    """What `decide` answers, rule by rule, and every fact it was given. `line`s count in `source`.

    `assumed` are sums that nobody recorded; 0 is taken for them.
    """

    verdict: Literal["allow", "ask", "deny"]
    action: str | None
    says: str
    tier: str | None
    code: str | None
    rules: list[str]
    sentence: str
    approvers: list[str]
    steps: list[ExplainedRuleBody]
    basis: Literal["recorded", "standing", "fresh"]
    agent: str | None
    run: str | None
    connector: str
    tool: str
    arguments: dict[str, Any]
    measures: dict[str, int]
    reads: list[str]
    charter: str
    version: int | None
    charter_digest: Digest
    catalogue_digest: str | None
    facts: dict[str, Any]
    assumed: list[str]
    source: str
    recorded: RecordedAnswerBody | None
