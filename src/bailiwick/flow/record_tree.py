"""The tree over what is committed, for roots and proofs at any size; shared by whoever signs, anchors and verifies."""

import threading

from bailiwick.ledger.sparse_tree import SparseTree
from bailiwick.ports.reader import Reader


class RecordTree:
    """Reads leaf hashes from the store once, in blocks, and keeps one hash for every 256 of them. Blocks."""

    def __init__(self, reader: Reader) -> None:
        self._tree = SparseTree(reader.leaf_hashes)
        self._turn = threading.Lock()

    def root(self, size: int) -> bytes:
        """The root over the first `size` leaves; MerkleError when the record has fewer."""
        with self._turn:
            return self._tree.root(size)

    def consistency(self, old: int, size: int) -> list[bytes]:
        """The proof that the record of `old` leaves is the start of that of `size`; MerkleError as above."""
        with self._turn:
            return self._tree.consistency(old, size)
