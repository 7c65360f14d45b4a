"""The Merkle tree of RFC 6962 (RFC 9162, section 2.1): hashes, roots and proofs.

Hashes are 32 raw bytes. A root does not bind the size of its tree: take the size from a signed checkpoint.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Self

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


class MerkleError(ValueError):
    """A tree was asked for something it does not hold, or its stored state is damaged."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash one leaf, as the exact bytes stored."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two children into their parent."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: enough to append and to give the root, in O(log n) bytes."""

    __slots__ = ("_peaks", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._peaks: list[bytes] = []  # roots of the perfect subtrees, left to right

    @property
    def size(self) -> int:
        return self._size

    def append(self, hashed: bytes) -> None:
        """Add one leaf hash."""
        if len(hashed) != HASH_BYTES:
            raise MerkleError(f"a leaf hash has {HASH_BYTES} bytes, not {len(hashed)}; use leaf_hash(leaf)")
        # INVARIANT: there is one peak for every bit set in the size.
        size, peaks = self._size, self._peaks
        while size & 1:
            hashed = sha256(b"\x01" + peaks.pop() + hashed).digest()
            size >>= 1
        peaks.append(hashed)
        self._size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            root = node_hash(peak, root)
        return root

    def to_bytes(self) -> bytes:
        """The state: the size as 8 big-endian bytes, then the peaks from left to right."""
        return self._size.to_bytes(8, "big") + b"".join(self._peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH_BYTES * size.bit_count():
            raise MerkleError(f"the frontier has {len(data)} bytes, which no size `{size}` has; restore it")
        frontier = cls()
        frontier._size = size
        frontier._peaks = [data[at : at + HASH_BYTES] for at in range(8, len(data), HASH_BYTES)]
        return frontier


class Tree:
    """A whole tree in memory, for proofs and for tiles."""

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        # INVARIANT: _levels[k][i] is the root of the perfect subtree over leaves i*2**k up to (i+1)*2**k.
        self._levels = [list(leaf_hashes)]
        if any(len(hashed) != HASH_BYTES for hashed in self._levels[0]):
            raise MerkleError(f"a leaf hash has {HASH_BYTES} bytes; build the tree from leaf_hash(leaf)")
        while len(below := self._levels[-1]) > 1:
            pairs = zip(below[::2], below[1::2], strict=False)  # an odd last hash waits for its sibling
            self._levels.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])

    @property
    def size(self) -> int:
        return len(self._levels[0])

    def append(self, hashed: bytes) -> None:
        """Add one leaf hash."""
        if len(hashed) != HASH_BYTES:
            raise MerkleError(f"a leaf hash has {HASH_BYTES} bytes, not {len(hashed)}; use leaf_hash(leaf)")
        for level in self._levels:
            level.append(hashed)
            if len(level) & 1:
                return
            hashed = node_hash(level[-2], level[-1])
        self._levels.append([hashed])

    def hashes(self, level: int, start: int, stop: int) -> list[bytes]:
        """The roots of the perfect subtrees of height `level`, from `start` up to `stop`."""
        return self._levels[level][start:stop] if level < len(self._levels) else []

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves, or over all of them."""
        size = self.size if size is None else size
        self._check(0, size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The proof that leaf `index` is in the tree of the first `size` leaves (RFC 9162, 2.1.3.1)."""
        self._check(index + 1, size)
        if index < 0:
            raise MerkleError(f"there is no leaf `{index}`; leaves are counted from 0")
        proof: list[bytes] = []
        start, stop = 0, size
        while stop - start > 1:
            middle = start + _split(stop - start)
            if index < middle:
                proof.append(self._subtree(middle, stop))
                stop = middle
            else:
                proof.append(self._subtree(start, middle))
                start = middle
        return proof[::-1]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """The proof that the tree of `old` leaves is the start of the tree of `size` (RFC 9162, 2.1.4.1)."""
        self._check(old, size)
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

    def _check(self, old: int, size: int) -> None:
        if not 0 <= old <= size <= self.size:
            raise MerkleError(f"`{old}` to `{size}` is not within a tree of {self.size} leaves; stay within it")

    def _subtree(self, start: int, stop: int) -> bytes:
        """The root over leaves `start` up to `stop`; `start` is a multiple of the next power of two."""
        width = stop - start
        if width & (width - 1) == 0:
            level = width.bit_length() - 1
            return self._levels[level][start >> level]
        middle = start + _split(width)
        return node_hash(self._subtree(start, middle), self._subtree(middle, stop))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Check a proof for the leaf hash `leaf` (RFC 9162, 2.1.3.2); `size` is that of a signed checkpoint."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]):
        return False
    at, last, computed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            computed = node_hash(sibling, computed)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, sibling)
        at >>= 1
        last >>= 1
    return last == 0 and computed == root


def verify_consistency(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Check that the tree of `old` leaves is the start of the tree of `size` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= size or not _are_hashes([old_root, root, *proof]):
        return False
    if old == size:
        return old_root == root and not proof
    if old == 0:
        return old_root == EMPTY_ROOT and not proof
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at >>= 1
        last >>= 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            after = node_hash(after, sibling)
        at >>= 1
        last >>= 1
    return last == 0 and before == old_root and after == root


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _are_hashes(values: Iterable[bytes]) -> bool:
    # INVARIANT: every part has 32 bytes, or a byte could move between two siblings unseen.
    return all(len(value) == HASH_BYTES for value in values)
