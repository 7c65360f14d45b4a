"""The servers of one installation: who serves, who has stopped, and whose open actions somebody else has to settle.

A server gives signs of life, and the others watch them change on their own clocks: nobody compares the clocks of two
machines. Whoever was silent for a lease is lost, and its open actions become unknown, once, in one transaction.
"""

from dataclasses import dataclass
from typing import Final

from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.core.order_rule import SUCCEEDED
from bailiwick.core.refusal import Refusal
from bailiwick.flow.denial import close_minute
from bailiwick.flow.past import step_succeeded
from bailiwick.flow.settle import STATES, Evidence, SettleAction, settle
from bailiwick.ports.store import Row, Shelf

TABLE: Final = "server"
LIVE, STOPPED, LOST = "live", "stopped", "lost"
SETTLED_AT_ONCE: Final = 500
MOST_ENDED: Final = 20
"""Servers that serve no more and are still shown."""
_STOPPED: Final = {"trouble": "the server stopped before an outcome was recorded"}


@dataclass(frozen=True, slots=True)
class ServerCard:
    """Who a server is: its address, what it calls the installation, and the digest of the keys that it signs with."""

    id: str
    address: str
    public_url: str
    version: str
    keys: str


@dataclass(frozen=True, slots=True)
class Join:
    """A server begins to serve. `alone` is one that holds the only place to write from: nobody else can be alive.

    `left` are actions that seem open and nobody's; replies how many became unknown.
    """

    card: ServerCard
    left: tuple[str, ...]
    alone: bool
    lease_us: int

    def step(self, shelf: Shelf) -> int:
        for row in shelf.all(TABLE):
            if self.alone and row["state"] == LIVE:
                shelf.put(TABLE, {**row, "state": LOST, "ended_us": shelf.now_us})
            elif row["state"] == LIVE and row["beat_us"] > shelf.now_us - self.lease_us:
                self._demand_same(row)
        settled = sum(_settle_orphan(shelf, name) for name in self.left)
        _tidy(shelf)
        shelf.put(TABLE, _fresh_row(self.card, shelf.now_us))
        data = {"version": self.card.version, "unsettled": settled, "server": self.card.id}
        shelf.append(Event(EventType.INSTALLATION_STARTED, SYSTEM, data))
        return settled

    def _demand_same(self, other: Row) -> None:
        if other["keys"] != self.card.keys:
            what = f"the keys in the data folder are not those of `{other['address']}`, which serves this installation"
            raise Refusal("conflict", f"{what} already; copy its data folder's keys, or mount the same folder")
        if other["public_url"] != self.card.public_url:
            what = f"`{other['address']}` serves this installation as `{other['public_url']}`"
            raise Refusal("conflict", f"{what}; start every server with that --public-url, or stop it first")


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life; replies whether others had taken the server for lost."""

    card: ServerCard

    def step(self, shelf: Shelf) -> bool:
        row = shelf.get(TABLE, self.card.id) or {**_fresh_row(self.card, shelf.now_us), "state": LOST}
        returned = bool(row["state"] != LIVE)
        row |= {"state": LIVE, "beat": row["beat"] + 1, "beat_us": shelf.now_us, "ended_us": None}
        shelf.put(TABLE, row)
        if returned:
            shelf.append(Event(EventType.SERVER_RETURNED, SYSTEM, {"server": self.card.id}))
        return returned


@dataclass(frozen=True, slots=True)
class Leave:
    """A server stops by itself: whatever it still has under way will not be told any more."""

    server: str
    left: tuple[str, ...]

    def step(self, shelf: Shelf) -> int:
        row = shelf.get(TABLE, self.server)
        if row is not None:
            shelf.put(TABLE, {**row, "state": STOPPED, "ended_us": shelf.now_us})
        settled = sum(_settle_orphan(shelf, name) for name in self.left)
        shelf.append(Event(EventType.SERVER_STOPPED, SYSTEM, {"server": self.server, "unsettled": settled}))
        return settled


@dataclass(frozen=True, slots=True)
class SettleLost:
    """Settle what a silent server left open. `beat` is its last sign of life: one more, and nothing happens.

    `actions` are at most `SETTLED_AT_ONCE`; with `last` there are no others, and the server is lost for good.
    """

    server: str
    beat: int
    actions: tuple[str, ...]
    before: int = 0
    last: bool = True

    def step(self, shelf: Shelf) -> int | None:
        row = shelf.get(TABLE, self.server)
        # INVARIANT: of all who saw it silent one settles it, and none if it has spoken since
        if row is None or row["state"] != LIVE or row["beat"] != self.beat:
            return None
        shelf.put(TABLE, {**row, "state": LOST, "ended_us": shelf.now_us})
        settled = self.before + sum(_settle_orphan(shelf, name, Evidence.SERVER_LOST) for name in self.actions)
        if self.last:
            shelf.append(Event(EventType.SERVER_LOST, SYSTEM, {"server": self.server, "unsettled": settled}))
        else:
            shelf.put(TABLE, row)
        return settled


@dataclass(frozen=True, slots=True)
class SettleOwn:
    """Write the outcome of an action that this server carried out.

    Where the others had given it up, what really happened takes the place of `unknown`, unless a person was faster.
    """

    unit: SettleAction

    def step(self, shelf: Shelf) -> str:
        row = shelf.get("action", self.unit.action)
        if row is None or row["state"] == "open":
            return self.unit.step(shelf)
        state = STATES[self.unit.evidence]
        given_up = row["state"] == "unknown" and row["evidence"] in (Evidence.SERVER_LOST, Evidence.RESTART)
        if not given_up or state == "unknown":
            return str(row["state"])
        shelf.put("action", row | {"state": state, "evidence": self.unit.evidence.value, "settled_us": shelf.now_us})
        inflight = shelf.get("inflight", row["digest"])
        if inflight and inflight["action"] == row["id"]:
            shelf.drop("inflight", row["digest"])
        if state == SUCCEEDED:
            step_succeeded(shelf, row)
        data = {"outcome": state, "was": "unknown", "agent": row["agent"], "name": row["name"]}
        event = Event(EventType.ACTION_RECONCILED, Actor("system", SYSTEM.id), data, row["run"], row["id"])
        shelf.append(event, {"note": "the server that carried it out was only silent, and has told the outcome now"})
        return state


def _settle_orphan(shelf: Shelf, name: str, evidence: Evidence = Evidence.RESTART) -> bool:
    """Settle an open action as unknown, unless its server lives after all."""
    row = shelf.get("action", name)
    if row is None or row["state"] != "open":
        return False
    server = shelf.get(TABLE, row["server"]) if row["server"] else None
    if server is not None and server["state"] == LIVE:
        return False
    settle(shelf, row, evidence, _STOPPED)
    return True


def _fresh_row(card: ServerCard, now_us: int) -> Row:
    return {
        "id": card.id,
        "address": card.address,
        "public_url": card.public_url,
        "version": card.version,
        "keys": card.keys,
        "state": LIVE,
        "beat": 0,
        "beat_us": now_us,
        "started_us": now_us,
        "ended_us": None,
    }


def _tidy(shelf: Shelf) -> None:
    """What only matters for a while: counted denials, spent assertions, sessions that ended, servers of old."""
    for counted in shelf.all("denial"):
        close_minute(shelf, counted)
    for table in ("assertion", "session"):
        for kept in shelf.all(table):
            if kept["expires_us"] <= shelf.now_us:  # whatever has expired is refused for its age alone
                shelf.drop(table, kept["id"])
    ended = [row["id"] for row in shelf.all(TABLE) if row["state"] != LIVE]
    for name in ended[:-MOST_ENDED]:
        shelf.drop(TABLE, name)
