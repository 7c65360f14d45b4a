"""A run as people see it: where it stands, its actions in causal order with the runs it started, and its summary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.core.value_change import ValueChange
from bailiwick.flow.answer import altered
from bailiwick.flow.approval_view import entry_of
from bailiwick.flow.payload import DECISIONS, ReadPayload, read_payload, read_payloads
from bailiwick.flow.people import People
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.summary import Statement, Tale, summarise
from bailiwick.ledger.segment import ERASED
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Row

RunState = Literal["running", "waiting", "finished", "failed", "cancelled", "idle"]
MOST_ACTIONS: Final = 2_000
MOST_EVENTS: Final = 10_000
_TOLD: Final = frozenset((*DECISIONS, "run.opened", "action.failed", "action.unknown"))


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list. `took_us` is its time so far or until its end, `waited_us` the part it waited for people."""

    id: str
    agent: str
    workflow: str
    intent: str
    declared: bool
    state: RunState
    parent: str | None
    root: str
    requester: str | None
    requester_name: str
    opened_us: int
    last_us: int
    ended_us: int | None
    took_us: int
    waited_us: int
    calls: int
    allowed: int
    asked: int
    denied: int


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action of a run. `event` is the index of its decision on the record, `events` all that speak of it.

    `state` is denied, asked, open, succeeded, failed or unknown; `trouble` says what went wrong, in the words of
    whoever noticed. `erased` says that some of what was asked or answered is forgotten; `(erased)` stands for it.
    """

    id: str
    run: str
    parent: str | None
    connector: str
    tool: str
    name: str | None
    says: str
    verdict: Literal["allow", "ask", "deny"]
    state: str
    tier: str | None
    code: str | None
    rules: tuple[str, ...]
    sentence: str
    approval: str | None
    evidence: str | None
    trouble: str | None
    arguments: Mapping[str, Any]
    digest: str
    charter: str | None
    catalogue: str | None
    at_us: int
    settled_us: int | None
    event: int | None
    events: tuple[int, ...]
    erased: bool
    changes: tuple[ValueChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a run's story: an action, or a run that was started within it, `depth` levels in."""

    depth: int
    action: ActionView | None = None
    run: RunLine | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """One run whole; `cut` says that it has more steps than are shown."""

    line: RunLine
    summary: tuple[Statement, ...]
    steps: tuple[Step, ...]
    events: tuple[int, ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of runs, newest first."""

    items: tuple[RunLine, ...]
    next: str | None


@dataclass(slots=True)
class Runs:
    """Runs as of one moment, for whoever shows them."""

    reader: Reader
    policies: PolicySource
    people: People
    now_us: int
    _left: int = field(default=MOST_ACTIONS)
    _payloads: dict[int, ReadPayload | None] = field(default_factory=dict)

    def page(
        self, agent: str | None = None, status: str | None = None, *, before: str | None = None, limit: int = 50
    ) -> RunPage:
        """Runs, newest first; `status` is open or ended, or one of the ways to end."""
        where: dict[str, str] = {"agent": agent} if agent else {}
        if status:
            where["status" if status in ("open", "ended") else "outcome"] = status
        rows = self.reader.rows("run", where, before=before, limit=limit + 1)
        lines = tuple(self.line(row) for row in rows[:limit])
        return RunPage(lines, rows[limit - 1]["id"] if len(rows) > limit else None)

    def one(self, run: str) -> RunView | None:
        """The run of this id, with everything it started."""
        row = self.reader.row("run", run)
        if row is None:
            return None
        self._left = MOST_ACTIONS
        events = self._events(run)
        steps = tuple(self._steps(row, events, 0))
        tale = Tale(events, self.payload, self.says_in(steps), self.people.name)
        indexes = tuple(event.index for event in events)
        return RunView(self.line(row), summarise(tale), steps, indexes, self._left <= 0)

    def line(self, row: Row) -> RunLine:
        """A run's row as a line of a list."""
        counts = {word: self._count(row["id"], word) for word in ("allow", "ask", "deny")}
        names = ("id", "agent", "workflow", "intent", "declared", "parent", "root", "requester")
        more = ("opened_us", "last_us", "ended_us", "calls")
        until = row["ended_us"] if row["ended_us"] is not None else self.now_us
        waiting = row["waiting_since_us"]
        return RunLine(
            **{name: row[name] for name in names + more},
            state=_state(row),
            requester_name=self.people.name(row["requester"]),
            took_us=max(0, until - row["opened_us"]),
            waited_us=row["waited_us"] + (max(0, until - waiting) if waiting is not None else 0),
            allowed=counts["allow"],
            asked=counts["ask"],
            denied=counts["deny"],
        )

    def payload(self, event: RecordedEvent) -> Mapping[str, Any] | None:
        """What an event's payload says; None when there is none, or it was erased."""
        found = self._read(event)
        return found.value if found else None

    def _read(self, event: RecordedEvent) -> ReadPayload | None:
        if event.index not in self._payloads:
            self._payloads[event.index] = read_payload(self.reader, event)
        return self._payloads[event.index]

    def _events(self, run: str) -> list[RecordedEvent]:
        """The events of a run; the payloads that its page tells from are read at once."""
        events = self.reader.events(EventFilter(run=run), limit=MOST_EVENTS, ascending=True)
        told = [event for event in events if event.leaf["type"] in _TOLD]
        self._payloads |= dict.fromkeys(event.index for event in told) | read_payloads(self.reader, told)
        return events

    def says_in(self, steps: Sequence[Step]) -> "_Says":
        """What the actions of these steps are called, by the catalogue each was decided under."""
        return _Says({step.action.name or "": step.action.says for step in steps if step.action})

    def _count(self, run: str, verdict: str) -> int:
        return self.reader.count("action", {"run": run, "verdict": verdict})

    def _steps(self, run: Row, events: Sequence[RecordedEvent], depth: int) -> list[Step]:
        """Actions beneath the step that led to them, and nested runs where they were opened."""
        rows = self.reader.rows("action", {"run": run["id"]}, limit=max(self._left, 1), ascending=True)
        self._left -= len(rows)
        told = _by_action(events)
        known = {row["id"] for row in rows}
        beneath: dict[str | None, list[Row]] = {}
        for row in rows:
            beneath.setdefault(row["parent"] if row["parent"] in known else None, []).append(row)
        children = self.reader.rows("run", {"parent": run["id"]}, limit=200, ascending=True) if self._left > 0 else []
        found: list[Step] = []
        waiting = list(children)
        for row in beneath.get(None, []):
            while waiting and waiting[0]["opened_us"] <= row["at_us"]:
                found += self._nested(waiting.pop(0), depth)
            found += self._branch(row, beneath, told, depth)
        for child in waiting:
            found += self._nested(child, depth)
        return found

    def _branch(
        self,
        row: Row,
        beneath: Mapping[str | None, list[Row]],
        told: Mapping[str, list[RecordedEvent]],
        depth: int,
    ) -> list[Step]:
        found, stack = [], [(row, depth)]
        while stack:
            current, level = stack.pop()
            found.append(Step(level, action=self.action(current, told.get(current["id"], []))))
            stack += [(inner, level + 1) for inner in reversed(beneath.get(current["id"], []))]
        return found

    def _nested(self, run: Row, depth: int) -> list[Step]:
        head = Step(depth, run=self.line(run))
        if self._left <= 0:
            return [head]
        events = self._events(run["id"])
        return [head, *self._steps(run, events, depth + 1)]

    def action(self, row: Row, events: Sequence[RecordedEvent]) -> ActionView:
        """An action's row with the events that speak of it."""
        entry = entry_of(self.policies, row["catalogue"], row["name"])
        decided = next((event for event in events if event.leaf["type"] in DECISIONS), None)
        read = self._read(decided) if decided else None
        said = read.value if read else {"request": {"arguments": {}}, "verdict": {}}
        request, verdict = said["request"], said["verdict"]
        names = ("id", "run", "parent", "name", "verdict", "state", "tier", "code")
        more = ("approval", "evidence", "digest", "charter", "catalogue", "at_us", "settled_us")
        tool = row["tool"] or str(request.get("tool", ERASED))
        arguments = request["arguments"]
        return ActionView(
            **{name: row[name] for name in names + more},
            connector=row["connector"] or str(request.get("connector", ERASED)),
            tool=tool,
            sentence=str(verdict.get("sentence", ERASED)),
            says=entry.sentence if entry else row["name"] or tool,
            rules=tuple(row["rules"]),
            trouble=self._trouble(events),
            arguments=arguments if isinstance(arguments, Mapping) else {},
            erased=read is None or bool(read.erased),
            event=events[0].index if events else None,
            events=tuple(event.index for event in events),
            changes=self._changes(events) if entry and entry.before else (),
        )

    def _changes(self, events: Sequence[RecordedEvent]) -> tuple[ValueChange, ...]:
        done = next((event for event in events if event.leaf["type"] == EventType.ACTION_SUCCEEDED), None)
        return altered(self.payload(done) or {}) if done else ()

    def _trouble(self, events: Sequence[RecordedEvent]) -> str | None:
        for event in reversed(events):
            if event.leaf["type"] in ("action.failed", "action.unknown"):
                trouble = (self.payload(event) or {}).get("trouble")
                return str(trouble) if trouble else None
        return None


@dataclass(frozen=True, slots=True)
class _Says:
    words: Mapping[str, str]

    def __call__(self, name: str) -> str:
        return self.words.get(name) or name


def read_runs(reader: Reader, policies: PolicySource, now_us: int) -> Runs:
    """Get ready to show runs as they stand at `now_us`."""
    return Runs(reader, policies, People.read(reader), now_us)


def _state(row: Row) -> RunState:
    if row["status"] == "open":
        return "running" if row["waiting_since_us"] is None else "waiting"
    outcome: RunState = row["outcome"]
    return outcome


def _by_action(events: Sequence[RecordedEvent]) -> dict[str, list[RecordedEvent]]:
    found: dict[str, list[RecordedEvent]] = {}
    for event in events:
        action = event.leaf.get("action")
        if action:
            found.setdefault(action, []).append(event)
    return found
