"""Proof that an event is on the record: its leaf under a signed checkpoint (RFC 9162, section 2.1.3)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from bailiwick.ledger import proof as tlog_proof
from bailiwick.ledger import tile
from bailiwick.ledger.sparse_tree import SparseTree
from bailiwick.ports.reader import EventFilter, Reader, SignedHead

_ANY: Final = EventFilter()
FoundT = TypeVar("FoundT")


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
    """Proves leaves and gives the log's tiles, all under the last signed checkpoint; blocks, and any thread may ask.

    It keeps one hash in 256 and reads what a proof needs besides, so no request holds a whole tree.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._tree = SparseTree(reader.leaf_hashes)
        self._reading = threading.Lock()

    def prove(self, index: int) -> InclusionProof | None:
        """The proof of one leaf, or None when the last checkpoint does not cover it yet."""
        found = self._proved(index, lambda head: (self._tree.inclusion(index, head.size), self._tree.leaf(index)))
        if found is None:
            return None
        head, (hashes, leaf) = found
        names = tuple(one.hex() for one in hashes)
        return InclusionProof(index, head.size, leaf.hex(), names, head.root.hex(), head.note.decode())

    def proof_file(self, index: int) -> bytes | None:
        """The same as a `.tlog-proof` file that carries its leaf."""
        found = self._proved(index, lambda head: self._tree.inclusion(index, head.size))
        if found is None:
            return None
        head, hashes = found
        (event,) = self._reader.events(_ANY, before=index + 1, limit=1)
        return tlog_proof.make(index, hashes, head.note, event.body)

    def tile(self, level: int, index: int, width: int) -> list[bytes] | None:
        """The hashes of a tile (tlog-tiles), or None when the last checkpoint has no such tile."""
        last = ((index << tile.HEIGHT) + width << tile.HEIGHT * level) - 1
        found = self._proved(last, lambda _: self._tree.tile(level, index, width))
        return None if found is None else found[1]

    def _proved(self, index: int, find: Callable[[SignedHead], FoundT]) -> tuple[SignedHead, FoundT] | None:
        head = self._reader.head()
        if head is None or not 0 <= index < head.size:
            return None
        with self._reading:
            return head, find(head)
