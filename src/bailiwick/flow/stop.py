"""Halts: a stop in force for a scope, set by one person and lifted by another."""

import threading
from dataclasses import dataclass, field

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row, Shelf

KINDS = {"agent": "agent", "connector": "connector"}


@dataclass(frozen=True, slots=True)
class SetHalt:
    """Stop every new action of a scope: `all`, `agent:NAME`, `workflow:NAME` or `connector:NAME`."""

    scope: str
    reason: str
    person: str

    def step(self, shelf: Shelf) -> Row:
        _check_scope(shelf, self.scope)
        if not self.reason.strip():
            raise Refusal("invalid", "say why you stop it; the reason is shown to everybody")
        if shelf.get("halt", self.scope):
            raise Refusal("conflict", f"`{self.scope}` is halted already")
        reason = self.reason.strip()[:500]
        row = {"id": self.scope, "reason": reason, "set_by": self.person, "set_us": shelf.now_us}
        shelf.put("halt", row)
        event = Event(EventType.HALT_SET, Actor("person", self.person), _data(self.scope))
        shelf.append(event, {"reason": reason})
        return row


@dataclass(frozen=True, slots=True)
class LiftHalt:
    """Let a scope act again; needs somebody other than the person who halted it, except in a solo installation."""

    scope: str
    reason: str
    person: str

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("halt", self.scope)
        if row is None:
            raise Refusal("stale", f"`{self.scope}` is not halted")
        installation = shelf.get("installation", "installation") or {"mode": "team"}
        if row["set_by"] == self.person and installation["mode"] != "solo":
            raise Refusal("forbidden", "whoever halted it cannot lift the halt; ask a second person")
        if not self.reason.strip():
            raise Refusal("invalid", "say why it may act again")
        shelf.drop("halt", self.scope)
        event = Event(EventType.HALT_LIFTED, Actor("person", self.person), _data(self.scope))
        shelf.append(event, {"reason": self.reason.strip()[:500]})
        return row


@dataclass(slots=True)
class Stops:
    """The halts in force, held in memory for the last look before a dispatch. The writer's rows decide; this aborts."""

    scopes: set[str] = field(default_factory=set)
    _reading: threading.Lock = field(default_factory=threading.Lock)

    def read(self, reader: Reader) -> None:
        """Take over what the store says. Any thread may; it blocks."""
        with self._reading:  # INVARIANT: what was read earlier never takes the place of what was read later
            self.scopes = {row["id"] for row in reader.rows("halt", limit=10_000)}

    def covers(self, agent: str, workflow: str, connector: str) -> bool:
        """Whether any halt covers an action."""
        if not self.scopes:
            return False
        return not self.scopes.isdisjoint(("all", f"agent:{agent}", f"workflow:{workflow}", f"connector:{connector}"))


def _data(scope: str) -> dict[str, object]:
    kind, _, name = scope.partition(":")
    return {"scope": scope, "agent": name} if kind == "agent" else {"scope": scope}


def _check_scope(shelf: Shelf, scope: str) -> None:
    kind, _, name = scope.partition(":")
    if scope == "all":
        return
    if kind in KINDS and name and shelf.get(KINDS[kind], name):
        return
    if kind == "workflow" and any(row["workflow"] == name for row in shelf.all("charter")):
        return
    raise Refusal(
        "invalid",
        f"there is nothing called `{scope}`; write all, agent:NAME, workflow:NAME or connector:NAME",
    )
