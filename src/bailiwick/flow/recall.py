"""The past of an agent as the record tells it, for a charter that asks what the writer did not keep at the time.

Sums, orders and used values are added up again from the intents on the record, as if the charter had been there all
along. What was erased makes the sums that it belonged to unknown: they are never guessed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bailiwick.core.budget_limit import CALLS, SENDS, BudgetLimit
from bailiwick.core.catalogue import ActionEntry, measure
from bailiwick.core.charter import Charter
from bailiwick.core.check import TOTAL_SCOPES, Check
from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.core.limit import Op
from bailiwick.core.order_rule import INTENDED, SUCCEEDED
from bailiwick.core.path import ABSENT, look
from bailiwick.core.tier import SteppedTier
from bailiwick.core.uniqueness import sameness, sameness_trouble
from bailiwick.flow.payload import read_payload
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.flow.prepare import local_time
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Row

DAY_US: Final = 86_400_000_000
MOST_OF_A_RUN: Final = 10_000
SUCCESSES: Final = (EventType.ACTION_SUCCEEDED.value, EventType.ACTION_RECONCILED.value)
_Key = tuple[str, ...]


class UntoldError(Exception):
    """A fact that the charter needs cannot be had from the record; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Past:
    """What charters want to know of the past, beyond one action's own facts."""

    totals: Mapping[str, tuple[str, ...]]
    unique: Mapping[str, Mapping[str, int]]
    orders: frozenset[str]
    budgets: tuple[BudgetLimit, ...]

    @classmethod
    def wanted_by(cls, charters: Iterable[Charter]) -> "Past":
        """What these charters read, by action."""
        totals: dict[str, set[str]] = {}
        unique: dict[str, dict[str, int]] = {}
        orders: set[str] = set()
        budgets: dict[BudgetLimit, None] = {}
        for charter in charters:
            for grant in charter.grants:
                if isinstance(grant.tier, SteppedTier) and grant.tier.by.partition(".")[0] in TOTAL_SCOPES:
                    totals.setdefault(grant.action, set()).add(grant.tier.by)
                for limit in grant.limits:
                    if limit.op is Op.UNIQUE_WITHIN and isinstance(limit.value, int):
                        known = unique.setdefault(grant.action, {})
                        known[limit.argument] = max(limit.value, known.get(limit.argument, 0))
            orders |= {rule.reads for rule in charter.order}
            budgets |= dict.fromkeys(charter.budget)
        return cls(
            {name: tuple(sorted(found)) for name, found in totals.items()}, unique, frozenset(orders), tuple(budgets)
        )

    @property
    def scopes(self) -> frozenset[str]:
        """Which of run, day and tree some sum is over; orders are over trees."""
        found = {total.partition(".")[0] for totals in self.totals.values() for total in totals}
        found |= {limit.scope for limit in self.budgets} | ({"tree"} if self.orders else set())
        return frozenset(found)

    def starts_us(self, since_us: int) -> int:
        """How far back the record has to be read for a decision at `since_us`; runs under way then come on top."""
        start = since_us - since_us % DAY_US if "day" in self.scopes else since_us
        within = max((span for spans in self.unique.values() for span in spans.values()), default=0)
        return min(start, since_us - within)


@dataclass(slots=True)
class Recall:
    """Adds up the past while the record is read in order; `start` is the index at which that reading begins."""

    reader: Reader
    policies: PolicySource
    past: Past
    start: int
    start_us: int
    _sums: dict[_Key, int | None] = field(default_factory=dict)
    _seen: dict[_Key, int] = field(default_factory=dict)
    _erased: dict[_Key, int] = field(default_factory=dict)
    _done: dict[_Key, str] = field(default_factory=dict)
    _runs: dict[str, Row] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)
    _entries: dict[tuple[str, str], ActionEntry | None] = field(default_factory=dict)
    _scopes: frozenset[str] = frozenset()
    _by_run: bool = False

    def __post_init__(self) -> None:
        self._scopes = self.past.scopes
        self._by_run = bool(self._scopes & {"run", "tree"})

    # ------------------------------------------------------------------------------------------ hearing

    @property
    def listens(self) -> bool:
        """Whether anything of the past is wanted at all."""
        return bool(self._scopes or self.past.unique)

    def wants(self, action: str | None) -> bool:
        """Whether an intent of this action has to be heard."""
        return (
            bool(self.past.budgets)
            or action in self.past.totals
            or action in self.past.unique
            or action in self.past.orders
        )

    def prepare(self, leaves: Iterable[Mapping[str, Any]]) -> None:
        """Read the runs of these events at once; one by one they would take longer than the deciding."""
        names = {leaf["run"] for leaf in leaves if "run" in leaf} - self._runs.keys() if self._by_run else set()
        for row in self.reader.rows("run", {"id": sorted(names)}, limit=len(names)) if names else ():
            self._runs[row["id"]] = row
            self._read_before(row)

    def intended(self, leaf: Mapping[str, Any], arguments: Mapping[str, Any] | None) -> None:
        """Hear an intent; `arguments` None means that they were erased."""
        self._count(leaf, arguments, self._scopes)
        action, agent = leaf["data"].get("name", ""), leaf["actor"]["id"]
        for argument in self.past.unique.get(action, ()):
            if arguments is None:
                self._erased[(agent, action, argument)] = leaf["at_us"]
                continue
            for same in _values(arguments, argument):
                self._seen[(agent, action, argument, same)] = leaf["at_us"]

    def succeeded(self, leaf: Mapping[str, Any]) -> None:
        """Hear that an action succeeded, or was found to have."""
        action = leaf["data"].get("name", "")
        if action in self.past.orders and leaf["data"].get("outcome", SUCCEEDED) == SUCCEEDED:
            self._done[(self._owner("tree", leaf), action)] = SUCCEEDED

    def _count(self, leaf: Mapping[str, Any], arguments: Mapping[str, Any] | None, scopes: frozenset[str]) -> None:
        data = leaf["data"]
        action = data.get("name", "")
        if action in self.past.orders and "tree" in scopes:
            self._done.setdefault((self._owner("tree", leaf), action), INTENDED)
        if not self.past.budgets and action not in self.past.totals:
            return
        entry = self._entry(data["catalogue"], action)
        measures = measure(entry, arguments) if entry and arguments is not None else None
        for total in self.past.totals.get(action, ()):
            scope, _, name = total.partition(".")
            if scope in scopes:
                amount = None if measures is None else measures.get(name, 0)
                self._add((scope, self._owner(scope, leaf), action, name), amount)
        for limit in self.past.budgets:
            if limit.scope in scopes:
                self._add((limit.scope, self._owner(limit.scope, leaf), limit.unit), _use(limit, entry, measures))

    def _add(self, key: _Key, amount: int | None) -> None:
        before = self._sums.get(key, 0)
        # INVARIANT: a sum with an unknown part is unknown from then on
        self._sums[key] = None if before is None or amount is None else before + amount

    def _entry(self, catalogue: str, action: str) -> ActionEntry | None:
        key = (catalogue, action)
        if key not in self._entries:
            try:
                self._entries[key] = self.policies.tools(catalogue).catalogue.action(action) if catalogue else None
            except DocumentMissing:
                self._entries[key] = None
        return self._entries[key]

    # ------------------------------------------------------------------------------------------ runs under way

    def _owner(self, scope: str, leaf: Mapping[str, Any]) -> str:
        """Whose sum it is, as the writer keeps its tallies: a run's, a tree's, or an agent's UTC day."""
        if scope == "day":
            return f"{leaf['actor']['id']}@{leaf['at_us'] // DAY_US}"
        return str(self._run(leaf["run"])["id" if scope == "run" else "root"])

    def _run(self, name: str) -> Row:
        run = self._runs.get(name)
        if run is None:
            run = self.reader.row("run", name)
            if run is None:
                raise UntoldError(f"its run `{name}` is not in the store any more")
            self._runs[name] = run
            self._read_before(run)
        return run

    def _read_before(self, run: Row) -> None:
        """Hear what a run, or its tree, did before the reading began."""
        if "tree" in self._scopes and run["root"] not in self._read:
            self._read.add(run["root"])
            for member in self.reader.rows("run", {"root": run["root"]}, limit=1_000, ascending=True):
                self._hear(member, frozenset({"tree"}))
        if "run" in self._scopes:
            self._hear(run, frozenset({"run"}))

    def _hear(self, run: Row, scopes: frozenset[str]) -> None:
        if run["opened_us"] >= self.start_us:
            return
        for event in self._earlier(run["id"]):
            if event.leaf["type"] == EventType.ACTION_INTENDED.value:
                self._count(event.leaf, self._arguments(event), scopes)
            elif event.leaf["type"] in SUCCESSES and "tree" in scopes:
                self.succeeded(event.leaf)

    def _earlier(self, run: str) -> Iterator[RecordedEvent]:
        found = self.reader.events(EventFilter(run=run), limit=MOST_OF_A_RUN, ascending=True)
        return (event for event in found if event.index < self.start)

    def _arguments(self, event: RecordedEvent) -> Mapping[str, Any] | None:
        found = read_payload(self.reader, event)
        if found is None or not found.whole("request", "arguments"):
            return None
        arguments: Mapping[str, Any] = found.value["request"]["arguments"]
        return arguments

    # ------------------------------------------------------------------------------------------ telling

    def fill(
        self,
        recorded: dict[str, Any],
        check: Check,
        earlier: Check,
        leaf: Mapping[str, Any],
        arguments: Mapping[str, Any],
    ) -> tuple[str, ...]:
        """Put into the recorded facts, a document, whatever `check` reads besides; replies with what that was.

        What `earlier`, the check that decided at the time, had looked up stays as it was recorded. Raises
        `UntoldError` where the record does not say.
        """
        made: list[str] = []

        def put(part: str, name: str, value: object) -> None:
            made.append(f"{part}.{name}")
            if value is not None:
                recorded.setdefault(part, {})[name] = value

        for _, window in check.windows:
            if window.zone not in recorded["local"]:
                put("local", window.zone, local_time(window.zone, recorded["at_us"]))
        for name in check.totals:
            if name not in recorded["totals"]:
                put("totals", name, self._total(name, check, leaf))
        for limit in check.budget:
            if limit.key not in recorded.get("spent", ()):
                put("spent", limit.key, self._spent(limit, recorded, leaf))
        for name in set(check.unique) - set(earlier.unique):
            put("seen", name, self._last(name, check, leaf, arguments))
        for action in {rule.reads for rule in check.order} - {rule.reads for rule in earlier.order}:
            put("done", action, self._done.get((self._owner("tree", leaf), action)))
        return tuple(made)

    def _total(self, total: str, check: Check, leaf: Mapping[str, Any]) -> int:
        scope, _, name = total.partition(".")
        return self._sum((scope, self._owner(scope, leaf), check.entry.name, name), total)

    def _spent(self, limit: BudgetLimit, recorded: Mapping[str, Any], leaf: Mapping[str, Any]) -> int:
        if limit.key == f"run.{CALLS}":
            return int(recorded["run"][1])
        return self._sum((limit.scope, self._owner(limit.scope, leaf), limit.unit), limit.key)

    def _sum(self, key: _Key, name: str) -> int:
        known = self._sums.get(key, 0)
        if known is None:
            raise UntoldError(f"what `{name}` came to is not known: an earlier action's arguments were erased")
        return known

    def _last(self, argument: str, check: Check, leaf: Mapping[str, Any], arguments: Mapping[str, Any]) -> int | None:
        agent, action = leaf["actor"]["id"], check.entry.name
        times = [self._seen.get((agent, action, argument, same)) for same in _values(arguments, argument)]
        latest = max((at for at in times if at is not None), default=None)
        erased = self._erased.get((agent, action, argument))
        if erased is not None and (latest is None or erased > latest):
            within_us = self.past.unique.get(action, {}).get(argument, 0)
            if leaf["at_us"] - erased < within_us and times:
                raise UntoldError(f"whether `{argument}` was used before is not known: earlier arguments were erased")
        return latest


def _use(limit: BudgetLimit, entry: ActionEntry | None, measures: Mapping[str, int] | None) -> int | None:
    """What an intent used of a budget; None when that is not known."""
    if limit.unit == CALLS:
        return 1
    if entry is None:
        return None
    if not limit.counts(entry.effect, entry.measures):
        return 0
    if limit.unit == SENDS:
        return 1
    return None if measures is None else measures.get(limit.unit, 0)


def _values(arguments: Mapping[str, Any], argument: str) -> Sequence[str]:
    value = look(arguments, argument)
    return () if value is ABSENT or sameness_trouble(value) else sameness(value)
