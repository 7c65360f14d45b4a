"""Starting, changing and ending the trial of a charter's version beside the one in force."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bailiwick.core.catalogue import Catalogue
from bailiwick.core.charter import Charter
from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.core.trial import WHOLE, TrialKind, percent_at
from bailiwick.flow.charter_draft import CharterDraft
from bailiwick.flow.charter_owner import both_agree, shelf_seats
from bailiwick.flow.person import is_solo
from bailiwick.flow.publish import PublishCharter
from bailiwick.flow.source import Source
from bailiwick.flow.trial_check import publishable, wants_second
from bailiwick.ledger import canonical
from bailiwick.ports.store import Row, Shelf


@dataclass(frozen=True, slots=True)
class StartTrial:
    """Put the version in `source` on trial for charter `name`; replies with the trial's row.

    A shadow decides nothing, so it starts at once. A canary of something wider than the version in force is a
    proposal until both its owners have started the same text with the same share.
    """

    name: str
    source: str
    kind: TrialKind
    percent: int
    by: str
    note: str
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)
    draft: CharterDraft | None = None

    def step(self, shelf: Shelf) -> Row:
        head = shelf.get("charter", self.name)
        made = self._made(head)
        text, charter = (made.text, made.charter) if made else publishable(shelf, self.source, self.catalogues)
        self._check(charter, text, head)
        assert head is not None
        earlier = shelf.get("trial", self.name)
        self._make_room(shelf, earlier, text.digest)
        proposed_by, state = self.by, "running"
        if self.kind == "canary" and self._wants_second(shelf, head, charter, made):
            same = earlier and self._same_proposal(earlier, text.digest)
            voices = {self.by, earlier["proposed_by"]} if earlier and same else {self.by}
            seconded = both_agree(shelf_seats(shelf, head), voices)
            state = "running" if seconded else "proposed"
            proposed_by = earlier["proposed_by"] if earlier and seconded else self.by
        row = {
            "id": self.name,
            "kind": self.kind,
            "state": state,
            "digest": text.digest,
            "source": self.source,
            "note": self.note.strip(),
            "base": head["digest"],
            "steps": [[shelf.now_us, self._share]],
            "started_us": shelf.now_us,
            "started_by": self.by,
            "proposed_by": proposed_by,
            "ended_us": None,
            "ended_by": None,
        }
        body = canonical.encode(text.document)
        shelf.put("document", {"id": text.digest, "kind": "charter", "body": body, "at_us": shelf.now_us})
        shelf.put("trial", row)
        kind = EventType.TRIAL_STARTED if state == "running" else EventType.TRIAL_PROPOSED
        data = {"name": self.name, "charter": text.digest, "kind": self.kind, "percent": self._share}
        event = Event(kind, Actor("person", self.by), data, documents=(text.digest,))
        shelf.append(event, {"note": row["note"]})
        return row

    def _made(self, head: Row | None) -> CharterDraft | None:
        # INVARIANT: what was compared is what is in force, or it is compared again
        fits = self.draft is not None and head is not None and self.draft.base == head["digest"]
        return self.draft if fits else None

    def _wants_second(self, shelf: Shelf, head: Row, charter: Charter, made: CharterDraft | None) -> bool:
        if made is None:
            return wants_second(shelf, head, charter, self.catalogues)
        return not is_solo(shelf) and (made.change is None or made.change.needs_both)

    @property
    def _share(self) -> int:
        return self.percent if self.kind == "canary" else 0

    def _check(self, charter: Charter, text: Source, head: Row | None) -> None:
        if head is None:
            raise Refusal("unknown", f"there is no charter `{self.name}` to try this beside; publish it first")
        if charter.name != self.name:
            raise Refusal("invalid", f"the text is the charter `{charter.name}`, not `{self.name}`")
        if charter.workflow != head["workflow"]:
            message = f"a trial stays in its workflow, `{head['workflow']}`; publish a move to `{charter.workflow}`"
            raise Refusal("invalid", message)
        if text.digest == head["digest"]:
            raise Refusal("conflict", f"this is the version of `{self.name}` already in force")
        if self.kind == "canary":
            check_percent(self.percent)
        if not self.note.strip():
            raise Refusal("invalid", "say in a note what is tried")

    def _make_room(self, shelf: Shelf, earlier: Row | None, digest: str) -> None:
        """One trial a charter: a shadow gives way, a canary has to be stopped by somebody."""
        if earlier is None or earlier["state"] != "running":
            return
        if earlier["kind"] == "canary":
            percent = percent_at(earlier["steps"], shelf.now_us)
            same = "change its share instead" if earlier["digest"] == digest else "stop or promote it first"
            raise Refusal("conflict", f"a version of `{self.name}` already decides {percent} % of the runs; {same}")
        data = {"name": self.name, "charter": earlier["digest"]}
        shelf.append(Event(EventType.TRIAL_STOPPED, Actor("person", self.by), data))

    def _same_proposal(self, earlier: Row, digest: str) -> bool:
        share = earlier["steps"][-1][1]
        return bool(earlier["state"] == "proposed" and earlier["digest"] == digest and share == self.percent)


@dataclass(frozen=True, slots=True)
class ChangeTrial:
    """Set another share of the runs that are opened from now on; those under way keep their version.

    Of a version that needed both owners, one person may only lower it.
    """

    name: str
    percent: int
    by: str

    def step(self, shelf: Shelf) -> Row:
        row = running_trial(shelf, self.name)
        if row["kind"] != "canary":
            message = f"`{self.name}` is tried in the shadow and decides nothing; start a canary with its text"
            raise Refusal("conflict", message)
        check_percent(self.percent)
        # INVARIANT: both owners agreed to a share; nobody alone makes it larger
        if row["proposed_by"] != row["started_by"] and self.percent > row["steps"][-1][1]:
            agreed = f"two people agreed to {row['steps'][0][1]} %"
            raise Refusal(
                "forbidden", f"{agreed}; to raise it, stop the trial and start it together with another share"
            )
        row |= {"steps": [*row["steps"], [shelf.now_us, self.percent]]}
        shelf.put("trial", row)
        data = {"name": self.name, "charter": row["digest"], "percent": self.percent}
        shelf.append(Event(EventType.TRIAL_CHANGED, Actor("person", self.by), data))
        return row


@dataclass(frozen=True, slots=True)
class StopTrial:
    """End a trial, or withdraw the proposal of one: the version in force decides every run from the next action on."""

    name: str
    by: str

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("trial", self.name)
        if row is None or row["state"] not in ("running", "proposed"):
            raise Refusal("conflict", f"there is no trial of `{self.name}` to stop")
        return end_trial(shelf, row, "stopped", self.by, {})


@dataclass(frozen=True, slots=True)
class PromoteTrial:
    """Publish the version on trial, under the same rules as any other; replies with the version's row.

    The trial ends when the version is in force. While publishing needs a second owner it goes on.
    """

    name: str
    by: str
    note: str
    catalogues: Mapping[str, Catalogue] = field(default_factory=dict)
    draft: CharterDraft | None = None

    def step(self, shelf: Shelf) -> Row:
        trial = running_trial(shelf, self.name)
        note = self.note.strip() or trial["note"]
        # a draft is of this text, or of one that gave way to it meanwhile
        made = self.draft if self.draft and self.draft.digest == trial["digest"] else None
        version = PublishCharter(trial["source"], self.by, note, self.catalogues, made).step(shelf)
        if version["status"] == "published":
            end_trial(shelf, trial, "promoted", self.by, {"version": version["version"]})
        return version


def running_trial(shelf: Shelf, name: str) -> Row:
    """The trial of a charter that is running; raises `Refusal` when there is none."""
    row = shelf.get("trial", name)
    if row is None or row["state"] != "running":
        raise Refusal("conflict", f"no version of `{name}` is on trial; `bailiwick charter shadow` starts one")
    return row


def end_trial(shelf: Shelf, row: Row, state: str, by: str, more: Mapping[str, object]) -> Row:
    """Write how a trial ended."""
    row = {**row, "state": state, "ended_us": shelf.now_us, "ended_by": by}
    shelf.put("trial", row)
    kind = EventType.TRIAL_PROMOTED if state == "promoted" else EventType.TRIAL_STOPPED
    data = {"name": row["id"], "charter": row["digest"], **more}
    shelf.append(Event(kind, Actor("person", by), data))
    return row


def check_percent(percent: int) -> None:
    """Raise `Refusal` unless it is a share of the runs."""
    if not 1 <= percent <= WHOLE:
        raise Refusal("invalid", f"`{percent}` is no share of the runs; write 1 to {WHOLE}, in hundredths")
