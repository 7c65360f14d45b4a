"""The store on one SQLite file: one writer thread that commits units of work in batches.

Whatever waits when a transaction ends forms the next batch; there is no artificial delay. The log's frontier is read
again inside every transaction: a frontier kept in memory once corrupted a log when the disk filled.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import structlog

from bailiwick.ledger import canonical
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.commitment import commit as commitment
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.note import Signer, sign
from bailiwick.ports.clock import Clock
from bailiwick.ports.store import ReplyT, Row, StoreUnavailable, Unit
from bailiwick.store.writer import Batch, Entry, Key, SqliteShelf

MAX_BATCH: Final = 512
MAX_WAITING: Final = 8192
MAX_REMEMBERED: Final = 20_000
"""Rows kept between batches: this process is the file's only writer, so what it wrote or read still holds."""
MAX_LEAF: Final = 65_535
CHECKPOINT_SECONDS: Final = 1.0

log = structlog.get_logger("store")


@dataclass(frozen=True, slots=True)
class _Job:
    unit: Unit[Any] | None  # None asks for a checkpoint now
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose log this is, and the key that signs its checkpoints."""

    name: str
    signer: Signer


class SqliteStore:
    """Implements `ports.store.Store`; `start` opens the writer, `close` drains it."""

    def __init__(
        self,
        path: Path,
        origin: Origin,
        clock: Clock,
        ids: Callable[[str], str],
        salt: Callable[[], bytes],
    ) -> None:
        self._path = path
        self._origin = origin
        self._clock = clock
        self._ids = ids
        self._salt = salt
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="bailiwick-writer", daemon=True)
        self._signed_size = -1
        self._signed_us = 0
        self._door = threading.Lock()
        self._rows: dict[Key, Row | None] = {}
        self._stopping = False

    def start(self) -> None:
        """Open the file and start the writer thread."""
        self._connection = open_writer(self._path)
        self._thread.start()

    def close(self) -> None:
        """Commit what waits, sign a last checkpoint and stop."""
        with self._door:
            self._stopping = True
        self._jobs.put(None)
        self._thread.join()

    async def commit(self, unit: Unit[ReplyT]) -> ReplyT:
        reply: ReplyT = await self._submit(unit)
        return reply

    async def checkpoint(self) -> None:
        """Sign the log as it stands now, if it grew since the last checkpoint."""
        await self._submit(None)

    async def _submit(self, unit: Unit[Any] | None) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        # INVARIANT: nothing is put behind the closing mark, where nobody would ever answer it
        with self._door:
            if self._stopping:
                raise StoreUnavailable("the store is closing; try again after the restart")
            if self._jobs.qsize() >= MAX_WAITING:
                raise StoreUnavailable("too much is waiting for the record; try again shortly")
            self._jobs.put(_Job(unit, future))
        return await future

    def _work(self) -> None:
        while True:
            try:
                first = self._jobs.get(timeout=CHECKPOINT_SECONDS)
            except queue.Empty:
                self._sign_quietly()
                continue
            jobs = [] if first is None else [first]
            stop = first is None
            while not stop and len(jobs) < MAX_BATCH:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                stop = job is None
                if job is not None:
                    jobs.append(job)
            self._run(jobs)
            # a busy log is signed too, not only one that falls silent
            if self._clock.now_us() - self._signed_us >= CHECKPOINT_SECONDS * 1_000_000:
                self._sign_quietly()
            if stop:
                self._sign_quietly()
                self._connection.close()
                return

    def _run(self, jobs: list[_Job]) -> None:
        units = [job for job in jobs if job.unit is not None]
        answers = self._commit_batch(units)
        for job in jobs:
            if job.unit is None:
                answers.append((job, self._sign_quietly()))
        loops: dict[asyncio.AbstractEventLoop, list[tuple[_Job, Any]]] = {}
        for job, answer in answers:
            loops.setdefault(job.future.get_loop(), []).append((job, answer))
        for loop, batch in loops.items():
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
                loop.call_soon_threadsafe(_resolve, batch)

    def _commit_batch(self, jobs: list[_Job]) -> list[tuple[_Job, Any]]:
        if not jobs:
            return []
        try:
            return self._transaction(jobs)
        except Exception as error:  # noqa: BLE001  # a batch fails whole, whatever the reason
            self._rollback()
            if len(jobs) > 1:
                return [answer for job in jobs for answer in self._commit_batch([job])]
            _complain("store.commit_failed", error)
            refusal = StoreUnavailable("the record cannot be written just now, so nothing was done; try again later")
            refusal.__cause__ = error
            return [(jobs[0], refusal)]

    def _transaction(self, jobs: list[_Job]) -> list[tuple[_Job, Any]]:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        batch = Batch(connection, self._rows)
        answers: list[tuple[_Job, Any]] = []
        for job in jobs:
            shelf = SqliteShelf(batch, self._clock.now_us(), self._ids)
            try:
                reply = job.unit.step(shelf)  # type: ignore[union-attr]  # checkpoints were sorted out before
            except sqlite3.Error:
                raise
            except StopIteration as error:  # no future may carry one, and its caller would wait for ever
                answers.append((job, RuntimeError(f"the unit `{type(job.unit).__name__}` ended early: {error}")))
                continue
            except Exception as error:  # noqa: BLE001  # the unit refuses itself alone; its overlay is dropped
                answers.append((job, error))
                continue
            shelf.merge()
            answers.append((job, reply))
        batch.write_rows()
        self._append(batch.events)
        connection.execute("COMMIT")
        if len(self._rows) > MAX_REMEMBERED:
            self._rows.clear()
        return answers

    def _append(self, entries: list[Entry]) -> None:
        if not entries:
            return
        connection = self._connection
        # INVARIANT: the frontier is read inside the transaction that moves it
        frontier = read_frontier(connection)
        rows, payloads = [], []
        for entry in entries:
            seq, event_id, note = frontier.size, self._ids("evt"), None
            if entry.payload is not None:
                body, salt = canonical.encode_sorted(entry.payload), self._salt()
                name = commitment(salt, body)
                note = {"commitment": name, "size": len(body)}
                payloads.append((name, salt, body, seq))
            leaf = canonical.encode(entry.event.leaf(event_id, entry.at_us, note))
            if len(leaf) > MAX_LEAF:
                raise ValueError(f"event `{entry.event.type.value}` is too large for a leaf")
            hashed = leaf_hash(leaf)
            frontier.append(hashed)
            rows.append((seq, event_id, entry.at_us, *entry.projection(), hashed, leaf))
        connection.executemany(_INSERT_ENTRY, rows)
        connection.executemany("INSERT INTO payload (id, salt, body, seq) VALUES (?, ?, ?, ?)", payloads)
        state = ("log", frontier.size, frontier.to_bytes())
        connection.execute("INSERT OR REPLACE INTO log_state (id, size, frontier) VALUES (?, ?, ?)", state)

    def _rollback(self) -> None:
        # INVARIANT: what a failed batch believed is forgotten; the next one reads the file again
        self._rows = {}
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _sign_quietly(self) -> Exception | None:
        try:
            self._sign()
        except Exception as error:  # noqa: BLE001  # a checkpoint that cannot be written now is written a second later
            self._rollback()
            _complain("store.checkpoint_failed", error)
            return StoreUnavailable("the checkpoint cannot be written just now; try again later")
        return None

    def _sign(self) -> None:
        frontier = read_frontier(self._connection)
        if frontier.size == self._signed_size:
            return
        head = Checkpoint(self._origin.name, frontier.size, frontier.root())
        note = sign(head.format(), self._origin.signer)
        row = (frontier.size, frontier.root(), note, self._clock.now_us())
        self._connection.execute("INSERT OR REPLACE INTO checkpoint (size, root, note, at_us) VALUES (?, ?, ?, ?)", row)
        self._signed_size, self._signed_us = frontier.size, row[-1]


_INSERT_ENTRY: Final = (
    "INSERT INTO log_entry (seq, event_id, at_us, type, actor, agent, run, action, tool, verdict, leaf_hash, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def open_writer(path: Path) -> sqlite3.Connection:
    """A connection that makes a commit durable before it returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=4000"):
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


def _complain(event: str, error: Exception) -> None:
    # INVARIANT: a log that cannot be written either, on the same full disk, does not end the writer
    with contextlib.suppress(Exception):
        log.error(event, error=type(error).__name__, detail=str(error))


def _resolve(batch: list[tuple[_Job, Any]]) -> None:
    for job, answer in batch:
        if job.future.done():
            continue
        if isinstance(answer, Exception):
            job.future.set_exception(answer)
        else:
            job.future.set_result(answer)
