"""Several servers of one installation: who is dead is settled once, and who was only silent may still tell."""

import asyncio

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.flow.decide_action import DecideAction
from bailiwick.flow.glimpse import Glimpse
from bailiwick.flow.news import Announcing, LocalBell
from bailiwick.flow.presence import Presence
from bailiwick.flow.server import MOST_ENDED, Beat, ServerCard, SettleOwn
from bailiwick.flow.settle import Evidence, Reconcile, SettleAction
from bailiwick.ports.store import CommitUnknown, StoreUnavailable

LEASE_S = 10
LEASE_US = LEASE_S * 1_000_000


class Ticks:
    """The ticks of one machine."""

    def __init__(self):
        self.at_us = 0

    def __call__(self):
        return self.at_us


def card(name, **more):
    known = {"address": f"{name}.acme.example:8700", "public_url": "https://b.acme.example", "keys": "sha256:k"}
    return ServerCard(f"srv-{name}", version="1.0", **known | more)


@pytest.fixture
def join(house):
    async def joined(name, *, alone=False, ticks=None, **more):
        installation = house.installation
        ticks = ticks or Ticks()
        presence = Presence(card(name, **more), installation.store, house.reader, ticks, alone=alone, lease_s=LEASE_S)
        await presence.join()
        return presence, ticks

    return joined


def server(house, name):
    return house.reader.row("server", f"srv-{name}")


async def open_action(house, name):
    """An action that a server has decided and not settled; not idempotent, so its twin is refused meanwhile."""
    house.installation.acting.server = f"srv-{name}"
    house.crm.mood["note"] = "wait"
    run = await house.open_run()
    acting = asyncio.ensure_future(house.act("note", run, text="hello"))
    await house.crm.entered.wait()
    (row,) = house.reader.rows("action", {"state": "open"})
    return acting, row["id"]


async def silence(watcher, ticks, lease_us=LEASE_US):
    """The watcher looks, and looks again when a lease has passed on its own clock."""
    await watcher.round()
    ticks.at_us += lease_us + 1
    await watcher.round()


async def test_what_a_silent_server_left_open_becomes_unknown_once(house, join):
    await join("a")
    (b, b_ticks), (c, c_ticks) = await join("b"), await join("c")
    _, action = await open_action(house, "a")
    await b.round()
    await c.round()
    assert house.state(action) == "open"
    for ticks in (b_ticks, c_ticks):
        ticks.at_us += LEASE_US + 1
    await b._store.commit(Beat(c.card))  # they hear of each other while a stays silent
    await c._store.commit(Beat(b.card))
    await asyncio.gather(b.round(), c.round())
    assert house.state(action) == "unknown"
    assert len(house.events("action.unknown")) == 1
    (lost,) = house.events("server.lost")
    assert lost["data"] == {"server": "srv-a", "unsettled": 1}
    assert server(house, "a")["state"] == "lost" and server(house, "b")["state"] == "live"
    (twin,) = house.reader.rows("inflight")
    assert twin["state"] == "unknown", "an identical call is refused until somebody has looked"


async def test_a_server_that_gives_signs_of_life_keeps_its_open_actions(house, join):
    a, _ = await join("a")
    b, ticks = await join("b")
    _, action = await open_action(house, "a")
    await b.round()
    for _ in range(3):
        ticks.at_us += LEASE_US
        await a.round()
        await b.round()
    assert house.state(action) == "open" and server(house, "a")["state"] == "live"


async def test_one_sign_of_life_between_the_look_and_the_settling_is_enough(house, join):
    a, _ = await join("a")
    b, ticks = await join("b")
    _, action = await open_action(house, "a")
    await b.round()
    ticks.at_us += LEASE_US + 1
    (row,) = [row for row in b._silent(b._live()) if row["id"] == "srv-a"]
    await a.round()
    await b._settle(row)
    assert house.state(action) == "open" and house.events("server.lost") == []


async def test_nobody_is_dead_because_clocks_differ(house, join):
    await join("a")
    b, _ = await join("b")
    house.clock.advance(24 * 60)
    await b.round()
    assert server(house, "a")["state"] == "live", "one look is no lease"


async def test_a_server_that_was_only_silent_still_tells_what_really_happened(house, join):
    a, _ = await join("a")
    b, ticks = await join("b")
    acting, action = await open_action(house, "a")
    await silence(b, ticks)
    assert house.state(action) == "unknown"
    house.crm.go.set()
    acted = await acting
    assert acted.state == "succeeded" and house.state(action) == "succeeded"
    assert house.reader.rows("inflight") == []
    (told,) = house.events("action.reconciled")
    assert told["actor"]["kind"] == "system" and told["data"]["was"] == "unknown"
    await a.round()
    assert server(house, "a")["state"] == "live" and len(house.events("server.returned")) == 1


async def test_a_person_who_was_faster_is_not_contradicted(house, join):
    await join("a")
    b, ticks = await join("b")
    acting, action = await open_action(house, "a")
    await silence(b, ticks)
    await house.commit(Reconcile(action, "failed", "looked at the CRM", house.people["ana"]))
    house.crm.go.set()
    assert (await acting).state == "failed" and house.state(action) == "failed"


async def test_an_outcome_that_is_unknown_itself_changes_nothing(house, join):
    await join("a")
    b, ticks = await join("b")
    acting, action = await open_action(house, "a")
    await silence(b, ticks)
    before = house.reader.size()
    assert await house.commit(SettleOwn(SettleAction(action, Evidence.NO_ANSWER, {}))) == "unknown"
    assert house.reader.size() == before
    house.crm.go.set()
    await acting


async def test_a_server_that_begins_leaves_the_open_actions_of_the_living_alone(house, join):
    await join("a")
    _, action = await open_action(house, "a")
    await join("b")
    assert house.state(action) == "open"


async def test_a_server_that_begins_settles_what_belongs_to_nobody(house, join):
    _, action = await open_action(house, "gone")
    await join("b")
    assert house.state(action) == "unknown"
    assert house.events("installation.started")[-1]["data"]["unsettled"] == 1


async def test_a_server_that_is_alone_settles_everything_at_once(house, join):
    await join("a")
    _, action = await open_action(house, "a")
    await join("b", alone=True)
    assert house.state(action) == "unknown" and server(house, "a")["state"] == "lost"


async def test_a_server_that_stops_says_so_and_settles_what_it_cannot_tell_any_more(house, join):
    a, _ = await join("a")
    b, ticks = await join("b")
    _, action = await open_action(house, "a")
    await a.leave()
    assert house.state(action) == "unknown" and server(house, "a")["state"] == "stopped"
    assert house.events("server.stopped")[-1]["data"] == {"server": "srv-a", "unsettled": 1}
    await silence(b, ticks)
    assert house.events("server.lost") == []


@pytest.mark.parametrize(
    "more, sentence",
    [
        ({"keys": "sha256:other"}, "the keys in the data folder are not"),
        ({"public_url": "http://x"}, "serves"),
    ],
)
async def test_a_server_with_other_keys_or_another_address_may_not_join_the_living(house, join, more, sentence):
    await join("a")
    with pytest.raises(Refusal, match=sentence):
        await join("b", **more)
    house.clock.advance(1)
    await join("c", **more)  # whoever gave no sign of life for a lease does not forbid anything


async def test_servers_of_old_are_forgotten(house, join):
    for number in range(MOST_ENDED + 5):
        presence, _ = await join(f"{number:03}")
        await presence.leave()
    assert len(house.reader.rows("server", {"state": "stopped"}, limit=100)) <= MOST_ENDED + 1


async def test_an_action_names_the_server_that_carries_it_out(house):
    acted = await house.act("query", await house.open_run(), object_type="contacts", ids=["con-1"])
    row = house.reader.row("action", acted.decision.action)
    assert row["server"] == house.installation.presence.card.id


async def test_a_server_that_cannot_hear_lets_nothing_through(house):
    house.acting.deaf = lambda: "cannot hear"
    with pytest.raises(StoreUnavailable, match="cannot hear"):
        await house.act("query", await house.open_run(), object_type="contacts", ids=["con-1"])


async def test_a_server_that_goes_deaf_after_the_decision_sends_nothing(house):
    deaf = iter([None])  # it hears when the call arrives, and then no more
    house.acting.deaf = lambda: next(deaf, "cannot hear")
    acted = await house.act("note", await house.open_run(), text="hello")
    assert (acted.state, acted.evidence) == ("failed", Evidence.NOT_SENT) and house.crm.journal == []


@pytest.mark.parametrize("made", [True, False], ids=["recorded", "not recorded"])
async def test_an_intent_whose_recording_is_in_doubt_is_never_sent_and_never_stays_open(house, made):
    class Doubtful:
        """The real store, which once does not say whether it recorded a decision."""

        def __init__(self, store):
            self.store, self.doubts = store, 1

        async def commit(self, unit):
            if not (isinstance(unit.unit, DecideAction) and self.doubts):
                return await self.store.commit(unit)
            self.doubts = 0
            reply = await self.store.commit(unit) if made else await self.store.commit(Undone(unit))
            raise CommitUnknown("it may be recorded or not", reply)

    class Undone:
        """Carried out, and taken back."""

        def __init__(self, unit):
            self.unit = unit

        def step(self, shelf):
            return self.unit.step(Glimpse(house.reader, shelf.now_us))

    run = await house.open_run()
    house.acting.store = Announcing(Doubtful(house.kept), LocalBell())
    with pytest.raises(CommitUnknown):
        await house.act("note", run, text="hello")
    await house.acting.drain(20)
    assert house.crm.journal == []
    rows = house.reader.rows("action")
    assert [(row["state"], row["evidence"]) for row in rows] == [("failed", "not-sent")] * made
    assert house.reader.rows("inflight") == []
    assert (await house.act("note", run, text="hello")).state == "succeeded"
