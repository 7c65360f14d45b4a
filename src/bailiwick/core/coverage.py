"""Which rules of a charter decided some case, and which never did or never can."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from bailiwick.core.catalogue import ActionEntry, measure
from bailiwick.core.charter import Charter, Grant, covers
from bailiwick.core.check import TOTAL_SCOPES, Check
from bailiwick.core.path import look
from bailiwick.core.problem import Place
from bailiwick.core.request import Request
from bailiwick.core.tier import SteppedTier

DAY_MIN: Final = 1440
RuleKind = Literal["grant", "step", "limit", "window", "cannot", "order", "budget"]


@dataclass(frozen=True, slots=True)
class CharterRule:
    """A part of a charter that can decide; `id` is what a verdict's rules call it, or below that for a step."""

    id: str
    kind: RuleKind
    place: Place


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """How often a rule decided. `reachable` is False where no action of the catalogues could ever meet it."""

    rule: CharterRule
    decided: int
    reachable: bool


def rules_of(charter: Charter) -> tuple[CharterRule, ...]:
    """Every grant, step, limit, window, prohibition, order and budget, in the order of the document's keys."""
    return tuple(_rules(charter))


def _rules(charter: Charter) -> Iterator[CharterRule]:
    for at, grant in enumerate(charter.grants):
        yield from _grant_rules(grant, ("can", at))
    for at, pattern in enumerate(charter.cannot):
        yield CharterRule(f"cannot[{pattern}]", "cannot", ("cannot", at))
    for at, order in enumerate(charter.order):
        words = (
            f"{order.action} requires {order.other}"
            if order.kind == "require"
            else f"{order.other} never after {order.action}"
        )
        yield CharterRule(f"order[{words}]", "order", ("order", at))
    if charter.when:
        yield CharterRule("when", "window", ("when",))
    for budget in charter.budget:
        place: Place = ("budget", f"per_{budget.scope}", budget.unit)
        yield CharterRule(f"budget.per_{budget.scope}.{budget.unit}", "budget", place)


def _grant_rules(grant: Grant, place: Place) -> Iterator[CharterRule]:
    name = f"can[{grant.action}]"
    yield CharterRule(name, "grant", (*place, "do"))
    if isinstance(grant.tier, SteppedTier):
        for at in range(len(grant.tier.steps)):
            yield CharterRule(f"{name}.tier.steps[{at}]", "step", (*place, "tier", "steps", at))
        yield CharterRule(f"{name}.tier.else", "step", (*place, "tier", "else"))
    for limit in grant.limits:
        where: Place = (*place, "limits", limit.argument, limit.op.value)
        yield CharterRule(f"{name}.limits.{limit.argument}.{limit.op.value}", "limit", where)
    if grant.when:
        yield CharterRule(f"{name}.when", "window", (*place, "when"))


def deciding_rules(
    check: Check | None, request: Request, totals: Mapping[str, int], verdict: Mapping[str, Any]
) -> Iterator[str]:
    """The ids of the rules that made this verdict: what objected, or the grant and the step that set the tier."""
    yield from verdict["rules"]
    grant = check.grant if check else None
    # INVARIANT: a step counts where the tier was reached, never where something objected before it
    if check is None or grant is None or f"can[{grant.action}]" not in verdict["rules"]:
        return
    if isinstance(grant.tier, SteppedTier):
        yield f"can[{grant.action}].tier.{_step(grant.tier, check.entry, request, totals)}"


def _step(rule: SteppedTier, entry: ActionEntry, request: Request, totals: Mapping[str, int]) -> str:
    scope, _, name = rule.by.partition(".")
    sizes = measure(entry, request.arguments)
    if scope in TOTAL_SCOPES and name in entry.measures:
        size: object = sizes[name] + totals.get(rule.by, 0) if name in sizes else None
    elif rule.by in entry.measures:
        size = sizes.get(rule.by)
    else:
        size = look(request.arguments, rule.by)
    if type(size) is not int:
        return "else"
    return next((f"steps[{at}]" for at, (most, _) in enumerate(rule.steps) if size <= most), "else")


def rule_coverage(charter: Charter, actions: Collection[str], decided: Mapping[str, int]) -> tuple[RuleCoverage, ...]:
    """Every rule of the charter with how often it decided; `actions` are all that the catalogues name."""
    return tuple(
        RuleCoverage(rule, decided.get(rule.id, 0), _reachable(charter, actions, rule)) for rule in rules_of(charter)
    )


def _reachable(charter: Charter, actions: Collection[str], rule: CharterRule) -> bool:
    granted = [one.action for one in charter.grants if one.action in actions and not _forbidden(charter, one.action)]
    at = rule.place[1] if len(rule.place) > 1 else None
    if rule.kind == "cannot" and isinstance(at, int):
        return any(_forbidden(charter, name) == charter.cannot[at] for name in actions)
    if rule.kind == "order" and isinstance(at, int):
        return charter.order[at].binds in granted
    window = charter.when
    if rule.place[0] == "can" and isinstance(at, int):
        if charter.grants[at].action not in granted:
            return False
        window = charter.grants[at].when
    # a window that is open day and night never objects
    always = window is not None and len(window.days) == 7 and window.end_min - window.start_min == DAY_MIN
    return bool(granted) and not (rule.kind == "window" and always)


def _forbidden(charter: Charter, action: str) -> str | None:
    """The prohibition that decides: the first that covers the action, as `decide` has it."""
    return next((pattern for pattern in charter.cannot if covers(pattern, action)), None)


def percent(rules: Sequence[RuleCoverage]) -> int:
    """How many of the reachable rules decided at least once, in hundredths rounded down; 100 where there is none."""
    reachable = [rule for rule in rules if rule.reachable]
    return 100 * sum(rule.decided > 0 for rule in reachable) // len(reachable) if reachable else 100
