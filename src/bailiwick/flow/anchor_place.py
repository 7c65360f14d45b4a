"""Where heads are anchored: places added, taken away, tried, and what each of them last said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.connector import NAME
from bailiwick.ports.store import Row, Shelf

MOST_PLACES: Final = 50
NEW, OK, LATE, ALARM = "new", "ok", "late", "alarm"
LONGEST_US: Final = 3_600_000_000
"""A place that fails is tried ever more rarely, but once an hour at least."""


@dataclass(frozen=True, slots=True)
class AddAnchorPlace:
    """Anchor at a place from now on; `settings` were checked by its kind. What it gave before still counts."""

    name: str
    kind: str
    settings: Mapping[str, str]
    by: str

    def step(self, shelf: Shelf) -> Row:
        if NAME.fullmatch(self.name) is None:
            raise Refusal("invalid", f"`{self.name}` is no name for a place; use lower-case letters, digits and dashes")
        before = shelf.get("anchor_place", self.name)
        if before is None and len(shelf.all("anchor_place")) >= MOST_PLACES:
            raise Refusal("conflict", f"there are {MOST_PLACES} places already; remove one first")
        if before is not None and before["kind"] != self.kind:
            raise Refusal("conflict", f"`{self.name}` is a {before['kind']} already; choose another name")
        row: Row = {
            "id": self.name,
            "kind": self.kind,
            "settings": dict(self.settings),
            "state": NEW,
            "trouble": "",
            "fails": 0,
            "seen": {},
            "due_us": shelf.now_us,
            "size": before["size"] if before else 0,
            "anchored_us": before["anchored_us"] if before else None,
            "added_us": shelf.now_us,
            "added_by": self.by,
        }
        shelf.put("anchor_place", row)
        kind = EventType.ANCHOR_CHANGED if before else EventType.ANCHOR_ADDED
        shelf.append(Event(kind, Actor("person", self.by), {"place": self.name, "kind": self.kind}))
        return row


@dataclass(frozen=True, slots=True)
class RemoveAnchorPlace:
    """Anchor there no more; the evidence that it gave stays."""

    name: str
    by: str

    def step(self, shelf: Shelf) -> Row:
        row = place_row(shelf, self.name)
        shelf.drop("anchor_place", self.name)
        data = {"place": self.name, "kind": row["kind"]}
        shelf.append(Event(EventType.ANCHOR_REMOVED, Actor("person", self.by), data))
        return row


@dataclass(frozen=True, slots=True)
class ClaimAnchor:
    """Take a place for one round, so that of several servers only one asks it; None when it is not due.

    `every_us` is how long the round is over for everybody else, should this server not come back from it.
    """

    name: str
    every_us: int

    def step(self, shelf: Shelf) -> Row | None:
        row = shelf.get("anchor_place", self.name)
        if row is None or row["due_us"] > shelf.now_us:
            return None
        row["due_us"] = shelf.now_us + self.every_us
        shelf.put("anchor_place", row)
        return row


@dataclass(frozen=True, slots=True)
class KeepAnchor:
    """Write down that a place holds a head, with its evidence; the record says so too, by ids alone."""

    name: str
    size: int
    root: bytes
    note: bytes
    proof: bytes
    seen: Mapping[str, int]

    def step(self, shelf: Shelf) -> Row:
        place = place_row(shelf, self.name)
        row: Row = {
            "id": shelf.new_id("anc"),
            "place": self.name,
            "kind": place["kind"],
            "size": self.size,
            "root": self.root,
            "note": self.note,
            "proof": self.proof,
            "at_us": shelf.now_us,
        }
        shelf.put("anchor", row)
        held = {"state": OK, "trouble": "", "fails": 0, "seen": dict(self.seen), "anchored_us": shelf.now_us}
        shelf.put("anchor_place", place | held | {"size": max(self.size, place["size"])})
        data = {"place": self.name, "kind": place["kind"], "anchor": row["id"], "size": self.size}
        shelf.append(Event(EventType.RECORD_ANCHORED, SYSTEM, data))
        return row


@dataclass(frozen=True, slots=True)
class NoteTrouble:
    """Write down why a place could not be anchored at, and wait longer with each failure in a row.

    An alarm says that the place holds what this record contradicts; it stays until the place agrees again.
    """

    name: str
    alarm: bool
    trouble: str
    every_us: int

    def step(self, shelf: Shelf) -> Row:
        row = place_row(shelf, self.name)
        wait = min(self.every_us << min(row["fails"], 12), max(LONGEST_US, self.every_us))
        row |= {"trouble": self.trouble[:1000], "fails": row["fails"] + 1, "due_us": shelf.now_us + wait}
        row["state"] = ALARM if self.alarm or row["state"] == ALARM else LATE
        shelf.put("anchor_place", row)
        return row


def place_row(shelf: Shelf, name: str) -> Row:
    """The row of a place; raises Refusal when there is none."""
    row = shelf.get("anchor_place", name)
    if row is None:
        raise Refusal("unknown", f"there is no place `{name}` that anchors are kept at")
    return row
