"""The log as static files (C2SP tlog-tiles): paths, hash tiles and entry bundles.

A full tile holds 256 hashes or entries, and a hash tile of level L has the subtree roots of height 8*L.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bailiwick.ledger.merkle import HASH_BYTES

TILE_WIDTH = 256
MAX_LEAF_BYTES = 65_535
HEIGHT = 8


_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_MAX_LEVEL = 63
_MAX_INDEX = 2**55
"""No log of 63-bit size has more tiles at a level."""


class TileError(ValueError):
    """A tile or entry bundle is not what its path promises, or cannot be written."""


@dataclass(frozen=True)
class TilePath:
    """Which tile a path names; an entry bundle has level -1."""

    level: int
    index: int
    width: int

    @property
    def is_entries(self) -> bool:
        return self.level < 0


def parse_path(path: str) -> TilePath | None:
    """What `hash_path` and `entries_path` write, read back; None for any other text."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level = -1 if found[1] == "entries" else int(found[1])
    index = int(found[2].replace("x", "").replace("/", ""))
    width = TILE_WIDTH if found[3] is None else int(found[3])
    if level > _MAX_LEVEL or index > _MAX_INDEX or width > TILE_WIDTH:
        return None
    named = TilePath(level, index, width)
    # INVARIANT: every tile has one path: no needless `x000/`, and no `.p/256`
    same = entries_path(index, width) if named.is_entries else hash_path(level, index, width)
    return named if same == path else None


def hash_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """The path of a hash tile, such as `tile/0/x001/234` or, with fewer hashes, `tile/0/x001/234.p/17`."""
    return f"tile/{level}/{_number(index)}{_partial(width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """The path of an entry bundle, such as `tile/entries/000` or `tile/entries/000.p/17`."""
    return f"tile/entries/{_number(index)}{_partial(width)}"


def hash_tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """The level, index and width of every hash tile of a log of `size` entries, lowest level first."""
    level = 0
    while size:
        for index, width in entry_bundles(size):
            yield level, index, width
        size >>= HEIGHT
        level += 1


def entry_bundles(size: int) -> Iterator[tuple[int, int]]:
    """The index and width of every entry bundle of a log of `size` entries."""
    full, rest = divmod(size, TILE_WIDTH)
    for index in range(full):
        yield index, TILE_WIDTH
    if rest:
        yield full, rest


def paths(size: int) -> Iterator[str]:
    """The path of every file of a log of `size` entries, entry bundles first."""
    for index, width in entry_bundles(size):
        yield entries_path(index, width)
    for level, index, width in hash_tiles(size):
        yield hash_path(level, index, width)


def encode_hashes(hashes: Sequence[bytes]) -> bytes:
    _check_width(len(hashes))
    if any(len(hashed) != HASH_BYTES for hashed in hashes):
        raise TileError(f"a hash in a tile has {HASH_BYTES} bytes")
    return b"".join(hashes)


def decode_hashes(data: bytes, width: int) -> list[bytes]:
    _check_width(width)
    if len(data) != HASH_BYTES * width:
        raise TileError(f"the tile has {len(data)} bytes, not the {HASH_BYTES * width} of {width} hashes")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """Each entry after its length, a big-endian uint16."""
    _check_width(len(entries))
    for entry in entries:
        if len(entry) > MAX_LEAF_BYTES:
            raise TileError(f"an entry has {len(entry)} bytes; at most {MAX_LEAF_BYTES} fit")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def decode_entries(data: bytes, width: int) -> list[bytes]:
    _check_width(width)
    entries = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        entries.append(data[start:at])
    if at != len(data):
        raise TileError("the entry bundle ends inside an entry")
    if len(entries) != width:
        raise TileError(f"the entry bundle has {len(entries)} entries, not {width}")
    return entries


def _check_width(width: int) -> None:
    if not 1 <= width <= TILE_WIDTH:
        raise TileError(f"a tile has 1 to {TILE_WIDTH} members, not {width}")


def _number(index: int) -> str:
    number = f"{index % 1000:03d}"
    while index := index // 1000:
        number = f"x{index % 1000:03d}/{number}"
    return number


def _partial(width: int) -> str:
    _check_width(width)
    return "" if width == TILE_WIDTH else f".p/{width}"
