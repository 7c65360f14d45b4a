"""The pages of behaviour versions, over a real store: text and doing side by side, and who puts one in force."""

import pytest

from bailiwick.core.behaviour import AcceptanceCheck, Component, ComponentKind
from bailiwick.flow.behaviour import RegisterBehaviour, TestBehaviour
from bailiwick.flow.run import EndRun, OpenRun
from bench.seeded import AGENT

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def tell_time(acme, run):
    """Something the run can be judged by."""
    acme.run = run
    acted = await acme.act("get_current_time", {"timezone": "Asia/Tokyo"})
    assert acted.state == "succeeded"


async def register(door, text, note):
    person = door.acme.people["admin"]
    return await door.here.store.commit(
        RegisterBehaviour(AGENT, (Component(ComponentKind.PROMPT, "system", text),), note, person)
    )


async def accept(door, row):
    opened = OpenRun(AGENT, 1, "try the prompt", "timekeeping", behaviour=row["id"], acceptance=True)
    run = (await door.here.store.commit(opened))["id"]
    await tell_time(door.acme, run)
    await door.here.store.commit(EndRun(run, AGENT))
    checks = (AcceptanceCheck("says the time zone", True),)
    return await door.here.store.commit(TestBehaviour(row["id"], run, checks, door.acme.people["admin"]))


async def test_a_prompt_is_compared_tested_and_put_in_force(door):
    first = await register(door, "Say the time.", "first")
    async with door.signed_in("admin") as client:
        shown = (await client.get(f"/behaviours/{first['id']}")).text
        assert "None yet" in shown and "Put in force" not in shown
        await accept(door, first)
        path = f"/behaviours/{first['id']}"
        answer = await door.send(client, path, path, {"note": " "})
        assert answer.status_code == 422 and "Say in a note why" in answer.text
        answer = await door.send(client, path, path, {"note": "tested"})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        second = await register(door, "Say the time <b>and</b> the zone.", "names the zone")
        shown = (await client.get(f"/behaviours/{second['id']}")).text
        assert "<del>Say the time.</del>" in shown
        assert "<ins>Say the time &lt;b&gt;and&lt;/b&gt; the zone.</ins>" in shown
        listed = (await client.get(f"/agents/{AGENT}/behaviour")).text
        assert listed.index("names the zone") < listed.index("first") and "Version 1 is in force" in listed
        missing = await client.get("/behaviours/sha256:" + "0" * 64)
        assert missing.status_code == 404


async def test_only_an_administrator_sees_the_form_and_a_forged_one_is_refused(door):
    row = await register(door, "Say the time twice.", "twice")
    await accept(door, row)
    path = f"/behaviours/{row['id']}"
    async with door.signed_in("director") as client:
        assert "An administrator puts versions in force" in (await client.get(path)).text
        forged = await door.send(client, "/account", path, {"note": "mine"})
        assert forged.status_code == 403
    assert door.here.reader.row("behaviour", row["id"])["status"] == "accepted"
