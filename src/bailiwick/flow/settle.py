"""How an action ended: succeeded, failed or unknown, with the evidence for it, never assumed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bailiwick.core.custody import Custody
from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.core.order_rule import SUCCEEDED
from bailiwick.core.refusal import Refusal
from bailiwick.flow.past import step_succeeded
from bailiwick.ports.store import Row, Shelf


class Evidence(StrEnum):
    """What an outcome rests on."""

    REPLY = "reply"
    READ_BACK = "read-back"
    NO_EFFECT = "no-effect"
    TOOL_ERROR = "tool-error"
    NOT_SENT = "not-sent"
    REFUSED = "refused"
    NO_ANSWER = "no-answer"
    UNCONFIRMED = "unconfirmed"
    RESTART = "restart"
    SERVER_LOST = "server-lost"


STATES: Mapping[Evidence, str] = {
    Evidence.REPLY: "succeeded",
    Evidence.READ_BACK: "succeeded",
    Evidence.NO_EFFECT: "failed",
    Evidence.TOOL_ERROR: "failed",
    Evidence.NOT_SENT: "failed",
    Evidence.REFUSED: "failed",
    Evidence.NO_ANSWER: "unknown",
    Evidence.UNCONFIRMED: "unknown",
    Evidence.RESTART: "unknown",
    Evidence.SERVER_LOST: "unknown",
}
"""The outcome that each kind of evidence supports."""

MAX_NOTE: Final = 2_000
"""Characters of the note with which a person settles an outcome."""

_EVENTS = {
    "succeeded": EventType.ACTION_SUCCEEDED,
    "failed": EventType.ACTION_FAILED,
    "unknown": EventType.ACTION_UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class SettleAction:
    """Write the outcome of an open action. `detail` goes to the payload: the result, or what went wrong."""

    action: str
    evidence: Evidence
    detail: Mapping[str, Any]
    custody: Custody | None = None

    def step(self, shelf: Shelf) -> str:
        row = shelf.get("action", self.action)
        if row is None or row["state"] != "open":
            raise Refusal("stale", f"action `{self.action}` is not open, so it cannot be settled again")
        return settle(shelf, row, self.evidence, self.detail, self.custody)


@dataclass(frozen=True, slots=True)
class Reconcile:
    """A person states, with a note, how an unknown action really ended."""

    action: str
    outcome: str
    note: str
    person: str

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("action", self.action)
        if row is None:
            raise Refusal("unknown", f"there is no action `{self.action}`")
        if row["state"] != "unknown":
            raise Refusal("stale", f"action `{self.action}` is {row['state']}; only an unknown one is reconciled")
        if self.outcome not in ("succeeded", "failed"):
            raise Refusal("invalid", "an action is reconciled as `succeeded` or `failed`")
        if not self.note.strip():
            raise Refusal("invalid", "say in a note how you found out")
        if len(self.note) > MAX_NOTE:
            raise Refusal("invalid", f"a note has at most {MAX_NOTE} characters")
        row |= {"state": self.outcome, "settled_us": shelf.now_us}
        shelf.put("action", row)
        inflight = shelf.get("inflight", row["digest"])
        if inflight and inflight["action"] == row["id"]:
            shelf.drop("inflight", row["digest"])
        if self.outcome == SUCCEEDED:
            step_succeeded(shelf, row)
        data = {"outcome": self.outcome, "was": "unknown", "agent": row["agent"], "name": row["name"]}
        event = Event(EventType.ACTION_RECONCILED, Actor("person", self.person), data, row["run"], row["id"])
        shelf.append(event, {"note": self.note.strip()})
        return row


def settle(
    shelf: Shelf, row: Row, evidence: Evidence, detail: Mapping[str, Any], custody: Custody | None = None
) -> str:
    """Write state, event and what the next identical call may know; replies with the state."""
    state = STATES[evidence]
    inflight = shelf.get("inflight", row["digest"])
    if inflight and inflight["action"] == row["id"]:
        if state == "unknown":
            shelf.put("inflight", {**inflight, "state": "unknown"})
        else:
            shelf.drop("inflight", row["digest"])
    if state == SUCCEEDED:
        step_succeeded(shelf, row)
    if state == "failed":
        key = f"{row['run']}|{row['digest']}"
        repeat = shelf.get("repeat", key)
        if repeat:
            shelf.put("repeat", {**repeat, "failures": repeat["failures"] + 1})
    row |= {"state": state, "evidence": evidence.value, "settled_us": shelf.now_us}
    shelf.put("action", row)
    data = {
        "evidence": evidence.value,
        "tool": row["tool"],
        "connector": row["connector"],
        "name": row["name"],
    }
    data["agent"] = row["agent"]
    shelf.append(Event(_EVENTS[state], SYSTEM, data, row["run"], row["id"]), detail, custody)
    return state
