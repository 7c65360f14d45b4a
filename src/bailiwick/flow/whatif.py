"""What if this charter had been in force: recorded decisions made again from the record alone.

Each action is decided by itself, on the facts as they stood: the past before it is what really happened, not what the
other charter would have made of it. Nothing is written, and nobody has to be there when it runs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal

import orjson

from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.catalogue import Catalogue
from bailiwick.core.charter import Charter
from bailiwick.core.check import Check
from bailiwick.core.decide import Policy, compile_policy, decide
from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.core.facts import ApprovalFact, Facts
from bailiwick.core.request import Request
from bailiwick.core.verdict import Allow, Ask, Deny, Verdict
from bailiwick.flow.policy import NO_CATALOGUE, DocumentMissing, PolicySource
from bailiwick.flow.prepare import rewritten_arguments
from bailiwick.flow.recall import SUCCESSES, Past, Recall, UntoldError
from bailiwick.ports.reader import EventFilter, Reader

INTENDED: Final = EventType.ACTION_INTENDED.value
DECIDED: Final = (EventType.ACTION_DENIED.value, EventType.ACTION_ASKED.value, INTENDED)
COUNTED: Final = EventType.ACTION_DENIALS_COUNTED.value
_CHARTER: Final = [field.name for field in fields(ApprovalFact)].index("charter")
STRIDE: Final = 2_000
"""Indexes of the log that are read at a time."""

ChangeKind = Literal["verdict", "approvers", "tier"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Redecided:
    """One action that comes out differently: `before` as it was decided, `after` under the other charter.

    `kind` is the weightiest difference: another verdict, other people to ask, or another tier. `made` names the facts
    that the record did not hold and that were made up again from it.
    """

    index: int
    action: str
    run: str
    agent: str
    name: str
    at_us: int
    kind: ChangeKind
    before: str
    after: str
    before_tier: str
    after_tier: str
    code: str
    rules: tuple[str, ...]
    was: str
    sentence: str
    made: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Untold:
    """One action of which nobody can tell how it would have come out, and why."""

    index: int
    action: str
    run: str
    agent: str
    name: str
    at_us: int
    before: str
    reason: str


@dataclass(slots=True)
class ActionTally:
    """How the calls of one action came out; `changes` counts by `before → after`."""

    decided: int = 0
    same: int = 0
    untold: int = 0
    changes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A verdict as far as two of them are compared or shown."""

    word: str
    tier: str
    slots: tuple[str, ...]
    code: str
    rules: tuple[str, ...]
    sentence: str


def _recorded(document: Mapping[str, Any]) -> _Answer:
    slots = document["ask"]["slots"] if "ask" in document else ()
    tier, code = document.get("tier", ""), document.get("code", "")
    return _Answer(document["verdict"], tier, tuple(slots), code, tuple(document["rules"]), document["sentence"])


def _answer(verdict: Verdict) -> _Answer:
    match verdict:
        case Deny():
            return _Answer("deny", "", (), verdict.code.value, verdict.rules, verdict.sentence)
        case Ask():
            return _Answer("ask", verdict.tier.word, verdict.rule.slots, "", verdict.rules, verdict.sentence)
        case Allow():
            return _Answer("allow", verdict.tier.word, (), "", verdict.rules, verdict.sentence)


@dataclass(slots=True)
class Redeciding:
    """Decides the actions of charter `name` again, from `since_us` on, as far as `advance` has been asked to go.

    `charter` is what they are decided under now, and may have any name. `base` is the version that the new one stands
    beside, for a trial in which both decide: what the new one decided is then held against what `base` would have
    said, so that `before` always is the old charter's word.
    """

    reader: Reader
    policies: PolicySource
    name: str
    charter: Charter
    digest: str
    since_us: int
    base: str | None = None
    position: int = 0
    untold: list[Untold] = field(default_factory=list)
    tallies: dict[str, ActionTally] = field(default_factory=dict)
    sides: dict[str, dict[str, int]] = field(default_factory=lambda: {"old": {}, "new": {}})
    """Verdicts as they were really given, by who gave them: the new version, or any other."""
    lesser: int = 0
    """Changes of tier or approvers under the same verdict; they are among the changes."""
    summed: int = 0
    """Denials that were only counted when they happened, so nobody can decide them again."""
    started: int = 0
    _changes: list[tuple[Any, ...]] = field(default_factory=list)  # plain tuples: a collector walks objects, not these
    _recall: Recall | None = None
    _policies: dict[tuple[bool, str], Policy] = field(default_factory=dict)
    _ours: dict[str, bool] = field(default_factory=dict)
    _agents: set[str] = field(default_factory=set)
    _words: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        """How many came out differently."""
        return len(self._changes)

    @property
    def changes(self) -> list[Redecided]:
        """Everything that came out differently, in the order of the log."""
        return self.change_page(0, len(self._changes))

    def change_page(self, start: int, limit: int) -> list[Redecided]:
        """Some of what came out differently, by its place in the order of the log."""
        return [Redecided(*values) for values in self._changes[start : start + limit]]

    @property
    def decided(self) -> int:
        """How many decisions were made again."""
        return sum(tally.decided for tally in self.tallies.values())

    def advance(self, end: int, progress: Progress | None = None) -> None:
        """Go on to index `end` of the log; `progress` hears how many of how many entries are behind it. Blocks."""
        if self._recall is None:
            self._recall = self._begin()
        recall = self._recall
        types = (*DECIDED, COUNTED, *(SUCCESSES if recall.past.orders else ()))
        while self.position < end:
            until = min(self.position + STRIDE, end)
            found = self.reader.span(self.position, until, types, DECIDED)
            recall.prepare(event.leaf for event, _ in found)
            for event, payload in found:
                self._take(recall, event, payload)
            self.position = until
            if progress is not None:
                progress(until - self.started, end - self.started)

    def _begin(self) -> Recall:
        charters = [self.charter]
        if self.base is not None:
            charters.append(self.policies.policy(self.base, NO_CATALOGUE).charter)
        past = Past.wanted_by(charters)
        start_us = past.starts_us(self.since_us)
        self.position = self.started = index_at(self.reader, start_us)
        return Recall(self.reader, self.policies, past, self.position, start_us)

    def _take(self, recall: Recall, event: RecordedEvent, payload: bytes | None) -> None:
        leaf = event.leaf
        kind = leaf["type"]
        if kind == COUNTED:
            if leaf["actor"]["id"] in self._agents and leaf["at_us"] >= self.since_us:
                self.summed += leaf["data"]["count"]
            return
        if kind in SUCCESSES:
            recall.succeeded(leaf)
            return
        ours = self._is_ours(leaf["data"]["charter"])
        heard = recall.listens and kind == INTENDED and recall.wants(leaf["data"].get("name"))
        if not ours and not heard:
            return
        document = orjson.loads(payload) if payload is not None else None
        if ours and leaf["at_us"] >= self.since_us:
            self._agents.add(leaf["actor"]["id"])
            self._again(recall, event, document, payload)
        if heard:
            recall.intended(leaf, document["request"]["arguments"] if document else None)

    def _is_ours(self, digest: str) -> bool:
        """Whether a decision was made under some version of the charter."""
        known = self._ours.get(digest)
        if known is None:
            try:
                known = self.policies.policy(digest, NO_CATALOGUE).charter.name == self.name
            except DocumentMissing:
                known = False
            self._ours[digest] = known
        return known

    # ------------------------------------------------------------------------------------------ one decision

    def _again(self, recall: Recall, event: RecordedEvent, document: Any, payload: bytes | None) -> None:
        leaf = event.leaf
        data = leaf["data"]
        name = data.get("name") or data["tool"] or "a tool nobody catalogued"
        tally = self.tallies.setdefault(name, ActionTally())
        newer = data["charter"] == self.digest
        side = self.sides["new" if newer else "old"]
        side[data["verdict"]] = side.get(data["verdict"], 0) + 1
        tally.decided += 1
        if newer and self.base is None:
            tally.same += 1
            return
        try:
            if document is None or payload is None:
                raise UntoldError("its request was erased, so it cannot be decided again")
            recorded = _recorded(document["verdict"])
            other, made = self._decide(recall, leaf, document, not payload.isascii())
        except UntoldError as error:
            tally.untold += 1
            self.untold.append(Untold(*_about(event, name), data["verdict"], str(error)))
            return
        before, after = (other, recorded) if newer else (recorded, other)
        kind = _difference(before, after)
        if kind is None:
            tally.same += 1
            return
        self.lesser += kind != "verdict"
        change = f"{before.word} → {after.word}"
        tally.changes[change] = tally.changes.get(change, 0) + 1
        self._note(event, name, kind, before, after, made)

    def _decide(
        self, recall: Recall, leaf: Mapping[str, Any], document: Mapping[str, Any], rewrite: bool
    ) -> tuple[_Answer, tuple[str, ...]]:
        data = leaf["data"]
        try:
            earlier = self.policies.policy(data["charter"], data["catalogue"])
            policy = self._policy(data["charter"] == self.digest, data["catalogue"])
        except DocumentMissing as error:
            raise UntoldError("the documents it was decided under are not in the store") from error
        try:
            request, facts = Request.from_document(document["request"]), document["facts"]
            if rewrite:  # keys beyond ASCII may stand in another order here than when it was decided
                request = replace(request, arguments=rewritten_arguments(request.arguments)[0])
            made: tuple[str, ...] = ()
            check = policy.checks.get(data["name"]) if "name" in data else policy.check(request.tool, request.arguments)
            if check is not None:  # else no charter over this catalogue lists it
                was = earlier.checks[check.entry.name]
                if check.listed:
                    made = recall.fill(facts, check, was, leaf, request.arguments)
                _carry(facts, earlier, was, policy, check)
            return _answer(decide(policy, request, Facts.from_document(facts))), made
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise UntoldError(f"its request or facts cannot be read ({type(error).__name__})") from error

    def _policy(self, newer: bool, catalogue: str) -> Policy:
        """The other side's policy: the base for what the new version decided, else the new version."""
        if newer and self.base is not None:
            return self.policies.policy(self.base, catalogue)
        key = (newer, catalogue)
        if key not in self._policies:
            tools = self.policies.tools(catalogue).catalogue if catalogue else Catalogue("", {}, ())
            self._policies[key] = compile_policy(self.charter, self.digest, tools, catalogue)
        return self._policies[key]

    def _note(
        self, event: RecordedEvent, name: str, kind: ChangeKind, before: _Answer, after: _Answer, made: tuple[str, ...]
    ) -> None:
        word = self._word
        sides = (before.word, after.word, before.tier, after.tier, after.code)
        texts = (word(before.sentence), word(after.sentence))
        self._changes.append((*_about(event, word(name)), kind, *sides, after.rules, *texts, made))

    def _word(self, text: str) -> str:
        """The same text once: a hundred thousand changes share a few sentences."""
        return self._words.setdefault(text, text)


def index_at(reader: Reader, at_us: int) -> int:
    """The index of the first event at or after a moment; the log's size when there is none."""
    low, high = 0, reader.size()
    while low < high:
        middle = (low + high) // 2
        found = reader.events(EventFilter(), before=middle - 1, limit=1, ascending=True)
        if found and found[0].leaf["at_us"] < at_us:
            low = middle + 1
        else:
            high = middle
    return low


def _about(event: RecordedEvent, name: str) -> tuple[int, str, str, str, str, int]:
    leaf = event.leaf
    return event.index, leaf.get("action", ""), leaf.get("run", ""), leaf["actor"]["id"], name, leaf["at_us"]


def _difference(before: _Answer, after: _Answer) -> ChangeKind | None:
    if before.word != after.word:
        return "verdict"
    if sorted(before.slots) != sorted(after.slots):
        return "approvers"
    return "tier" if before.tier != after.tier else None


def _carry(facts: dict[str, Any], earlier: Policy, was: Check, policy: Policy, check: Check) -> None:
    """Keep the consent, or the refusal, that people gave at the time; it was bound to the charter of then.

    Where the other charter asks the same people for this action it is taken to stand; where it asks others, or never
    looks, nobody has said anything yet.
    """
    approval = facts["approval"]
    if approval is None:
        return
    rule, before = _asks(policy, check), _asks(earlier, was)
    if rule is None or before is None or rule.slots != before.slots:
        facts["approval"] = None
    elif approval[_CHARTER] == earlier.charter_digest:
        approval[_CHARTER] = policy.charter_digest


def _asks(policy: Policy, check: Check) -> ApprovalRule | None:
    if check.grant is None or not check.may_ask:
        return None
    return check.grant.approve or policy.charter.approve
