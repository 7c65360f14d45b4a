"""An agent as people see it: its charter, whether anything stops it, and what it has used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bailiwick.flow.fact import DAY_US
from bailiwick.flow.people import People
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Row

AgentState = Literal["active", "halted", "revoked"]
MOST_COUNTED: Final = 2_000
"""Events of one agent's day that are counted; a busier day shows this many."""


@dataclass(frozen=True, slots=True)
class HaltView:
    """A halt in force: what it stops, why, and who set it."""

    scope: str
    reason: str
    set_by: str
    set_by_name: str
    set_us: int


@dataclass(frozen=True, slots=True)
class RunUse:
    """What an open run has used of what one run may use."""

    run: str
    intent: str
    calls: int
    most_calls: int
    elapsed_us: int
    most_us: int
    waiting: bool


@dataclass(frozen=True, slots=True)
class AgentView:
    """One agent. The counts are of today (UTC); `last_us` is its last event, None when it never did anything."""

    name: str
    state: AgentState
    charter: str
    charter_digest: str | None
    charter_version: int | None
    purpose: str
    workflow: str
    owner: str
    backup: str
    halts: tuple[HaltView, ...]
    key: str
    epoch: int
    enrolled_us: int
    enrolled_by: str
    enrolled_by_name: str
    last_us: int | None
    allowed: int
    asked: int
    denied: int
    limits: Mapping[str, int]
    open_runs: tuple[RunUse, ...]


@dataclass(frozen=True, slots=True)
class Agents:
    """Agents as of one moment, for whoever shows them."""

    reader: Reader
    policies: PolicySource
    people: People
    halts: Mapping[str, HaltView]
    now_us: int

    def page(self, *, after: str | None = None, limit: int = 50) -> tuple[list[AgentView], str | None]:
        """Agents by name, and the cursor of the page after these."""
        rows = self.reader.rows("agent", before=after, limit=limit + 1, ascending=True)
        return [self._view(row) for row in rows[:limit]], rows[limit - 1]["id"] if len(rows) > limit else None

    def one(self, name: str) -> AgentView | None:
        """The agent of that name."""
        row = self.reader.row("agent", name)
        return self._view(row) if row else None

    def _view(self, row: Row) -> AgentView:
        name = row["id"]
        head = self.reader.row("charter", row["charter"])
        limits, purpose = self._charter(name)
        halts = self._halts_over(name, head["workflow"] if head else "")
        last = self.reader.events(EventFilter(agent=name), limit=1)
        today = self._today(name)
        state: AgentState = "halted" if halts else "active"
        return AgentView(
            name=name,
            state=state if row["status"] == "active" else "revoked",
            charter=row["charter"],
            charter_digest=head["digest"] if head else None,
            charter_version=head["version"] if head else None,
            purpose=purpose,
            workflow=head["workflow"] if head else "",
            owner=head["owner"] if head else "",
            backup=head["backup"] if head else "",
            halts=halts,
            key=row["key"],
            epoch=row["epoch"],
            enrolled_us=row["enrolled_us"],
            enrolled_by=row["enrolled_by"],
            enrolled_by_name=self.people.name(row["enrolled_by"]),
            last_us=last[0].leaf["at_us"] if last else None,
            allowed=today["allow"],
            asked=today["ask"],
            denied=today["deny"],
            limits=limits,
            open_runs=self._open_runs(name, limits),
        )

    def _charter(self, name: str) -> tuple[dict[str, int], str]:
        try:
            charter = self.policies.policy(self.policies.charter_in_force(name), "").charter
        except DocumentMissing:
            return {}, ""
        run = charter.run
        limits = {"calls": run.calls, "seconds": run.seconds, "repeats": run.repeats, "retries": run.retries}
        return limits, charter.purpose

    def _halts_over(self, name: str, workflow: str) -> tuple[HaltView, ...]:
        scopes = ("all", f"agent:{name}", f"workflow:{workflow}")
        return tuple(self.halts[scope] for scope in scopes if scope in self.halts)

    def _today(self, name: str) -> dict[str, int]:
        wanted = EventFilter(agent=name, since_us=self.now_us - self.now_us % DAY_US)
        counts = {"allow": 0, "ask": 0, "deny": 0}
        for event in self.reader.events(wanted, limit=MOST_COUNTED):
            verdict = event.leaf["data"].get("verdict")
            if verdict in counts:
                counts[verdict] += 1
        return counts

    def _open_runs(self, name: str, limits: Mapping[str, int]) -> tuple[RunUse, ...]:
        rows = self.reader.rows("run", {"agent": name, "status": "open"}, limit=20)
        return tuple(_use(row, limits, self.now_us) for row in rows)


def read_agents(reader: Reader, policies: PolicySource, now_us: int) -> Agents:
    """Get ready to show agents as they stand at `now_us`."""
    people = People.read(reader)
    return Agents(reader, policies, people, {halt.scope: halt for halt in halts_in_force(reader, people)}, now_us)


def halts_in_force(reader: Reader, people: People) -> tuple[HaltView, ...]:
    """Every halt, the oldest first."""
    rows = sorted(reader.rows("halt", limit=10_000), key=lambda row: row["set_us"])
    return tuple(
        HaltView(row["id"], row["reason"], row["set_by"], people.name(row["set_by"]), row["set_us"]) for row in rows
    )


def _use(row: Row, limits: Mapping[str, int], now_us: int) -> RunUse:
    waiting = row["waiting_since_us"]
    until = now_us if waiting is None else waiting
    return RunUse(
        run=row["id"],
        intent=row["intent"],
        calls=row["calls"],
        most_calls=limits.get("calls", 0),
        elapsed_us=max(0, until - row["opened_us"] - row["waited_us"]),
        most_us=limits.get("seconds", 0) * 1_000_000,
        waiting=waiting is not None,
    )
