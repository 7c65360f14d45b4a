"""Units of work to try a store with, and a look at whether its log holds together."""

from collections.abc import Mapping
from dataclasses import dataclass

from bailiwick.core.event import SYSTEM, Event, EventType
from bailiwick.ledger.commitment import commit as commitment
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ports.reader import EventFilter


def tally(name, total=0):
    return {"id": name, "total": total, "at_us": 0}


def person(name, roles=()):
    row = {"id": name, "email": f"{name}@acme.example", "name": name, "roles": list(roles), "active": True}
    return row | {"password": None, "created_us": 0}


def halt_set(scope="all"):
    return Event(EventType.HALT_SET, SYSTEM, {"scope": scope})


@dataclass(frozen=True)
class Put:
    """Write rows, append one event a row, and reply."""

    rows: tuple[Mapping[str, object], ...]
    table: str = "tally"
    reply: object = None

    def step(self, shelf):
        for row in self.rows:
            shelf.put(self.table, row)
            shelf.append(halt_set(str(row["id"])), {"id": row["id"]})
        return self.reply


@dataclass(frozen=True)
class Count:
    """Add to one row what it already says; replies with the sum."""

    name: str
    by: int = 1

    def step(self, shelf):
        row = shelf.get("tally", self.name) or tally(self.name)
        row["total"] += self.by
        shelf.put("tally", row)
        shelf.append(halt_set(f"{self.name}:{row['total']}"))
        return row["total"]


@dataclass(frozen=True)
class Broken:
    """Write and append, then raise."""

    error: BaseException
    name: str = "broken"

    def step(self, shelf):
        shelf.put("tally", tally(self.name, 1))
        shelf.drop("tally", "kept")
        shelf.append(halt_set(self.name))
        raise self.error


@dataclass(frozen=True)
class Look:
    """Reply with what `look` makes of the shelf."""

    look: object

    def step(self, shelf):
        return self.look(shelf)


def check_log(reader):
    """The log is what its leaves say: indexes without a gap, a root that verifies, every payload committed to."""
    size = reader.size()
    leaves = list(reader.leaves(size))
    assert len(leaves) == size
    found = reader.events(EventFilter(), limit=size + 1, ascending=True)
    assert [event.index for event in found] == list(range(size))
    assert [event.body for event in found] == leaves
    payloads = {payload.commitment: payload for payload in reader.payloads(size)}
    named = [event.leaf["payload"]["commitment"] for event in found if "payload" in event.leaf]
    assert sorted(named) == sorted(payloads)
    assert all(commitment(payload.salt, payload.body) == name for name, payload in payloads.items())
    assert len({event.leaf["id"] for event in found}) == size
    return Tree(map(leaf_hash, leaves)).root()
