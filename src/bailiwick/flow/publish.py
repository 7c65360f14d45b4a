"""Publishing a charter: the version that decides from the next action on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bailiwick.core.approval_rule import Candidate
from bailiwick.core.catalogue import Catalogue
from bailiwick.core.charter import Charter, CharterError, parse_charter
from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.publish_check import check
from bailiwick.core.refusal import Refusal
from bailiwick.flow.person import is_solo
from bailiwick.flow.responsibility import day_of, grant_problems, granted_connectors
from bailiwick.flow.source import Source, SourceError, read_source
from bailiwick.ledger import canonical
from bailiwick.ports.store import Row, Shelf


@dataclass(frozen=True, slots=True)
class PublishCharter:
    """Publish the charter in `source`. Dropping an entry of `cannot` needs a second person to publish the same text.

    Replies with the version's row, whose `status` is `published` or `proposed`.
    """

    source: str
    by: str
    note: str
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)

    def step(self, shelf: Shelf) -> Row:
        text = read_source(self.source)
        charter, digest = _parsed(text), text.digest
        people = None if is_solo(shelf) else by_address(shelf)
        problems = [*check(charter, list(self.catalogues.values()), people)]
        problems += grant_problems(charter, granted_connectors(shelf, charter), day_of(shelf.now_us))
        errors = [problem for problem in problems if problem.severity == "error"]
        if errors:
            raise SourceError(text.flaws(errors))
        if not self.note.strip():
            raise Refusal("invalid", "say in a note what this version changes")
        head = shelf.get("charter", charter.name)
        if head and head["digest"] == digest:
            raise Refusal("conflict", f"this is the version of `{charter.name}` already in force")
        body = canonical.encode(text.document)
        shelf.put("document", {"id": digest, "kind": "charter", "body": body, "at_us": shelf.now_us})
        return self._write(shelf, charter, digest, head)

    def _write(self, shelf: Shelf, charter: Charter, digest: str, head: Row | None) -> Row:
        number = (head["version"] if head else 0) + 1
        key = f"{charter.name}@{number:06}"
        earlier = shelf.get("charter_version", key)
        proposed_by = self.by
        status = "published"
        if head and not is_solo(shelf) and _drops_cannot(shelf, head, charter):
            seconded = earlier and earlier["digest"] == digest and earlier["proposed_by"] != self.by
            status = "published" if seconded else "proposed"
            proposed_by = earlier["proposed_by"] if earlier and seconded else self.by
        row = {
            "id": key,
            "charter": charter.name,
            "version": number,
            "digest": digest,
            "source": self.source,
            "note": self.note.strip(),
            "status": status,
            "proposed_by": proposed_by,
            "published_by": self.by if status == "published" else None,
            "at_us": shelf.now_us,
        }
        shelf.put("charter_version", row)
        actor, payload = Actor("person", self.by), {"note": self.note.strip()}
        if status == "proposed":
            data = {"name": charter.name, "charter": digest}
            shelf.append(Event(EventType.CHARTER_PROPOSED, actor, data, documents=(digest,)), payload)
            return row
        self._put_head(shelf, charter, digest, number)
        published: dict[str, object] = {"name": charter.name, "charter": digest, "version": number}
        shelf.append(Event(EventType.CHARTER_PUBLISHED, actor, published, documents=(digest,)), payload)
        return row

    def _put_head(self, shelf: Shelf, charter: Charter, digest: str, number: int) -> None:
        head = {
            "id": charter.name,
            "digest": digest,
            "source": self.source,
            "version": number,
            "workflow": charter.workflow,
            "owner": charter.owner.accountable,
            "backup": charter.owner.backup,
            "published_us": shelf.now_us,
            "published_by": self.by,
        }
        shelf.put("charter", head)


def _parsed(text: Source) -> Charter:
    try:
        return parse_charter(text.document)
    except CharterError as error:
        raise SourceError(text.flaws(error.problems)) from None


def by_address(shelf: Shelf) -> list[Candidate]:
    """Everybody who could approve, known by e-mail address as a charter's owners are."""
    return [Candidate(row["email"], frozenset(row["roles"]), row["active"]) for row in shelf.all("person")]


def _drops_cannot(shelf: Shelf, head: Row, charter: Charter) -> bool:
    document = shelf.get("document", head["digest"])
    if document is None:
        return True
    text = canonical.decode_strict(document["body"])
    before = parse_charter(text if isinstance(text, dict) else {})
    return not set(before.cannot) <= set(charter.cannot)
