"""The index of the record: which entries are about which agent, run, person, tool, data class and object.

It follows the log instead of slowing its writer: nothing of it is written while an action is decided. It is derived,
so it can be dropped and made again, and a question first waits until the index has caught up with the log.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
import structlog

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.core.posting import Aspect, Noun, place, term
from bailiwick.core.touch import Thing, shows_things, things_given, things_shown
from bailiwick.flow.approval_view import entry_of
from bailiwick.flow.payload import commitment_of, read_payload
from bailiwick.flow.policy import PolicySource
from bailiwick.ledger.segment import ERASED
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Row, Shelf, Store, StoreUnavailable

STATE: Final = "posting"
CHUNK: Final = 128
"""Entries read at a time."""
MOST_ROWS: Final = 400
"""Postings of one unit: units run between decisions, and no decision should wait long for one."""
EVERY_S: Final = 1.0
_REMEMBERED: Final = 50_000

DECISIONS: Final = (EventType.ACTION_DENIED, EventType.ACTION_ASKED, EventType.ACTION_INTENDED)
ENDED: Final = (EventType.ACTION_SUCCEEDED, EventType.ACTION_FAILED, EventType.ACTION_UNKNOWN)
_RULES: Final = (
    *("connector", "catalogue", "charter", "trial", "agent", "halt", "person", "tool"),
    *("anchor", "retention", "subject"),
)
GOVERNING: Final = frozenset(
    kind.value
    for kind in EventType
    if kind.value.partition(".")[0] in _RULES
    and kind not in (EventType.PERSON_SIGNED_IN, EventType.TOOL_QUARANTINED, EventType.CHARTER_PROPOSED)
)
"""What people change of the rules themselves."""
_FOLLOWED: Final = (
    *(kind.value for kind in (*DECISIONS, *ENDED, EventType.ACTION_DENIALS_COUNTED)),
    *(EventType.RUN_OPENED.value, EventType.APPROVAL_VOTED.value),
    *sorted(GOVERNING),
)

_READ: Final = tuple(kind.value for kind in (*DECISIONS, *ENDED))
"""The events whose payload says which objects they are about."""

log = structlog.get_logger("index")


@dataclass(frozen=True, slots=True)
class AddPostings:
    """Write postings; with `end`, say that entries from `first` up to it are indexed. Refuses to leave a gap."""

    key: str
    first: int
    end: int | None
    rows: tuple[Row, ...]

    def step(self, shelf: Shelf) -> bool:
        if indexed_to(shelf.get("posting_state", STATE), self.key) != self.first:
            return False  # another server was faster, or somebody began again
        for row in self.rows:
            shelf.put("posting", row)
        if self.end is not None:
            shelf.put("posting_state", {"id": STATE, "size": self.end, "key": self.key})
        return True


@dataclass(frozen=True, slots=True)
class DropPostings:
    """Take postings out of the index: of an object that is to be forgotten."""

    ids: tuple[str, ...]

    def step(self, shelf: Shelf) -> None:
        for name in self.ids:
            shelf.drop("posting", name)


def indexed_to(state: Row | None, key: str) -> int:
    """How many entries are indexed under this key; another key's index is of no use."""
    return int(state["size"]) if state and state["key"] == key else 0


@dataclass(slots=True)
class PostingIndex:
    """Keeps the index; `key` is the installation's, and hides from a reader of the index what its terms stand for."""

    store: Store
    reader: Reader
    policies: PolicySource
    key: bytes = field(repr=False)
    _runs: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    _decided: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def term(self, noun: Noun, name: str) -> str:
        """What stands in the index for a noun's name."""
        return term(self.key, noun, name)

    async def keep(self) -> None:
        """Follow the log for as long as the server runs."""
        while True:
            try:
                await self.catch_up()
            except StoreUnavailable:
                pass  # the record cannot be written either, and says so itself
            except Exception:
                log.exception("index.behind")  # a question asks for it again, and gets the error
            await asyncio.sleep(EVERY_S)

    async def catch_up(self) -> None:
        """Index everything that is on the record now."""
        end = await asyncio.to_thread(self.reader.size)
        async with self._busy:
            while (first := await asyncio.to_thread(self._indexed)) < end:
                upto = min(first + CHUNK, end)
                rows = await asyncio.to_thread(self._draft, first, upto)
                parts = [rows[at : at + MOST_ROWS] for at in range(0, len(rows), MOST_ROWS)] or [[]]
                for number, part in enumerate(parts, 1):
                    done = upto if number == len(parts) else None
                    await self.store.commit(AddPostings(self._name, first, done, tuple(part)))

    async def forget(self, thing: Thing) -> int:
        """Drop what the index says of an object; how many entries were about it. Its payloads are another matter."""
        await self.catch_up()
        start = self.term("object", f"{thing.kind}/{thing.id}")
        count = 0
        while rows := await asyncio.to_thread(self._starting, start):
            await self.store.commit(DropPostings(tuple(row["id"] for row in rows)))
            count += len(rows)
        return count

    @property
    def _name(self) -> str:
        return self.term("all", "key")

    def _indexed(self) -> int:
        return indexed_to(self.reader.row("posting_state", STATE), self._name)

    def _starting(self, start: str) -> list[Row]:
        rows = self.reader.rows("posting", before=start, limit=MOST_ROWS, ascending=True)
        return [row for row in rows if row["id"].startswith(start)]

    def _draft(self, first: int, end: int) -> list[Row]:
        for known in (self._runs, self._decided):
            if len(known) > _REMEMBERED:
                known.clear()
        rows: dict[str, Row] = {}
        for event, body in self.reader.span(first, end, _FOLLOWED, _READ):
            for row in self._postings(event, self._payload(event, body)):
                rows[row["id"]] = row
        return list(rows.values())

    def _payload(self, event: RecordedEvent, body: bytes | None) -> Mapping[str, Any]:
        """What the payload says; of one that somebody was forgotten in, what is left."""
        if body is None and event.leaf["type"] in _READ and commitment_of(event.leaf):
            left = read_payload(self.reader, event)
            return left.value if left else {}
        found = orjson.loads(body) if body else {}
        return found if isinstance(found, dict) else {}

    def _postings(self, event: RecordedEvent, payload: Mapping[str, Any]) -> Iterator[Row]:
        leaf = event.leaf
        kind = leaf["type"]
        if kind == EventType.RUN_OPENED:
            self._runs[leaf["run"]] = (leaf["data"].get("parent"), leaf["data"].get("requester"))
        elif kind in DECISIONS:
            yield from self._decision(event, payload)
        elif kind in ENDED:
            yield from self._outcome(leaf, payload)
        elif kind == EventType.APPROVAL_VOTED:
            yield from self._vote(leaf)
        elif kind == EventType.ACTION_DENIALS_COUNTED:
            where = place(leaf["at_us"], event.index)
            yield from self._rows(where, event.index, Aspect.ASKED, [("agent", leaf["actor"]["id"])])
        elif kind in GOVERNING and leaf["actor"]["kind"] == "person":
            yield from self._governing(event)

    def _decision(self, event: RecordedEvent, payload: Mapping[str, Any]) -> Iterator[Row]:
        leaf, data = event.leaf, event.leaf["data"]
        entry = entry_of(self.policies, data["catalogue"], data.get("name"))
        aspects = aspects_of(leaf, entry)
        where = place(leaf["at_us"], event.index)
        self._decided[leaf["action"]] = (where, int(aspects), data["catalogue"])
        about: list[tuple[Noun, str]] = [("agent", leaf["actor"]["id"])]
        above = self._above(leaf["run"])
        about += (("run", run) for run, _ in above)
        about += (("person", person) for _, person in above if person)
        about += (("person", person) for person in self._people(data))
        about += (("tool", name) for name in tool_names(data))
        about += (("class", name) for name in data.get("reads", ()))
        if data.get("sends"):
            about.append(("class", data["sends"]))
        arguments = (payload.get("request") or {}).get("arguments")
        if entry and isinstance(arguments, Mapping):
            about += (("object", f"{one.kind}/{one.id}") for one in things_given(entry, arguments) if one.id != ERASED)
        yield from self._rows(where, event.index, aspects, about)

    def _outcome(self, leaf: Mapping[str, Any], detail: Mapping[str, Any]) -> Iterator[Row]:
        found = self._decision_of(leaf["action"])
        if found is None:
            return
        where, aspects, catalogue = found
        entry = entry_of(self.policies, catalogue, leaf["data"].get("name"))
        if entry is None or not shows_things(entry):
            return
        things = shown_in(entry, detail)
        about: list[tuple[Noun, str]] = [("object", f"{one.kind}/{one.id}") for one in things]
        yield from self._rows(where, int(where[14:], 16), Aspect(aspects), about, everywhere=False)

    def _vote(self, leaf: Mapping[str, Any]) -> Iterator[Row]:
        found = self._decision_of(leaf["action"])
        if found is not None:
            where, aspects, _ = found
            about: list[tuple[Noun, str]] = [("person", leaf["actor"]["id"])]
            yield from self._rows(where, int(where[14:], 16), Aspect(aspects), about, everywhere=False)

    def _governing(self, event: RecordedEvent) -> Iterator[Row]:
        leaf, data = event.leaf, event.leaf["data"]
        about: list[tuple[Noun, str]] = [("person", leaf["actor"]["id"])]
        if leaf["type"].startswith("agent."):
            about.append(("agent", data["name"]))
        if data.get("connector"):
            about.append(("tool", data["connector"]))
        if data.get("person"):
            about.append(("person", data["person"]))
        yield from self._rows(place(leaf["at_us"], event.index), event.index, Aspect.CHANGED, about)

    def _rows(
        self, where: str, index: int, aspects: Aspect, about: Iterable[tuple[Noun, str]], *, everywhere: bool = True
    ) -> Iterator[Row]:
        terms = {self.term(noun, name) for noun, name in about}
        if everywhere:
            terms.add(self.term("all", ""))
        for one in terms:
            yield {"id": one + where, "seq": index, "aspects": int(aspects)}

    def _above(self, run: str) -> list[tuple[str, str | None]]:
        """The run and every run it was started in, each with the person it is for."""
        found: list[tuple[str, str | None]] = []
        at: str | None = run
        while at is not None:
            parent, requester = self._opened(at)
            found.append((at, requester))
            at = parent
        return found

    def _opened(self, run: str) -> tuple[str | None, str | None]:
        if run not in self._runs:
            events = self.reader.events(EventFilter(type=EventType.RUN_OPENED.value, run=run), limit=1)
            data = events[0].leaf["data"] if events else {}
            self._runs[run] = (data.get("parent"), data.get("requester"))
        return self._runs[run]

    def _people(self, data: Mapping[str, Any]) -> set[str]:
        """Who asked in the agent's place, and who consented to what is now carried out."""
        found = {data["person"]} if data.get("person") else set()
        if data["verdict"] == "allow" and data.get("approval"):
            found |= {person for person, _ in voters(self.reader, data["approval"])}
        return found

    def _decision_of(self, action: str) -> tuple[str, int, str] | None:
        if action not in self._decided:
            for kind in DECISIONS:
                for event in self.reader.events(EventFilter(type=kind.value, action=action), limit=1):
                    data = event.leaf["data"]
                    entry = entry_of(self.policies, data["catalogue"], data.get("name"))
                    where = place(event.leaf["at_us"], event.index)
                    self._decided[action] = (where, int(aspects_of(event.leaf, entry)), data["catalogue"])
        return self._decided.get(action)


def aspects_of(leaf: Mapping[str, Any], entry: ActionEntry | None) -> Aspect:
    """The questions that a decision answers."""
    data, aspects = leaf["data"], Aspect.ASKED
    if data.get("reads") or data.get("sends") or (entry and entry.objects):
        aspects |= Aspect.TOUCHED
    if leaf["type"] == EventType.ACTION_INTENDED:
        aspects |= Aspect.ACTED
        if data.get("effect") != "read":
            aspects |= Aspect.CHANGED
    return aspects


def tool_names(data: Mapping[str, Any]) -> set[str]:
    """The names under which people know what was called; none for what nobody catalogued."""
    connector, tool, name = data.get("connector"), data.get("tool"), data.get("name")
    wire = f"{connector}__{tool}" if connector and tool else None
    return {word for word in (connector, wire, name) if word}


def shown_in(entry: ActionEntry, detail: Mapping[str, Any]) -> set[Thing]:
    """The objects that an outcome's payload shows, also where the result itself was too long to be kept."""
    result = detail.get("result")
    things = things_shown(entry, result.get("structuredContent")) if isinstance(result, Mapping) else set()
    kept = detail.get("shows")
    if isinstance(kept, Mapping):
        things |= {Thing(kind, str(one)) for kind, ids in kept.items() for one in ids}
    return {one for one in things if one.id != ERASED}


def voters(reader: Reader, approval: str) -> Sequence[tuple[str, str]]:
    """Who voted on an approval and how, in order, by the record."""
    row = reader.row("approval", approval)
    if row is None:
        return []
    events = reader.events(EventFilter(type=EventType.APPROVAL_VOTED.value, action=row["action"]), ascending=True)
    return [(event.leaf["actor"]["id"], event.leaf["data"]["vote"]) for event in events]
