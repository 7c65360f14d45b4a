"""The decision: `decide(policy, request, facts) -> verdict`, a pure function of what is on the record.

A charter and the catalogue of one connector are compiled once into a `Check` an action; deciding is then a handful of
comparisons. Checks run in a fixed order, the first that objects answers, and approval comes last: it can lift `ask`,
nothing before it. Any error inside a check is a deny.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bailiwick.core.action_index import ActionIndex
from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.budget_limit import amount_text
from bailiwick.core.catalogue import Catalogue, classes_read, measure
from bailiwick.core.charter import Charter, Grant
from bailiwick.core.check import TOTAL_SCOPES, Case, Check, compile_check, short_span
from bailiwick.core.facts import ApprovalFact, Facts
from bailiwick.core.order_rule import SUCCEEDED, OrderRule
from bailiwick.core.path import ABSENT, look
from bailiwick.core.request import Request
from bailiwick.core.tier import FixedTier, Tier
from bailiwick.core.verdict import Allow, Ask, Deny, DenyCode, Verdict
from bailiwick.core.window import Window

DECIDER = "bailiwick/1"
"""Version of this function's meaning; recorded with every decision."""

Objection = Callable[[Case], Deny | None]


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled charter over the catalogue of one connector; immutable, so it may be cached by its two digests."""

    charter: Charter
    charter_digest: str
    catalogue: Catalogue
    catalogue_digest: str
    checks: Mapping[str, Check]
    index: ActionIndex

    def check(self, tool: str, arguments: Mapping[str, object]) -> Check | None:
        """The check of the one catalogued action that these arguments mean, if there is one."""
        entry = self.index.find(tool, arguments)
        return None if entry is None else self.checks.get(entry.name)


def compile_policy(
    charter: Charter,
    charter_digest: str,
    catalogue: Catalogue,
    catalogue_digest: str,
    index: ActionIndex | None = None,
) -> Policy:
    """Compile `charter` for every action of `catalogue`; one `index` of that serves all charters over it."""
    grants = {grant.action: grant for grant in charter.grants}
    order: dict[str, tuple[OrderRule, ...]] = {}
    for rule in charter.order:
        order[rule.binds] = (*order.get(rule.binds, ()), rule)
    checks = {
        entry.name: compile_check(charter, grants.get(entry.name), entry, order.get(entry.name, ()))
        for entry in catalogue.actions
    }
    return Policy(charter, charter_digest, catalogue, catalogue_digest, checks, index or ActionIndex(catalogue.actions))


def decide(policy: Policy, request: Request, facts: Facts) -> Verdict:
    """Decide one request. Never raises: an error inside a check is a deny that names the check's error type."""
    try:
        return _decide(policy, request, facts)
    except Exception as error:  # noqa: BLE001  # INVARIANT: unreadable means deny
        sentence = f"this request could not be decided ({type(error).__name__}), so it is refused"
        return Deny(DenyCode.ERROR, None, ("error",), sentence)


def _decide(policy: Policy, request: Request, facts: Facts) -> Verdict:
    stop = stopped(facts)
    if stop:
        return stop
    check = policy.check(request.tool, request.arguments)
    if check is None or not check.listed:
        return unlisted(policy, request, check)
    case = Case(policy.charter, policy.charter_digest, check, request, facts, measure(check.entry, request.arguments))
    for objection in OBJECTIONS:
        deny = objection(case)
        if deny:
            return deny
    return by_tier(case)


def unlisted(policy: Policy, request: Request, check: Check | None) -> Deny:
    """The answer to what the charter does not list."""
    named = check.entry.name if check else None
    what = f"`{named}`" if named else f"any action of `{request.connector}` that means this call"
    sentence = f"the charter `{policy.charter.name}` does not list {what}"
    return Deny(DenyCode.UNLISTED, named, ("unlisted",), sentence)


def stopped(facts: Facts) -> Deny | None:
    """What stops the agent whatever it asks for; looked at first."""
    if facts.revoked:
        return Deny(DenyCode.REVOKED, None, ("revoked",), facts.revoked)
    if facts.halts:
        halt = facts.halts[0]
        return Deny(
            DenyCode.HALTED,
            None,
            (f"halt:{halt.scope}",),
            f"stopped: `{halt.scope}` is halted ({halt.reason})",
        )
    if facts.run.status != "open":
        return Deny(DenyCode.RUN_ENDED, None, ("run",), "this run has ended; open a new run")
    return None


def _deny(case: Case, code: DenyCode, rule: str, sentence: str) -> Deny:
    return Deny(code, case.check.entry.name, (rule,), sentence)


def _cannot(case: Case) -> Deny | None:
    pattern = case.check.cannot
    if pattern is None:
        return None
    return _deny(
        case,
        DenyCode.CANNOT,
        f"cannot[{pattern}]",
        f"the charter says it cannot do `{pattern}`, whoever asks",
    )


def _connector(case: Case) -> Deny | None:
    stop = case.facts.connector_stop
    return _deny(case, DenyCode.STOPPED, f"connector[{case.request.connector}]", stop) if stop else None


def _quarantine(case: Case) -> Deny | None:
    change = case.facts.quarantine
    return _deny(case, DenyCode.QUARANTINED, f"quarantine[{case.request.tool}]", change) if change else None


def _schema(case: Case) -> Deny | None:
    trouble = case.facts.schema_error
    return _deny(case, DenyCode.SCHEMA, f"schema[{case.request.tool}]", trouble) if trouble else None


def _defaults(case: Case) -> Deny | None:
    # INVARIANT: what the catalogue promises to fill in is there, or the call is refused
    for path in case.check.entry.defaults:
        if look(case.request.arguments, path) is ABSENT:
            sentence = f"`{path}` cannot be filled in, because something that is no object stands in its way"
            return _deny(case, DenyCode.SCHEMA, f"defaults[{path}]", sentence)
    return None


def _data(case: Case) -> Deny | None:
    entry, charter = case.check.entry, case.charter
    shown = classes_read(entry, case.request.arguments)
    over = shown - charter.may_read if shown else shown
    if over:
        read = " and ".join(sorted(over))
        sentence = f"this would read {read} data; the charter may read {_listed(charter.may_read)}"
        return _deny(case, DenyCode.DATA, "data.may_read", sentence)
    if entry.sends is not None and entry.sends not in charter.may_send_out:
        sentence = f"this would send out {entry.sends} data; the charter may send {_listed(charter.may_send_out)}"
        return _deny(case, DenyCode.DATA, "data.may_send_out", sentence)
    return None


def _limits(case: Case) -> Deny | None:
    arguments, measures = case.request.arguments, case.measures
    for limit in case.check.limits:
        argument = limit.argument
        value = measures.get(argument, ABSENT) if limit.measured else look(arguments, argument)
        sentence = limit.missing if value is ABSENT else limit.broken(value)
        if sentence is None and limit.within_us and value is not ABSENT:
            sentence = _used(case.facts, argument, limit.within_us)
        if sentence:
            return _deny(case, DenyCode.LIMIT, limit.rule, sentence)
    return None


def _used(facts: Facts, argument: str, within_us: int) -> str | None:
    at_us = facts.seen.get(argument)
    if at_us is None or facts.at_us - at_us >= within_us:
        return None
    return f"`{argument}` holds a value used less than {short_span(within_us)} ago: it may not come again so soon"


def _windows(case: Case) -> Deny | None:
    for rule, window in case.check.windows:
        weekday, minute = case.facts.local[window.zone]
        if not window.contains(weekday, minute):
            return _deny(case, DenyCode.WINDOW, rule, f"outside the permitted time: {_hours(window)}")
    return None


def _run(case: Case) -> Deny | None:
    limits, run = case.charter.run, case.facts.run
    if run.calls >= limits.calls:
        return _deny(case, DenyCode.RUN_LIMIT, "run.calls", f"this run has used its {limits.calls} calls")
    if run.elapsed_us >= limits.seconds * 1_000_000:
        return _deny(case, DenyCode.RUN_LIMIT, "run.seconds", f"this run is past its {limits.seconds} seconds")
    if run.repeats >= limits.repeats:
        sentence = f"the same call was made {run.repeats} times in this run; the limit is {limits.repeats}"
        return _deny(case, DenyCode.RUN_LIMIT, "run.repeats", sentence)
    if run.failures > limits.retries:
        sentence = f"the same call failed {run.failures} times in this run; {limits.retries} retries are allowed"
        return _deny(case, DenyCode.RUN_LIMIT, "run.retries", sentence)
    return None


def _order(case: Case) -> Deny | None:
    done = case.facts.done
    for rule in case.check.order:
        if rule.kind == "require" and done.get(rule.other) != SUCCEEDED:
            sentence = f"`{rule.action}` needs `{rule.other}` to succeed first, in this run or one it belongs with"
            return _deny(case, DenyCode.ORDER, f"order[{rule.action} requires {rule.other}]", sentence)
        if rule.kind == "never" and rule.action in done:
            sentence = f"`{rule.other}` may not come after `{rule.action}`, which this run or one it belongs with did"
            return _deny(case, DenyCode.ORDER, f"order[{rule.other} never after {rule.action}]", sentence)
    return None


def _budget(case: Case) -> Deny | None:
    for limit in case.check.budget:
        rule, use = f"budget.per_{limit.scope}.{limit.unit}", limit.use(case.measures)
        if use is None:
            sentence = f"this uses up the budget of `{limit.unit}`, and the call does not show how much"
            return _deny(case, DenyCode.BUDGET, rule, sentence)
        spent = case.facts.spent[limit.key]
        if spent + use > limit.most:
            has, most, needs = (amount_text(amount, limit.unit) for amount in (spent, limit.most, use))
            sentence = (
                f"over the `{limit.unit}` budget of this {limit.scope}: {has} of {most} used up, this needs {needs}"
            )
            return _deny(case, DenyCode.BUDGET, rule, sentence)
    return None


def _twin(case: Case) -> Deny | None:
    twin = case.facts.twin
    if twin is None or case.check.entry.idempotent:
        return None
    state = "is still running" if twin.state == "open" else "has an unknown outcome"
    sentence = f"the same call {state} as `{twin.action}`; it is not repeated until that is settled"
    return _deny(case, DenyCode.UNSETTLED, "unsettled", sentence)


OBJECTIONS: tuple[Objection, ...] = (
    *(_cannot, _connector, _quarantine, _schema, _defaults, _data),
    *(_limits, _windows, _order, _run, _budget, _twin),
)
"""Asked in this order; the first that objects answers. `core.trace` says what each of them looks at."""


def by_tier(case: Case) -> Verdict:
    """The answer when nothing objected: by how risky the call is, and who consented."""
    check, grant = case.check, case.check.grant
    if grant is None:  # only reachable when `cannot` covered the action, and then it objected
        return _deny(case, DenyCode.UNLISTED, "unlisted", "the charter does not list this action")
    name = check.entry.name
    chosen = _chosen_tier(case, grant)
    if isinstance(chosen, str):
        return _deny(case, DenyCode.LIMIT, f"can[{name}].tier", chosen)
    # INVARIANT: a charter raises a tier, never lowers it below the catalogue's floor
    tier = max(chosen, check.entry.floor)
    rules = (f"can[{name}]", f"tier:{tier.word}")
    if tier is Tier.NEVER:
        sentence = f"`{name}` at this size can never be approved by anyone; only a new charter can change that"
        return Deny(DenyCode.NEVER, name, rules, sentence)
    if tier is not Tier.HIGH:
        return Allow(tier, name, rules, f"`{name}` is {tier.word} risk within the charter's limits")
    return _by_approval(case, grant, tier, rules)


def _chosen_tier(case: Case, grant: Grant) -> Tier | str:
    if isinstance(grant.tier, FixedTier):
        return grant.tier.tier
    by = grant.tier.by
    size = size_of(case, by)
    if size is None:
        return f"`{by}` decides how risky this is, and the call does not show it as a whole number"
    return grant.tier.at(size)


def size_of(case: Case, by: str) -> int | None:
    """How big the call is by what a tier reads, totals with this call included; None when it does not show."""
    scope, _, name = by.partition(".")
    if scope in TOTAL_SCOPES and name in case.check.entry.measures:
        amount: object = case.measures.get(name, ABSENT)
        if type(amount) is int:
            amount += case.facts.totals[by]
    elif by in case.check.entry.measures:
        amount = case.measures.get(by, ABSENT)
    else:
        amount = look(case.request.arguments, by)
    # INVARIANT: exact types; True is not 1, and a negative size would choose a lenient step
    return amount if type(amount) is int and amount >= 0 else None


def _by_approval(case: Case, grant: Grant, tier: Tier, rules: tuple[str, ...]) -> Verdict:
    name, approval = case.check.entry.name, case.facts.approval
    rule = grant.approve or case.charter.approve
    if rule is None:
        return Deny(
            DenyCode.ERROR,
            name,
            rules,
            f"`{name}` needs approval and the charter names nobody who may give it",
        )
    needed = f"`{name}` is high risk: it needs {_approvers(rule)}"
    if approval is None:
        return Ask(tier, name, rules, needed, rule)
    if approval.status == "denied":
        return _deny(case, DenyCode.REFUSED, "approve", f"a person refused exactly this call (`{approval.id}`)")
    if _consents(case, approval):
        return Allow(tier, name, (*rules, "approve"), f"`{name}` was approved (`{approval.id}`)", approval.id)
    was = {"consumed": "was used already", "expired": "has expired", "approved": "no longer counts"}
    if approval.status in was:
        needed += f" (`{approval.id}` {was[approval.status]})"
    return Ask(tier, name, rules, needed, rule)


def _consents(case: Case, approval: ApprovalFact) -> bool:
    # INVARIANT: consent holds for these bytes, this tool definition, this charter version, in time, by these people
    return (
        approval.status == "approved"
        and approval.digest == case.request.digest
        and approval.definition == case.facts.definition
        and approval.charter == case.charter_digest
        and approval.use_by_us is not None
        and case.facts.at_us < approval.use_by_us
        and approval.filled
    )


def _approvers(rule: ApprovalRule) -> str:
    return f"the consent of {' and '.join(rule.slots)} within {short_span(rule.within_us)}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _hours(window: Window) -> str:
    days = ", ".join(_DAYS[day] for day in sorted(window.days))
    clock = [f"{minute // 60:02}:{minute % 60:02}" for minute in (window.start_min, window.end_min)]
    return f"{days} from {clock[0]} to {clock[1]} ({window.zone})"


def _listed(classes: frozenset[str]) -> str:
    return ", ".join(sorted(classes)) or "nothing"
