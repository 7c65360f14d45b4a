"""The write side of one SQLite file: units of work, their events and the checkpoints, one transaction at a time.

Nothing here waits or schedules: `store.sqlite` says who holds the journal and when.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Frontier
from bailiwick.ports.clock import Clock
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.ports.signer import CheckpointSigner
from bailiwick.ports.store import Row, Unit
from bailiwick.store.batch import Batch, BatchShelf, Key, carry_out
from bailiwick.store.leaf import PAYLOAD_COLUMNS, SUBJECT_COLUMNS, Entry, lay_down
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.writer import SqliteRows

MAX_REMEMBERED: Final = 20_000
"""Rows kept between transactions: this process is the file's only writer, so what it wrote or read still holds."""
PATIENCE_MS: Final = 10_000
"""How long a patient transaction waits for somebody else's lock on the file."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose log this is, and who signs its checkpoints."""

    name: str
    signer: CheckpointSigner


class Journal:
    """One connection for writing; used by one thread at a time."""

    def __init__(
        self,
        path: Path,
        origin: Origin,
        clock: Clock,
        ids: Callable[[str], str],
        salt: Callable[[], bytes],
        keys: PayloadKeys | None = None,
    ) -> None:
        self._origin, self._clock, self._ids, self._salt = origin, clock, ids, salt
        self._keys = keys or FilePayloadKeys(path.parent)
        self._connection = open_writer(path)
        self._rows: dict[Key, Row | None] = {}
        self._signed_size = -1
        self.signed_us = 0

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextlib.contextmanager
    def patient(self) -> Any:
        """Inside, a lock that somebody else holds is waited for; outside, it is an error at once."""
        self._connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA busy_timeout=0")

    def write(self, units: Iterable[Unit[Any]]) -> list[Any]:
        """Open a transaction and carry out every unit in it; replies in order, an exception for a unit that refused.

        Durable only after `commit`. Whatever it raises, `rollback` must follow.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        rows = SqliteRows(self._connection)
        batch = Batch(rows, self._rows)
        answers = [carry_out(unit, BatchShelf(batch, self._clock.now_us(), self._ids), sqlite3.Error) for unit in units]
        rows.write(batch)
        self._append(batch.events)
        return answers

    def commit(self) -> None:
        """Make the open transaction durable: returns when the disk has said so."""
        self._connection.execute("COMMIT")
        if len(self._rows) > MAX_REMEMBERED:
            self._rows.clear()

    def rollback(self) -> None:
        """Undo the open transaction, if there is one."""
        # INVARIANT: what a failed transaction believed is forgotten; the next one reads the file again
        self._rows = {}
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def sign(self) -> None:
        """Write a signed checkpoint of the log as it stands, if it grew since the last."""
        frontier = read_frontier(self._connection)
        if frontier.size == self._signed_size:
            return
        head = Checkpoint(self._origin.name, frontier.size, frontier.root())
        self.signed_us = self._clock.now_us()  # a signer that is away is asked once a second, not at every batch
        note = self._origin.signer.note(head.format())
        row = (frontier.size, frontier.root(), note, self.signed_us)
        self._connection.execute("INSERT OR REPLACE INTO checkpoint (size, root, note, at_us) VALUES (?, ?, ?, ?)", row)
        self._signed_size = frontier.size

    def _append(self, entries: list[Entry]) -> None:
        if not entries:
            return
        connection = self._connection
        # INVARIANT: the frontier is read inside the transaction that moves it
        frontier = read_frontier(connection)
        laid = lay_down(entries, frontier, self._ids, self._salt, self._keys)
        connection.executemany(_INSERT_ENTRY, laid.rows)
        connection.executemany(_INSERT_PAYLOAD, laid.payloads)
        connection.executemany(_INSERT_SUBJECT, laid.subjects)
        state = ("log", frontier.size, frontier.to_bytes())
        connection.execute("INSERT OR REPLACE INTO log_state (id, size, frontier) VALUES (?, ?, ?)", state)


# names of this package, never of a caller
_INSERT_PAYLOAD: Final = f"INSERT INTO payload ({', '.join(PAYLOAD_COLUMNS)}) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
_INSERT_SUBJECT: Final = f"INSERT INTO payload_subject ({', '.join(SUBJECT_COLUMNS)}) VALUES (?, ?, ?)"  # noqa: S608
_INSERT_ENTRY: Final = (
    "INSERT INTO log_entry (seq, event_id, at_us, type, actor, agent, run, action, tool, verdict, leaf_hash, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def open_writer(path: Path) -> sqlite3.Connection:
    """A connection that makes a commit durable before it returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=4000",
        "secure_delete=FAST",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def read_frontier(connection: sqlite3.Connection) -> Frontier:
    """The frontier as the current transaction sees it."""
    row = connection.execute("SELECT size, frontier FROM log_state WHERE id = 'log'").fetchone()
    if row is None:
        return Frontier()
    frontier = Frontier.from_bytes(row[1])
    if frontier.size != row[0]:
        raise RuntimeError("the log's frontier does not match its size; run `bailiwick record verify`")
    return frontier
