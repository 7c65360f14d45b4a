"""Why, or what if: decide a made-up request under a charter with stated facts; nothing is recorded or sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bailiwick.core.catalogue import Catalogue, classes_read, measure
from bailiwick.core.decide import DECIDER, Policy, compile_policy, decide
from bailiwick.core.facts import Facts, RunFact
from bailiwick.core.refusal import Refusal
from bailiwick.core.request import Request
from bailiwick.core.verdict import verdict_document
from bailiwick.flow.connector_view import reviewed_tools
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.flow.prepare import CallReading, read_call
from bailiwick.flow.source import read_charter
from bailiwick.ports.reader import Reader

SEPARATOR = "__"


@dataclass(frozen=True, slots=True)
class Stated:
    """The facts that are assumed: where the run stands, and totals such as `day.records` before this call."""

    at_us: int
    calls: int = 0
    elapsed_us: int = 0
    repeats: int = 0
    failures: int = 0
    totals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """A request nobody made: under an agent's charter, a charter by name, or a charter's text; exactly one."""

    tool: str
    arguments: Mapping[str, object]
    agent: str | None = None
    charter: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer `decide` gives, and what it read to give it."""

    verdict: str
    action: str | None
    says: str
    tier: str | None
    code: str | None
    rules: tuple[str, ...]
    sentence: str
    approvers: tuple[str, ...]
    measures: Mapping[str, int]
    reads: tuple[str, ...]
    charter: str
    charter_digest: str
    catalogue_digest: str | None
    facts: Mapping[str, Any]


def explain(question: Question, stated: Stated, reader: Reader, policies: PolicySource) -> Explanation:
    """Decide it; raises `Refusal` for a charter or agent that is not there, `SourceError` for a text that is none."""
    connector, _, tool = question.tool.partition(SEPARATOR)
    if not tool:
        message = f"`{question.tool}` names no tool; write `connector__tool`, as agents see it"
        raise Refusal("invalid", message)
    catalogue = policies.catalogue_in_force(connector)
    policy = _policy(question, catalogue, reader, policies)
    read = read_call(policy, reviewed_tools(policies, catalogue), connector, tool, question.arguments, stated.at_us)
    check = policy.check(tool, read.arguments)
    facts = Facts(
        at_us=stated.at_us,
        decider=DECIDER,
        definition=read.definition,
        schema_error=read.schema_error,
        local=read.local,
        run=RunFact("open", stated.calls, stated.elapsed_us, stated.repeats, stated.failures),
        totals={name: stated.totals.get(name, 0) for name in (check.totals if check else ())},
        spent={limit.key: 0 for limit in (check.budget if check else ())},
    )
    request = Request(question.agent or "nobody", "", "", connector, tool, read.arguments, read.digest)
    return _explanation(policy, verdict_document(decide(policy, request, facts)), facts, read)


def _policy(question: Question, catalogue: str, reader: Reader, policies: PolicySource) -> Policy:
    if question.source is not None:
        charter, _, digest = read_charter(question.source)
        reviewed = reviewed_tools(policies, catalogue)
        return compile_policy(charter, digest, reviewed.catalogue if reviewed else Catalogue("", {}, ()), catalogue)
    if question.charter is not None:
        head = reader.row("charter", question.charter)
        if head is None:
            raise Refusal("unknown", f"there is no charter `{question.charter}`")
        return policies.policy(head["digest"], catalogue)
    try:
        return policies.policy(policies.charter_in_force(question.agent or ""), catalogue)
    except DocumentMissing as error:
        raise Refusal("unknown", str(error)) from None


def _explanation(policy: Policy, verdict: Mapping[str, Any], facts: Facts, read: CallReading) -> Explanation:
    ask, entry, arguments = verdict.get("ask") or {}, read.entry, read.arguments
    return Explanation(
        verdict=verdict["verdict"],
        action=verdict["action"],
        says=entry.sentence if entry else "",
        tier=verdict.get("tier"),
        code=verdict.get("code"),
        rules=tuple(verdict["rules"]),
        sentence=verdict["sentence"],
        approvers=tuple(ask.get("slots", ())),
        measures=measure(entry, arguments) if entry else {},
        reads=tuple(sorted(classes_read(entry, arguments))) if entry else (),
        charter=policy.charter.name,
        charter_digest=policy.charter_digest,
        catalogue_digest=policy.catalogue_digest or None,
        facts=facts.document(),
    )
