"""Voting on an approval: a signed-in person says yes or no to exactly the action they were shown."""

from dataclasses import dataclass
from typing import Literal

from bailiwick.core.approval import approval_from_row, approval_row, cast
from bailiwick.core.approval_rule import Candidate
from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.fact import candidates, expire_if_due
from bailiwick.flow.person import is_solo
from bailiwick.ports.store import Row, Shelf


@dataclass(frozen=True, slots=True)
class CastVote:
    """One vote; `digest` is the action digest that the voter was shown. Replies with the approval's row."""

    approval: str
    person: str
    vote: Literal["approve", "deny"]
    comment: str
    digest: str

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("approval", self.approval)
        person = shelf.get("person", self.person)
        if row is None or person is None:
            raise Refusal("unknown", f"there is no approval `{self.approval}`")
        if row["digest"] != self.digest:
            raise Refusal("stale", "this is not the action you were shown; reload and look again")
        row = expire_if_due(shelf, row)
        solo = is_solo(shelf)
        before = approval_from_row(row)
        voter = Candidate(person["id"], frozenset(person["roles"]), person["active"])
        after = cast(before, voter, self.vote, self.comment, shelf.now_us, solo, candidates(shelf))
        row |= approval_row(after)
        if after.status != "open":
            row["settled_us"] = shelf.now_us
        shelf.put("approval", row)
        for vote in after.votes[len(before.votes) :]:
            self._append(shelf, row, EventType.APPROVAL_VOTED, {"vote": vote.vote, "slot": vote.slot}, solo)
        if after.status == "approved":
            self._append(shelf, row, EventType.APPROVAL_APPROVED, {"use_by_us": after.use_by_us}, solo)
        elif after.status == "denied":
            self._append(shelf, row, EventType.APPROVAL_DENIED, {}, solo)
        return row

    def _append(self, shelf: Shelf, row: Row, kind: EventType, extra: dict[str, object], solo: bool) -> None:
        data: dict[str, object] = {"approval": row["id"], "agent": row["agent"], "name": row["name"], **extra}
        if solo:
            data["solo"] = True
        event = Event(kind, Actor("person", self.person), data, row["run"], row["action"])
        note = {"comment": self.comment.strip()} if kind is EventType.APPROVAL_VOTED else None
        shelf.append(event, note)
