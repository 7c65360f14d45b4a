"""Publishing a charter: the version that decides from the next action on.

What is narrower than the version in force is published at once. What is wider or incomparable, or changes who answers
for the agent, is a proposal until both owners of the version in force have agreed to the same text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bailiwick.core.approval_rule import Candidate
from bailiwick.core.catalogue import Catalogue
from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.charter_draft import CharterDraft, draft, read_text_of
from bailiwick.flow.charter_owner import both_agree, demand_seat, shelf_seats
from bailiwick.flow.person import is_solo
from bailiwick.flow.responsibility import granted_connectors
from bailiwick.ledger import canonical
from bailiwick.ports.store import Row, Shelf

FIRST = "first"
"""The relation of a charter's first version, which has nothing to be compared with."""


@dataclass(frozen=True, slots=True)
class PublishCharter:
    """Publish the charter in `source`, or propose it, or agree to a proposal of the same text.

    Replies with the version's row, whose `status` is `published` or `proposed`. A `draft` made beforehand saves the
    writer the reading; one that another version overtook is made again.
    """

    source: str
    by: str
    note: str
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)
    draft: CharterDraft | None = None

    def step(self, shelf: Shelf) -> Row:
        made = self._drafted(shelf)
        if not self.note.strip():
            raise Refusal("invalid", "say in a note what this version changes")
        head = shelf.get("charter", made.charter.name)
        if head and head["digest"] == made.digest:
            raise Refusal("conflict", f"this is the version of `{made.charter.name}` already in force")
        body = canonical.encode(made.text.document)
        shelf.put("document", {"id": made.digest, "kind": "charter", "body": body, "at_us": shelf.now_us})
        return self._write(shelf, made, head)

    def _drafted(self, shelf: Shelf) -> CharterDraft:
        if self.draft is not None:
            head = shelf.get("charter", self.draft.charter.name)
            # INVARIANT: what was compared is what is in force, or it is compared again
            if self.draft.base == (head["digest"] if head else None):
                return self.draft
        text, charter = read_text_of(self.source)
        head = shelf.get("charter", charter.name)
        document = shelf.get("document", head["digest"]) if head else None
        people = None if is_solo(shelf) else by_address(shelf)
        connectors = granted_connectors(shelf, charter)
        in_force = (head, document["body"] if document else None)
        return draft(text, charter, self.catalogues, people, connectors, in_force, shelf.now_us)

    def _write(self, shelf: Shelf, made: CharterDraft, head: Row | None) -> Row:
        number = (head["version"] if head else 0) + 1
        key = f"{made.charter.name}@{number:06}"
        earlier = shelf.get("charter_version", key)
        proposal = earlier if earlier and earlier["status"] == "proposed" else None
        again = proposal if proposal and proposal["digest"] == made.digest else None
        if proposal and not again:
            withdraw(shelf, proposal, self.by)
        row = again or {
            "id": key,
            "charter": made.charter.name,
            "version": number,
            "digest": made.digest,
            "source": self.source,
            "note": self.note.strip(),
            "proposed_by": self.by,
            "consents": [],
        }
        row |= {"at_us": shelf.now_us, "relation": made.change.relation.value if made.change else FIRST}
        needs_both = head is not None and not is_solo(shelf) and (made.change is None or made.change.needs_both)
        known = len(row["consents"])
        agreed = not needs_both or self._agreed(shelf, head, row)
        row |= {"status": "published" if agreed else "proposed", "published_by": self.by if agreed else None}
        shelf.put("charter_version", row)
        self._record(shelf, row, again is None, len(row["consents"]) > known)
        if agreed:
            shelf.put("charter", self._head(shelf, made, number))
        return row

    def _agreed(self, shelf: Shelf, head: Row | None, row: Row) -> bool:
        """Note the voice of whoever publishes, if it counts, and tell whether both owners have agreed."""
        assert head is not None
        seats = shelf_seats(shelf, head)
        if any(self.by in seat.people for seat in seats) and self.by not in row["consents"]:
            row["consents"] = [*row["consents"], self.by]
        return both_agree(seats, row["consents"])

    def _record(self, shelf: Shelf, row: Row, new: bool, agreed: bool) -> None:
        actor, digest = Actor("person", self.by), row["digest"]
        data: dict[str, object] = {"name": row["charter"], "charter": digest}
        payload = {"note": row["note"]}
        if row["status"] == "proposed" and new:
            event = Event(EventType.CHARTER_PROPOSED, actor, data | {"relation": row["relation"]}, documents=(digest,))
            shelf.append(event, payload)
        elif agreed:
            shelf.append(Event(EventType.CHARTER_SECONDED, actor, data, documents=(digest,)))
        if row["status"] == "published":
            more = {"version": row["version"], "relation": row["relation"]}
            shelf.append(Event(EventType.CHARTER_PUBLISHED, actor, data | more, documents=(digest,)), payload)

    def _head(self, shelf: Shelf, made: CharterDraft, number: int) -> Row:
        return {
            "id": made.charter.name,
            "digest": made.digest,
            "source": self.source,
            "version": number,
            "workflow": made.charter.workflow,
            "owner": made.charter.owner.accountable,
            "backup": made.charter.owner.backup,
            "published_us": shelf.now_us,
            "published_by": self.by,
        }


@dataclass(frozen=True, slots=True)
class SecondCharter:
    """Agree, as an owner, to the proposed version with this digest; replies with its row, which may still wait."""

    name: str
    digest: str
    by: str
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)
    draft: CharterDraft | None = None

    def step(self, shelf: Shelf) -> Row:
        row, head = proposed(shelf, self.name), shelf.get("charter", self.name)
        assert head is not None
        if row["digest"] != self.digest:
            raise Refusal("stale", f"another text of `{self.name}` is proposed by now; read it before you agree")
        demand_seat(shelf_seats(shelf, head), self.by, shelf.get)
        if self.by in row["consents"]:
            raise Refusal("conflict", "you have agreed already; the other owner has to agree too")
        return PublishCharter(row["source"], self.by, row["note"], self.catalogues, self.draft).step(shelf)


@dataclass(frozen=True, slots=True)
class WithdrawCharter:
    """Take back the proposed version; the one in force stays."""

    name: str
    by: str

    def step(self, shelf: Shelf) -> Row:
        return withdraw(shelf, proposed(shelf, self.name), self.by)


def proposed(shelf: Shelf, name: str) -> Row:
    """The proposal of a charter that waits; raises `Refusal` when there is none."""
    head = shelf.get("charter", name)
    row = shelf.get("charter_version", f"{name}@{head['version'] + 1:06}") if head else None
    if row is None or row["status"] != "proposed":
        raise Refusal("unknown", f"no version of `{name}` is proposed")
    return row


def withdraw(shelf: Shelf, row: Row, by: str) -> Row:
    """Write that a proposal is taken back, by somebody or by another one in its place."""
    row = {**row, "status": "withdrawn"}
    shelf.put("charter_version", row)
    data = {"name": row["charter"], "charter": row["digest"]}
    shelf.append(Event(EventType.CHARTER_WITHDRAWN, Actor("person", by), data))
    return row


def by_address(shelf: Shelf) -> list[Candidate]:
    """Everybody who could approve, known by e-mail address as a charter's owners are."""
    return [Candidate(row["email"], frozenset(row["roles"]), row["active"]) for row in shelf.all("person")]
