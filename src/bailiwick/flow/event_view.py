"""Events of the record as people and programs read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bailiwick.core.event import RecordedEvent
from bailiwick.flow.payload import commitment_of, read_payload
from bailiwick.flow.people import People
from bailiwick.ports.reader import EventFilter, Reader


@dataclass(frozen=True, slots=True)
class ActorView:
    """Who did it: kind is agent, person or system; `name` is a person's name, else the id."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class EventView:
    """One event; `commitment` names its payload, if it has one."""

    index: int
    id: str
    at_us: int
    type: str
    actor: ActorView
    run: str | None
    action: str | None
    agent: str | None
    tool: str | None
    verdict: str | None
    data: Mapping[str, Any]
    documents: tuple[str, ...]
    commitment: str | None


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of events; `next` is the index to go on from, None at the end."""

    items: tuple[EventView, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class EventWhole:
    """An event with its exact leaf and its payload; `erased` when any of what the leaf commits to is gone.

    `erased_parts` are the dotted paths at which `(erased)` stands for what was forgotten.
    """

    event: EventView
    leaf: str
    payload: Mapping[str, Any] | None
    erased: bool
    erased_parts: tuple[str, ...] = ()


def event_page(reader: Reader, wanted: EventFilter, *, before: int | None = None, limit: int = 50) -> EventPage:
    """Events that pass the filter, newest first."""
    found = reader.events(wanted, before=before, limit=limit + 1)
    people = People.read(reader)
    items = tuple(event_view(event, people) for event in found[:limit])
    return EventPage(items, items[-1].index if len(found) > limit else None)


def event_whole(reader: Reader, index: int) -> EventWhole | None:
    """The event at this position."""
    after = index - 1 if index > 0 else None
    found = reader.events(EventFilter(), before=after, limit=1, ascending=True)
    if not found or found[0].index != index:
        return None
    event = event_view(found[0], People.read(reader))
    stored = read_payload(reader, found[0])
    if stored is None:
        return EventWhole(event, found[0].body.decode(), None, event.commitment is not None)
    parts = tuple(".".join(map(str, path)) for path in stored.erased)
    return EventWhole(event, found[0].body.decode(), stored.value, bool(parts), parts)


def event_view(event: RecordedEvent, people: People) -> EventView:
    """A leaf's fields, with the person's name."""
    leaf, actor = event.leaf, event.leaf["actor"]
    data = leaf["data"]
    name = people.name(actor["id"]) if actor["kind"] == "person" else actor["id"]
    return EventView(
        index=event.index,
        id=leaf["id"],
        at_us=leaf["at_us"],
        type=leaf["type"],
        actor=ActorView(actor["kind"], actor["id"], name),
        run=leaf.get("run"),
        action=leaf.get("action"),
        agent=actor["id"] if actor["kind"] == "agent" else data.get("agent"),
        tool=data.get("name") or data.get("tool"),
        verdict=data.get("verdict"),
        data=data,
        documents=tuple(leaf.get("documents", ())),
        commitment=commitment_of(leaf),
    )
