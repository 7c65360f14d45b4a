"""The export of the record: every file that an outsider needs to verify it and to decide again."""

from contextlib import suppress
from pathlib import PurePosixPath

from bailiwick.core.refusal import Refusal
from bailiwick.ledger import bundle
from bailiwick.ledger.canonical import CanonicalError
from bailiwick.ports.reader import Reader


def export_files(reader: Reader, log_key: str) -> dict[str, bytes]:
    """The files of an export folder at the last signed checkpoint; `log_key` is the log's public key (vkey).

    Nothing is judged: what is missing or damaged in the store is so in the export, and `bundle.verify` names it.
    Raises `Refusal` when nothing was signed yet. Blocking.
    """
    head = reader.head()
    if head is None:
        raise Refusal("unknown", "the record has no signed checkpoint yet; try again in a few seconds")
    leaves = list(reader.leaves(head.size))
    payloads = {found.commitment: (found.salt, found.body) for found in reader.payloads(head.size)}
    documents = {name: body for name in _documents(leaves) if (body := reader.document(name)) is not None}
    return bundle.build(leaves, head.note, log_key, payloads, documents)


def _documents(leaves: list[bytes]) -> set[str]:
    """The digests of the documents that these leaves rely on: a later one is no part of this export."""
    paths: set[str] = set()
    for leaf in leaves:
        with suppress(bundle.BundleError, CanonicalError):
            paths |= bundle.named_files(leaf)
    return {f"sha256:{PurePosixPath(path).stem}" for path in paths if path.startswith("document/")}
