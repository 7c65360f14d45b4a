"""Trying a charter in the console, over a real store: what-if, shadow, canary, and who may do what."""

import pytest

from bench.seeded import CHARTER
from tests.web.doorstep import Doorstep

pytestmark = pytest.mark.asyncio(loop_scope="module")
AT = "/charters/clock-keeper"
NARROWER = CHARTER.replace("[Europe/Madrid, Europe/Berlin, Asia/Tokyo]", "[Europe/Madrid]")
FORM = {"source": NARROWER, "days": "30", "percent": "100", "note": "fewer offices"}


async def tokyo(door: Doorstep):
    await door.acme.begin()
    return await door.acme.act("get_current_time", {"timezone": "Asia/Tokyo"})


async def finished(client, path):
    for _ in range(200):
        shown = (await client.get(path)).text
        if "hx-trigger" not in shown:
            return shown
    raise AssertionError(shown)


async def test_a_what_if_shows_what_would_have_come_out_differently(door):
    await tokyo(door)
    async with door.signed_in("auditor") as client:
        shown = (await client.get(f"{AT}/try")).text
        assert "Only administrators and the charter’s owners may put" in shown and "clock-keeper" in shown
        answer = await door.send(client, f"{AT}/try", f"{AT}/try", FORM | {"do": "whatif"})
        assert answer.status_code == 303
        shown = await finished(client, answer.headers["location"])
        assert "time.clock.read" in shown and "must be one of <code>Europe/Madrid</code>" in shown
        assert (await client.get("/whatifs/whf-none")).status_code == 404


async def test_a_text_with_flaws_comes_back_with_its_lines_and_what_was_typed(door):
    async with door.signed_in("admin") as client:
        flawed = FORM | {"source": NARROWER.replace("purpose:", "porpoise:"), "do": "whatif"}
        answer = await door.send(client, f"{AT}/try", f"{AT}/try", flawed)
        assert answer.status_code == 422
        assert "did you mean <code>purpose</code>?" in answer.text and "porpoise: Tell" in answer.text
        answer = await door.send(client, f"{AT}/try", f"{AT}/try", FORM | {"days": "0", "do": "whatif"})
        assert answer.status_code == 422 and "from 1 to 3,650" in answer.text
        assert (await client.get("/charters/nothing/try")).status_code == 404


async def test_a_canary_is_started_changed_and_stopped_on_its_page(door):
    async with door.signed_in("director") as client:
        answer = await door.send(client, f"{AT}/try", f"{AT}/try", FORM | {"do": "canary"})
        assert answer.status_code == 403
        assert (await client.get(f"{AT}/trial")).status_code == 404
    async with door.signed_in("admin") as client:
        answer = await door.send(client, f"{AT}/try", f"{AT}/try", FORM | {"do": "canary"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{AT}/trial")
        assert (await tokyo(door)).decision.verdict.code.value == "limit"
        shown = (await client.get(f"{AT}/trial")).text
        assert "On trial" in shown and "must be one of <code>Europe/Madrid</code>" in shown
        answer = await door.send(client, f"{AT}/trial", f"{AT}/trial", {"do": "share", "percent": "0"})
        assert answer.status_code == 422 and "is no share of the runs" in answer.text
        answer = await door.send(client, f"{AT}/trial", f"{AT}/trial", {"do": "share", "percent": "50"})
        assert answer.status_code == 303
        assert "is on trial" in (await client.get(f"{AT}/try")).text or "Another version is on trial" in shown
    async with door.signed_in("director") as client:
        answer = await door.send(client, f"{AT}/trial", f"{AT}/trial", {"do": "promote"})
        assert answer.status_code == 403
        answer = await door.send(client, f"{AT}/trial", f"{AT}/trial", {"do": "stop"})
        assert answer.status_code == 303
        assert "This trial is over" in (await client.get(f"{AT}/trial")).text
    assert (await tokyo(door)).state == "succeeded"


async def test_a_shadow_is_published_from_its_page(door):
    async with door.signed_in("admin") as client:
        await door.send(client, f"{AT}/try", f"{AT}/try", FORM | {"do": "shadow"})
        assert "In the shadow" in (await client.get(f"{AT}/trial")).text
        answer = await door.send(client, f"{AT}/trial", f"{AT}/trial", {"do": "promote"})
        assert answer.status_code == 303
        assert door.here.reader.row("trial", "clock-keeper")["state"] == "promoted"
    assert (await tokyo(door)).decision.verdict.code.value == "limit"
