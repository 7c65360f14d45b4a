"""Tools in quarantine: a definition that is not as it was reviewed stops its tool until somebody has looked.

The writer puts a row here in the transaction that records the change, and every decision reads it in its own: once a
change was seen, no call of the tool is decided otherwise.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.flow.definition import Definition, DefinitionChange, sentence_of
from bailiwick.ports.store import Row, Shelf

TABLE: Final = "quarantine"
MOST_NEW: Final = 100
"""Tools of one connector that appeared and are noted; further ones stay as hidden, only unmentioned."""
LARGEST: Final = 256 * 1024
"""Bytes of a definition that are kept to be looked at."""
REVIEWER: Final = "an administrator has to review it"


@dataclass(frozen=True, slots=True)
class QuarantineTools:
    """Put what changed into quarantine; `catalogue` is the version it was compared with, `reviewed` its
    tools.

    Replies whether that version is still in force: if not, nothing was written and somebody has to look again.
    """

    connector: str
    catalogue: str
    reviewed: tuple[str, ...]
    changes: tuple[DefinitionChange, ...]

    def step(self, shelf: Shelf) -> bool:
        row = shelf.get("connector", self.connector)
        if row is None or row["catalogue"] != self.catalogue:
            return False
        new = sum(one["connector"] == self.connector and one["change"] == "appeared" for one in shelf.all(TABLE))
        for change in self.changes:
            known = shelf.get(TABLE, row_id(self.connector, change.tool))
            if known is None and change.kind == "appeared":
                new += 1
                if new > MOST_NEW:
                    continue
            if known is None or (known["change"], known["offered"]) != (change.kind, change.offered):
                self._put(shelf, change, known)
        return True

    def _put(self, shelf: Shelf, change: DefinitionChange, known: Row | None) -> None:
        row = {
            "id": row_id(self.connector, change.tool),
            "connector": self.connector,
            "tool": change.tool,
            "change": change.kind,
            "pinned": change.pinned,
            "offered": change.offered,
            "definition": _text(change.after),
            "sentence": sentence_of(self.connector, change, self.reviewed),
            "since_us": known["since_us"] if known else shelf.now_us,
            "seen_us": shelf.now_us,
        }
        shelf.put(TABLE, row)
        if known is None:  # a system that sends another definition every time is said once
            _record(shelf, EventType.TOOL_QUARANTINED, SYSTEM, row, change.before)


def row_id(connector: str, tool: str) -> str:
    """The key of a tool's row; connector names hold no `|`."""
    return f"{connector}|{tool}"


def held_back(shelf: Shelf, connector: str, tool: str, entry: ActionEntry | None) -> str | None:
    """Why a catalogued tool, or the one that its action reads back with, must not be used now, as a sentence."""
    for name in (tool, entry.confirm.tool if entry and entry.confirm else tool):
        row = shelf.get(TABLE, row_id(connector, name))
        if row is not None:
            return f"{row['sentence']}; {REVIEWER} before it can be used (`bailiwick catalogue review {connector}`)"
    return None


@dataclass(frozen=True, slots=True)
class Review:
    """Who looked, and what they say of it."""

    by: str
    note: str = ""


def release(shelf: Shelf, connector: str, pinned: Mapping[str, str], noted: Collection[str], review: Review) -> None:
    """Let out every tool that was reviewed: `pinned` are the digests of the catalogue now in force, `noted` the names
    that were offered beside it.

    INVARIANT: a reviewed tool leaves only when exactly what its row says is offered was pinned.
    """
    for row in shelf.all(TABLE):
        if row["connector"] != connector:
            continue
        tool = row["tool"]
        hidden = row["change"] == "gone" or tool in noted  # nobody can use it, so nothing has to be pinned
        if row["offered"] == pinned[tool] if tool in pinned else hidden:
            shelf.drop(TABLE, row["id"])
            _record(shelf, EventType.TOOL_REVIEWED, Actor("person", review.by), row, None, review.note)


def _record(shelf: Shelf, kind: EventType, actor: Actor, row: Row, before: Definition | None, note: str = "") -> None:
    # INVARIANT: a name that nobody catalogued is the upstream's own text and stays in the payload
    tool = row["tool"] if row["pinned"] else ""
    payload: dict[str, Any] = {name: row[name] for name in ("tool", "sentence", "pinned", "offered")}
    payload["after"] = orjson.loads(row["definition"]) if row["definition"] else None
    if before is not None:
        payload["before"] = dict(before)
    if note:
        payload["note"] = note
    shelf.append(Event(kind, actor, {"connector": row["connector"], "tool": tool, "change": row["change"]}), payload)


def _text(definition: Definition | None) -> str | None:
    if definition is None:
        return None
    try:
        text = orjson.dumps(dict(definition)).decode()
    except (TypeError, ValueError):
        return None
    return text if len(text) <= LARGEST else None
