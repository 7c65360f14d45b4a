"""What is PostgreSQL's own: the row that is locked, durability settings, rows as JSON, and what it cannot hold."""

import asyncio
import contextlib
import itertools
import json
import secrets
import uuid

import psycopg
import pytest

from bailiwick.core.custody import Custody, SubjectName
from bailiwick.core.event import SYSTEM, Event, EventType
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.note import Signer
from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.journal import Origin
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.place import StorePlace
from bailiwick.store.postgres_codec import RecordSet
from bailiwick.store.postgres_journal import COPIED
from bailiwick.store.postgres_session import connect, conninfo
from bailiwick.store.reader import PostgresReader
from bailiwick.store.schema import metadata


class Clock:
    def now_us(self):
        return 1_800_000_000_000_000


class Note:
    """Append so many events, then do as told."""

    def __init__(self, count=1, then=None):
        self.count, self.then = count, then

    def step(self, shelf):
        for _ in range(self.count):
            shelf.append(Event(EventType.HALT_SET, SYSTEM, {"scope": "all"}), {"n": 1})
        if isinstance(self.then, BaseException):
            raise self.then
        if self.then is not None:
            shelf.put("tally", self.then)


@contextlib.contextmanager
def opened(folder, url):
    ids = itertools.count()
    origin = Origin("log.acme.example", Signer("log.acme.example", bytes(32)))
    keys = FilePayloadKeys(folder)
    run = uuid.uuid4().hex
    store = StorePlace(folder, url).store(
        origin, Clock(), lambda p: f"{p}-{run}-{next(ids)}", lambda: secrets.token_bytes(32), keys
    )
    store.start()
    yield store
    store.close()
    keys.close()


@pytest.fixture
def store(tmp_path, postgres_url):
    with opened(tmp_path, postgres_url) as store:
        yield store


@pytest.fixture(scope="module")
def shared_url(postgres, postgres_template):
    """A database that tests share which leave it whole."""
    url = postgres.new_database(postgres_template)
    yield url
    postgres.drop_database(url)


@pytest.fixture
def shared(tmp_path, shared_url):
    with opened(tmp_path, shared_url) as store:
        yield store


def frontiers(url):
    """The frontier as its row says, and as the leaves say."""
    again = Frontier()
    with psycopg.connect(url) as connection:
        for (body,) in connection.execute("SELECT body FROM log_entry ORDER BY seq"):
            again.append(leaf_hash(body))
        ((size, kept),) = connection.execute("SELECT size, frontier FROM log_state").fetchall()
    assert size == again.size
    return kept, again.to_bytes()


ODD = [
    pytest.param({"id": "odd"}, id="columns"),
    pytest.param({"id": "odd", "total": 2**63, "at_us": 0}, id="too large a number"),
    pytest.param({"id": "odd", "total": "many", "at_us": 0}, id="no number"),
    pytest.param({"id": "odd", "total": None, "at_us": 0}, id="null"),
    pytest.param({"id": "od\0d", "total": 1, "at_us": 0}, id="NUL"),
    pytest.param({"id": "\ud800", "total": 1, "at_us": 0}, id="surrogate"),
]


@pytest.mark.parametrize("then", [pytest.param(ValueError("no"), id="refusal"), *ODD])
async def test_the_frontier_is_what_the_leaves_say_after_a_failure(shared, shared_url, then):
    await shared.commit(Note(5))
    before = frontiers(shared_url)
    with pytest.raises((ValueError, StoreUnavailable)):
        await shared.commit(Note(2, then))
    assert frontiers(shared_url) == before and before[0] == before[1]
    answers = await asyncio.gather(
        *(shared.commit(Note(1, then if n % 3 else None)) for n in range(30)), return_exceptions=True
    )
    assert answers.count(None) == 10
    kept, computed = frontiers(shared_url)
    assert kept == computed and Frontier.from_bytes(kept).size == Frontier.from_bytes(before[0]).size + 10


async def test_a_frontier_that_does_not_fit_its_size_stops_every_write(store, postgres_url):
    await store.commit(Note(3))
    with psycopg.connect(postgres_url) as connection:
        connection.execute("UPDATE log_state SET size = 4")
    with pytest.raises(StoreUnavailable):
        await store.commit(Note())


async def test_a_log_whose_row_is_gone_takes_nothing_more(store, postgres_url):
    await store.commit(Note(3))
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DELETE FROM log_state")
    with pytest.raises(StoreUnavailable):
        await store.commit(Note())


@pytest.mark.parametrize(
    "given, used", [("off", "on"), ("local", "on"), ("remote_write", "remote_write"), ("remote_apply", "remote_apply")]
)
def test_a_commit_waits_for_the_disk_whatever_the_database_is_set_to(shared_url, given, used):
    with contextlib.closing(connect(f"{shared_url}&options=-csynchronous_commit%3D{given}")) as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == (used,)
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("10s",)


def test_what_the_address_says_of_a_connection_is_kept():
    assert "connect_timeout=9" in conninfo("postgresql:///x?connect_timeout=9")
    assert "connect_timeout=3" in conninfo("postgresql:///x")


def test_the_reader_cannot_write(tmp_path, shared_url):
    reader = PostgresReader(shared_url, FilePayloadKeys(tmp_path))
    with reader._engine.connect() as connection, pytest.raises(Exception, match="read-only"):
        connection.exec_driver_sql("DELETE FROM log_entry")
    reader.close()


async def test_a_reader_whose_connection_was_lost_reads_again(tmp_path, postgres_url, store):
    reader = PostgresReader(postgres_url, FilePayloadKeys(tmp_path))
    await store.commit(Note(3))
    assert reader.size() == 3
    with psycopg.connect(postgres_url) as connection:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = %s"
        connection.execute(query, (connection.info.dbname,))
    assert reader.size() == 3
    await store.commit(Note(1))
    assert reader.size() == 4
    reader.close()


@pytest.mark.parametrize("people", [1, COPIED // 3, COPIED, 3 * COPIED])
async def test_a_payload_of_many_people_is_written_whole_however_it_travels(shared, shared_url, tmp_path, people):
    payload = {"records": [{"email": f"contact-{n}@acme.example"} for n in range(people)]}
    parts = {("records", n): (SubjectName("contact", f"con-{n}"),) for n in range(people)}

    class Kept:
        def step(self, shelf):
            event = Event(EventType.HALT_SET, SYSTEM, {"scope": "all"})
            shelf.append(event, payload, Custody("customer", parts))

    reader = PostgresReader(shared_url, FilePayloadKeys(tmp_path))
    first = reader.size()
    await shared.commit(Kept())
    ((_, body),) = reader.span(first, first + 1, ["halt.set"])
    assert json.loads(body) == payload
    reader.close()


def test_every_table_can_be_written_as_json(shared_url):
    with psycopg.connect(shared_url) as connection:
        for table in metadata.tables.values():
            assert connection.execute(RecordSet(table).insert, ("[]",)).rowcount == 0
