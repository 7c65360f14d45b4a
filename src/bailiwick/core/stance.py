"""One charter's stance on one action, taken apart: what must hold together, and which sizes permit how much."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field

from bailiwick.core.budget_limit import BudgetLimit
from bailiwick.core.catalogue import Measure, classes_read
from bailiwick.core.charter import Charter, Grant
from bailiwick.core.check import TOTAL_SCOPES, Check
from bailiwick.core.limit import Limit, Op, compile_limit
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.path import ABSENT
from bailiwick.core.permission import NOTHING, Permission, permission_of
from bailiwick.core.requirement import Requirement, breaches, of_classes, of_limit, of_measure, of_size, present
from bailiwick.core.standing import CALLS_MADE, DONE, ELAPSED, FAILURES, REPEATS, SPENT, TOTAL, Tally, TallyRange
from bailiwick.core.tier import FixedTier, SteppedTier, Tier
from bailiwick.core.window import Window


@dataclass(frozen=True, slots=True)
class Sum:
    """A tally and what the call adds to it, measured by `how`, must come to between `least` and `most`."""

    tally: Tally
    how: Measure
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked of a call and of what stands beside it, all at once; the empty one is always met.

    `unused` maps an argument to how long ago its values must have been used at least, if ever; `used` to a time
    within which they must have been.
    """

    requirements: tuple[Requirement, ...] = ()
    spans: tuple[TallyRange, ...] = ()
    sums: tuple[Sum, ...] = ()
    opened: tuple[Window, ...] = ()
    closed: Window | None = None
    unused: Mapping[str, int] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Demand") -> "Demand":
        return Demand(
            self.requirements + other.requirements,
            self.spans + other.spans,
            self.sums + other.sums,
            self.opened + other.opened,
            self.closed or other.closed,
            {
                name: max(self.unused.get(name, 0), other.unused.get(name, 0))
                for name in {**self.unused, **other.unused}
            },
            {**self.used, **other.used},
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold: `kept` asks for it, any of `broken` for its opposite; equal keys mean the same."""

    key: Hashable
    kept: Demand
    broken: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """Calls of some size, and how much is permitted for them."""

    permission: Permission
    demand: Demand = Demand()


@dataclass(frozen=True, slots=True)
class Stance:
    """What a charter says of an action; without `cells` it permits nothing, whatever is asked.

    INVARIANT: a call that keeps every condition is in exactly one cell.
    """

    conditions: tuple[Condition, ...] = ()
    cells: tuple[Cell, ...] = ()
    tier: Hashable = None
    """Stances with the same key here permit the same for calls that keep the conditions of both."""


def stance_of(charter: Charter, check: Check | None) -> Stance:
    """Take apart what `charter` says; `check` is compiled from it."""
    if check is None or check.grant is None or check.cannot or _never_sent(charter, check):
        return Stance()
    conditions = list(_conditions(charter, check, check.grant))
    if any(condition is None for condition in conditions):
        return Stance()
    rule = check.grant.approve or charter.approve
    return Stance(
        tuple(condition for condition in conditions if condition is not None),
        tuple(_cells(check, check.grant, lambda tier: permission_of(max(tier, check.entry.floor), rule))),
        (check.grant.tier, rule),
    )


def _never_sent(charter: Charter, check: Check) -> bool:
    entry = check.entry
    return entry.sends is not None and entry.sends not in charter.may_send_out


def _conditions(charter: Charter, check: Check, grant: Grant) -> Iterator[Condition | None]:
    """Every condition in turn; None stands for one that no call keeps."""
    yield from _reading(charter, check)
    for limit in grant.limits:
        yield from _limit(limit, check)
    for _, window in check.windows:
        yield Condition(window, Demand(opened=(window,)), (Demand(closed=window),))
    yield from map(_order, check.order)
    run = charter.run
    yield _at_most(CALLS_MADE, run.calls - 1)
    yield _at_most(ELAPSED, run.seconds * 1_000_000 - 1)
    yield _at_most(REPEATS, run.repeats - 1)
    yield _at_most(FAILURES, run.retries)
    for budget in check.budget:
        yield _budget(budget, check)


def _asked(key: Hashable, requirement: Requirement, more: Demand = Demand()) -> Condition:
    kept = Demand((requirement,)) + more
    return Condition(key, kept, tuple(Demand((broken,)) for broken in breaches(requirement)))


def _at_most(tally: Tally, most: int) -> Condition:
    return Condition(
        (tally, most), Demand(spans=(TallyRange(tally, most=most),)), (Demand(spans=(TallyRange(tally, most + 1),)),)
    )


def _reading(charter: Charter, check: Check) -> Iterator[Condition | None]:
    requirement = of_classes(check.entry, charter.may_read)
    if requirement is not None:
        yield _asked(("reads", charter.may_read), requirement)
    elif not classes_read(check.entry, {}) <= charter.may_read:
        yield None


def _limit(limit: Limit, check: Check) -> Iterator[Condition | None]:
    # INVARIANT: the key tells True from 1, as the check does and `==` does not
    key, requirement = repr(limit), of_limit(limit, check.entry)
    if requirement is None:
        constant = check.entry.measures[limit.argument].of
        if compile_limit(limit)(constant) is not None:
            yield None
    elif limit.op is Op.UNIQUE_WITHIN and type(limit.value) is int:
        name, ago = limit.argument, limit.value
        kept = _asked(key, requirement, Demand(unused={name: ago}))
        again = Demand((requirement, present(name)), used={name: ago})
        yield Condition(key, kept.kept, (*kept.broken, again))
    else:
        yield _asked(key, requirement)


def _order(rule: OrderRule) -> Condition:
    tally = (DONE, rule.reads)
    if rule.kind == "require":
        return Condition(rule, Demand(spans=(TallyRange(tally, 2),)), (Demand(spans=(TallyRange(tally, most=1),)),))
    return Condition(rule, Demand(spans=(TallyRange(tally, most=0),)), (Demand(spans=(TallyRange(tally, 1),)),))


def _budget(limit: BudgetLimit, check: Check) -> Condition | None:
    tally = (SPENT, limit.key)
    how = check.entry.measures.get(limit.unit, Measure("constant", 1))
    if limit.use({}) is not None:
        how = Measure("constant", 1)
    kept = Demand(sums=(Sum(tally, how, 0, limit.most),))
    broken = (*_unread(how), Demand(sums=(Sum(tally, how, limit.most + 1),)))
    return Condition(limit, kept, broken)


def _unread(how: Measure) -> tuple[Demand, ...]:
    """Calls that do not show the measure."""
    requirement = of_measure(how, lambda size: size is ABSENT, frozenset())
    return () if requirement is None else (Demand((requirement,)),)


def _cells(check: Check, grant: Grant, permits: Callable[[Tier], Permission]) -> Iterator[Cell]:
    if isinstance(grant.tier, FixedTier):
        yield Cell(permits(grant.tier.tier))
        return
    size = _size(check, grant.tier)
    least = 0
    for most, tier in grant.tier.steps:
        yield Cell(permits(tier), size(least, most))
        least = most + 1
    yield Cell(permits(grant.tier.otherwise), size(least, None))
    yield from (Cell(NOTHING, demand) for demand in _sizeless(check, grant.tier))


def _size(check: Check, rule: SteppedTier) -> Callable[[int, int | None], Demand]:
    """The demand that what the tier reads lies between two sizes, both included."""
    measures, (scope, _, name) = check.entry.measures, rule.by.partition(".")
    if scope in TOTAL_SCOPES and name in measures:
        return lambda least, most: Demand(sums=(Sum((TOTAL, rule.by), measures[name], least, most),))
    if rule.by in measures:
        return lambda least, most: between(measures[rule.by], least, most)
    return lambda least, most: Demand((of_size(rule.by, _inside(least, most), _edges(least, most)),))


def between(how: Measure, least: int, most: int | None) -> Demand:
    """The demand that a measure lies between two sizes, both included; unmeetable when it is a constant elsewhere."""
    requirement = of_measure(how, _inside(least, most), _edges(least, most))
    if requirement is not None:
        return Demand((requirement,))
    fits = isinstance(how.of, int) and least <= how.of and (most is None or how.of <= most)
    return Demand() if fits else Demand(spans=(TallyRange(CALLS_MADE, most=-1),))


def _inside(least: int, most: int | None) -> Callable[[object], bool]:
    return lambda size: type(size) is int and least <= size and (most is None or size <= most)


def _edges(least: int, most: int | None) -> frozenset[int]:
    return frozenset({least} if most is None else {least, most})


def _sizeless(check: Check, rule: SteppedTier) -> tuple[Demand, ...]:
    """Calls that do not show what the tier reads."""
    measures, (scope, _, name) = check.entry.measures, rule.by.partition(".")
    if scope in TOTAL_SCOPES and name in measures:
        return _unread(measures[name])
    if rule.by in measures:
        return _unread(measures[rule.by])
    return (Demand((of_size(rule.by, lambda size: size is ABSENT, frozenset()),)),)
