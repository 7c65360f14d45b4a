"""Answers from the record: one line for each action or change of the rules, with everything the five questions ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from bailiwick.core.event import EventType
from bailiwick.core.posting import place_index
from bailiwick.core.refusal import Refusal
from bailiwick.core.touch import things_given
from bailiwick.core.value_change import ValueChange, value_changes
from bailiwick.flow.approval_view import entry_of
from bailiwick.flow.inquiry import Inquiry
from bailiwick.flow.payload import ReadPayload, commitment_of, read_payloads
from bailiwick.flow.people import People
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.posting_index import PostingIndex, shown_in, voters
from bailiwick.ledger.segment import ERASED
from bailiwick.ports.reader import EventFilter, FoundEntry, Reader
from bailiwick.ports.store import Row

Part = Literal["named", "shown"]
_DENIED: Final = EventType.ACTION_DENIED.value
_ASKED: Final = EventType.ACTION_ASKED.value


@dataclass(frozen=True, slots=True, order=True)
class TouchedThing:
    """An object of the call: named in its arguments, or shown in its result."""

    kind: str
    id: str
    part: Part


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A run, the person it is for, and what it is meant to do."""

    run: str
    agent: str
    person: str | None
    name: str
    intent: str


@dataclass(frozen=True, slots=True)
class ConsentVote:
    """A person's vote on the approval that this action used or waits for."""

    person: str
    name: str
    vote: str


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One action, or one change of the rules by a person (`action` is None and `changed` says what).

    `state` is denied, asked, open, succeeded, failed, unknown, or what a person settled it as. `chain` leads from the
    run that asked up to the first one. `things` and `arguments` are empty where they were erased, and `erased` says so;
    `unlisted` says that a result showed objects which nobody could list.
    """

    place: str
    event: int
    at_us: int
    type: str
    data: Mapping[str, Any]
    actor: str
    actor_name: str
    action: str | None = None
    run: str | None = None
    agent: str | None = None
    chain: tuple[AskedFor, ...] = ()
    consents: tuple[ConsentVote, ...] = ()
    name: str | None = None
    says: str | None = None
    connector: str | None = None
    tool: str | None = None
    verdict: str | None = None
    sentence: str | None = None
    code: str | None = None
    tier: str | None = None
    rules: tuple[str, ...] = ()
    charter: str | None = None
    charter_name: str | None = None
    charter_version: int | None = None
    catalogue: str | None = None
    effect: str | None = None
    reads: tuple[str, ...] = ()
    sends: str | None = None
    things: tuple[TouchedThing, ...] = ()
    state: str | None = None
    evidence: str | None = None
    outcome_event: int | None = None
    settled_us: int | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    before: Any = None
    after: Any = None
    changes: tuple[ValueChange, ...] = ()
    erased: bool = False
    unlisted: bool = False


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """A page of answers, newest first; `next` is where to go on."""

    items: tuple[AnswerLine, ...]
    next: str | None


def ask(
    index: PostingIndex, inquiry: Inquiry, *, before: str | None = None, limit: int = 50, people: People | None = None
) -> AnswerPage:
    """One page of answers; the index must have caught up. Blocks."""
    if before is not None:
        try:
            place_index(before)
        except ValueError as error:
            raise Refusal("invalid", f"{error}; take `next` of the page before") from None
    terms = tuple(index.term(noun, name) for noun, name in inquiry.about()) or (index.term("all", ""),)
    found = index.reader.sought(inquiry.sought(terms, before), limit=limit + 1)
    telling = _Telling(index.reader, index.policies, people or People.read(index.reader))
    items = telling.lines(found[:limit])
    return AnswerPage(items, items[-1].place if len(found) > limit else None)


@dataclass(slots=True)
class _Telling:
    """Lines of one page; what many of them share is read once."""

    reader: Reader
    policies: PolicySource
    people: People
    _runs: dict[str | None, Row] = field(default_factory=dict)
    _charters: dict[str, tuple[str | None, int | None]] = field(default_factory=dict)

    def lines(self, found: Sequence[FoundEntry]) -> tuple[AnswerLine, ...]:
        events = [one.event for one in found] + [one.outcome for one in found if one.outcome]
        payloads = read_payloads(self.reader, events)
        self._read_runs(leaf["run"] for one in found if "run" in (leaf := one.event.leaf))
        return tuple(self._line(one, payloads) for one in found)

    def _line(self, found: FoundEntry, payloads: Mapping[int, ReadPayload]) -> AnswerLine:
        leaf, data = found.event.leaf, found.event.leaf["data"]
        actor = leaf["actor"]
        known = self.people.name(actor["id"]) if actor["kind"] == "person" else actor["id"]
        line: dict[str, Any] = {
            "place": found.place,
            "event": found.event.index,
            "at_us": leaf["at_us"],
            "type": leaf["type"],
            "data": data,
            "actor": f"{actor['kind']}:{actor['id']}",
            "actor_name": known,
            "agent": actor["id"] if actor["kind"] == "agent" else data.get("agent"),
        }
        if leaf.get("action") is None:
            return AnswerLine(**line)
        return AnswerLine(**line, **self._decision(found, payloads))

    def _decision(self, found: FoundEntry, payloads: Mapping[int, ReadPayload]) -> dict[str, Any]:
        leaf, data = found.event.leaf, found.event.leaf["data"]
        charter_name, number = self._charter(data["charter"])
        entry = entry_of(self.policies, data["catalogue"], data.get("name"))
        names = ("name", "connector", "tool", "verdict", "code", "tier", "charter", "catalogue", "effect", "sends")
        return {
            **{name: data.get(name) for name in names},
            "action": leaf["action"],
            "run": leaf["run"],
            "chain": tuple(self._chain(leaf["run"])),
            "consents": self._consents(data),
            "says": entry.sentence if entry else None,
            "rules": tuple(data["rules"]),
            "charter_name": charter_name,
            "charter_version": number,
            "reads": tuple(data.get("reads", ())),
            **_ending(found),
            **self._content(found, payloads),
        }

    def _content(self, found: FoundEntry, payloads: Mapping[int, ReadPayload]) -> dict[str, Any]:
        """What only the payloads know."""
        data = found.event.leaf["data"]
        entry = entry_of(self.policies, data["catalogue"], data.get("name"))
        decided, ended = payloads.get(found.event.index), payloads.get(found.outcome.index) if found.outcome else None
        value = decided.value if decided else {}
        arguments = (value.get("request") or {}).get("arguments")
        arguments = arguments if isinstance(arguments, dict) else {}
        detail = self._detail(found, ended)
        given = {TouchedThing(t.kind, t.id, "named") for t in things_given(entry, arguments)} if entry else set()
        shown = {TouchedThing(t.kind, t.id, "shown") for t in shown_in(entry, detail)} if entry else set()
        read = [(found.event, decided), *([(found.outcome, ended)] if found.outcome else [])]
        return {
            "arguments": arguments,
            "sentence": (value.get("verdict") or {}).get("sentence"),
            "things": tuple(sorted(one for one in given | shown if one.id != ERASED)),
            "before": detail.get("before"),
            "after": detail.get("after"),
            "changes": altered(detail),
            "erased": any(part.erased if part else commitment_of(event.leaf) is not None for event, part in read),
            "unlisted": detail.get("state") is not None and "result_size" in detail and "shows" not in detail,
        }

    def _detail(self, found: FoundEntry, ended: ReadPayload | None) -> Mapping[str, Any]:
        """What the upstream answered; a person who settled an action only left a note, so the outcome before it."""
        if found.outcome is None or found.outcome.leaf["type"] != EventType.ACTION_RECONCILED:
            return ended.value if ended else {}
        wanted = EventFilter(type=EventType.ACTION_UNKNOWN.value, action=found.event.leaf["action"])
        earlier = self.reader.events(wanted, limit=1)
        read = read_payloads(self.reader, earlier)
        return read[earlier[0].index].value if read else {}

    def _chain(self, run: str) -> list[AskedFor]:
        found, at = [], self._runs.get(run)
        while at is not None:
            name = self.people.name(at["requester"])
            found.append(AskedFor(at["id"], at["agent"], at["requester"], name, at["intent"]))
            at = self._runs.get(at["parent"])
        return found

    def _read_runs(self, runs: Iterable[str]) -> None:
        """The runs and all that they were started in, level by level: runs nest a few deep, and pages share them."""
        wanted = set(runs)
        while wanted:
            rows = self.reader.rows("run", {"id": sorted(wanted)}, limit=len(wanted))
            self._runs |= {row["id"]: row for row in rows}
            wanted = {row["parent"] for row in rows if row["parent"]} - self._runs.keys()

    def _consents(self, data: Mapping[str, Any]) -> tuple[ConsentVote, ...]:
        if not data.get("approval"):
            return ()
        votes = voters(self.reader, data["approval"])
        return tuple(ConsentVote(person, self.people.name(person), vote) for person, vote in votes)

    def _charter(self, digest: str) -> tuple[str | None, int | None]:
        if digest not in self._charters:
            rows = self.reader.rows("charter_version", {"digest": digest}, limit=1)
            self._charters[digest] = (rows[0]["charter"], rows[0]["version"]) if rows else (None, None)
        return self._charters[digest]


def altered(detail: Mapping[str, Any]) -> tuple[ValueChange, ...]:
    """What an outcome's payload says was altered; nothing where it was not looked at, or was erased."""
    if detail.get("before") in (None, ERASED) or detail.get("after") in (None, ERASED):
        return ()
    return tuple(value_changes(detail["before"], detail["after"]))


def _ending(found: FoundEntry) -> dict[str, Any]:
    """How the action ended, by the last that the record says of it."""
    kind = found.event.leaf["type"]
    if found.outcome is None:
        return {"state": "denied" if kind == _DENIED else "asked" if kind == _ASKED else "open"}
    leaf = found.outcome.leaf
    settled = {"outcome_event": found.outcome.index, "settled_us": leaf["at_us"]}
    if leaf["type"] == EventType.ACTION_RECONCILED:
        return {**settled, "state": leaf["data"]["outcome"], "evidence": "person"}
    return {**settled, "state": leaf["type"].partition(".")[2], "evidence": leaf["data"]["evidence"]}


def listed(things: Iterable[TouchedThing]) -> str:
    """Objects on one line."""
    return ", ".join(dict.fromkeys(f"{one.kind}/{one.id}" for one in things))
