"""What `ports.store` and `ports.reader` promise, asked of every driver with real files and real threads."""

import asyncio
import contextlib
import json
import threading

import pytest

from bailiwick.core.event import SYSTEM, Actor, Event, EventError, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.note import open_note
from bailiwick.ports.reader import EventFilter
from bailiwick.ports.store import StoreUnavailable
from tests.contract.sample_unit import Broken, Count, Look, Put, check_log, halt_set, person, tally


@contextlib.asynccontextmanager
async def one_batch(driver, store):
    """What is committed inside waits, and is one batch when the block ends: somebody else holds the log's lock."""
    with driver.locked():
        held = asyncio.ensure_future(store.commit(Look(lambda shelf: shelf.put("tally", tally("held")))))
        await asyncio.sleep(0.01)  # it reaches the lock and waits
        yield
        await asyncio.sleep(0)  # let the commits of the block reach the queue
    await held


async def check_signed(driver, store, reader):
    """The log as it stands is signed, and the signature is about these leaves."""
    root = check_log(reader)
    await store.checkpoint()
    head = reader.head()
    checkpoint = Checkpoint.parse(open_note(head.note, driver.signer.vkey))
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (driver.signer.name, reader.size(), root)
    assert (head.size, head.root) == (checkpoint.size, checkpoint.root)


# ------------------------------------------------------------------------------------------------ one unit


async def test_a_unit_replies_and_is_there_when_it_has(driver, store, reader):
    assert await store.commit(Put((tally("a", 3),), reply="done")) == "done"
    assert reader.row("tally", "a") == tally("a", 3)
    (event,) = reader.events(EventFilter())
    assert event.leaf["data"] == {"scope": "a"} and event.index == 0
    await check_signed(driver, store, reader)


@pytest.mark.parametrize("error", [Refusal("invalid", "no"), ValueError("no"), KeyError("no"), StopIteration("no")])
async def test_a_unit_that_raises_changes_nothing_and_says_so_to_its_caller(driver, store, reader, error):
    await store.commit(Put((tally("kept"),)))
    with pytest.raises((type(error), RuntimeError)):
        await store.commit(Broken(error))
    assert reader.row("tally", "broken") is None and reader.row("tally", "kept") is not None
    assert reader.size() == 1
    assert await store.commit(Count("a")) == 1
    await check_signed(driver, store, reader)


async def test_an_event_that_does_not_fit_refuses_its_unit(store, reader):
    def wrong(shelf):
        shelf.put("tally", tally("a"))
        shelf.append(Event(EventType.HALT_SET, SYSTEM, {}))

    with pytest.raises(EventError):
        await store.commit(Look(wrong))
    assert reader.row("tally", "a") is None and reader.size() == 0


async def test_a_row_is_a_copy_until_it_is_put_back(store, reader):
    await store.commit(Put((person("per-1", ["a"]),), "person"))

    def change(shelf):
        row = shelf.get("person", "per-1")
        row["name"] = "changed"
        row["roles"].append("changed")
        shelf.all("person")[0]["roles"].append("changed")
        return shelf.get("person", "per-1")

    assert await store.commit(Look(change)) == person("per-1", ["a"])
    assert await store.commit(Look(lambda shelf: shelf.get("person", "per-1"))) == person("per-1", ["a"])
    assert reader.row("person", "per-1") == person("per-1", ["a"])


async def test_a_put_replaces_the_whole_row_of_that_id_and_no_other(store, reader):
    await store.commit(Put((person("per-1"), person("per-2")), "person"))
    await store.commit(Put((person("per-1", ["a"]),), "person"))
    assert reader.row("person", "per-1")["roles"] == ["a"] and reader.count("person") == 2
    twin = person("per-3") | {"email": "per-2@acme.example"}
    with pytest.raises(StoreUnavailable):
        await store.commit(Put((twin,), "person"))
    assert [row["id"] for row in reader.rows("person", ascending=True)] == ["per-1", "per-2"]


async def test_a_unit_sees_its_own_puts_and_drops(store):
    await store.commit(Put((tally("a"), tally("b"))))

    def look(shelf):
        shelf.put("tally", tally("c", 1))
        shelf.drop("tally", "a")
        shelf.drop("tally", "never there")
        seen = [row["id"] for row in shelf.all("tally")], shelf.get("tally", "a"), shelf.get("tally", "c")["total"]
        shelf.put("tally", tally("a", 9))
        return *seen, shelf.get("tally", "a")["total"]

    assert await store.commit(Look(look)) == (["b", "c"], None, 1, 9)
    assert await store.commit(Look(lambda shelf: [row["id"] for row in shelf.all("tally")])) == ["a", "b", "c"]


async def test_a_dropped_row_is_gone_for_good(driver, store, reader):
    await store.commit(Put((tally("a"),)))
    await store.commit(Look(lambda shelf: shelf.drop("tally", "a")))
    assert reader.row("tally", "a") is None
    await asyncio.to_thread(driver.close)
    _, again = driver.open()
    assert again.row("tally", "a") is None


async def test_the_clock_of_a_unit_is_read_once(store):
    first, second = await store.commit(Look(lambda shelf: (shelf.now_us, shelf.now_us)))
    assert first == second


async def test_ids_are_fresh_and_carry_their_prefix(store):
    made = await store.commit(Look(lambda shelf: [shelf.new_id("act") for _ in range(50)]))
    assert len(set(made)) == 50 and all(name.startswith("act-") for name in made)


# ------------------------------------------------------------------------------------------------ one batch


async def test_units_of_a_batch_see_each_other_in_order(driver, store, reader):
    async with one_batch(driver, store):
        counted = [asyncio.ensure_future(store.commit(Count("a"))) for _ in range(100)]
    assert await asyncio.gather(*counted) == list(range(1, 101))
    assert [event.leaf["data"]["scope"] for event in reader.events(EventFilter(), limit=200, ascending=True)] == [
        f"a:{n}" for n in range(1, 101)
    ]
    await check_signed(driver, store, reader)


async def test_a_unit_that_raises_takes_no_neighbour_with_it(driver, store, reader):
    await store.commit(Put((tally("kept"),)))
    async with one_batch(driver, store):
        before, *_ = counted = [asyncio.ensure_future(store.commit(Count("a"))) for _ in range(3)]
        broken = [asyncio.ensure_future(store.commit(Broken(Refusal("invalid", "no"), f"b{n}"))) for n in range(3)]
        counted += [asyncio.ensure_future(store.commit(Count("a"))) for _ in range(3)]
    assert await asyncio.gather(*counted) == [1, 2, 3, 4, 5, 6]
    assert all(isinstance(error, Refusal) for error in await asyncio.gather(*broken, return_exceptions=True))
    assert before.result() == 1 and reader.row("tally", "kept") and reader.row("tally", "b0") is None
    assert reader.size() == 7
    await check_signed(driver, store, reader)


@pytest.mark.parametrize("unit", [Put(({"id": "odd"},)), Put((tally("x", "\ud800"),))], ids=["columns", "value"])
async def test_a_unit_that_the_database_refuses_takes_no_neighbour_with_it(driver, store, reader, unit):
    async with one_batch(driver, store):
        first = asyncio.ensure_future(store.commit(Count("a")))
        odd = asyncio.ensure_future(store.commit(unit))
        last = asyncio.ensure_future(store.commit(Count("a")))
    assert await asyncio.gather(first, last) == [1, 2]
    with pytest.raises(StoreUnavailable):
        await odd
    assert reader.size() == 2
    await check_signed(driver, store, reader)


async def test_an_event_too_large_for_a_leaf_takes_no_neighbour_with_it(driver, store, reader):
    large = Look(lambda shelf: shelf.append(halt_set("x" * 70_000)))
    async with one_batch(driver, store):
        first, refused, last = (asyncio.ensure_future(store.commit(unit)) for unit in (Count("a"), large, Count("a")))
    assert await asyncio.gather(first, last) == [1, 2]
    with pytest.raises(StoreUnavailable):
        await refused
    await check_signed(driver, store, reader)


async def test_a_reader_sees_nothing_of_a_batch_that_has_not_ended(driver, store, reader):
    async with one_batch(driver, store):
        assert reader.row("tally", "held") is None and reader.size() == 0
    assert reader.row("tally", "held") is not None


async def test_a_caller_that_stops_waiting_undoes_nothing(driver, store, reader):
    async with one_batch(driver, store):
        waiting = [asyncio.ensure_future(store.commit(Count("a"))) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[1].cancel()
    first, _, last = await asyncio.gather(*waiting, return_exceptions=True)
    assert (first, waiting[1].cancelled(), last) == (1, True, 3)
    assert reader.row("tally", "a")["total"] == 3
    await check_signed(driver, store, reader)


async def test_callers_of_several_event_loops_are_each_answered_in_their_own(driver, store, reader):
    answers = {}

    def work(name):
        async def commit_many():
            return await asyncio.gather(*(store.commit(Count("shared")) for _ in range(100)))

        answers[name] = asyncio.run(commit_many())

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    mine = await asyncio.gather(*(store.commit(Count("shared")) for _ in range(100)))
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert sorted([*mine, *(sum_ for found in answers.values() for sum_ in found)]) == list(range(1, 701))
    await check_signed(driver, store, reader)


async def test_a_loop_that_is_gone_stops_nobody_else(driver, store, reader):
    async with one_batch(driver, store):

        def leave():
            async def commit_and_go():
                task = asyncio.ensure_future(store.commit(Count("a")))
                await asyncio.sleep(0)
                task.cancel()

            asyncio.run(commit_and_go())

        await asyncio.to_thread(leave)
        mine = asyncio.ensure_future(store.commit(Count("a")))
    assert await mine == 2
    await check_signed(driver, store, reader)


# ------------------------------------------------------------------------------------------------ durable


async def test_what_was_acknowledged_is_there_after_reopening_at_the_same_position(driver, store, reader):
    await asyncio.gather(*(store.commit(Count(f"t{n % 7}")) for n in range(50)))
    leaves, root = list(reader.leaves(50)), check_log(reader)
    await asyncio.to_thread(driver.close)
    store, reader = driver.open()
    assert list(reader.leaves(reader.size())) == leaves and check_log(reader) == root
    await store.commit(Count("t0"))
    assert reader.size() == 51
    await check_signed(driver, store, reader)


async def test_closing_commits_what_waits_signs_it_and_takes_nothing_more(driver, store, reader):
    async with one_batch(driver, store):
        waiting = [asyncio.ensure_future(store.commit(Count("a"))) for _ in range(20)]
        closing = asyncio.ensure_future(asyncio.to_thread(store.close))
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == list(range(1, 21))
    await closing
    with pytest.raises(StoreUnavailable):
        await store.commit(Count("a"))
    head = reader.head()
    assert (head.size, head.root) == (20, check_log(reader))


async def test_a_commit_beside_the_closing_is_made_or_refused_but_never_forgotten(driver, store, reader):
    async def persist():
        made = 0
        while True:
            try:
                made = await asyncio.wait_for(store.commit(Count("a")), 30)
            except StoreUnavailable:
                return made

    working = [asyncio.ensure_future(persist()) for _ in range(8)]
    await store.commit(Count("b"))
    await asyncio.to_thread(store.close)
    assert max(await asyncio.gather(*working)) == reader.row("tally", "a")["total"]


@pytest.mark.parametrize("driver", ["sqlite"], indirect=True)
async def test_a_full_disk_refuses_and_loses_nothing(driver, store, reader):
    await asyncio.gather(*(store.commit(Count("a")) for _ in range(20)))
    before = list(reader.leaves(reader.size()))
    with driver.disk_full():
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await store.commit(Put((tally("large"),) * 40))
        assert list(reader.leaves(reader.size())) == before
        assert reader.row("tally", "large") is None
    assert await store.commit(Count("a")) == 21
    assert list(reader.leaves(20)) == before
    await check_signed(driver, store, reader)


@pytest.mark.parametrize("driver", ["sqlite"], indirect=True)
async def test_a_disk_that_fills_up_in_the_midst_of_work_leaves_an_intact_log(driver, store, reader):
    await store.commit(Look(lambda shelf: None))
    with driver.disk_full(room=200_000):
        answers = await asyncio.gather(
            *(store.commit(Put((tally(f"n{n}", n),) * 3, reply=n)) for n in range(2_000)), return_exceptions=True
        )
    made = [answer for answer in answers if not isinstance(answer, Exception)]
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert made and refused and all(isinstance(error, StoreUnavailable) for error in refused)
    assert reader.count("tally", {"total": None}) == 0
    assert {row["total"] for row in reader.rows("tally", limit=5_000)} == set(made)
    assert reader.size() == 3 * len(made)
    await check_signed(driver, store, reader)
    assert await store.commit(Count("a")) == 1
    await asyncio.to_thread(driver.close)
    store, reader = driver.open()
    await check_signed(driver, store, reader)


# ------------------------------------------------------------------------------------------------ the log


async def test_a_payload_stays_outside_its_leaf_which_commits_to_it(store, reader):
    secret = {"comment": "the customer's own words: grüße", "amount": 1.5}
    await store.commit(Look(lambda shelf: shelf.append(halt_set(), secret)))
    (event,) = reader.events(EventFilter())
    assert b"customer" not in event.body
    payload = reader.payload(event.leaf["payload"]["commitment"])
    assert json.loads(payload.body) == secret and len(payload.salt) == 32
    assert event.leaf["payload"]["size"] == len(payload.body)
    assert reader.payload("00" * 32) is None


async def test_equal_payloads_are_committed_to_differently(store, reader):
    for _ in range(2):
        await store.commit(Look(lambda shelf: shelf.append(halt_set(), {"same": True})))
    assert len({event.leaf["payload"]["commitment"] for event in reader.events(EventFilter())}) == 2


async def test_a_checkpoint_is_signed_again_only_when_the_log_grew(driver, store, reader):
    await store.commit(Count("a"))
    await store.checkpoint()
    first = reader.head()
    await store.checkpoint()
    assert reader.head() == first
    await store.commit(Count("a"))
    await check_signed(driver, store, reader)


async def test_a_log_that_is_never_silent_is_signed_all_the_same(driver, store, reader):
    for _ in range(3):
        driver.clock.at_us += 2_000_000
        async with one_batch(driver, store):
            counted = asyncio.ensure_future(store.commit(Count("a")))
        await counted
    await store.commit(Count("a"))  # answered after the signature of the batch before it
    assert reader.head().size >= 2


async def test_events_are_found_by_who_what_and_when(store, reader):
    def fill(shelf):
        agent = Actor("agent", "router")
        decided = {"verdict": "deny", "rules": [], "charter": "c", "catalogue": "k", "tool": "t", "connector": "crm"}
        decided |= {"code": "limit", "name": "crm.contact.read"}
        shelf.append(Event(EventType.ACTION_DENIED, agent, decided, "run-1", "act-1"))
        shelf.append(Event(EventType.HALT_SET, Actor("person", "per-1"), {"scope": "agent:router", "agent": "router"}))
        shelf.append(halt_set())
        return shelf.now_us

    at_us = await store.commit(Look(fill))

    def found(**wanted):
        return [event.index for event in reader.events(EventFilter(**wanted), ascending=True)]

    assert found() == [0, 1, 2]
    assert found(agent="router") == [0, 1]
    assert found(actor="person:per-1") == [1]
    assert found(type="halt.set") == [1, 2]
    assert found(run="run-1") == found(action="act-1") == found(tool="crm.contact.read") == found(verdict="deny") == [0]
    assert found(since_us=at_us) == [0, 1, 2] and found(since_us=at_us + 1) == found(until_us=at_us) == []
    assert [event.index for event in reader.events(EventFilter(), limit=2)] == [2, 1]
    assert [event.index for event in reader.events(EventFilter(), before=1)] == [0]
    assert [event.index for event in reader.events(EventFilter(), before=1, ascending=True)] == [2]


async def test_a_span_of_the_log_comes_in_order_with_its_payloads(store, reader):
    def fill(shelf):
        shelf.append(halt_set("all"), {"number": 0})
        shelf.append(Event(EventType.HALT_LIFTED, SYSTEM, {"scope": "all"}), {"number": 1})
        shelf.append(halt_set("agent:router"))
        shelf.append(halt_set("all"), {"number": 3})

    await store.commit(Look(fill))

    def found(first, end, *types):
        told = reader.span(first, end, types)
        return [(event.index, event.leaf["type"], json.loads(body)["number"] if body else None) for event, body in told]

    assert found(0, 4, "halt.set") == [(0, "halt.set", 0), (2, "halt.set", None), (3, "halt.set", 3)]
    assert found(1, 3, "halt.set", "halt.lifted") == [(1, "halt.lifted", 1), (2, "halt.set", None)]
    assert found(4, 9, "halt.set") == found(0, 0, "halt.set") == found(0, 4) == []


async def test_rows_come_in_pages_by_id(store, reader):
    await store.commit(Put(tuple(tally(f"t{n}", n % 2) for n in range(7))))
    assert [row["id"] for row in reader.rows("tally", limit=3)] == ["t6", "t5", "t4"]
    assert [row["id"] for row in reader.rows("tally", before="t4", limit=2)] == ["t3", "t2"]
    assert [row["id"] for row in reader.rows("tally", before="t4", ascending=True)] == ["t5", "t6"]
    assert [row["id"] for row in reader.rows("tally", {"total": 1})] == ["t5", "t3", "t1"]
    assert [row["id"] for row in reader.rows("tally", {"id": ["t1", "t2"]})] == ["t2", "t1"]
    assert reader.count("tally") == 7 and reader.count("tally", {"total": 0}) == 4
    assert reader.row("tally", "t9") is None


async def test_documents_are_kept_as_the_exact_bytes(store, reader):
    row = {"id": "sha256:ab", "kind": "charter", "body": b'{"a":1}', "at_us": 1}
    await store.commit(Look(lambda shelf: shelf.put("document", row)))
    assert reader.document("sha256:ab") == b'{"a":1}' and reader.documents() == {"sha256:ab": b'{"a":1}'}
    assert reader.document("sha256:cd") is None


def test_an_empty_store_has_no_head_no_leaf_and_no_row(reader):
    assert (reader.size(), list(reader.leaves(0)), reader.head(), reader.rows("tally")) == (0, [], None, [])
