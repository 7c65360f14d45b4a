"""May it, now? The verdict on a call that somebody else is about to make, on the facts as they stand, unrecorded.

The question is put in the words of the AuthZEN Authorization API 1.0: a subject, an action, a resource. It is decided
by the very unit that decides a call at the gateway, over a shelf that keeps nothing: no intent is written, no tally
moves and no approval is used up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.path import ABSENT, look, with_value
from bailiwick.core.verdict import Allow, Ask, Deny
from bailiwick.flow.connector_view import reviewed_tools
from bailiwick.flow.decide_action import DecideAction, Judgement, StaleVersion
from bailiwick.flow.glimpse import Glimpse
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.flow.prepare import Prepared, ToolCall, prepare

AGENT_TYPES: Final = ("agent", "identity")
"""Subject types that mean an agent by its name; `identity` is what COAZ-MCP calls the `sub` of its token."""
TOOL: Final = "tool"
CONNECTOR: Final = "connector"
CALL: Final = "tools/call"
"""The action name that means: whatever these arguments make of this tool (the default of COAZ-MCP)."""
SEPARATOR: Final = "__"
MOST_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Entity:
    """A subject or a resource: `id` is unique within `type`."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """May `subject` do `action` on `resource` with these arguments, in its run `run`?

    `approval` is the consent it relies on, if any; it never stands for itself. `epoch` is that of the agent's own
    token; None asks for a token that would be issued now.
    """

    subject: Entity
    action: str
    resource: Entity
    arguments: Mapping[str, object] = field(default_factory=dict)
    run: str | None = None
    approval: str | None = None
    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answer. `judgement` is None where the question names nothing that could be decided.

    `reason` is a stable word: what stands against it, `approval_required` where people may consent, else `permitted`.
    """

    permitted: bool
    reason: str
    sentence: str
    action: str | None = None
    tier: str | None = None
    rules: tuple[str, ...] = ()
    judgement: Judgement | None = None

    @property
    def askable(self) -> bool:
        """Whether people's consent is all that is missing."""
        return self.judgement is not None and self.reason == APPROVAL_REQUIRED


APPROVAL_REQUIRED: Final = "approval_required"
PERMITTED: Final = "permitted"


class NothingToDecide(Exception):
    """The question names nobody, or nothing, that is known here: the answer is no."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


def evaluate(question: AccessQuestion, shelf: Glimpse, policies: PolicySource) -> Evaluation:
    """Decide the question on the facts of now."""
    try:
        for _ in range(MOST_TRIES):
            call = prepared(question, shelf, policies)
            try:
                judgement = DecideAction(call).judged(shelf)
            except StaleVersion:
                policies.forget()
                continue
            return _answer(question, judgement)
    except NothingToDecide as nothing:
        return Evaluation(False, nothing.reason, nothing.sentence)
    return Evaluation(False, "conflict", "the charter or the catalogue keeps changing just now; ask again")


def prepared(question: AccessQuestion, shelf: Glimpse, policies: PolicySource) -> Prepared:
    """The call that the question is about, ready to be decided; raises `NothingToDecide`."""
    epoch = known_agent(question, shelf)
    connector, tool, entry = target(question.action, question.resource, policies)
    arguments = _as_named(entry, question.arguments)
    call = ToolCall(question.subject.id, epoch, question.run, None, connector, tool, arguments)
    try:
        made = prepare(call, policies, shelf.now_us)
    except DocumentMissing as error:
        raise NothingToDecide("unknown_subject", str(error)) from None
    if entry is not None and (made.entry is None or made.entry.name != entry.name):
        other = f"`{made.entry.name}`" if made.entry else "no catalogued action"
        raise NothingToDecide("other_action", f"these arguments mean {other}, not `{entry.name}`")
    return made


def known_agent(question: AccessQuestion, shelf: Glimpse) -> int:
    """The epoch to decide under; raises `NothingToDecide` for a subject or a run that is not there."""
    subject = question.subject
    row = shelf.get("agent", subject.id) if subject.type in AGENT_TYPES else None
    if row is None:
        raise NothingToDecide("unknown_subject", f"there is no {subject.type} `{subject.id}` here")
    if question.run is not None:
        run = shelf.get("run", question.run)
        if run is None or run["agent"] != subject.id:
            raise NothingToDecide("unknown_run", f"there is no run `{question.run}` of `{subject.id}`")
    return int(row["epoch"]) if question.epoch is None else question.epoch


def target(action: str, resource: Entity, policies: PolicySource) -> tuple[str, str, ActionEntry | None]:
    """Connector, tool and, where the action is named, its entry; raises `NothingToDecide`."""
    if resource.type not in (TOOL, CONNECTOR):
        raise NothingToDecide("unknown_resource", f"resources here are tools and connectors, not `{resource.type}`")
    connector, _, tool = resource.id.partition(SEPARATOR) if resource.type == TOOL else (resource.id, "", "")
    reviewed = reviewed_tools(policies, policies.catalogue_in_force(connector))
    if reviewed is None or (tool and tool not in reviewed.catalogue.tools) or (resource.type == TOOL and not tool):
        raise NothingToDecide("unknown_resource", f"there is no reviewed {resource.type} `{resource.id}`")
    if action == CALL:
        if not tool:
            raise NothingToDecide("unknown_action", f"`{CALL}` is of a tool; name the action that is meant")
        return connector, tool, None
    entry = reviewed.catalogue.action(action)
    if entry is None or (tool and entry.tool != tool):
        raise NothingToDecide("unknown_action", f"`{action}` is no action of `{resource.id}`")
    return connector, entry.tool, entry


def _as_named(entry: ActionEntry | None, arguments: Mapping[str, object]) -> Mapping[str, object]:
    """A named action implies the arguments that tell it from the tool's others; one that says otherwise stays."""
    for path, value in (entry.when if entry else {}).items():
        if look(arguments, path) is ABSENT:
            try:
                arguments = with_value(dict(arguments), path, value)
            except ValueError:
                continue  # something that is no object stands in the way, so it is another action
    return arguments


def _answer(question: AccessQuestion, judgement: Judgement) -> Evaluation:
    match judgement.verdict:
        case Allow() as allow:
            if question.approval is not None and allow.approval not in (None, question.approval):
                sentence = f"approval `{question.approval}` is not one that this decision rests on"
                return Evaluation(False, "approval_mismatch", sentence, allow.action, allow.tier.word, allow.rules)
            return Evaluation(True, PERMITTED, allow.sentence, allow.action, allow.tier.word, allow.rules, judgement)
        case Ask() as ask:
            return Evaluation(False, APPROVAL_REQUIRED, ask.sentence, ask.action, ask.tier.word, ask.rules, judgement)
        case Deny() as deny:
            return Evaluation(False, deny.code.value, deny.sentence, deny.action, None, deny.rules, judgement)
