"""Payloads as they read: what an event's payload says, and whether a part of it is gone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bailiwick.core.event import RecordedEvent
from bailiwick.ports.reader import Reader


@dataclass(frozen=True, slots=True)
class ReadPayload:
    """What an event's payload says; `erased` has the paths of the parts that are gone."""

    value: Mapping[str, Any]
    erased: tuple[tuple[str | int, ...], ...] = ()


def read_payload(reader: Reader, event: RecordedEvent) -> ReadPayload | None:
    """The payload of an event; None when it has none, or all of it is gone."""
    return read_payloads(reader, [event]).get(event.index)


def read_payloads(reader: Reader, events: Iterable[RecordedEvent]) -> dict[int, ReadPayload]:
    """The payloads of these events by index, those that there still are."""
    names = {event.index: name for event in events if (name := commitment_of(event.leaf))}
    stored = {index: reader.payload(name) for index, name in names.items()}
    return {index: ReadPayload(orjson.loads(found.body)) for index, found in stored.items() if found}


def commitment_of(leaf: Mapping[str, Any]) -> str | None:
    """The commitment that a leaf makes to its payload, if it has one."""
    return (leaf.get("payload") or {}).get("commitment")
