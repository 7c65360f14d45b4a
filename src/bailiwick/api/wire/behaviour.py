"""Behaviour versions: prompts, models, workflows and data by content, and what a change of them changes."""

from typing import Any, Literal

from pydantic import Field

from bailiwick.api.wire.base import Digest, Incoming, Micros, Outgoing, TextLineBody

Kind = Literal["prompt", "instruction", "model", "workflow", "dataset", "tools"]
DIGEST = r"^sha256:[0-9a-f]{64}$"


class NewComponent(Incoming):
    """One part: a prompt or an instruction is text, a model a mapping with its `id`, the rest any JSON value."""

    kind: Kind
    name: str = Field(min_length=1, max_length=100, examples=["system"])
    value: Any = Field(examples=["You draft campaigns for Acme."])


class NewBehaviour(Incoming):
    """A version to register: everything the agent runs with, not only what changed."""

    components: list[NewComponent] = Field(min_length=1, max_length=100)
    note: str = Field(min_length=1, max_length=2000, examples=["asks for the disclosure line in every draft"])


class CheckResult(Incoming):
    """One check of an acceptance run."""

    name: str = Field(min_length=1, max_length=200, examples=["every draft carries the disclosure line"])
    passed: bool
    note: str = Field("", max_length=2000)


class AcceptanceReport(Incoming):
    """The finished run that tested the version, and what it was held against."""

    run: str = Field(min_length=1, max_length=100)
    checks: list[CheckResult] = Field(min_length=1, max_length=200)


class Activation(Incoming):
    """Why this version comes into force; an earlier one is the way back."""

    note: str = Field(min_length=1, max_length=2000, examples=["back to the wording of October"])


class CheckBody(Outgoing):
    """One check as it was reported."""

    name: str
    passed: bool
    note: str


class AcceptanceBody(Outgoing):
    """What became of the acceptance run; `trouble` says why the run itself could not count."""

    run: str
    passed: bool
    trouble: str | None
    checks: list[CheckBody]
    by: str
    at_us: Micros


class BehaviourBody(Outgoing):
    """One version; `components` are digests by `kind/name`."""

    digest: Digest
    agent: str
    number: int
    components: dict[str, str]
    note: str
    status: Literal["registered", "accepted", "rejected", "active", "superseded"]
    registered_us: Micros
    registered_by: str
    registered_by_name: str
    acceptance: AcceptanceBody | None
    activated_us: int | None
    activated_by: str | None
    activated_by_name: str


class ComponentBody(Outgoing):
    """One component as it was registered."""

    kind: Kind
    name: str
    value: Any


class ComponentChangeBody(Outgoing):
    """What became of one component."""

    key: str
    change: Literal["added", "removed", "changed", "same"]
    before: str | None
    after: str | None
    lines: list[TextLineBody]


class EffectChangeBody(Outgoing):
    """One number that differs between two acceptance runs."""

    action: str
    what: str
    before: int
    after: int


class BehaviourDifference(Outgoing):
    """Two versions beside each other; `untold` says why there is nothing to say about what they do."""

    before: BehaviourBody | None
    after: BehaviourBody
    components: list[ComponentChangeBody]
    effects: list[EffectChangeBody]
    untold: str | None


class RunVersionsBody(Outgoing):
    """Every version that made a run what it was."""

    run: str
    behaviour: BehaviourBody | None
    charters: list[str]
    catalogues: list[str]
    definitions: list[str]
