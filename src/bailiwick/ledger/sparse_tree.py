"""The tree of a log too long to hold: every 256 leaves are kept as one hash, and single leaves read when needed."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from bailiwick.ledger.merkle import EMPTY_ROOT, Frontier, MerkleError, Tree, node_hash

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
_READ: Final = 64 * WIDTH
_HELD: Final = 64
"""Blocks of leaf hashes kept at hand: proofs of neighbours, and the end of the log, are asked for again and again."""
LeafHashes = Callable[[int, int], Sequence[bytes]]
"""The leaf hashes from one index up to another, which is excluded; fewer where the log ends."""


class SparseTree:
    """Roots, proofs and tiles at any size. It trusts the leaf hashes read once; it is used by one thread.

    Nothing of it is stored: a tile is 256 leaf hashes, or as many hashes of the upper tree, which is made again from
    the leaf hashes after a restart (a second or two for each million) and holds one in 256 of them.
    """

    def __init__(self, read: LeafHashes) -> None:
        self._read = read
        self._upper = Tree()  # one leaf for every 256 of the log
        self._blocks: OrderedDict[int, Sequence[bytes]] = OrderedDict()

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

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that leaf `index` is in the tree of the first `size` leaves (RFC 9162, 2.1.3.1)."""
        if not 0 <= index < size:
            raise MerkleError(f"there is no leaf `{index}` among {size}; leaves are counted from 0")
        self._grow(size)
        proof: list[bytes] = []
        start, stop = 0, size
        while stop - start > 1:
            middle = start + (1 << ((stop - start - 1).bit_length() - 1))
            if index < middle:
                proof.append(self._subtree(middle, stop))
                stop = middle
            else:
                proof.append(self._subtree(start, middle))
                start = middle
        return proof[::-1]

    def leaf(self, index: int) -> bytes:
        """The hash of leaf `index`."""
        return self._leaves(index, index + 1)[0]

    def tile(self, level: int, index: int, width: int = WIDTH) -> list[bytes]:
        """The hashes of a tlog-tiles tile: roots of perfect subtrees of height 8 times `level`."""
        start = index * WIDTH
        if level == 0:
            return list(self._leaves(start, start + width))
        self._grow((start + width) << (HEIGHT * level))
        return self._upper.hashes(HEIGHT * (level - 1), start, start + width)

    def _grow(self, size: int) -> None:
        while (known := self._upper.size * WIDTH) + WIDTH <= size:
            hashes = self._fetch(known, min(known + _READ, size - size % WIDTH))
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
        """Leaf hashes of one block, which is read whole and kept for a while."""
        number, base = start >> HEIGHT, start >> HEIGHT << HEIGHT
        held = self._blocks.get(number, ())
        # INVARIANT: a leaf never changes, so a block that was read is only ever too short
        if len(held) < stop - base:
            held = self._blocks[number] = self._read(base, base + WIDTH)
            if len(self._blocks) > _HELD:
                self._blocks.popitem(last=False)
        if len(held) < stop - base:
            raise MerkleError(f"the log holds {base + len(held)} leaf hashes, fewer than the {stop} asked for")
        self._blocks.move_to_end(number)
        return held[start - base : stop - base]

    def _fetch(self, start: int, stop: int) -> Sequence[bytes]:
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
