"""The evidence bundle: the record, a script that verifies it, and a manifest that the record itself names.

    record/…             the export folder (`flow.export`)
    verify.py            the auditor's verifier (`flow.auditor`), which needs nothing but Python
    manifest.sha256      the SHA-256 and path of every file above, a line each, as `sha256sum -c` reads it
    manifest.tlog-proof  proof of the `record.bundled` event that names the manifest, under a later checkpoint

That event is on the record before the last file is handed out, so a whole bundle never leaves unrecorded, and it is
what vouches for the manifest: the log's key signs checkpoints and nothing else.
"""

import hashlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from importlib.resources import files as package_files
from itertools import chain
from typing import IO, Final

from anyio.to_thread import run_sync

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.anchored import anchor_stream
from bailiwick.flow.export import export_stream, signed_head
from bailiwick.flow.installation import Installation
from bailiwick.flow.proof import Prover
from bailiwick.flow.zip_stream import ZipStream
from bailiwick.ledger.layout import File
from bailiwick.ports.reader import EventFilter, SignedHead
from bailiwick.ports.store import Shelf

RECORD: Final = "record/"
SCRIPT: Final = "verify.py"
MANIFEST: Final = "manifest.sha256"
PROOF: Final = "manifest.tlog-proof"
_PIECE: Final = 256 * 1024
_SPOOLED: Final = 4 * 1024 * 1024
_NEWEST: Final = 50


@dataclass(frozen=True, slots=True)
class NoteBundle:
    """Put on the record which bundle is handed out, to whom."""

    person: str
    manifest: str
    size: int
    files: int

    def step(self, shelf: Shelf) -> None:
        data: dict[str, object] = {"manifest": self.manifest, "size": self.size, "files": self.files}
        shelf.append(Event(EventType.RECORD_BUNDLED, Actor("person", self.person), data))


async def evidence_zip(here: Installation, prover: Prover, person: str) -> AsyncIterator[bytes]:
    """The bundle as a zip, a piece at a time; memory stays flat. It is cut short when the store fails on the way."""
    await here.store.checkpoint()
    head = await run_sync(signed_head, here.reader)
    with ZipStream() as archive, tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as spool:
        manifest = _Manifest(spool)
        files = _files(here, head)
        while piece := await run_sync(_packed, files, archive, manifest):
            yield piece
        note = NoteBundle(person, manifest.digest(), head.size, manifest.count)
        await here.store.commit(note)
        await here.store.checkpoint()
        proof = await run_sync(_proof, here, prover, note)
        for piece in archive.add_stored(MANIFEST, spool):
            yield piece
        yield archive.add(PROOF, proof)
        for piece in archive.end():
            yield piece


def _files(here: Installation, head: SignedHead) -> Iterator[File]:
    script = package_files("bailiwick.flow").joinpath("auditor.py").read_bytes()
    export = chain(export_stream(here.reader, here.log_key, head), anchor_stream(here.reader, head.size))
    return chain([(SCRIPT, script)], ((RECORD + path, data) for path, data in export))


def _packed(files: Iterator[File], archive: ZipStream, manifest: "_Manifest") -> bytes:
    """The next files, up to a piece of the zip; nothing when there are no more."""
    packed = bytearray()
    for path, data in files:
        manifest.add(path, data)
        packed += archive.add(path, data)
        if len(packed) >= _PIECE:
            break
    return bytes(packed)


def _proof(here: Installation, prover: Prover, note: NoteBundle) -> bytes:
    wanted = EventFilter(type=EventType.RECORD_BUNDLED.value)
    for event in here.reader.events(wanted, limit=_NEWEST):
        if event.leaf["data"]["manifest"] == note.manifest:
            found = prover.proof_file(event.index)
            if found is not None:
                return found
    raise Refusal("stale", "the checkpoint does not cover the bundle yet; try again in a few seconds")


class _Manifest:
    """A line for each file, on the disk when they are many."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._sum = hashlib.sha256()
        self.count = 0

    def add(self, path: str, data: bytes) -> None:
        line = f"{hashlib.sha256(data).hexdigest()}  {path}\n".encode()
        self._sum.update(line)
        self._spool.write(line)
        self.count += 1

    def digest(self) -> str:
        return f"sha256:{self._sum.hexdigest()}"
