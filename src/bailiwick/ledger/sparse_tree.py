"""The tree of a log too long to hold: every 256 leaves are kept as one hash, and single leaves read when needed."""

from collections.abc import Callable, Sequence
from typing import Final

from bailiwick.ledger.merkle import EMPTY_ROOT, Frontier, MerkleError, Tree, node_hash

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
_READ: Final = 64 * WIDTH
LeafHashes = Callable[[int, int], Sequence[bytes]]
"""The leaf hashes from one index up to another, which is excluded; fewer where the log ends."""


class SparseTree:
    """Roots and consistency proofs at any size. It trusts the leaf hashes read once; it is used by one thread."""

    def __init__(self, read: LeafHashes) -> None:
        self._read = read
        self._upper = Tree()  # one leaf for every 256 of the log

    def root(self, size: int) -> bytes:
        """The root over the first `size` leaves."""
        if size < 0:
            raise MerkleError(f"a log has no `{size}` entries")
        self._grow(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def consistency(self, old: int, size: int) -> list[bytes]:
        """The proof that the tree of `old` leaves is the start of the tree of `size` (RFC 9162, 2.1.4.1)."""
        if not 0 <= old <= size:
            raise MerkleError(f"`{old}` to `{size}` is no growth; give the smaller size first")
        self._grow(size)
        if old in (0, size):
            return []
        proof: list[bytes] = []
        start, stop = 0, size
        while stop != old:
            middle = start + _split(stop - start)
            if old <= middle:
                proof.append(self._subtree(middle, stop))
                stop = middle
            else:
                proof.append(self._subtree(start, middle))
                start = middle
        if start:
            proof.append(self._subtree(start, stop))
        return proof[::-1]

    def _grow(self, size: int) -> None:
        while (known := self._upper.size * WIDTH) + WIDTH <= size:
            hashes = self._leaves(known, min(known + _READ, size - size % WIDTH))
            for at in range(0, len(hashes), WIDTH):
                self._upper.append(_root_of(hashes[at : at + WIDTH]))

    def _subtree(self, start: int, stop: int) -> bytes:
        """The root over leaves `start` up to `stop`; `start` is a multiple of the next power of two."""
        width = stop - start
        if width < WIDTH:
            return _root_of(self._leaves(start, stop))
        if width & (width - 1) == 0:
            # INVARIANT: a full subtree over whole blocks is a node of the upper tree
            level = width.bit_length() - 1
            return self._upper.hashes(level - HEIGHT, start >> level, (start >> level) + 1)[0]
        middle = start + _split(width)
        return node_hash(self._subtree(start, middle), self._subtree(middle, stop))

    def _leaves(self, start: int, stop: int) -> Sequence[bytes]:
        hashes = self._read(start, stop)
        if len(hashes) != stop - start:
            raise MerkleError(f"the log holds {start + len(hashes)} leaf hashes, fewer than the {stop} asked for")
        return hashes


def _root_of(hashes: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    for hashed in hashes:
        frontier.append(hashed)
    return frontier.root()


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    return 1 << ((width - 1).bit_length() - 1)
