"""What PostgreSQL adds: connections that are lost, a server that stops, and several stores on one database."""

import asyncio
import contextlib
import threading
from collections import Counter
from dataclasses import dataclass

import psycopg
import pytest

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.note import open_note
from bailiwick.ports.store import CommitUnknown, StoreUnavailable
from bailiwick.store.migration import migrate_postgres
from bailiwick.store.postgres_journal import KEPT_TURNS, LOOK_BACK, NAMED_KEYS
from tests.contract.conftest import START_US, PostgresDriver, SqliteDriver
from tests.contract.sample_unit import Count, Look, Put, check_log, tally
from tools.postgres import LocalPostgres


@pytest.fixture(params=["postgresql"])
def driver(request, tmp_path, postgres_url):
    driver = PostgresDriver(tmp_path, postgres_url)
    yield driver
    driver.close()


def ask(driver, query, *values):
    with psycopg.connect(driver.url, autocommit=True) as connection:
        return connection.execute(query, values).fetchall()


WRITER = "application_name = 'bailiwick' AND datname = current_database() AND query NOT LIKE '%%log_entry.%%'"


def hang_up(driver, where="true"):
    """End every connection of the store, as an administrator or a failover would; how many there were."""
    return len(ask(driver, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {WRITER} AND {where}"))


async def until(driver, where):
    """Wait until some connection of the store is in that state."""
    query = f"SELECT 1 FROM pg_stat_activity WHERE {WRITER} AND {where}"
    while not await asyncio.to_thread(ask, driver, query):
        await asyncio.sleep(0.01)


# ------------------------------------------------------------------------------------------------ loss


async def test_a_connection_lost_between_two_commits_is_made_again(driver, store, reader):
    assert await store.commit(Count("a")) == 1
    assert hang_up(driver)
    assert await store.commit(Count("a")) == 2
    assert reader.row("tally", "a")["total"] == 2
    check_log(reader)


async def test_a_connection_lost_while_waiting_for_the_lock_costs_nothing(driver, store, reader):
    await store.commit(Count("a"))
    with driver.locked():
        waiting = asyncio.ensure_future(store.commit(Count("a")))
        await until(driver, "wait_event_type = 'Lock'")
        assert hang_up(driver, "wait_event_type = 'Lock'")
    assert await waiting == 2
    check_log(reader)


async def test_a_connection_lost_amid_the_last_words_is_looked_up_and_the_batch_made_once(driver, store, reader):
    await store.commit(Count("a"))
    with psycopg.connect(driver.url) as other:
        other.execute("SELECT 1 FROM tally FOR UPDATE")  # the rows are written at the very end
        waiting = asyncio.ensure_future(store.commit(Count("a")))
        await until(driver, "wait_event_type = 'Lock'")
        assert hang_up(driver, "wait_event_type = 'Lock'")
        other.rollback()
    assert await waiting == 2
    assert reader.row("tally", "a")["total"] == 2 and reader.size() == 2
    check_log(reader)


@contextlib.contextmanager
def answers_withheld(postgres, driver):
    """Inside, a commit is made but never answered: the database waits for a replica of its own that is not there."""
    name, query = "synchronous_standby_names", "SELECT pg_reload_conf()"
    postgres.execute(f"ALTER SYSTEM SET {name} = 'nobody'")
    postgres.execute(query)
    try:
        yield
    finally:
        postgres.execute(f"ALTER SYSTEM RESET {name}")
        postgres.execute(query)
        while ask(driver, f"SHOW {name}") != [("",)]:
            pass


async def test_a_commit_whose_answer_was_lost_is_found_and_not_done_twice(postgres, driver, store, reader):
    await store.commit(Count("a"))
    with answers_withheld(postgres, driver):
        waiting = asyncio.ensure_future(store.commit(Count("a")))
        await until(driver, "wait_event = 'SyncRep'")
        assert hang_up(driver, "wait_event = 'SyncRep'")
        assert await waiting == 2
    assert reader.row("tally", "a")["total"] == 2 and reader.size() == 2
    assert await store.commit(Count("a")) == 3
    check_log(reader)


@pytest.fixture
def own(tmp_path):
    """A store on a server of its own, which may be stopped."""
    with LocalPostgres(durable=False) as server:
        driver = PostgresDriver(tmp_path, server.url("postgres"))
        yield server, driver, *driver.open()
        driver.close()


async def test_a_server_that_stops_hard_loses_nothing_acknowledged_and_is_found_again(own):
    server, _, store, reader = own
    answers, stop = [], asyncio.Event()

    async def work():
        while not stop.is_set():
            try:
                answers.append(await store.commit(Count("a")))
            except StoreUnavailable as error:
                answers.append(error)
                await asyncio.sleep(0.01)

    working = [asyncio.ensure_future(work()) for _ in range(8)]
    while len(answers) < 200:
        await asyncio.sleep(0.01)
    await asyncio.to_thread(server.stop)
    while not isinstance(answers[-1], StoreUnavailable):
        await asyncio.sleep(0.01)
    with pytest.raises(StoreUnavailable):
        await asyncio.to_thread(reader.row, "tally", "a")
    await asyncio.to_thread(server.start)
    while isinstance(answers[-1], StoreUnavailable):
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*working)
    made = [answer for answer in answers if isinstance(answer, int)]
    assert max(Counter(made).values()) == 1  # none twice
    unknown = sum(isinstance(answer, CommitUnknown) for answer in answers)
    total = reader.row("tally", "a")["total"]
    assert len(made) <= total <= len(made) + unknown
    assert reader.size() == total
    check_log(reader)


async def test_a_lost_answer_that_nobody_can_look_up_is_unknown_and_says_so(own):
    server, driver, _, reader = own
    store = driver.another(patience_s=0)
    await store.commit(Count("a"))
    with answers_withheld(server, driver):
        waiting = asyncio.ensure_future(store.commit(Count("a")))
        await until(driver, "wait_event = 'SyncRep'")
        await asyncio.to_thread(server.stop)
        with pytest.raises(CommitUnknown, match="look before you try again"):
            await waiting
        with pytest.raises(StoreUnavailable, match="nothing was done"):
            await store.commit(Count("a"))
        await asyncio.to_thread(server.start)
    assert await store.commit(Count("a")) == 3  # it had been made
    await asyncio.to_thread(store.close)
    check_log(reader)


async def test_a_store_that_cannot_connect_says_so_at_its_start(tmp_path):
    with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer"):
        PostgresDriver(tmp_path, f"postgresql:///none?host={tmp_path}").another()


# ------------------------------------------------------------------------------------------------ several stores


async def test_two_stores_at_once_make_one_log_and_never_miss_what_the_other_wrote(driver, store, reader):
    other = driver.another()

    @dataclass(frozen=True)
    class Mixed:
        """Counts shared rows, now and then so many that a batch does not name them."""

        number: int

        def step(self, shelf):
            if self.number % 50 == 0:
                for n in range(NAMED_KEYS + 1):
                    shelf.put("tally", tally(f"wide{n}", self.number))
            return Count(f"t{self.number % 3}").step(shelf), Count("wide7").step(shelf)

    units = [Mixed(number) for number in range(600)]
    told = await asyncio.gather(*((store, other)[n % 2].commit(unit) for n, unit in enumerate(units)))
    for name in range(3):
        assert sorted(count for n, (count, _) in enumerate(told) if n % 3 == name) == list(range(1, 201))
    assert reader.size() == 1_200
    root = check_log(reader)
    await asyncio.gather(store.checkpoint(), other.checkpoint())
    await asyncio.to_thread(other.close)
    head = Checkpoint.parse(open_note(reader.head().note, driver.signer.vkey))
    assert (head.size, head.root) == (1_200, root)


async def test_a_store_reads_afresh_what_it_remembers_wrongly(driver, store, reader):
    """A database that was restored or written by others for long gives no account of what changed since."""
    other = driver.another()
    assert await store.commit(Count("a")) == 1
    for name in ("forgotten", "another past"):
        assert await other.commit(Count("a")) == reader.row("tally", "a")["total"]
        ask(driver, "DELETE FROM log_batch WHERE turn < (SELECT max(turn) FROM log_batch) RETURNING 1")
        if name == "another past":
            ask(driver, "UPDATE log_batch SET batch = 'other' RETURNING 1")
            ask(driver, "UPDATE tally SET total = 40 WHERE id = 'a' RETURNING 1")
        before = reader.row("tally", "a")["total"]
        assert await store.commit(Count("a")) == before + 1
    await asyncio.to_thread(other.close)


async def test_only_the_last_batches_are_kept(driver, store, reader):
    full = KEPT_TURNS + LOOK_BACK - 1
    ask(driver, "INSERT INTO log_batch SELECT n, n, NULL FROM generate_series(1, %s) n RETURNING 1", full)
    await store.commit(Count("a"))
    ((lowest, highest),) = ask(driver, "SELECT min(turn), max(turn) FROM log_batch")
    assert (lowest, highest) == (LOOK_BACK + 1, full + 1)


def test_servers_that_start_together_make_the_tables_once(postgres):
    url = postgres.new_database()
    raised = []

    def start():
        try:
            migrate_postgres(url)
        except StoreUnavailable as error:
            raised.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    postgres.drop_database(url)
    assert raised == []


# ------------------------------------------------------------------------------------------------ both stores


class StandingClock:
    """It is always the same moment, however often somebody asks."""

    def now_us(self):
        return START_US


async def test_the_same_events_give_the_same_root_in_both_stores(driver, tmp_path):
    """Ids and salts counted alike, at one time: leaves, payloads, root and checkpoint are the same bytes."""
    (tmp_path / "sqlite").mkdir()
    found = []
    for one in (driver, SqliteDriver(tmp_path / "sqlite")):
        one.clock = StandingClock()
        store, reader = one.open()
        for n in range(40):
            await store.commit(Put(tuple(tally(f"t{n}-{m}") for m in range(n % 4))))
            await store.commit(Look(lambda shelf, n=n: Count(f"{n % 5} grüße \N{SNOWMAN}").step(shelf)))
        await store.checkpoint()
        payloads = [(payload.commitment, payload.salt, payload.body) for payload in reader.payloads(reader.size())]
        rows = reader.rows("tally", limit=500)
        found.append((check_log(reader), list(reader.leaves(reader.size())), payloads, rows, reader.head().root))
        await asyncio.to_thread(one.close)
    assert found[0] == found[1]
    assert len(found[0][1]) == 100
