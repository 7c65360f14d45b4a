"""The log as bytes: every leaf hashed again, the tree built again, every checkpoint held against it.

Two frontiers tell a changed leaf from a changed hash: one grows from the leaves, the other from the column of hashes,
and the signature at the next checkpoint says which of them is true. Both are one while they agree.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, func, select

from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.merkle import HASH_BYTES, Frontier
from bailiwick.ledger.note import NoteError, open_note
from bailiwick.store.damage import Damage
from bailiwick.store.schema import checkpoint, log_entry, log_state

CHUNK: Final = 4096
NAMED: Final = 100
"""Entries of one stretch that are named one by one."""
_Row = tuple[int, bytes, bytes]


class HashStage:
    """Implements `Walk`. `vkey` opens the checkpoints; its name is the origin that they must have."""

    name = "hashes"

    def __init__(self, connection: Connection, vkey: str, origin: str, *, in_use: bool = False) -> None:
        self._in_use = in_use
        self._connection, self._vkey, self._origin = connection, vkey, origin
        last = connection.execute(select(func.max(log_entry.c.seq))).scalar()
        self.total = 0 if last is None else last + 1
        self.done, self.finished = 0, False
        self._tree = Frontier()
        self._column: Frontier | None = None  # only where some hash is not that of its leaf
        self._odd: list[int] = []  # such entries since the last checkpoint
        self._signed = 0  # entries below the last checkpoint that held
        self._lost = False  # something is missing, so no later root can be told

    def memory(self) -> dict[str, Any]:
        column = self._column
        return {
            "done": self.done,
            "tree": self._tree.to_bytes().hex(),
            "column": column.to_bytes().hex() if column else "",
            "odd": self._odd,
            "signed": self._signed,
            "lost": self._lost,
        }

    def recall(self, memory: Mapping[str, Any]) -> None:
        self.done, self._odd = memory["done"], list(memory["odd"])
        self._tree = Frontier.from_bytes(bytes.fromhex(memory["tree"]))
        self._column = Frontier.from_bytes(bytes.fromhex(memory["column"])) if memory["column"] else None
        self._signed, self._lost = memory["signed"], memory["lost"]

    def step(self) -> Iterator[Damage]:
        if self.done >= self.total:
            yield from self._end()
            self.finished = True
            return
        start, end = self.done, min(self.done + CHUNK, self.total)
        columns = (log_entry.c.seq, log_entry.c.leaf_hash, log_entry.c.body)
        query = select(*columns).where(log_entry.c.seq >= start, log_entry.c.seq < end).order_by(log_entry.c.seq)
        rows: Sequence[Any] = self._connection.execute(query).fetchall()
        at = 0
        for size, root, note in self._heads(start, end):
            upto = at
            while upto < len(rows) and rows[upto][0] < size:
                upto += 1
            yield from self._grow(rows[at:upto], size)
            yield from self._hold(size, root, note)
            at = upto
        yield from self._grow(rows[at:], end)

    def _heads(self, start: int, end: int) -> Sequence[Any]:
        columns = (checkpoint.c.size, checkpoint.c.root, checkpoint.c.note)
        within = (checkpoint.c.size > start, checkpoint.c.size <= end)
        return self._connection.execute(select(*columns).where(*within).order_by(checkpoint.c.size)).fetchall()

    def _grow(self, rows: Sequence[_Row], end: int) -> Iterator[Damage]:
        """Append these rows, which should be all from `done` up to `end`."""
        due, tree, column = self.done, self._tree, self._column
        for seq, stored, body in rows:
            if seq != due:
                yield self._missing(due, seq)
            due = seq + 1
            hashed = sha256(b"\x00" + body).digest()
            if column is None and hashed != stored:
                column = self._column = Frontier.from_bytes(tree.to_bytes())
            if column is not None:
                if hashed != stored:
                    self._odd.append(seq)
                column.append(stored if len(stored) == HASH_BYTES else hashed)
            tree.append(hashed)
        if due != end:
            yield self._missing(due, end)
        self.done = end

    def _missing(self, first: int, end: int) -> Damage:
        self._lost = True
        which = f"entry {first} is" if end == first + 1 else f"entries {first} to {end - 1} are"
        return Damage("leaf", first, f"{which} missing from the log; restore it from a backup")

    def _hold(self, size: int, root: bytes, note: bytes) -> Iterator[Damage]:
        """Hold what has grown so far against the checkpoint of this size."""
        head = self._opened(size, note)
        if head is None:
            told = "its note does not carry this log's signature of this size"
            yield Damage("checkpoint", size - 1, f"the checkpoint of {size} entries: {told}", self._sure(root))
            return
        if head.root != root:
            told = f"the checkpoint of {size} entries: its column `root` is not what its note signs"
            yield Damage("checkpoint", size - 1, told, mendable=True)
        if self._lost:
            return
        if self._tree.root() == head.root:
            for seq in self._odd:
                yield Damage("column", seq, "its `leaf_hash` is not the hash of its leaf", mendable=True)
        elif self._column is not None and self._column.root() == head.root:
            for seq in self._odd:
                yield Damage("leaf", seq, "the leaf is not the one that was recorded and signed")
            self._tree = self._column  # what was signed stays the measure of what follows
        else:
            yield from self._broken(size)
            return
        self._column, self._odd, self._signed = None, [], size

    def _broken(self, size: int) -> Iterator[Damage]:
        self._lost = True
        span = f"entries {self._signed} to {size - 1}" if size - self._signed > 1 else f"entry {size - 1}"
        told = f"{span} differ from what was signed at {size} entries, so whoever changed them changed hashes too"
        yield Damage("leaf", self._signed, told)
        yield from self._odd_ones()

    def _odd_ones(self) -> Iterator[Damage]:
        for seq in self._odd[:NAMED]:
            yield Damage("leaf", seq, "the leaf and its recorded hash contradict each other")
        self._odd = []

    def _opened(self, size: int, note: bytes) -> Checkpoint | None:
        try:
            head = Checkpoint.parse(open_note(note, self._vkey))
        except (NoteError, CheckpointError):
            return None
        return head if head.size == size and head.origin == self._origin else None

    def _sure(self, root: bytes) -> bool:
        """Whether the tree as it stands can be signed again: nothing contradicts the root that was kept beside it."""
        return not self._lost and not self._odd and self._tree.root() == root

    def _end(self) -> Iterator[Damage]:
        """What is left when every row has been read: the tail that nothing signs, the frontier, the last checkpoint."""
        yield from self._odd_ones()
        whole = self._column or self._tree
        signed = self._connection.execute(select(func.max(checkpoint.c.size))).scalar() or 0
        state = self._connection.execute(select(log_state.c.size, log_state.c.frontier)).fetchone()
        due = max(signed, state[0] if state else 0)
        if due > self.total:
            which = f"entry {self.total} is" if due == self.total + 1 else f"entries {self.total} to {due - 1} are"
            yield Damage("leaf", self.total, f"{which} missing: the end of the log was cut off; restore it")
        if self._connection.execute(select(func.count()).where(log_entry.c.seq < 0)).scalar():
            yield Damage("leaf", -1, "there are entries below the first; no log has any")
        if self._lost or due > self.total:
            return  # nobody can tell what the rest should be; what is wrong was named
        sound = self._column is None
        if signed < self.total and not self._in_use:
            span = f"entries {signed} to {self.total - 1} are" if self.total - signed > 1 else f"entry {signed} is"
            yield Damage("checkpoint", signed, f"{span} not signed by any checkpoint", mendable=sound)
        if tuple(state or ()) != (whole.size, whole.to_bytes()) and self.total:
            told = f"the frontier is not that of these {self.total} entries"
            yield Damage("frontier", self.total - 1, told, mendable=sound)
