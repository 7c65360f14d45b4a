"""What somebody who may export the record is handed: a name, a media type and the bytes piece by piece."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bailiwick.core.refusal import Refusal
from bailiwick.flow.export_event import export_events
from bailiwick.flow.export_format import EVENT_FORMATS
from bailiwick.flow.installation import Installation
from bailiwick.flow.parquet import parquet_chunks
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.note import split_note
from bailiwick.ports.reader import EventFilter

PARQUET: Final = "parquet"
PARQUET_MEDIA: Final = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class Download:
    """A file on its way out; the pieces are read from the store as they are taken."""

    name: str
    media: str
    pieces: Iterator[bytes]


def export_download(here: Installation, form: str, wanted: EventFilter, payloads: bool) -> Download:
    """The record in a format, at its last signed checkpoint; raises `Refusal` when it cannot be had so. Blocking."""
    head = here.reader.head()
    if head is None:
        raise Refusal("unknown", "the record has no signed checkpoint yet; try again in a few seconds")
    if form == PARQUET:
        if payloads or wanted != EventFilter():
            raise Refusal("invalid", "Parquet is the whole record without payloads; narrow it where you read it")
        return Download("record.parquet", PARQUET_MEDIA, parquet_chunks(here.reader, here.log_key))
    known = EVENT_FORMATS[form]
    origin = Checkpoint.parse(split_note(head.note)[0]).origin
    events = export_events(here.reader, origin, wanted, payloads=payloads)
    return Download(f"record{known.suffix}", known.media, known.write(events))
