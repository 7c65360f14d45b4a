"""Why, or what if: decide a recorded or a made-up request, rule by rule; nothing is recorded or sent.

A recorded action brings its own facts. Anything about it can then be changed: who asks, the charter, the time, where
the run stands. What is not changed stays as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from bailiwick.core.catalogue import Catalogue, classes_read, measure
from bailiwick.core.decide import Policy, compile_policy, decide
from bailiwick.core.facts import Facts
from bailiwick.core.refusal import Refusal
from bailiwick.core.request import Request
from bailiwick.core.trace import StepState, TraceStep, trace
from bailiwick.core.verdict import verdict_document
from bailiwick.flow.connector_view import reviewed_tools
from bailiwick.flow.occasion import Occasion, Recorded, as_it_stands, as_nothing_yet, as_recorded, recorded_decision
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.flow.question import NOBODY, Question, Stated, asked_request
from bailiwick.flow.source import Source, read_charter, read_source
from bailiwick.ports.reader import Reader

Basis = Literal["recorded", "standing", "fresh"]


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """One rule in the order of asking. `line` is where the charter's text says it, 0 where it is not the charter's."""

    rule: str
    says: str
    found: str
    state: StepState
    line: int


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """What the record holds for the action that was asked about; `same` when the answer is still that one."""

    index: int
    verdict: str
    sentence: str
    rules: tuple[str, ...]
    charter_digest: str
    same: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer `decide` gives, rule by rule, with all it read. `source` is the charter's text that `line`s count in.

    `assumed` are sums that nobody recorded, taken as 0. `version` is None for a text that was never published.
    """

    verdict: str
    action: str | None
    says: str
    tier: str | None
    code: str | None
    rules: tuple[str, ...]
    sentence: str
    approvers: tuple[str, ...]
    steps: tuple[ExplainedRule, ...]
    basis: Basis
    agent: str | None
    run: str | None
    connector: str
    tool: str
    arguments: Mapping[str, Any]
    measures: Mapping[str, int]
    reads: tuple[str, ...]
    charter: str
    version: int | None
    charter_digest: str
    catalogue_digest: str | None
    facts: Mapping[str, Any]
    assumed: tuple[str, ...]
    source: str
    recorded: RecordedAnswer | None


def explain(question: Question, stated: Stated, reader: Reader, policies: PolicySource, now_us: int) -> Explanation:
    """Decide it; raises `Refusal` for what is not there, `SourceError` for a text that is no charter. Blocks."""
    recorded = recorded_decision(reader, question.action) if question.action else None
    request = asked_request(question, recorded, policies)
    same_connector = recorded is not None and request.connector == recorded.request.connector
    catalogue = recorded.catalogue if recorded and same_connector else policies.catalogue_in_force(request.connector)
    if stated.week_time is not None:
        at_us = stated.week_time.next_us(recorded.facts.at_us if recorded else now_us)
        stated = replace(stated, at_us=at_us)
    policy, text = _policy(question, recorded, catalogue, reader, policies)
    basis, occasion = _occasion(question, stated, recorded, request, policy, reader, policies, now_us)
    facts = _as_stated(occasion.facts, stated)
    verdict = verdict_document(decide(policy, occasion.request, facts))
    steps = trace(policy, occasion.request, facts)
    assumed = tuple(name for name in occasion.assumed if name not in stated.totals and name not in stated.spent)
    decided = replace(occasion, facts=facts, assumed=assumed)
    return _explanation(recorded, policy, text, basis, decided, verdict, steps)


@dataclass(frozen=True, slots=True)
class _Text:
    """A charter's text and where its parts stand; `version` is None for one that was never published."""

    version: int | None
    source: str
    read: Source

    def line(self, step: TraceStep) -> int:
        return self.read.locate(step.place)[0] if step.place else 0


def _policy(
    question: Question, recorded: Recorded | None, catalogue: str, reader: Reader, policies: PolicySource
) -> tuple[Policy, _Text]:
    if question.source is not None:
        if question.charter is not None:
            raise Refusal("invalid", "name a published charter or send a text, not both")
        charter, _, digest = read_charter(question.source)
        reviewed = reviewed_tools(policies, catalogue)
        tools = reviewed.catalogue if reviewed else Catalogue("", {}, ())
        return compile_policy(charter, digest, tools, catalogue), _Text(
            None, question.source, read_source(question.source)
        )
    digest = _digest(question, recorded, reader, policies)
    try:
        return policies.policy(digest, catalogue), _text(reader, digest)
    except DocumentMissing as error:
        raise Refusal("unknown", str(error)) from None


def _digest(question: Question, recorded: Recorded | None, reader: Reader, policies: PolicySource) -> str:
    """The version of a charter that is asked under."""
    name = question.charter
    if name is None and question.version is not None and question.agent:
        agent = reader.row("agent", question.agent)
        name = agent["charter"] if agent else None
    if name is not None:
        key = f"{name}@{question.version:06}" if question.version is not None else name
        row = reader.row("charter" if question.version is None else "charter_version", key)
        if row is None:
            which = f" version {question.version}" if question.version is not None else ""
            raise Refusal("unknown", f"there is no charter `{name}`{which}")
        return str(row["digest"])
    if question.agent is None or (recorded and question.agent == recorded.request.agent):
        if recorded is None:
            raise Refusal("invalid", "name an agent, a charter, or the text of one")
        return recorded.charter
    try:
        return policies.charter_in_force(question.agent)
    except DocumentMissing as error:
        raise Refusal("unknown", str(error)) from None


def _text(reader: Reader, digest: str) -> _Text:
    """The text of a version: of one that was published, if there is one."""
    rows = reader.rows("charter_version", {"digest": digest}, limit=20)
    rows.sort(key=lambda row: row["status"] == "published")
    version, text = (rows[-1]["version"], rows[-1]["source"]) if rows else (None, "{}")
    return _Text(version, text, read_source(text))


def _occasion(
    question: Question,
    stated: Stated,
    recorded: Recorded | None,
    request: Request,
    policy: Policy,
    reader: Reader,
    policies: PolicySource,
    now_us: int,
) -> tuple[Basis, Occasion]:
    tools = reviewed_tools(policies, policy.catalogue_digest or None)
    if recorded is not None:
        return "recorded", as_recorded(recorded, request, policy, tools, stated.at_us)
    if question.agent is not None and not question.fresh:
        return "standing", as_it_stands(reader, request, policy, tools, now_us, stated.at_us)
    return "fresh", as_nothing_yet(request, policy, tools, now_us if stated.at_us is None else stated.at_us)


def _as_stated(facts: Facts, stated: Stated) -> Facts:
    run = facts.run
    names = ("calls", "elapsed_us", "repeats", "failures")
    said = {name: value for name in names if (value := getattr(stated, name)) is not None}
    return replace(
        facts,
        run=replace(run, **said) if said else run,
        totals={**facts.totals, **{name: n for name, n in stated.totals.items() if name in facts.totals}},
        spent={**facts.spent, **{name: n for name, n in stated.spent.items() if name in facts.spent}},
        done={**facts.done, **stated.done},
    )


def _explanation(
    recorded: Recorded | None,
    policy: Policy,
    text: _Text,
    basis: Basis,
    occasion: Occasion,
    verdict: Mapping[str, Any],
    steps: tuple[TraceStep, ...],
) -> Explanation:
    ask, entry, request = verdict.get("ask") or {}, occasion.read.entry, occasion.request
    return Explanation(
        verdict=verdict["verdict"],
        action=verdict["action"],
        says=entry.sentence if entry else "",
        tier=verdict.get("tier"),
        code=verdict.get("code"),
        rules=tuple(verdict["rules"]),
        sentence=verdict["sentence"],
        approvers=tuple(ask.get("slots", ())),
        steps=tuple(ExplainedRule(one.rule, one.says, one.found, one.state, text.line(one)) for one in steps),
        basis=basis,
        agent=request.agent if request.agent != NOBODY else None,
        run=request.run or None,
        connector=request.connector,
        tool=request.tool,
        arguments=request.arguments,
        measures=measure(entry, request.arguments) if entry else {},
        reads=tuple(sorted(classes_read(entry, request.arguments))) if entry else (),
        charter=policy.charter.name,
        version=text.version,
        charter_digest=policy.charter_digest,
        catalogue_digest=policy.catalogue_digest or None,
        facts=occasion.facts.document(),
        assumed=occasion.assumed,
        source=text.source,
        recorded=_answer(recorded, verdict) if recorded else None,
    )


def _answer(recorded: Recorded, verdict: Mapping[str, Any]) -> RecordedAnswer:
    was = recorded.verdict
    names = ("verdict", "rules", "tier", "code")
    return RecordedAnswer(
        index=recorded.index,
        verdict=was["verdict"],
        sentence=was["sentence"],
        rules=tuple(was["rules"]),
        charter_digest=recorded.charter,
        same=all(was.get(name) == verdict.get(name) for name in names),
    )
