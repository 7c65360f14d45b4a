"""A store that cannot be written: nothing is let through, everybody is told, and it goes on by itself."""

import asyncio
import re
import time
from contextlib import asynccontextmanager

import httpx2
import pytest

from bailiwick.demo.company.journal import journal
from bailiwick.demo.founding import link_for, person_ids
from bailiwick.sdk import RefusedError
from bench.crash.__main__ import siege
from bench.crash.check import Findings, check
from bench.crash.fault import FAULTS, MISSING, small_disk
from bench.crash.founding import CONNECTORS

SEED = 9
PATIENCE_S = 60.0
FULL = "full-disk"
PARAMETERS = [
    pytest.param(name, marks=pytest.mark.skipif(name in MISSING, reason=MISSING.get(name, "")))
    for name in FAULTS
    if name != FULL
]


@pytest.fixture(scope="module")
def laid(tmp_path_factory):
    """One installation for all faults."""
    with siege(tmp_path_factory.mktemp("fault"), SEED) as found:
        found.house.start()
        yield found


@pytest.fixture
def small(tmp_path):
    """An installation on a small disk of its own."""
    with small_disk(tmp_path), siege(tmp_path, SEED) as found:
        found.house.start()
        yield found


def update(number):
    fields = {"company": f"Guest House {number}"}
    return {"object_type": "contacts", "operation": "update", "ids": ["con-0001"], "properties": fields}


def happened(laid):
    return sum(len(journal(laid.office.branches[name].database)) for name in CONNECTORS)


async def until(condition):
    start = time.monotonic()
    while not (found := await asyncio.to_thread(condition)):
        assert time.monotonic() - start < PATIENCE_S
        await asyncio.sleep(0.1)
    return found


@asynccontextmanager
async def console(laid):
    """A browser whose person signed in while everything was well."""
    admin = laid.shift.cast.admin
    link = link_for(admin, person_ids(admin)["director@acme.example"])
    async with httpx2.AsyncClient(base_url=laid.house.url, follow_redirects=True) as browser:
        shown = (await browser.get(link)).text
        form = dict(re.findall(r'name="(csrf|token)" value="([^"]+)"', shown))
        answer = await browser.post("/sign-in/link", data=form, headers={"Origin": laid.house.url})
        assert answer.status_code == 200, answer.text
        yield browser


@pytest.mark.parametrize("name", PARAMETERS)
async def test_nothing_is_let_through_everybody_is_told_and_it_goes_on_by_itself(laid, name):
    house, shift = laid.house, laid.shift
    async with console(laid) as browser, shift.run("drill-one") as run:
        assert (await shift.send(run, "drill-one", "crm__manage_objects", update(1))).said == "succeeded"
        assert "cannot be written" not in (await browser.get("/runs")).text
        before = await asyncio.to_thread(happened, laid)

        with FAULTS[name](house.pid, house.data):
            for number in range(2, 12):
                answer = await run.call("crm__manage_objects", update(number))
                body = answer["structuredContent"]
                assert answer["isError"] is True
                assert (body["status"], body["code"]) == ("denied", "unrecorded")
                assert "nothing was done" in answer["content"][0]["text"]
            with pytest.raises(RefusedError, match="cannot be written just now"):
                async with shift.run("drill-two"):
                    pass
            health = await until(lambda: _unhealthy(shift.cast.admin))
            assert "nothing is let through" in health.sentence()
            page = (await browser.get("/runs")).text
            assert '<div class="banner bad" role="alert">' in page
            assert "The record cannot be written</strong>" in page
            assert await asyncio.to_thread(happened, laid) == before

        await until(lambda: shift.cast.admin.ask("GET", "/health").status == 200)
        assert (await shift.send(run, "drill-one", "crm__manage_objects", update(20))).said == "succeeded"
        assert "cannot be written" not in (await browser.get("/runs")).text
    found = Findings()
    record = await asyncio.to_thread(check, house, laid.office, shift, found)
    assert not list(found.lines())
    assert not any(action.arguments == update(number) for number in range(2, 12) for action in record.actions.values())


def _code(call):
    return ((call.answer or {}).get("structuredContent") or {}).get("code")


def _unhealthy(admin):
    answer = admin.ask("GET", "/health")
    return answer if answer.status == 503 else None


@pytest.mark.parametrize("name", PARAMETERS)
async def test_a_fault_in_the_midst_of_work_loses_nothing_and_repeats_nothing(laid, name):
    await work_through(laid, name)


@pytest.mark.skipif(FULL in MISSING, reason=MISSING.get(FULL, ""))
async def test_a_disk_that_others_fill_to_its_last_byte_loses_nothing_and_repeats_nothing(small):
    await work_through(small, FULL)


async def work_through(laid, name):
    """Agents at work while the fault comes and goes; each time until calls are refused, then until they are not."""
    house, shift = laid.house, laid.shift
    first = len(shift.calls)
    stop = asyncio.Event()

    async def hand(run, agent):
        number = 100
        while not stop.is_set():
            number += 1
            ticket = {"title": f"{agent} {name} {number}", "description": "Look for the new address."}
            await shift.send(run, agent, "desk__create_ticket", ticket)

    async with shift.run("drill-one") as one, shift.run("drill-two") as two:
        hands = [asyncio.ensure_future(hand(run, run_of)) for run, run_of in ((one, "drill-one"), (two, "drill-two"))]
        for _ in range(3):
            made = len(shift.calls)
            await until(lambda made=made: len(shift.calls) > made + 20)
            with FAULTS[name](house.pid, house.data):
                hurt = len(shift.calls)
                await until(lambda hurt=hurt: sum(_code(call) == "unrecorded" for call in shift.calls[hurt:]) > 5)
        stop.set()
        await asyncio.gather(*hands)
    answers = [(call.said, _code(call)) for call in shift.calls[first:]]
    assert ("succeeded", None) in answers
    assert ("denied", "unrecorded") in answers
    assert {code for said, code in answers if said == "denied"} == {"unrecorded"}
    for call in shift.calls[first:]:
        if call.said in ("denied", "unknown"):  # on no record, or settled when the store could be written again
            call.answer = None
    await until(lambda: not [row for row in house.rows("action") if row["state"] == "open"])
    found = Findings()
    await asyncio.to_thread(check, house, laid.office, shift, found)
    assert not list(found.lines())
