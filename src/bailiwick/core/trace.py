"""A decision rule by rule: what was asked in which order, what it found, and where the asking stopped.

The questions are the ones that `decide` asks, called in its own order, so the first rule that objects here is the
rule that its verdict names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bailiwick.core import decide as deciding
from bailiwick.core.budget_limit import amount_text
from bailiwick.core.catalogue import measure
from bailiwick.core.check import Case, Check
from bailiwick.core.decide import Objection, Policy
from bailiwick.core.facts import Facts
from bailiwick.core.plain import consent_words
from bailiwick.core.problem import Place
from bailiwick.core.request import Request
from bailiwick.core.rule_words import ASKED, RuleWords, listed_rule, stop_rules
from bailiwick.core.tier import FixedTier, SteppedTier, Tier
from bailiwick.core.verdict import Allow, Ask, Deny, Verdict

StepState = Literal["passed", "objected", "asked", "unreached"]


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One rule in the order of asking: what it says, what was found, and how it came out.

    `asked` is the approval that has yet to be given; `unreached` was not looked at, because something before it
    answered. `place` is where the charter says it, empty where the rule is not the charter's.
    """

    rule: str
    says: str
    found: str
    state: StepState
    place: Place = ()


def trace(policy: Policy, request: Request, facts: Facts) -> tuple[TraceStep, ...]:
    """Every rule that the decision asks, or would have asked had nothing objected before. Never raises."""
    return tuple(_Walk(policy, request, facts).steps())


@dataclass(slots=True)
class _Walk:
    policy: Policy
    request: Request
    facts: Facts
    answered: bool = False

    def steps(self) -> Iterator[TraceStep]:
        try:
            yield from self._all()
        except Exception as error:  # noqa: BLE001  # as in `decide`: unreadable means deny
            if not self.answered:
                self.answered = True
                yield TraceStep("error", "The request can be read.", type(error).__name__, "objected")

    def _all(self) -> Iterator[TraceStep]:
        yield from self._told(list(stop_rules(self.facts)), deciding.stopped(self.facts))
        check = self.policy.check(self.request.tool, self.request.arguments)
        if check is None or not check.listed:
            deny = deciding.unlisted(self.policy, self.request, check)
            yield from self._told([RuleWords("unlisted", "The charter lists it.", "", ("can",))], deny)
            return
        if check.grant is not None:
            yield from self._told([listed_rule(self.policy.charter, check.entry.name)], None)
        measures = measure(check.entry, self.request.arguments)
        policy = self.policy
        case = Case(policy.charter, policy.charter_digest, check, self.request, self.facts, measures)
        for objection in deciding.OBJECTIONS:
            # INVARIANT: what stands behind an answer is not asked, as in `decide`
            deny_or_none = None if self.answered else objection(case)
            yield from self._told(_rules(objection, case), deny_or_none)
        if check.grant is not None:
            yield from self._by_tier(case, None if self.answered else deciding.by_tier(case))

    def _told(self, rules: list[RuleWords], deny: Deny | None) -> Iterator[TraceStep]:
        if self.answered:
            yield from (_step(rule, "unreached") for rule in rules)
            return
        if deny is None:
            yield from (_step(rule, "passed") for rule in rules)
            return
        told = deny.rules[-1]
        if all(rule.rule != told for rule in rules):  # a rule whose words are not written yet
            rules.append(RuleWords(told, "Nothing stands against it."))
        for rule in rules:
            if self.answered:
                yield _step(rule, "unreached")
            elif rule.rule == told:
                self.answered = True
                yield TraceStep(rule.rule, rule.says, deny.sentence, "objected", rule.place)
            else:
                yield _step(rule, "passed")

    def _by_tier(self, case: Case, verdict: Verdict | None) -> Iterator[TraceStep]:
        words, consent = _tier_words(case, verdict), _consent_words(case)
        if verdict is None:
            yield _step(words, "unreached")
            if case.check.may_ask:
                yield _step(consent, "unreached")
            return
        self.answered = True
        if isinstance(verdict, Deny) and verdict.rules[-1] != consent.rule:
            yield TraceStep(verdict.rules[-1], words.says, verdict.sentence, "objected", words.place)
            return
        yield _step(words, "passed")
        if isinstance(verdict, Ask):
            yield TraceStep(consent.rule, consent.says, consent.found or "not asked yet", "asked", consent.place)
        elif isinstance(verdict, Deny):
            yield TraceStep(consent.rule, consent.says, verdict.sentence, "objected", consent.place)
        elif verdict.approval:
            yield TraceStep(consent.rule, consent.says, consent.found, "passed", consent.place)


def _rules(objection: Objection, case: Case) -> list[RuleWords]:
    asks = ASKED.get(getattr(objection, "__name__", ""))
    return list(asks(case)) if asks else []


def _step(rule: RuleWords, state: StepState) -> TraceStep:
    return TraceStep(rule.rule, rule.says, "" if state == "unreached" else rule.found, state, rule.place)


def _tier_words(case: Case, verdict: Verdict | None) -> RuleWords:
    check = case.check
    grant = check.grant
    assert grant is not None
    name = check.entry.name
    at = next(at for at, one in enumerate(case.charter.grants) if one.action == name)
    place: Place = ("can", at, "tier")
    if verdict is None:
        return RuleWords(f"can[{name}].tier", _risk(check), "", place)
    tier = verdict.tier if isinstance(verdict, Allow | Ask) else Tier.NEVER
    found = f"{tier.word}"
    if isinstance(grant.tier, SteppedTier):
        size = deciding.size_of(case, grant.tier.by)
        if size is not None:
            found = f"{amount_text(size, grant.tier.by)}, so {tier.word}"
            place = (*place, *_step_place(grant.tier, size))
    return RuleWords(f"tier:{tier.word}", _risk(check), found, place)


def _step_place(rule: SteppedTier, size: int) -> Place:
    for at, (most, _) in enumerate(rule.steps):
        if size <= most:
            return ("steps", at)
    return ("else",)


def _risk(check: Check) -> str:
    """How the charter and the catalogue tell how risky a call is."""
    grant, floor = check.grant, check.entry.floor
    assert grant is not None
    least = f"; IT's floor is {floor.word}" if floor is not Tier.LOW else ""
    if isinstance(grant.tier, FixedTier):
        return f"Every call of it is {grant.tier.tier.word} risk{least}."
    by = grant.tier.by
    steps = ", ".join(f"up to {amount_text(most, by)} {tier.word}" for most, tier in grant.tier.steps)
    return f"Its risk goes by `{by}`: {steps}, above that {grant.tier.otherwise.word}{least}."


def _consent_words(case: Case) -> RuleWords:
    grant, approval = case.check.grant, case.facts.approval
    rule = (grant.approve if grant else None) or case.charter.approve
    own = grant is not None and grant.approve is not None
    at = next((at for at, one in enumerate(case.charter.grants) if one is grant), 0)
    place: Place = ("can", at, "approve") if own else ("approve",)
    words = consent_words(rule) if rule else "nobody is named who may approve it"
    found = f"`{approval.id}` is {approval.status}" if approval else ""
    return RuleWords("approve", f"{words[:1].upper()}{words[1:]}.", found, place)
