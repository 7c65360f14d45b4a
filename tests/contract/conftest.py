"""One contract, every driver: each test of this folder runs against every store there is."""

import asyncio
import contextlib
import itertools
import resource
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
import pytest

from bailiwick.ledger.note import Signer
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Store
from bailiwick.store.journal import Origin
from bailiwick.store.migration import migrate, migrate_postgres
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.postgres import PostgresStore
from bailiwick.store.reader import PostgresReader, SqliteReader
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
class Driver:
    """What every driver starts from: one clock, one signer, ids and salts that are counted."""

    folder: Path
    url: str = ""
    clock: StepClock = field(default_factory=StepClock)
    signer: Signer = field(default_factory=lambda: Signer("log.acme.example", bytes(range(32))))
    counter: Iterator[int] = field(default_factory=itertools.count)
    store: SqliteStore | PostgresStore | None = None
    reader: SqliteReader | PostgresReader | None = None

    @property
    def origin(self) -> Origin:
        return Origin(self.signer.name, self.signer)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{next(self.counter):012}"

    def salt(self) -> bytes:
        return next(self.counter).to_bytes(32)

    def close(self) -> None:
        if self.store and self.reader:
            self.store.close()
            self.reader.close()
            self.store = self.reader = None


@dataclass
class PostgresDriver(Driver):
    """A store in a database of its own."""

    @cached_property
    def keys(self) -> FilePayloadKeys:
        return FilePayloadKeys(self.folder)

    def another(self, **more: float) -> PostgresStore:
        """A store of another server on the same database."""
        store = PostgresStore(self.url, self.origin, self.clock, self.new_id, self.salt, self.keys, **more)
        store.start()
        return store

    def open(self) -> tuple[Store, Reader]:
        migrate_postgres(self.url)
        self.reader = PostgresReader(self.url, self.keys)
        self.store = self.another()
        return self.store, self.reader

    def close(self) -> None:
        super().close()
        self.keys.close()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Inside, somebody else holds the lock that every transaction of the store needs."""
        with psycopg.connect(self.url) as connection:
            connection.execute("SELECT 1 FROM log_state FOR UPDATE")
            yield
            connection.rollback()


@dataclass
class SqliteDriver(Driver):
    """A store in one file that can be closed, opened again, and denied the disk."""

    @property
    def path(self) -> Path:
        return self.folder / "bailiwick.db"

    def open(self) -> tuple[Store, Reader]:
        migrate(self.path)
        self.reader = SqliteReader(self.path)
        self.store = SqliteStore(self.path, self.origin, self.clock, self.new_id, self.salt)
        self.store.start()
        return self.store, self.reader

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


@pytest.fixture(params=["sqlite", "postgresql"])
async def driver(request, tmp_path):
    if request.param == "sqlite":
        driver = SqliteDriver(tmp_path)
    else:
        driver = PostgresDriver(tmp_path, request.getfixturevalue("postgres_url"))
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
