"""Two servers over one store hear of each other's changes; one that cannot hear says so and lets nothing through."""

import asyncio
import threading

import pytest

from bailiwick.flow.news import PATIENCE_US, Announcing, Hearing, LocalBell
from bailiwick.flow.person import AddPerson
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.stop import LiftHalt, SetHalt, Stops
from bailiwick.ports.news import TOPIC_OF, Topic
from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.schema import STATE_TABLES

SECOND_US = 1_000_000


class Ticks:
    """Ticks that a test moves."""

    def __init__(self):
        self.at_us = 0

    def __call__(self):
        return self.at_us


class Line:
    """A reader that can be cut off."""

    def __init__(self, reader):
        self.reader, self.cut = reader, False

    def rows(self, *arguments, **more):
        if self.cut:
            raise StoreUnavailable("cut")
        return self.reader.rows(*arguments, **more)


@pytest.fixture
def store(house):
    return Announcing(house.kept, LocalBell())


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def line(house):
    return Line(house.reader)


@pytest.fixture
def hearing(line, ticks):
    return Hearing(line, LocalBell(), ticks, PATIENCE_US)


def turns(house):
    """How often each topic changed since the house was founded."""
    found = {row["id"]: row["turn"] for row in house.reader.rows("news", limit=100)}
    return {topic: turn for topic, turn in found.items() if topic != "policies"}


def test_every_topic_has_a_table_and_every_table_exists():
    assert set(TOPIC_OF.values()) == set(Topic)
    assert TOPIC_OF.keys() <= STATE_TABLES.keys()


async def test_a_change_is_counted_in_the_transaction_that_makes_it(house, store):
    admin = house.people["admin"]
    await store.commit(SetHalt("all", "drill", admin))
    assert turns(house) == {"halts": 1}
    with pytest.raises(Exception, match="halted already"):
        await store.commit(SetHalt("all", "again", admin))
    assert turns(house) == {"halts": 1}
    await store.commit(AddPerson("rosa@acme.example", "Rosa", ("auditor",), admin))
    assert turns(house) == {"halts": 1}, "nobody keeps people in memory"
    await store.commit(LiftHalt("all", "done", house.people["director"]))
    assert turns(house) == {"halts": 2}


async def test_a_row_in_which_nothing_changed_that_is_kept_in_memory_is_no_news(house, store):
    def policies():
        return house.reader.row("news", "policies")["turn"]

    class Change:
        def __init__(self, **values):
            self.values = values

        def step(self, shelf):
            shelf.put("agent", {**shelf.get("agent", "router"), **self.values})

    before = policies()
    await store.commit(Change(implicit_run="run-1"))
    assert policies() == before
    await store.commit(Change(implicit_run="run-2", status="revoked"))
    assert policies() == before + 1


async def test_the_reply_of_an_announced_unit_is_its_own(house, store):
    row = await store.commit(SetHalt("agent:router", "drill", house.people["admin"]))
    assert row["id"] == "agent:router"


async def test_another_server_hears_of_a_halt_and_of_its_end(house, store, hearing):
    stops = Stops()
    hearing.on(Topic.HALTS, lambda: stops.read(house.reader))
    hearing.hear(everything=True)
    await store.commit(SetHalt("all", "drill", house.people["admin"]))
    assert not stops.covers("router", "lead-routing", "crm")
    hearing.hear()
    assert stops.covers("router", "lead-routing", "crm")
    await store.commit(LiftHalt("all", "done", house.people["director"]))
    hearing.hear()
    assert not stops.covers("router", "lead-routing", "crm")


async def test_another_server_forgets_where_a_connector_was(house, store, hearing):
    policies = PolicySource(house.reader)
    hearing.on(Topic.POLICIES, policies.forget)
    hearing.hear(everything=True)
    before = policies.target("crm")

    class Move:
        def step(self, shelf):
            shelf.put("connector", {**shelf.get("connector", "crm"), "url": "http://127.0.0.1:9/elsewhere"})

    await store.commit(Move())
    assert policies.target("crm") == before
    hearing.hear()
    assert policies.target("crm").url == "http://127.0.0.1:9/elsewhere"


async def test_what_was_being_read_while_it_was_forgotten_is_not_kept(house):
    class Slow:
        """A reader that is overtaken: while it reads, somebody forgets."""

        def __init__(self, reader):
            self.reader, self.overtake = reader, None

        def row(self, table, key):
            found = self.reader.row(table, key)
            if self.overtake:
                self.overtake()
            return found

    slow = Slow(house.reader)
    policies = PolicySource(slow)
    slow.overtake = policies.forget
    policies.target("crm")
    slow.overtake = None
    row = house.reader.row("connector", "crm")

    class Move:
        def step(self, shelf):
            shelf.put("connector", {**row, "url": "http://127.0.0.1:9/elsewhere"})

    await house.commit(Move())
    assert policies.target("crm").url == "http://127.0.0.1:9/elsewhere"


async def test_only_what_changed_is_looked_at_again(house, store, hearing):
    called = []
    for topic in Topic:
        hearing.on(topic, lambda topic=topic: called.append(topic))
    hearing.hear(everything=True)
    assert called == list(Topic)
    called.clear()
    hearing.hear()
    await store.commit(SetHalt("all", "drill", house.people["admin"]))
    hearing.hear()
    hearing.hear()
    assert called == [Topic.HALTS]


async def test_a_change_that_could_not_be_looked_at_is_news_still(house, store, hearing, ticks):
    calls = []

    def fail_once():
        calls.append(1)
        if len(calls) == 2:
            raise StoreUnavailable("just then")

    hearing.on(Topic.HALTS, fail_once)
    hearing.hear(everything=True)
    await store.commit(SetHalt("all", "drill", house.people["admin"]))
    ticks.at_us += 3 * SECOND_US
    with pytest.raises(StoreUnavailable):
        hearing.hear()
    assert hearing.trouble() is not None
    hearing.hear()
    assert len(calls) == 3 and hearing.trouble() is None


def test_a_server_that_has_not_heard_anything_yet_lets_nothing_through(hearing):
    assert "not been able to read the store yet" in hearing.trouble()


def test_a_server_that_cannot_read_the_store_stops_after_two_seconds_and_goes_on_by_itself(hearing, line, ticks):
    hearing.hear(everything=True)
    line.cut = True
    ticks.at_us += 2 * SECOND_US
    with pytest.raises(StoreUnavailable):
        hearing.hear()
    assert hearing.trouble() is None
    ticks.at_us += 1
    assert "for 2 seconds, so it lets nothing through" in hearing.trouble()
    line.cut = False
    hearing.hear()
    assert hearing.trouble() is None


def test_what_was_heard_counts_from_before_the_question(line, ticks):
    hearing = Hearing(line, LocalBell(), ticks, PATIENCE_US)
    hearing.on(Topic.HALTS, lambda: setattr(ticks, "at_us", ticks.at_us + 3 * SECOND_US))
    hearing.hear(everything=True)
    assert hearing.trouble() is not None, "the answer is three seconds old by now"


def test_ticks_that_went_backwards_prove_nothing(hearing, ticks):
    ticks.at_us = 5 * SECOND_US
    hearing.hear(everything=True)
    ticks.at_us = 0
    assert hearing.trouble() is not None


def test_a_server_that_is_alone_always_knows_what_is_in_force(line, ticks):
    hearing = Hearing(line, LocalBell(), ticks)
    ticks.at_us += 60 * SECOND_US
    assert hearing.trouble() is None


async def test_the_listening_thread_hears_and_wakes_whoever_waits(house):
    bell = LocalBell()
    store = Announcing(house.kept, bell)
    heard = threading.Event()
    hearing = Hearing(house.reader, bell, Ticks())
    hearing.on(Topic.HALTS, heard.set)
    await asyncio.to_thread(hearing.start)
    heard.clear()
    turn = hearing.turn(Topic.HALTS)
    waiting = asyncio.ensure_future(hearing.later(Topic.HALTS, turn, 60))
    await store.commit(SetHalt("all", "drill", house.people["admin"]))
    await waiting
    assert heard.is_set() and hearing.turn(Topic.HALTS) == turn + 1
    await hearing.later(Topic.HALTS, turn, 60)  # it changed before anybody waited: no wait at all
    await asyncio.to_thread(hearing.close)


async def test_the_listening_thread_survives_whatever_a_handler_does(house):
    bell, calls = LocalBell(), []
    again = threading.Event()

    def break_once():
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("broken")
        if len(calls) > 2:
            again.set()

    hearing = Hearing(house.reader, bell, Ticks())
    hearing.on(Topic.HALTS, break_once)
    await asyncio.to_thread(hearing.start)
    await Announcing(house.kept, bell).commit(SetHalt("all", "drill", house.people["admin"]))
    assert await asyncio.to_thread(again.wait, 30)
    await asyncio.to_thread(hearing.close)
