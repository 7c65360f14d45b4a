"""What must hold when several servers serve one installation: real processes, a real PostgreSQL, a real record."""

import asyncio
import signal
from collections import Counter

import httpx2
import pytest

from tests.flow.house import CHARTER
from tests.replica.estate import Replica, eventually
from tests.upstream.conftest import free_port

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest.fixture
def a(estate):
    return estate.live()[0]


@pytest.fixture
def b(estate):
    return estate.live()[1]


async def test_of_servers_that_start_together_one_founds_and_all_serve(estate, a, b):
    links = [replica.ready["first_link"] for replica in estate.replicas if replica.ready["first_link"]]
    assert len(links) == 1
    assert (estate.folder / "data/first-sign-in.txt").read_text().strip() == links[0]
    for replica in (a, b):
        found = (await estate.as_person(replica, "ana", "GET", "/v1/servers"))["items"]
        assert [one["state"] for one in found] == ["live", "live"]
        assert [one["answered"] for one in found].count(True) == 1


async def test_consent_given_at_one_server_is_used_at_another(estate, a, b):
    token = await estate.open_run(a)
    asked = await estate.call(a, token, "pause", campaign="spring")
    assert asked["status"] == "pending_approval"
    name = asked["approval_id"]
    waiting = asyncio.ensure_future(estate.call(a, token, "await_approval", approval_id=name, wait_s=25))
    digest = (await estate.as_person(b, "director", "GET", f"/v1/approvals/{name}"))["digest"]
    for person in ("director", "change"):
        vote = {"vote": "approve", "comment": "checked", "digest": digest}
        await estate.as_person(b, person, "POST", f"/v1/approvals/{name}/votes", vote)
    assert (await waiting)["status"] == "approved"
    before = len(estate.crm.journal)
    twice = await asyncio.gather(*(estate.call(replica, token, "pause", campaign="spring") for replica in (b, a)))
    assert sorted(one.get("status", "done") for one in twice) == ["done", "pending_approval"], "consent is used once"
    assert len(estate.crm.journal) == before + 1


async def test_a_halt_at_one_server_stops_the_next_action_at_every_other(estate, a, b):
    token = await estate.open_run(b)
    assert "status" not in await estate.call(b, token, "note", text="before the halt")
    await estate.as_person(a, "admin", "PUT", "/v1/halts/agent:router", {"reason": "drill"})
    stopped = await estate.call(b, token, "note", text="during the halt")
    assert (stopped["status"], stopped["code"]) == ("denied", "halted")
    await estate.as_person(b, "director", "POST", "/v1/halts/agent:router/lift", {"reason": "done"})
    assert "status" not in await estate.call(a, token, "note", text="after the halt")


async def test_a_charter_published_at_one_server_decides_at_another(estate, a, b):
    token = await estate.open_run(b, "other")
    assert "status" not in await estate.call(b, token, "note", text="may still be written")
    narrower = CHARTER.replace("  - {do: crm.note.add, tier: medium}\n", "")
    await estate.as_person(a, "admin", "POST", "/v1/charters", {"source": narrower, "note": "no notes any more"})
    refused = await estate.call(b, token, "note", text="may not be written")
    assert refused["status"] == "denied"
    wider = await estate.as_person(b, "admin", "POST", "/v1/charters", {"source": CHARTER, "note": "notes again"})
    for owner in ("ana", "it-ops"):
        body = {"digest": wider["digest"]}
        await estate.as_person(a, owner, "POST", "/v1/charters/lead-router/second", body, status=(200, 201, 409))
    assert "status" not in await estate.call(b, token, "note", text="may be written again")


async def test_limits_are_exact_however_the_servers_interleave(estate, a, b):
    token = await estate.open_run(a, "other")
    calls = [
        estate.call((a, b)[n % 2], token, "manage", object_type="contacts", ids=[f"con-{n}"], properties={"x": n})
        for n in range(16)
    ]
    found = Counter(one.get("status", "done") for one in await asyncio.gather(*calls))
    assert found["done"] == 4, "four records a day are medium, the fifth has to be asked for"
    assert found["pending_approval"] == 12
    token = await estate.open_run(b)
    calls = [estate.call((a, b)[n % 2], token, "note", text=f"note {n}") for n in range(20)]
    found = Counter(one.get("status", "done") for one in await asyncio.gather(*calls))
    assert found == {"done": 6, "denied": 14}, "a run has six calls"
    budget = CHARTER + "budget: {per_run: {calls: 5}}\n"
    await estate.as_person(a, "admin", "POST", "/v1/charters", {"source": budget, "note": "five calls are enough"})
    token = await estate.open_run(a)
    calls = [estate.call((a, b)[n % 2], token, "note", text=f"budget {n}") for n in range(20)]
    found = Counter(one.get("code", "done") for one in await asyncio.gather(*calls))
    assert found == {"done": 5, "budget": 15}, "a budget is spent once"


async def test_a_credential_that_is_set_at_one_server_is_used_by_another(estate, a, b):
    token = await estate.open_run(b)
    secret = {"values": {"bearer": "a-new-secret"}}
    await estate.as_person(a, "admin", "PUT", "/v1/connectors/crm/secret", secret)

    async def used():
        found = await estate.call(b, token, "query", object_type="contacts", fields=["segment"])
        assert found["tool"] == "query"
        return estate.upstream.calls()[-1].headers.get("authorization") == "Bearer a-new-secret"

    assert await eventually(used)


async def test_a_what_if_that_one_server_began_is_read_at_another(estate, a, b):
    asked = {"charter": "lead-router", "source": CHARTER.replace("calls: 6", "calls: 5"), "days": 1}
    begun = await estate.as_person(a, "ana", "POST", "/v1/charters/whatif", asked)

    async def done():
        found = await estate.as_person(b, "ana", "GET", f"/v1/whatifs/{begun['id']}?wait_s=25")
        return found if found["state"] == "done" else None

    found = await eventually(done)
    here = await estate.as_person(a, "ana", "GET", f"/v1/whatifs/{begun['id']}?wait_s=25")
    assert found["report"] == here["report"] and found["report"]["decided"] > 0


async def test_both_servers_keep_one_record_that_verifies(estate, a, b):
    assert await estate.verify(a) <= await estate.verify(b)


async def test_a_server_with_other_keys_or_another_address_is_refused(estate, tmp_path):
    for how, words in (
        ({"data": tmp_path / "elsewhere"}, "missing, and this installation has a record"),
        ({"public_url": "http://127.0.0.1:1"}, "--public-url"),
    ):
        replica = Replica(estate, free_port(), **how)
        assert not await asyncio.to_thread(replica.wait_ready)
        assert await asyncio.to_thread(replica.ended) != 0
        assert words in replica.log.read_text()


async def test_what_a_killed_server_had_under_way_becomes_unknown_once_and_nothing_else_is_lost(estate, a, b):
    (c,) = await estate.start(1)
    token = await estate.open_run(a)
    done = await estate.call(c, token, "note", text="done before the kill")
    assert "status" not in done
    size = await estate.verify(b)
    estate.crm.mood["note"] = "wait"
    estate.crm.entered.clear()
    calling = asyncio.ensure_future(estate.call(c, token, "note", text="under way"))
    await estate.crm.entered.wait()
    (under_way,) = (await estate.as_person(a, "ana", "GET", "/v1/servers"))["items"][:1]
    assert (under_way["state"], under_way["open_actions"]) == ("live", 1)
    c.kill()
    with pytest.raises((httpx2.HTTPError, KeyError)):
        await calling
    estate.crm.mood.clear()
    twin = await estate.call(b, token, "note", text="under way")
    assert twin["code"] == "unsettled", "an identical call is refused while nobody knows"

    async def lost():
        return await estate.events(a, "server.lost")

    (event,) = await eventually(lost)
    assert event["data"]["unsettled"] == 1
    unknown = await estate.events(b, "action.unknown")
    assert len(unknown) == 1
    (attention,) = [
        one for one in (await estate.as_person(b, "ana", "GET", "/v1/attention"))["items"] if one["kind"] == "unknown"
    ]
    assert attention["subject"] == unknown[0]["action"]
    assert await estate.verify(a) > size
    body = {"outcome": "succeeded", "note": "the CRM shows it"}
    await estate.as_person(a, "it-ops", "POST", f"/v1/actions/{unknown[0]['action']}/reconcile", body)
    assert [one["state"] for one in (await estate.as_person(b, "ana", "GET", "/v1/servers"))["items"]] == [
        *("live", "live", "lost")
    ]


async def test_a_server_that_only_hung_tells_the_truth_when_it_comes_back(estate, a, b):
    (c,) = await estate.start(1)
    token = await estate.open_run(a)
    lost = len(await estate.events(a, "server.lost"))
    estate.crm.mood["note"] = "wait"
    estate.crm.entered.clear()
    estate.crm.go.clear()
    calling = asyncio.ensure_future(estate.call(c, token, "note", text="sent before it hung"))
    await estate.crm.entered.wait()
    c.process.send_signal(signal.SIGSTOP)

    async def given_up():
        return len(await estate.events(a, "server.lost")) > lost and len(await estate.events(b, "action.unknown")) == 2

    async def back():
        return await estate.events(a, "server.returned")

    try:
        await eventually(given_up)
    finally:
        c.process.send_signal(signal.SIGCONT)
        estate.crm.mood.clear()
    estate.crm.go.set()
    assert (await calling)["tool"] == "note", "the agent gets what really happened"
    told = (await estate.events(b, "action.reconciled"))[0]
    assert (told["actor"]["kind"], told["data"]["outcome"]) == ("system", "succeeded")
    assert await eventually(back)
    assert "status" not in await estate.call(c, token, "note", text="it serves again")
    assert await asyncio.to_thread(c.stop) == 0


async def test_a_server_that_cannot_read_the_store_refuses_says_so_and_recovers(estate, own_postgres, a, b):
    token = await estate.open_run(a)
    size = await estate.verify(a)
    await asyncio.to_thread(own_postgres.stop)
    estate.deaf_expected = True
    try:

        async def unwell():
            answer = await estate.http.get(f"{a.url}/health")
            return answer.status_code == 503 and "lets nothing through" in answer.text

        await eventually(unwell)
        before = len(estate.crm.journal)
        refused = await estate.call(a, token, "note", text="into the void")
        assert (refused["status"], refused["code"]) == ("denied", "unrecorded")
        assert "not been able to read the store" in refused["reason"]
        assert len(estate.crm.journal) == before
    finally:
        await asyncio.to_thread(own_postgres.start)

    async def well():
        answers = [await estate.http.get(f"{replica.url}/health") for replica in (a, b)]
        return all(answer.status_code == 200 for answer in answers)

    await eventually(well)
    estate.deaf_expected = False
    assert "status" not in await estate.call(b, token, "note", text="after the outage")
    assert await estate.verify(b) > size
