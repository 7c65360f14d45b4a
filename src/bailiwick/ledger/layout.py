"""A log laid out as static files while it is read, a bundle at a time: nothing of it is held but one tile a level."""

from collections.abc import Iterable, Iterator

from bailiwick.ledger import tile
from bailiwick.ledger.merkle import Tree, leaf_hash

File = tuple[str, bytes]


def tile_files(leaves: Iterable[bytes]) -> Iterator[File]:
    """The path and the bytes of every tile and entry bundle (C2SP tlog-tiles) of a log with these leaves."""
    entries: list[bytes] = []
    levels = _Levels()
    for leaf in leaves:
        entries.append(leaf)
        if len(entries) == tile.TILE_WIDTH:
            yield tile.entries_path(levels.full(0)), tile.encode_entries(entries)
            yield from levels.add(0, [leaf_hash(each) for each in entries])
            entries = []
    if entries:
        yield tile.entries_path(levels.full(0), len(entries)), tile.encode_entries(entries)
        yield from levels.add(0, [leaf_hash(each) for each in entries])
    yield from levels.rest()


class _Levels:
    """The hashes of each level that wait for their tile to be full, and how many tiles of it were."""

    def __init__(self) -> None:
        self._waiting: list[list[bytes]] = []
        self._full: list[int] = []

    def full(self, level: int) -> int:
        return self._full[level] if level < len(self._full) else 0

    def add(self, level: int, hashes: list[bytes]) -> Iterator[File]:
        """Put hashes at the right; there are never more than fill the tile."""
        if level == len(self._waiting):
            self._waiting.append([])
            self._full.append(0)
        waiting = self._waiting[level]
        waiting += hashes
        if len(waiting) == tile.TILE_WIDTH:
            yield tile.hash_path(level, self._full[level]), tile.encode_hashes(waiting)
            self._full[level] += 1
            self._waiting[level] = []
            yield from self.add(level + 1, [Tree(waiting).root()])

    def rest(self) -> Iterator[File]:
        """The partial tiles."""
        for level, waiting in enumerate(self._waiting):
            if waiting:
                yield tile.hash_path(level, self._full[level], len(waiting)), tile.encode_hashes(waiting)
