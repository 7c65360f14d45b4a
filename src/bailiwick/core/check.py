"""What a charter and a catalogue say of one action, compiled: closures that a decision only has to call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bailiwick.core.budget_limit import BudgetLimit
from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.charter import Charter, Grant, covers
from bailiwick.core.facts import Facts
from bailiwick.core.limit import Limit, Op, compile_parts
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.request import Request
from bailiwick.core.tier import SteppedTier, Tier, raised, reachable
from bailiwick.core.window import Window

TOTAL_SCOPES = ("run", "day", "tree")


@dataclass(slots=True)
class Case:
    """One request under one check, with what the arguments show; a frozen one would take longer to make."""

    charter: Charter
    charter_digest: str
    check: "Check"
    request: Request
    facts: Facts
    measures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AppliedLimit:
    """A limit of a grant, ready to run.

    `missing` says why an absent argument breaks it, if it does, `broken` what is wrong with one that is there.
    `within_us` is 0 unless earlier uses of the value count.
    """

    rule: str
    argument: str
    measured: bool
    missing: str | None
    broken: Callable[[object], str | None]
    within_us: int


@dataclass(frozen=True, slots=True)
class Check:
    """What the charter and the catalogue say of one action, ready to run."""

    entry: ActionEntry
    grant: Grant | None
    cannot: str | None
    limits: tuple[AppliedLimit, ...]
    windows: tuple[tuple[str, Window], ...]
    order: tuple[OrderRule, ...] = ()
    budget: tuple[BudgetLimit, ...] = ()
    unique: tuple[str, ...] = ()
    """Arguments whose earlier values have to be looked up."""

    @property
    def listed(self) -> bool:
        """Whether the charter names the action at all, to allow it or to forbid it."""
        return self.grant is not None or self.cannot is not None

    @property
    def may_ask(self) -> bool:
        """Whether some call of this action needs approval, so that approvals have to be looked up."""
        return self.grant is not None and Tier.HIGH in reachable(raised(self.grant.tier, self.entry.floor))

    @property
    def totals(self) -> tuple[str, ...]:
        """The totals that the tier reads, such as `day.records`."""
        if self.grant is None or not isinstance(self.grant.tier, SteppedTier):
            return ()
        scope, _, name = self.grant.tier.by.partition(".")
        return (self.grant.tier.by,) if scope in TOTAL_SCOPES and name in self.entry.measures else ()


def compile_check(charter: Charter, grant: Grant | None, entry: ActionEntry, order: tuple[OrderRule, ...]) -> Check:
    """Compile what `charter` says of one action; `grant` is its grant, if there is one, `order` what binds it."""
    cannot = next((pattern for pattern in charter.cannot if covers(pattern, entry.name)), None)
    windows = [("when", charter.when)] if charter.when else []
    if grant and grant.when:
        windows.append((f"can[{grant.action}].when", grant.when))
    limits = grant.limits if grant else ()
    return Check(
        entry,
        grant,
        cannot,
        tuple(_applied(limit, entry) for limit in limits),
        tuple(windows),
        order,
        tuple(limit for limit in charter.budget if limit.counts(entry.effect, entry.measures)),
        tuple(limit.argument for limit in limits if limit.op is Op.UNIQUE_WITHIN),
    )


def _applied(limit: Limit, entry: ActionEntry) -> AppliedLimit:
    unique = limit.op is Op.UNIQUE_WITHIN
    within_us = limit.value if unique else 0
    if type(within_us) is not int:
        raise TypeError("`unique_within` needs a time span")
    rule = f"can[{entry.name}].limits.{limit.argument}.{limit.op}"
    measured = not unique and limit.argument in entry.measures
    return _share(rule, limit.argument, measured, *compile_parts(limit), within_us)


@lru_cache(maxsize=20_000)
def _share(
    rule: str,
    argument: str,
    measured: bool,
    missing: str | None,
    broken: Callable[[object], str | None],
    within_us: int,
) -> AppliedLimit:
    """The same limit of the same action is one, in however many charters it stands."""
    return AppliedLimit(rule, argument, measured, missing, broken, within_us)


def short_span(us: int) -> str:
    """`4 h 30 min`, `20 s`."""
    hours, minutes = divmod(us // 60_000_000, 60)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)) or f"{us // 1_000_000} s"
