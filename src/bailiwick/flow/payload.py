"""Payloads as they read: segments in their places, and what was forgotten told apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.ledger.segment import Path, join, segments
from bailiwick.ports.reader import Reader

DECISIONS: Final = (
    EventType.ACTION_DENIED.value,
    EventType.ACTION_ASKED.value,
    EventType.ACTION_INTENDED.value,
)
"""The events whose payload holds request, facts and verdict."""


@dataclass(frozen=True, slots=True)
class ReadPayload:
    """What an event's payload says; `(erased)` stands in the place of a part that is gone, at a path of `erased`."""

    value: Mapping[str, Any]
    erased: tuple[Path, ...] = ()

    def whole(self, *path: str) -> bool:
        """Whether nothing is gone at this path or below it, nor what it lies in."""
        return not any(gone[: len(path)] == path[: len(gone)] for gone in self.erased)


def read_payload(reader: Reader, event: RecordedEvent) -> ReadPayload | None:
    """The payload of an event; None when it has none, or all of it is gone."""
    return read_payloads(reader, [event]).get(event.index)


def read_payloads(reader: Reader, events: Iterable[RecordedEvent]) -> dict[int, ReadPayload]:
    """The payloads of these events by index, those that there still are."""
    names = {event.index: name for event in events if (name := commitment_of(event.leaf))}
    stored = reader.payloads_of(list(names.values()))
    inner = [part for found in stored.values() for part in segments(found.body).values()]
    parts = reader.payloads_of(inner) if inner else {}

    def segment(commitment: str) -> bytes | None:
        found = parts.get(commitment)
        return found.body if found else None

    whole = {index: join(stored[name].body, segment) for index, name in names.items() if name in stored}
    return {index: ReadPayload(found.value, found.erased) for index, found in whole.items()}


def decision_payloads(reader: Reader, events: Sequence[RecordedEvent]) -> dict[str, ReadPayload]:
    """What was asked, known and answered, by action; without what is gone."""
    decided = {event.index: event.leaf["action"] for event in events if event.leaf["type"] in DECISIONS}
    chosen = [event for event in events if event.index in decided]
    return {decided[index]: found for index, found in read_payloads(reader, chosen).items()}


def commitment_of(leaf: Mapping[str, Any]) -> str | None:
    """The commitment that a leaf makes to its payload, if it has one."""
    return (leaf.get("payload") or {}).get("commitment")
