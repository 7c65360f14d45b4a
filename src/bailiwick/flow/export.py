"""The export of the record: every file that an outsider needs to verify it and to decide again."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import PurePosixPath

from bailiwick.core.refusal import Refusal
from bailiwick.flow.zip_stream import ZipStream
from bailiwick.ledger import bundle
from bailiwick.ledger.canonical import CanonicalError
from bailiwick.ledger.layout import File, tile_files
from bailiwick.ports.reader import Reader, SignedHead


def export_files(reader: Reader, log_key: str) -> dict[str, bytes]:
    """The files of an export folder at the last signed checkpoint, all in memory; see `export_stream`. Blocking."""
    return dict(export_stream(reader, log_key, signed_head(reader)))


def signed_head(reader: Reader) -> SignedHead:
    """The last signed checkpoint; raises `Refusal` when nothing was signed yet. Blocking."""
    head = reader.head()
    if head is None:
        raise Refusal("unknown", "the record has no signed checkpoint yet; try again in a few seconds")
    return head


def export_stream(reader: Reader, log_key: str, head: SignedHead) -> Iterator[File]:
    """The same files one after another, as they are read; `log_key` is the log's public key (vkey). Blocking.

    Nothing is judged: what is missing or damaged in the store is so in the export, and `bundle.verify` names it.
    """
    yield bundle.CHECKPOINT, head.note
    yield bundle.VKEY, f"{log_key}\n".encode()
    documents: set[str] = set()
    yield from tile_files(_heard(reader.leaves(head.size), documents))
    for found in reader.payloads(head.size):
        yield bundle.payload_path(found.commitment), found.salt.hex().encode() + b"\n" + found.body
    for path in sorted(documents):
        body = reader.document(f"sha256:{PurePosixPath(path).stem}")
        if body is not None:
            yield path, body


def zipped(files: Iterable[File]) -> Iterator[bytes]:
    """A zip of these files, a piece at a time."""
    with ZipStream() as archive:
        for path, data in files:
            yield archive.add(path, data)
        yield from archive.end()


def _heard(leaves: Iterable[bytes], documents: set[str]) -> Iterator[bytes]:
    """The leaves, noting the documents that they rely on: a later one is no part of this export."""
    for leaf in leaves:
        with suppress(bundle.BundleError, CanonicalError):
            documents |= {path for path in bundle.named_files(leaf) if path.startswith("document/")}
        yield leaf
