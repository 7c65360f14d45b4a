"""The relation of two charters, found by asking `decide` about everything there is in a world."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Final
from zoneinfo import ZoneInfo

from bailiwick.core.approval_rule import ApprovalRule, Candidate, fillable
from bailiwick.core.charter import Charter
from bailiwick.core.compare import Relation
from bailiwick.core.decide import Policy, compile_policy, decide
from bailiwick.core.facts import ApprovalFact, Facts, RunFact
from bailiwick.core.limit import Op
from bailiwick.core.request import Request
from bailiwick.core.tier import Tier
from bailiwick.core.verdict import Allow, Ask, Verdict
from bailiwick.flow.schema_check import SchemaCheck
from bench.diff.world import ACTION, OTHER, World

START: Final = datetime(2027, 1, 1, tzinfo=UTC)
AT_US: Final = int(START.timestamp()) * 1_000_000
MOST: Final = 10_000
"""Worlds with more situations than this are drawn again."""

CONSENTS: Final = (
    None,
    ApprovalFact("apr-1", "approved", "digest", "", "charter", AT_US * 2, True),
    ApprovalFact("apr-1", "approved", "digest", "", "charter", AT_US * 2, False),
    ApprovalFact("apr-1", "denied", "digest", "", "charter", None, False),
)


class TooLarge(Exception):
    """The world holds more situations than can be gone through."""


def relation(world: World) -> Relation:
    """What the newer charter of the world is to the older, by every request and all facts that can be together."""
    older, newer = (compile_policy(one, "charter", world.catalogue, "") for one in (world.before, world.after))
    asked = [one for one in _requests(world) if _means(older, one, world.entry.name)]
    beside = _facts(world, older, newer, room=MOST // max(1, len(asked)))
    up = down = False
    for request in asked:
        for facts in beside:
            before, after = decide(older, request, facts), decide(newer, request, facts)
            up, down = up or not permits(after, before), down or not permits(before, after)
            if up and down:
                return Relation.INCOMPARABLE
    return Relation.WIDER if up else Relation.NARROWER if down else Relation.SAME


def _requests(world: World) -> Iterator[Request]:
    """Every call that the tool's schema lets through; others are refused under any charter."""
    schema = SchemaCheck(world.catalogue.tools["put"].input_schema)
    for arguments in world.arguments():
        if schema.trouble(arguments) is None:
            yield Request("agent", "run", "", "crm", "put", arguments, "digest")


def _means(policy: Policy, request: Request, action: str) -> bool:
    check = policy.check(request.tool, request.arguments)
    return check is not None and check.entry.name == action


# ------------------------------------------------------------------------------------------ verdicts


def permits(less: Verdict, more: Verdict) -> bool:
    """Whether the second verdict permits at least as much as the first."""
    if isinstance(less, Ask) and isinstance(more, Ask):
        return asks_no_more(less.rule, more.rule)
    return _rank(less) <= _rank(more)


def _rank(verdict: Verdict) -> int:
    if isinstance(verdict, Ask):
        return 1
    if isinstance(verdict, Allow):
        return {Tier.HIGH: 2, Tier.MEDIUM: 3, Tier.LOW: 4}[verdict.tier]
    return 0


@cache
def asks_no_more(strict: ApprovalRule, mild: ApprovalRule) -> bool:
    """Whether every group that consents in time under the first rule does so under the second."""
    kinds = [frozenset({"chief"}), frozenset({"change"}), frozenset({"chief", "change"})]
    for size in range(4):
        for roles in combinations_with_replacement(kinds, size):
            group = [Candidate(f"per-{at}", held) for at, held in enumerate(roles)]
            for within_us in (1, 60 * 60_000_000, 120 * 60_000_000):
                consents = [not fillable(rule, group, ()) and within_us <= rule.within_us for rule in (strict, mild)]
                if consents == [True, False]:
                    return False
    return True


# --------------------------------------------------------------------------------------------- facts


def _facts(world: World, *policies: Policy, room: int) -> list[Facts]:
    """All facts that can be true together, at most `room`."""
    charters = (world.before, world.after)
    checks = [policy.checks[ACTION] for policy in policies]
    totals = sorted({name for check in checks for name in check.totals})
    budget = sorted({limit.key for check in checks for limit in check.budget})
    moments = _moments(tuple(sorted({window.zone for check in checks for _, window in check.windows})))
    seen = [{name: AT_US - ago for name, ago in ages.items()} for ages in _seen(charters)]
    approvals = CONSENTS if "approve" in world.themes else (None,)
    room //= len(moments) * len(seen) * len(approvals)
    runs = [run for run in _runs(charters, bool(totals or budget)) if run.failures <= run.repeats <= run.calls]
    sums, spent = product(range(7), repeat=len(totals)), product(range(6), repeat=len(budget))
    standing = []
    for run, total, used, done in product(runs, list(sums), list(spent), list(_done(charters))):
        by_name, by_key = dict(zip(totals, total, strict=True)), dict(zip(budget, used, strict=True))
        if possible(world, run, by_name, by_key, done):
            standing.append((run, by_name, by_key, done))
        if len(standing) > room:
            raise TooLarge
    return [
        Facts(AT_US, "bench", "", None, None, None, local, (), run, total, None, approval, past, done, used)
        for run, total, used, done in standing
        for local, past, approval in product(moments, seen, approvals)
    ]


def _runs(charters: tuple[Charter, Charter], counted: bool) -> Iterator[RunFact]:
    """Where a run may stand; everything beyond the larger of two bounds is like that bound and one."""
    if charters[0].run == charters[1].run and charters[0].run.calls > 9 and not counted:
        yield from (RunFact("open", calls, 0, 0, 0) for calls in (0, 2))
        return
    themed = charters[0].run.calls <= 9 or charters[1].run.calls <= 9
    calls = range(5) if themed else range(7)
    elapsed = (0, 999_999, 1_000_000, 1_999_999, 2_000_000) if themed else (0,)
    repeats = range(4) if themed else range(2)
    failures = range(4) if themed else (0,)
    for made, us, again, failed in product(calls, elapsed, repeats, failures):
        yield RunFact("open", made, us, again, failed)


def possible(
    world: World, run: RunFact, totals: Mapping[str, int], spent: Mapping[str, int], done: Mapping[str, str]
) -> bool:
    """Whether counts can be true together: a failure is a try, a try is a call, a run is part of its tree."""
    if not run.failures <= run.repeats <= run.calls:
        return False
    tracked = any(charter.order for charter in (world.before, world.after))
    if tracked and run.repeats and ACTION not in done:
        return False
    for name, value in totals.items():
        scope, _, unit = name.partition(".")
        how = world.entry.measures[unit]
        times = -(-value // how.of) if isinstance(how.of, int) and how.of else min(value, 1)
        if isinstance(how.of, int) and value != times * how.of:
            return False
        if scope == "run" and (run.calls < times or value > totals.get(f"tree.{unit}", value)):
            return False
        if scope != "day" and tracked and value and ACTION not in done:
            return False
    for name, value in spent.items():
        scope, _, unit = name.partition(".")
        if name == "run.calls" and value != run.calls:
            return False
        if scope == "run" and run.calls < (value if unit == "sends" else min(value, 1)):
            return False
    return True


def _done(charters: tuple[Charter, Charter]) -> Iterator[dict[str, str]]:
    if not any(charter.order for charter in charters):
        yield {}
        return
    for own, other in product((None, "intended", "succeeded"), repeat=2):
        yield {name: state for name, state in ((ACTION, own), (OTHER, other)) if state}


def _seen(charters: tuple[Charter, Charter]) -> Iterator[dict[str, int]]:
    names = {
        limit.argument
        for charter in charters
        for grant in charter.grants
        for limit in grant.limits
        if limit.op is Op.UNIQUE_WITHIN
    }
    for ages in product((None, 0, 3, 4, 7, 8), repeat=len(names)):
        yield {name: age for name, age in zip(sorted(names), ages, strict=True) if age is not None}


@cache
def _moments(zones: tuple[str, ...]) -> tuple[dict[str, tuple[int, int]], ...]:
    """All local times of the zones at once within five years, on a grid that no window's edge falls between."""
    step = timedelta(minutes=30)
    known = [ZoneInfo(zone) for zone in zones]
    found: dict[tuple[tuple[int, int], ...], None] = {}
    clocks = [START + step * count for count in range(5 * 366 * 48 if len(zones) > 1 else 400)]
    for at in clocks if zones else clocks[:1]:
        local = [at.astimezone(zone) for zone in known]
        found[tuple((here.weekday(), here.hour * 60 + here.minute) for here in local)] = None
    return tuple(dict(zip(zones, local, strict=True)) for local in found)
