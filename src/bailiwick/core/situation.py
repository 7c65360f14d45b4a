"""A call with everything beside it that meets a demand, or the certainty that there is none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from bailiwick.core.catalogue import ActionEntry, Measure, measure
from bailiwick.core.check import Check
from bailiwick.core.decide import DECIDER
from bailiwick.core.facts import Facts, RunFact
from bailiwick.core.instant import Instant, find_instant
from bailiwick.core.order_rule import INTENDED, SUCCEEDED
from bailiwick.core.requirement import Requirement, equal, of_measure, present
from bailiwick.core.schema_path import Schema
from bailiwick.core.schema_requirement import schema_requirements
from bailiwick.core.specimen import Specimens
from bailiwick.core.stance import Demand, Sum
from bailiwick.core.standing import (
    CALLS_MADE,
    DONE,
    ELAPSED,
    FAILURES,
    REPEATS,
    SPENT,
    TOTAL,
    Tally,
    TallyRange,
    least_standing,
)
from bailiwick.core.tier import SteppedTier
from bailiwick.core.window import Window


@dataclass(frozen=True, slots=True)
class Situation:
    """One call of an action, and the facts that go with it."""

    arguments: Mapping[str, object]
    facts: Facts


class Situations:
    """Finds situations for one action under two charters, whose checks say which facts have to be there."""

    def __init__(self, checks: Sequence[Check], schema: Schema, from_us: int) -> None:
        self._entry = checks[0].entry
        self._specimens = Specimens()
        self._from_us = from_us
        self._moments: dict[tuple[tuple[Window, ...], Window | None], Instant | None] = {}
        self._zones = frozenset(window.zone for check in checks for _, window in check.windows)
        self._read = tuple(
            TallyRange(tally)
            for check in checks
            for tally in (*((TOTAL, name) for name in check.totals), *((SPENT, limit.key) for limit in check.budget))
        )
        self._fixed = (*_meant(self._entry), *schema_requirements(schema, _paths(checks)))

    def find(self, demand: Demand) -> Situation | None:
        """A situation that meets the demand; None means that none does."""
        if any(ago >= demand.used.get(name, ago + 1) for name, ago in demand.unused.items()):
            return None
        moment = self._moment(demand.opened, demand.closed)
        if moment is None:
            return None
        for more in _choices(demand.sums):
            arguments = self._specimens.arguments((*self._fixed, *demand.requirements, *more))
            if arguments is None:
                continue
            standing = least_standing((*self._read, *demand.spans, *self._counted(demand.sums, arguments)), self._entry)
            if standing is not None:
                return Situation(arguments, _facts(moment, standing, _ages(demand)))
        return None

    def _moment(self, opened: tuple[Window, ...], closed: Window | None) -> Instant | None:
        key = (opened, closed)
        if key not in self._moments:
            self._moments[key] = find_instant(opened, closed, self._zones, self._from_us)
        return self._moments[key]

    def _counted(self, sums: Iterable[Sum], arguments: Mapping[str, object]) -> Iterator[TallyRange]:
        """What is left for the tallies once the call has added its own share."""
        for one in sums:
            share = measure(ActionEntry("", "", measures={"share": one.how}), arguments)["share"]
            yield TallyRange(one.tally, max(0, one.least - share), None if one.most is None else one.most - share)


def _meant(entry: ActionEntry) -> Iterator[Requirement]:
    """What makes a call this action: the values that tell it from others, and the defaults filled in."""
    for path, value in entry.when.items():
        yield equal(path, value)
    for path, value in entry.defaults.items():
        yield from (() if path in entry.when else (present(path, value),))


def _paths(checks: Sequence[Check]) -> Iterator[str]:
    """Every path that either check looks at."""
    entry = checks[0].entry
    yield from entry.when
    yield from entry.defaults
    yield from (how.of for how in entry.measures.values() if isinstance(how.of, str))
    if entry.reads and entry.reads.by:
        yield entry.reads.by
    for grant in (check.grant for check in checks if check.grant):
        yield from (limit.argument for limit in grant.limits)
        if isinstance(grant.tier, SteppedTier):
            yield grant.tier.by


def _choices(sums: Iterable[Sum]) -> Iterator[tuple[Requirement, ...]]:
    """Requirements on the measured arguments that leave the tallies as little to do as can be, best first.

    INVARIANT: a sum is met by any share up to its most; a larger share only lets the tally be smaller, until the
    share alone is enough. So the shares that matter lie between one sum's least and the next one's.
    """
    groups: dict[Measure, list[Sum]] = {}
    for one in sums:
        if not isinstance(one.how.of, int):
            groups.setdefault(one.how, []).append(one)
    yield from product(*(tuple(_shares(how, group)) for how, group in groups.items()))


def _shares(how: Measure, group: Sequence[Sum]) -> Iterator[Requirement]:
    most = min((one.most for one in group if one.most is not None), default=None)
    steps = sorted({0, *(one.least for one in group)}, reverse=True)
    top = most
    for least in steps:
        if top is None or least <= top:
            yield _share(how, least, top)
            top = least - 1


def _share(how: Measure, least: int, most: int | None) -> Requirement:
    found = of_measure(
        how,
        lambda size: type(size) is int and least <= size and (most is None or size <= most),
        frozenset({least} if most is None else {least, most}),
    )
    assert found is not None
    return found


def _ages(demand: Demand) -> dict[str, int]:
    """How long ago each argument's values were used."""
    return {name: demand.unused.get(name, 0) or within // 2 for name, within in demand.used.items()}


def _facts(moment: Instant, standing: Mapping[Tally, int], ages: Mapping[str, int]) -> Facts:
    names = (CALLS_MADE, ELAPSED, REPEATS, FAILURES)
    done = {name: value for (kind, name), value in standing.items() if kind == DONE and value}
    return Facts(
        at_us=moment.at_us,
        decider=DECIDER,
        definition="",
        local=moment.local,
        run=RunFact("open", *(standing.get(name, 0) for name in names)),
        totals={name: value for (kind, name), value in standing.items() if kind == TOTAL},
        spent={name: value for (kind, name), value in standing.items() if kind == SPENT},
        done={name: SUCCEEDED if value > 1 else INTENDED for name, value in done.items()},
        seen={name: moment.at_us - ago for name, ago in ages.items()},
    )
