"""One contract, every driver: each test of this folder runs against every store there is."""

import asyncio
import contextlib
import itertools
import resource
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bailiwick.ledger.note import Signer
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Store
from bailiwick.store.journal import Origin
from bailiwick.store.migration import migrate
from bailiwick.store.reader import SqliteReader
from bailiwick.store.sqlite import SqliteStore

START_US = 1_800_000_000_000_000


@dataclass
class StepClock:
    """A clock that moves a millisecond whenever it is read."""

    at_us: int = START_US
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now_us(self) -> int:
        with self.lock:
            self.at_us += 1_000
            return self.at_us


@dataclass
class SqliteDriver:
    """A store in one file that can be closed, opened again, and denied the disk."""

    folder: Path
    clock: StepClock = field(default_factory=StepClock)
    signer: Signer = field(default_factory=lambda: Signer("log.acme.example", bytes(range(32))))
    counter: Iterator[int] = field(default_factory=itertools.count)
    store: SqliteStore | None = None
    reader: SqliteReader | None = None

    @property
    def path(self) -> Path:
        return self.folder / "bailiwick.db"

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{next(self.counter):012}"

    def open(self) -> tuple[Store, Reader]:
        migrate(self.path)
        self.reader = SqliteReader(self.path)
        origin = Origin(self.signer.name, self.signer)
        self.store = SqliteStore(self.path, origin, self.clock, self.new_id, lambda: next(self.counter).to_bytes(32))
        self.store.start()
        return self.store, self.reader

    def close(self) -> None:
        if self.store and self.reader:
            self.store.close()
            self.reader.close()
            self.store = self.reader = None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Inside, somebody else holds the lock that every transaction of the store needs."""
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def disk_full(self, room: int = 0) -> Iterator[None]:
        """No file of this process may grow beyond what the write-ahead log has now, and `room` bytes more."""
        size = self.path.with_name("bailiwick.db-wal").stat().st_size
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(params=[SqliteDriver], ids=["sqlite"])
async def driver(request, tmp_path):
    driver = request.param(tmp_path)
    yield driver
    await asyncio.to_thread(driver.close)


@pytest.fixture
def opened(driver):
    return driver.open()


@pytest.fixture
def store(opened):
    return opened[0]


@pytest.fixture
def reader(opened):
    return opened[1]
