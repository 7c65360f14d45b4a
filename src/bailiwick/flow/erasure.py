"""Forgetting a person: their keys are destroyed, and the record says that it was done, not who it was.

First a row says that it is under way; then the keys go, with what leads from a name to them; then one unit writes the
event with the list of what cannot be read any more. Whatever stops in between is finished at the next start.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bailiwick.core.custody import Custody
from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.ledger.forgotten import ERASED_LIST
from bailiwick.ports.store import Row, Shelf

PENDING: Final = "pending"
DONE: Final = "done"
FORGETTING: Final = "erasure"
"""The data class of the lists of what was erased; retention never takes those, since they account for what is gone."""


@dataclass(frozen=True, slots=True)
class BeginErasure:
    """Note that a subject is to be forgotten; doing so again changes nothing. `seen` are rows that tell their values.

    Replies with the row.
    """

    subject: str
    kind: str
    person: str
    seen: tuple[str, ...] = ()

    def step(self, shelf: Shelf) -> Row:
        for key in self.seen:
            shelf.drop("seen", key)
        row = shelf.get("erasure", self.subject)
        if row is None:
            row = {
                "id": self.subject,
                "kind": self.kind,
                "state": PENDING,
                "asked_by": self.person,
                "asked_us": shelf.now_us,
                "done_us": None,
                "segments": 0,
                "events": 0,
            }
            shelf.put("erasure", row)
        return row


@dataclass(frozen=True, slots=True)
class FinishErasure:
    """Put on the record what can never be read again: `parts` are index and commitment of each part of the subject.

    `actions` are those that decided about them. What was asked and not yet carried out is asked no more, since nobody
    could see what they agree to.
    """

    subject: str
    parts: tuple[tuple[int, str], ...]
    actions: tuple[str, ...]

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("erasure", self.subject)
        if row is None or row["state"] == DONE:
            return row or {}
        for action in self.actions:
            _blank(shelf, action)
        events = len({index for index, _ in self.parts})
        row |= {"state": DONE, "done_us": shelf.now_us, "segments": len(self.parts), "events": events}
        shelf.put("erasure", row)
        data: dict[str, object] = {"subject": self.subject, "kind": row["kind"]}
        data |= {"segments": len(self.parts), "events": events}
        event = Event(EventType.SUBJECT_ERASED, Actor("person", row["asked_by"]), data)
        shelf.append(event, {ERASED_LIST: _names(self.parts)}, Custody(FORGETTING))
        return row


def _names(parts: Iterable[tuple[int, str]]) -> list[str]:
    return sorted(commitment for _, commitment in parts)


def _blank(shelf: Shelf, action: str) -> None:
    """Take the digests of a settled action out of the rows: they tell the arguments to whoever guesses them."""
    row = shelf.get("action", action)
    if row is None:
        return
    if row["state"] == "asked" and row["approval"]:
        _close_approval(shelf, row["approval"])
    if row["state"] in ("open", "unknown"):
        return  # an identical call must still be told from it
    run = shelf.get("run", row["run"])
    if run is None or run["status"] != "open":
        shelf.drop("repeat", f"{row['run']}|{row['digest']}")
    shelf.put("action", {**row, "digest": ""})


def _close_approval(shelf: Shelf, approval: str) -> None:
    row = shelf.get("approval", approval)
    if row is None:
        return
    if row["status"] in ("open", "approved"):
        row |= {"status": "expired", "settled_us": shelf.now_us}
        data = {"approval": row["id"], "agent": row["agent"], "name": row["name"]}
        shelf.append(Event(EventType.APPROVAL_EXPIRED, SYSTEM, data, row["run"], row["action"]))
    slot = shelf.get("approval_slot", row["binding"])
    if slot and slot["approval"] == approval:
        shelf.drop("approval_slot", row["binding"])
    shelf.put("approval", {**row, "digest": "", "binding": ""})
