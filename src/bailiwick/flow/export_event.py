"""Events of the record on their way into other people's formats: a stretch of the record that a filter leaves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bailiwick.core.event import RecordedEvent
from bailiwick.ports.reader import EventFilter, Reader

PAGE: Final = 500
"""Events that are held in memory at once."""


@dataclass(frozen=True, slots=True)
class ExportEvent:
    """An event to hand out. `origin` is the log's name; `payload` is None unless it was asked for and is still there.

    `erased` says that the leaf commits to a payload which was asked for and is gone.
    """

    origin: str
    event: RecordedEvent
    payload: Any = None
    erased: bool = False


def export_events(reader: Reader, origin: str, wanted: EventFilter, *, payloads: bool = False) -> Iterator[ExportEvent]:
    """The events that pass the filter, oldest first, as far as the record reaches when it is called. Blocking."""
    end, last = reader.size(), -1
    while page := reader.events(wanted, before=last, limit=PAGE, ascending=True):
        for event in page:
            if event.index >= end:
                return
            yield _with_payload(reader, origin, event) if payloads else ExportEvent(origin, event)
        last = page[-1].index


def _with_payload(reader: Reader, origin: str, event: RecordedEvent) -> ExportEvent:
    if not event.leaf.get("payload"):
        return ExportEvent(origin, event)
    found = reader.span(event.index, event.index + 1, (event.leaf["type"],))
    body = found[0][1] if found else None
    return ExportEvent(origin, event, orjson.loads(body) if body else None, body is None)
