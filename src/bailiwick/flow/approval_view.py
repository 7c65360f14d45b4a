"""An approval as people see it: what will change, who asked, who has voted and who still may."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from bailiwick.core.approval import Approval, approval_from_row
from bailiwick.core.catalogue import ActionEntry, measure
from bailiwick.core.event import EventType
from bailiwick.flow.payload import ReadPayload, read_payload
from bailiwick.flow.people import People, is_solo
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.ledger.segment import ERASED
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Row

ApprovalStatus = Literal["open", "approved", "denied", "expired", "consumed"]

# The clock may have passed what a row says, so a status is looked for among all rows that can come to it.
_ROWS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "open": ("open",),
    "approved": ("approved",),
    "denied": ("denied",),
    "expired": ("open", "approved", "expired"),
    "consumed": ("consumed",),
}


@dataclass(frozen=True, slots=True)
class CastVoteView:
    """One vote that was cast; `slot` is the role it counts for."""

    person: str
    name: str
    slot: str
    vote: Literal["approve", "deny"]
    comment: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Voter:
    """Somebody whose vote would count now."""

    person: str
    name: str
    email: str
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One argument of the action; `kind` is authority (recipients, amounts, ids), content, or empty: not said."""

    path: str
    value: Any
    kind: str


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """One request for consent, with the clock applied to its status.

    `digest` is what a vote must name. `superseded` says why a consent would no longer count although it is open or
    approved; `measures` says how much the action touches, by the catalogue's own measures. `erased` says that some of
    what was asked is forgotten; `(erased)` stands for it.
    """

    id: str
    status: ApprovalStatus
    title: str
    agent: str
    run: str
    intent: str
    requester: str | None
    action: str
    name: str
    connector: str
    tool: str
    tier: str
    sentence: str
    rules: tuple[str, ...]
    digest: str
    definition: str
    charter: str
    arguments: Mapping[str, Any]
    changes: tuple[Change, ...]
    measures: Mapping[str, int]
    effect: str
    undo: str
    slots: tuple[str, ...]
    open_slots: tuple[str, ...]
    votes: tuple[CastVoteView, ...]
    voters: tuple[Voter, ...]
    excluded: tuple[str, ...]
    excluded_names: tuple[str, ...]
    opened_us: int
    expires_us: int
    use_by_us: int | None
    settled_us: int | None
    used_by: str | None
    superseded: str | None
    solo: bool
    erased: bool


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    """A page of approvals, newest first; `next` is the cursor of the page after it."""

    items: tuple[ApprovalView, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Approvals:
    """Approvals as of one moment, for whoever shows them."""

    reader: Reader
    policies: PolicySource
    people: People
    solo: bool
    now_us: int

    def one(self, approval: str) -> ApprovalView | None:
        """The approval of this id."""
        row = self.reader.row("approval", approval)
        return self._view(row) if row else None

    def page(self, status: str | None = None, *, before: str | None = None, limit: int = 50) -> ApprovalPage:
        """Approvals that have `status` now, newest first."""
        where = {"status": _ROWS_OF[status]} if status else None
        found: list[ApprovalView] = []
        while len(found) <= limit:
            rows = self.reader.rows("approval", where, before=before, limit=limit + 1)
            wanted = (row for row in rows if status in (None, approval_from_row(row).status_at(self.now_us)))
            found += [self._view(row) for row in wanted]
            if len(rows) <= limit:
                break
            before = rows[-1]["id"]
        return ApprovalPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    def _view(self, row: Row) -> ApprovalView:
        approval = approval_from_row(row)
        status = approval.status_at(self.now_us)
        action = self.reader.row("action", row["action"]) or {"tier": "high", "rules": [], "catalogue": ""}
        run = self.reader.row("run", row["run"]) or {"requester": None}
        asked = self._asked(row)
        request: Mapping[str, Any] = asked.value["request"] if asked else {"arguments": {}, "intent": ERASED}
        arguments: Mapping[str, Any] = request["arguments"]
        entry = entry_of(self.policies, action["catalogue"], row["name"])
        names = ("id", "agent", "run", "action", "name", "connector", "tool", "digest")
        more = ("definition", "charter", "opened_us", "expires_us", "use_by_us", "settled_us", "used_by")
        return ApprovalView(
            **{name: row[name] for name in names + more},
            status=status,
            intent=request["intent"],
            sentence=asked.value["verdict"]["sentence"] if asked else ERASED,
            title=f"{row['agent']} wants to {entry.sentence if entry else row['name']}",
            requester=run["requester"],
            tier=action["tier"] or "high",
            rules=tuple(action["rules"]),
            arguments=arguments,
            changes=_changes(arguments, entry),
            measures=measure(entry, arguments) if entry else {},
            effect=entry.effect if entry else "write",
            undo=entry.undo.cls if entry else "none",
            slots=approval.rule.slots,
            open_slots=approval.open_slots(),
            votes=self._votes(approval),
            voters=self._voters(approval, status),
            excluded=tuple(sorted(approval.excluded)),
            excluded_names=tuple(sorted(self.people.name(person) for person in approval.excluded)),
            superseded=self._superseded(row, action["catalogue"], status),
            solo=self.solo,
            erased=asked is None or bool(asked.erased),
        )

    def _asked(self, row: Row) -> ReadPayload | None:
        """The payload of the decision that asked; None when it is gone."""
        wanted = EventFilter(type=EventType.ACTION_ASKED.value, action=row["action"])
        found = self.reader.events(wanted, limit=1)
        return read_payload(self.reader, found[0]) if found else None

    def _votes(self, approval: Approval) -> tuple[CastVoteView, ...]:
        return tuple(
            CastVoteView(v.person, self.people.name(v.person), v.slot, v.vote, v.comment, v.at_us)
            for v in approval.votes
        )

    def _voters(self, approval: Approval, status: str) -> tuple[Voter, ...]:
        if status != "open":
            return ()
        found = []
        for row in self.people.rows.values():
            slots = _slots_for(approval, row, self.solo)
            if slots:
                found.append(Voter(row["id"], row["name"], row["email"], slots))
        return tuple(found)

    def _superseded(self, row: Row, catalogue: str, status: str) -> str | None:
        if status not in ("open", "approved"):
            return None
        try:
            charters = (
                self.policies.charter_in_force(row["agent"]),
                self.policies.canary_in_force(row["agent"]),
            )
        except DocumentMissing:
            return f"agent `{row['agent']}` has no charter in force any more"
        if row["charter"] not in charters:
            return "the charter has changed since this was asked, so a consent would not count; it must ask again"
        if self.policies.catalogue_in_force(row["connector"]) != catalogue:
            return f"the tools of `{row['connector']}` were reviewed anew since this was asked; it must ask again"
        return None


def barred(view: ApprovalView, person: Row) -> str | None:
    """Why this person may not vote on it now, as a sentence; None when they may."""
    if view.status != "open":
        return f"this approval is {view.status} and takes no more votes"
    if any(voter.person == person["id"] for voter in view.voters):
        return None
    if person["id"] in view.excluded:
        return "you asked for this or own the agent, so somebody else has to decide it"
    if any(vote.person == person["id"] for vote in view.votes):
        return "you have voted on this already; another person has to fill the other role"
    return f"this waits for {' or '.join(view.open_slots)}, and you do not have that role"


def read_approvals(reader: Reader, policies: PolicySource, now_us: int) -> Approvals:
    """Get ready to show approvals as they stand at `now_us`."""
    return Approvals(reader, policies, People.read(reader), is_solo(reader), now_us)


def entry_of(policies: PolicySource, catalogue: str | None, action: str | None) -> ActionEntry | None:
    """The catalogued action of that name in that catalogue version, where both are known."""
    if not catalogue or not action:
        return None
    try:
        return policies.tools(catalogue).catalogue.action(action)
    except DocumentMissing:
        return None


def _slots_for(approval: Approval, person: Row, solo: bool) -> tuple[str, ...]:
    if not person["active"]:
        return ()
    if solo:
        return approval.open_slots()
    voted = any(vote.person == person["id"] for vote in approval.votes)
    if voted or person["id"] in approval.excluded:
        return ()
    return tuple(slot for slot in approval.open_slots() if slot in person["roles"])


def _changes(arguments: Mapping[str, Any], entry: ActionEntry | None) -> tuple[Change, ...]:
    kinds = entry.arguments if entry else {}
    found: list[Change] = []

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict) and value and path.count(".") < 3:
            for name, inner in value.items():
                walk(inner, f"{path}.{name}" if path else name)
        elif path:
            found.append(Change(path, value, _kind(path, kinds)))

    walk(dict(arguments), "")
    # who, where and how much come before what is only said; what the catalogue does not know counts as the former
    return tuple(sorted(found, key=lambda change: change.kind == "content"))


def _kind(path: str, kinds: Mapping[str, str]) -> str:
    while path:
        if path in kinds:
            return kinds[path]
        path = path.rpartition(".")[0]
    return ""
