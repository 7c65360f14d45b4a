"""Proof that an event is on the record: its leaf under a signed checkpoint (RFC 9162, section 2.1.3)."""

import threading
from dataclasses import dataclass
from typing import Final

from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ports.reader import EventFilter, Reader

PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The way from leaf `index` up to the root of the first `size` leaves; `note` is the checkpoint that signs it."""

    index: int
    size: int
    leaf_hash: str
    hashes: tuple[str, ...]
    root: str
    note: str


class Prover:
    """Proves leaves under the last signed checkpoint. It keeps the tree and reads only what was added since."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._tree = Tree()
        self._reading = threading.Lock()

    def prove(self, index: int) -> InclusionProof | None:
        """The proof of one leaf, or None when the last checkpoint does not cover it yet. Blocks."""
        head = self._reader.head()
        if head is None or not 0 <= index < head.size:
            return None
        with self._reading:
            self._grow(head.size)
            hashes = self._tree.inclusion(index, head.size)
            (leaf,) = self._tree.hashes(0, index, index + 1)
        names = tuple(one.hex() for one in hashes)
        return InclusionProof(index, head.size, leaf.hex(), names, head.root.hex(), head.note.decode())

    def _grow(self, size: int) -> None:
        while (known := self._tree.size) < size:
            added = self._reader.events(EventFilter(), before=known - 1 if known else None, limit=PAGE, ascending=True)
            if not added:
                return
            for event in added:
                self._tree.append(leaf_hash(event.body))
