"""What is SQLite's own: the frontier's row, durability settings, and a file that somebody else holds."""

import asyncio
import contextlib
import itertools
import sqlite3
from dataclasses import dataclass

import pytest

from bailiwick.core.event import SYSTEM, Event, EventType
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.note import Signer
from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.journal import Origin, open_writer, read_frontier
from bailiwick.store.migration import migrate
from bailiwick.store.reader import SqliteReader
from bailiwick.store.sqlite import SqliteStore


@dataclass(frozen=True)
class Note:
    """Append so many events, then do as told."""

    count: int = 1
    then: object = None

    def step(self, shelf):
        for _ in range(self.count):
            shelf.append(Event(EventType.HALT_SET, SYSTEM, {"scope": "all"}), {"n": 1})
        if isinstance(self.then, BaseException):
            raise self.then
        if self.then == "odd row":
            shelf.put("tally", {"id": "odd"})


@pytest.fixture
def path(tmp_path):
    migrate(tmp_path / "bailiwick.db")
    return tmp_path / "bailiwick.db"


@pytest.fixture
def store(path):
    class Clock:
        def now_us(self):
            return 1_800_000_000_000_000

    ids, salts = itertools.count(), itertools.count()
    origin = Origin("log.acme.example", Signer("log.acme.example", bytes(32)))
    store = SqliteStore(path, origin, Clock(), lambda p: f"{p}-{next(ids)}", lambda: next(salts).to_bytes(32))
    store.start()
    yield store
    store.close()


def frontiers(path):
    """The frontier as its row says, and as the leaves say."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        again = Frontier()
        for (body,) in connection.execute("SELECT body FROM log_entry ORDER BY seq"):
            again.append(leaf_hash(body))
        return read_frontier(connection).to_bytes(), again.to_bytes()


@pytest.mark.parametrize("sizes", [(1,), (3, 5, 8), (1,) * 33])
async def test_the_frontier_is_what_the_leaves_say_after_every_commit(path, store, sizes):
    for size in sizes:
        await store.commit(Note(size))
        kept, computed = frontiers(path)
        assert kept == computed


@pytest.mark.parametrize("then", [ValueError("no"), "odd row"])
async def test_the_frontier_is_what_the_leaves_say_after_a_failure(path, store, then):
    await store.commit(Note(5))
    before = frontiers(path)
    with pytest.raises((ValueError, StoreUnavailable)):
        await store.commit(Note(2, then))
    assert frontiers(path) == before and before[0] == before[1]
    answers = await asyncio.gather(
        *(store.commit(Note(1, then if n % 3 else None)) for n in range(30)), return_exceptions=True
    )
    assert answers.count(None) == 10
    kept, computed = frontiers(path)
    assert kept == computed and Frontier.from_bytes(kept).size == 15


async def test_a_frontier_that_does_not_fit_its_size_stops_every_write(path, store):
    await store.commit(Note(3))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE log_state SET size = 4")
        connection.commit()
    with pytest.raises(StoreUnavailable):
        await store.commit(Note())


async def test_a_commit_is_durable_before_it_is_acknowledged(path):
    with contextlib.closing(open_writer(path)) as connection:
        found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert found == ["wal", 2]  # 2 is FULL


async def test_the_reader_cannot_write(path):
    reader = SqliteReader(path)
    with reader._engine.connect() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM log_entry")
    reader.close()


async def test_a_missing_file_is_an_unavailable_store_and_not_a_traceback(tmp_path):
    reader = SqliteReader(tmp_path / "no" / "such.db")
    with pytest.raises(StoreUnavailable):
        reader.row("tally", "a")
    reader.close()


@pytest.mark.parametrize("name", ["with space.db", "100%.db", "what?.db", "ü#.db"])
async def test_any_file_name_will_do(tmp_path, name):
    migrate(tmp_path / name)
    reader = SqliteReader(tmp_path / name)
    assert reader.size() == 0
    reader.close()
    assert [found.name for found in tmp_path.iterdir()] == [name]
