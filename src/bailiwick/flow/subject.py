"""Subjects: what is kept of a person whom an upstream's data is about, and forgetting them."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from bailiwick.core.custody import SubjectName
from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.core.path import look
from bailiwick.core.refusal import Refusal
from bailiwick.core.touch import Thing
from bailiwick.flow.erasure import DONE, PENDING, BeginErasure, FinishErasure
from bailiwick.flow.installation import Installation
from bailiwick.flow.past import seen_ids
from bailiwick.flow.payload import DECISIONS, commitment_of, read_payload
from bailiwick.flow.policy import DocumentMissing
from bailiwick.flow.retention import DropRows
from bailiwick.ledger.segment import segments
from bailiwick.ports.payload_key import KeyStoreError, PayloadKeys, SubjectKey
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Row, StoreUnavailable

SubjectState = Literal["kept", "erasing", "erased"]
_ARGUMENTS: Final = ("request", "arguments")
FoundT = TypeVar("FoundT")
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class SubjectView:
    """What is kept of a subject, or was: the pseudonym, and how many parts of how many events belong to them.

    `waiting` requests for approval are about them and would be closed. `asked_us` and `erased_us` are of an erasure.
    """

    id: str
    kind: str
    state: SubjectState
    segments: int
    events: int
    runs: int
    waiting: int
    first_us: int | None
    last_us: int | None
    asked_us: int | None = None
    erased_us: int | None = None


def find_subject(here: Installation, kind: str, name: str) -> SubjectView:
    """The subject that an upstream calls `name`; raises `Refusal` when nothing is kept of one. Blocks."""
    found = _known(here.keys, kind, name)
    if found is None:
        raise Refusal("unknown", "nothing is kept of such a person; `kind` is the word in the catalogue's `subjects`")
    return show_subject(here, found.id)


def show_subject(here: Installation, pseudonym: str) -> SubjectView:
    """The subject of a pseudonym, forgotten or not; raises `Refusal` when there never was one. Blocks."""
    row = here.reader.row("erasure", pseudonym)
    if row is not None and row["state"] == DONE:
        return _forgotten(row)
    key = _reach(lambda: here.keys.subject(pseudonym))
    if key is None and row is None:
        raise Refusal("unknown", f"there is no subject `{pseudonym}`")
    parts = here.reader.parts_of(pseudonym)
    events = list(_events(here.reader, parts))
    times = [event.leaf["at_us"] for event in events]
    asked = [event.leaf["action"] for event in events if event.leaf["type"] == EventType.ACTION_ASKED.value]
    approvals = here.reader.rows("approval", {"action": asked, "status": ["open", "approved"]}, limit=1_000)
    return SubjectView(
        id=pseudonym,
        kind=key.kind if key else str(row["kind"] if row else ""),
        state="kept" if row is None else "erasing",
        segments=len(parts),
        events=len(events),
        runs=len({event.leaf["run"] for event in events if event.leaf.get("run")}),
        waiting=len(approvals) if asked else 0,
        first_us=min(times, default=None),
        last_us=max(times, default=None),
        asked_us=row["asked_us"] if row else None,
    )


def erasures(reader: Reader, limit: int = 200) -> list[SubjectView]:
    """Who was forgotten, the latest first; pseudonyms only. Blocks."""
    rows = sorted(reader.rows("erasure", limit=1_000), key=lambda row: -int(row["asked_us"]))
    return [_forgotten(row) for row in rows[:limit]]


def _forgotten(row: Row) -> SubjectView:
    state: SubjectState = "erased" if row["state"] == DONE else "erasing"
    counts = {"segments": row["segments"], "events": row["events"], "runs": 0, "waiting": 0}
    times = {"first_us": None, "last_us": None, "asked_us": row["asked_us"], "erased_us": row["done_us"]}
    return SubjectView(row["id"], row["kind"], state, **counts, **times)


async def erase_named(here: Installation, kind: str, name: str, person: str) -> SubjectView:
    """Forget the person that an upstream calls `name`. Safe to repeat until it returns."""
    found = await asyncio.to_thread(_known, here.keys, kind, name)
    if found is None:
        raise Refusal("unknown", "nothing is kept of such a person, or they were forgotten already")
    await here.index.forget(Thing(kind, name))
    await here.store.commit(DropRows(await asyncio.to_thread(_searches, here.reader, f"{kind}/{name}")))
    view = await erase_subject(here, found.id, person)
    await here.index.forget(Thing(kind, name))  # what was indexed meanwhile
    return view


async def erase_subject(here: Installation, pseudonym: str, person: str) -> SubjectView:
    """Forget a subject by pseudonym; one that is forgotten already stays so."""
    row = await asyncio.to_thread(here.reader.row, "erasure", pseudonym)
    if row is None:
        key = await asyncio.to_thread(_reach, lambda: here.keys.subject(pseudonym))
        if key is None:
            raise Refusal("unknown", f"there is no subject `{pseudonym}`")
        seen = await asyncio.to_thread(_seen, here, pseudonym)
        row = await here.store.commit(BeginErasure(pseudonym, key.kind, person, seen))
    if row["state"] != DONE:
        await _finish(here, row)
    return await asyncio.to_thread(show_subject, here, pseudonym)


async def finish_erasures(here: Installation) -> int:
    """Finish what was begun before the server stopped; how many there were."""
    left = await asyncio.to_thread(here.reader.rows, "erasure", {"state": PENDING}, limit=1_000)
    for row in left:
        await _finish(here, row)
    return len(left)


async def _finish(here: Installation, row: Row) -> None:
    subject = row["id"]
    await asyncio.to_thread(_reach, lambda: here.keys.destroy([subject], here.clock.now_us()))
    # INVARIANT: whoever looked the key up before it went has committed when this has, and nobody can look it up now
    await here.store.commit(BeginErasure(subject, row["kind"], row["asked_by"]))
    parts = await asyncio.to_thread(here.reader.parts_of, subject)
    events = await asyncio.to_thread(lambda: list(_events(here.reader, parts)))
    actions = tuple(event.leaf["action"] for event in events if event.leaf["type"] in DECISIONS)
    await here.store.commit(FinishErasure(subject, tuple(parts), actions))
    here.whatifs.forget()
    await here.store.checkpoint()  # from here on every export accounts for what is gone


def _searches(reader: Reader, thing: str) -> tuple[tuple[str, str], ...]:
    """The saved searches that name an object."""
    rows = reader.rows("saved_search", limit=100_000)
    return tuple(("saved_search", row["id"]) for row in rows if thing in row["asked"].values())


def _known(keys: PayloadKeys, kind: str, name: str) -> SubjectKey | None:
    if not kind or not name or len(name) > _LONGEST:
        raise Refusal("invalid", f"name a kind, such as `contact`, and an id of 1 to {_LONGEST} characters")
    return _reach(lambda: keys.find(SubjectName(kind, name)))


def _reach(work: Callable[[], FoundT]) -> FoundT:
    try:
        return work()
    except KeyStoreError as error:
        raise StoreUnavailable(str(error)) from error


def _events(reader: Reader, parts: list[tuple[int, str]]) -> Iterator[RecordedEvent]:
    for index in dict.fromkeys(index for index, _ in parts):
        after = index - 1 if index else None
        found = reader.events(EventFilter(), before=after, limit=1, ascending=True)
        yield from (event for event in found if event.index == index)


# ------------------------------------------------------------------------------------------ used values


def _seen(here: Installation, pseudonym: str) -> tuple[str, ...]:
    """The rows by which uniqueness rules remember values of this subject; read while they can be."""
    parts = here.reader.parts_of(pseudonym)
    own, found = {commitment for _, commitment in parts}, set[str]()
    for event in _events(here.reader, parts):
        if event.leaf["type"] == EventType.ACTION_INTENDED.value:
            found.update(_of_intent(here, event, own))
    return tuple(sorted(found))


def _of_intent(here: Installation, event: RecordedEvent, own: set[str]) -> Iterator[str]:
    data, read = event.leaf["data"], read_payload(here.reader, event)
    stored = here.reader.payload(commitment_of(event.leaf) or "")
    try:
        check = here.policies.policy(data["charter"], data["catalogue"]).checks.get(data.get("name", ""))
    except DocumentMissing:
        return
    if check is None or read is None or stored is None:
        return
    paths = [path[2:] for path, name in segments(stored.body).items() if name in own and path[:2] == _ARGUMENTS]
    for argument in check.unique:
        where = tuple(argument.split("."))
        for path in paths:
            if path[: len(where)] == where or where[: len(path)] == path:
                longer = path if len(path) > len(where) else where
                value = look(read.value["request"]["arguments"], ".".join(map(str, longer)))
                with suppress(ValueError):
                    yield from seen_ids(event.leaf["actor"]["id"], check.entry.name, argument, value)
