"""What Prometheus reads: counted where it happens, over a small real installation."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from bailiwick.telemetry.meters import MOST_CONNECTORS, Meters
from bailiwick.telemetry.wiring import Telemetry
from tests.flow.house import open_house

TOKEN = "a token that only the scraper has"


class Watched:
    """A house whose ports are watched, and what a scrape of it says."""

    def __init__(self, house):
        here = house.installation
        self.house = house
        self.telemetry = Telemetry("", {}, "1.0", here.reader, here.stops, here.clock)
        here.acting.store = self.telemetry.store(here.store)
        here.acting.upstreams = self.telemetry.upstreams(here.upstreams)
        self.acting = self.telemetry.acting(here.acting)

    async def act(self, name, run, **arguments):
        return await self.acting.act(self.house.call(name, arguments, run))

    def value(self, name, **labels):
        return self.telemetry.meters.registry.get_sample_value(f"bailiwick_{name}", labels)

    @asynccontextmanager
    async def scraper(self, token=TOKEN, **headers):
        transport = httpx2.ASGITransport(app=self.telemetry.scrape(token))
        async with httpx2.AsyncClient(transport=transport, base_url="http://acme.example", headers=headers) as client:
            yield client


@pytest.fixture
async def watched(tmp_path):
    async with open_house(tmp_path) as house:
        yield Watched(house)


CONTACTS = {"object_type": "contacts", "ids": ["con-1"], "fields": ["segment"]}


async def test_every_decision_and_outcome_is_counted(watched):
    run = await watched.house.open_run()
    await watched.act("query", run, **CONTACTS)
    await watched.act("launch", run, campaign="spring", budget=100)
    await watched.act("wipe", run)
    assert watched.value("decisions_total", verdict="allow", tier="low") == 1
    assert watched.value("decisions_total", verdict="ask", tier="high") == 1
    assert watched.value("decisions_total", verdict="deny", tier="") == 1
    assert watched.value("denials_total", code="unlisted") == 1
    assert watched.value("action_outcomes_total", outcome="succeeded", evidence="reply") == 1
    assert watched.value("upstream_seconds_count", connector="crm") == 1
    assert watched.value("store_commit_seconds_count") == 4
    assert watched.value("store_waiting") == 0


async def test_a_failing_upstream_is_told_from_one_that_never_answered(watched):
    run = await watched.house.open_run()
    watched.house.crm.mood["query"] = "refuse"
    await watched.act("query", run, **CONTACTS)
    watched.house.crm.mood["query"] = "hang up"
    await watched.act("query", run, **CONTACTS | {"ids": ["con-2"]})
    assert watched.value("upstream_failures_total", connector="crm", kind="refused") == 1
    assert watched.value("upstream_failures_total", connector="crm", kind="uncertain") == 1
    assert watched.value("action_outcomes_total", outcome="unknown", evidence="no-answer") == 1
    assert watched.value("actions_unsettled", state="unknown") == 1


async def test_what_waits_for_people_and_what_is_stopped_is_read_from_the_store(watched):
    house = watched.house
    run = await house.open_run()
    assert watched.value("approvals_waiting") == 0
    await watched.act("launch", run, campaign="spring", budget=100)
    house.clock.advance(minutes=30)
    assert watched.value("approvals_waiting") == 1
    assert watched.value("approval_oldest_seconds") == pytest.approx(1800, abs=5)
    house.clock.advance(minutes=240)
    assert watched.value("approvals_waiting") == 0  # it can no longer be given
    await house.halt("connector:crm")
    await house.halt("agent:router")
    assert [watched.value("halts", scope=kind) for kind in ("all", "agent", "connector")] == [0, 1, 1]
    assert watched.value("tools_quarantined") == 0


async def test_the_log_and_how_far_it_is_signed(watched):
    house = watched.house
    await house.installation.store.checkpoint()
    await house.open_run()
    size = house.reader.size()
    assert watched.value("log_size") == size
    assert watched.value("log_signed_size") + watched.value("log_unsigned") == size
    assert watched.value("store_readable") == 1


async def test_the_newest_anchor_of_each_kind(watched):
    @dataclass(frozen=True)
    class Anchored:
        key: str
        size: int

        def step(self, shelf):
            row = {"id": self.key, "kind": "folder", "settings": {}, "state": "ok", "trouble": "", "fails": 0}
            row |= {"seen": {}, "due_us": 0, "size": self.size, "anchored_us": shelf.now_us, "added_us": 0}
            shelf.put("anchor_place", row | {"added_by": "per-1"})

    assert watched.value("log_anchored_size", kind="folder") is None
    for key, size in (("anc-1", 7), ("anc-2", 4)):
        await watched.house.commit(Anchored(key, size))
    assert watched.value("log_anchored_size", kind="folder") == 7
    assert watched.value("log_anchored_timestamp_seconds", kind="folder") > 1_700_000_000


async def test_units_that_became_durable_together_are_one_batch(watched):
    run = await watched.house.open_run()
    await asyncio.gather(*(watched.act("wipe", run) for _ in range(5)))
    batches, units = watched.value("store_batch_size_count"), watched.value("store_batch_size_sum")
    assert units == 5
    assert batches <= 5


async def test_nothing_that_an_agent_sends_makes_a_series(watched):
    run = await watched.house.open_run()
    before = len(list(watched.telemetry.meters.registry.collect()))
    for number in range(30):
        await watched.act(f"made_up_{number}", run)
    async with watched.scraper(Authorization=f"Bearer {TOKEN}") as client:
        text = (await client.get("/metrics")).text
    assert "made_up" not in text
    assert len(list(watched.telemetry.meters.registry.collect())) == before


def test_connectors_beyond_what_is_bounded_share_a_name():
    meters = Meters("1.0")
    for number in range(MOST_CONNECTORS + 50):
        meters.upstream(f"connector-{number}", 0.1, None)
    assert meters.registry.get_sample_value("bailiwick_upstream_seconds_count", {"connector": "other"}) == 50


async def test_a_store_that_cannot_be_read_is_a_figure_and_no_error(watched):
    watched.house.reader.close()
    (watched.house.folder / "bailiwick.db").rename(watched.house.folder / "elsewhere")
    try:
        assert watched.value("store_readable") == 0
    finally:
        (watched.house.folder / "elsewhere").rename(watched.house.folder / "bailiwick.db")


# ------------------------------------------------------------------------------------------ who may scrape


@pytest.mark.parametrize(
    "token, headers, status",
    [
        (TOKEN, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (TOKEN, {"Authorization": f"bearer {TOKEN}"}, 200),
        (TOKEN, {"Authorization": f"Bearer {TOKEN}x"}, 401),
        (TOKEN, {"Authorization": f"Basic {TOKEN}"}, 401),
        (TOKEN, {"Authorization": "Bearer ü".encode()}, 401),
        (TOKEN, {}, 401),
        ("", {}, 404),
        ("", {"Authorization": "Bearer "}, 404),
    ],
)
async def test_only_whoever_has_the_token_scrapes_and_without_one_nobody_does(watched, token, headers, status):
    async with watched.scraper(token) as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert ("bailiwick_decisions" in answer.text) == (status == 200)


async def test_other_methods_are_not_taken(watched):
    async with watched.scraper(Authorization=f"Bearer {TOKEN}") as client:
        assert (await client.post("/metrics")).status_code == 405
        head = await client.head("/metrics")
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "accept, media, read",
    [
        ("text/plain", "text/plain", read_text),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text", read_openmetrics),
    ],
)
async def test_both_formats_are_read_by_their_own_parsers(watched, accept, media, read):
    async with watched.scraper(Authorization=f"Bearer {TOKEN}", Accept=accept) as client:
        answer = await client.get("/metrics")
    assert answer.headers["Content-Type"].startswith(media)
    assert {"bailiwick_log_size", "bailiwick_halts"} <= {family.name for family in read(answer.text)}


async def test_the_guide_lists_every_figure(watched, checkout):
    guide = (checkout / "docs/guide/observing.md").read_text()
    families = {family.name for family in watched.telemetry.meters.registry.collect()}
    ours = {name for name in families if name.startswith("bailiwick_")}
    assert {name for name in ours if f"`{name}" not in guide} == set()
