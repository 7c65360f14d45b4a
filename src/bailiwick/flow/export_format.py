"""The formats in which events leave the record a line or an item at a time, and what each is called on the way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.flow.cloud_event import cloud_event
from bailiwick.flow.export_event import ExportEvent
from bailiwick.flow.ocsf import ocsf_event
from bailiwick.ledger import canonical

LINES: Final = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class EventFormat:
    """`media` is its media type, `suffix` the end of its files; a `batch` is one JSON array instead of lines."""

    media: str
    suffix: str
    tell: Callable[[ExportEvent], Mapping[str, Any]]
    batch: bool = False

    def write(self, events: Iterable[ExportEvent]) -> Iterator[bytes]:
        """The document in pieces, one an event; keys are sorted, so the same events are the same bytes."""
        between = b""
        if self.batch:
            yield b"["
        for event in events:
            body = canonical.encode_any(self.tell(event))
            yield between + body if self.batch else body + b"\n"
            between = b",\n"
        if self.batch:
            yield b"]\n"


EVENT_FORMATS: Final[Mapping[str, EventFormat]] = {
    "cloudevents": EventFormat(LINES, ".cloudevents.jsonl", cloud_event),
    "cloudevents-batch": EventFormat(
        "application/cloudevents-batch+json", ".cloudevents.json", cloud_event, batch=True
    ),
    "ocsf": EventFormat(LINES, ".ocsf.jsonl", ocsf_event),
}
