"""The page on which a person is found, looked at and forgotten."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def tell_time(door, zone):
    acted = await door.acme.act("get_current_time", {"timezone": zone})
    assert acted.state == "succeeded"
    return acted.decision


async def test_somebody_is_found_and_forgotten_after_their_id_was_typed(door):
    decision = await tell_time(door, "Europe/Madrid")
    who = {"kind": "office", "id": "Europe/Madrid"}
    async with door.signed_in("admin") as client:
        shown = (await door.send(client, "/subjects", "/subjects/find", who)).text
        assert "Forget office Europe/Madrid?" in shown and "sub-" in shown
        wrong = await door.send(client, "/subjects", "/subjects/erase", {**who, "typed": "Europe"})
        assert wrong.status_code == 422 and "exactly as it is written" in wrong.text
        assert "Europe/Madrid" in (await client.get(f"/actions/{decision.action}")).text
        done = await door.send(client, "/subjects", "/subjects/erase", {**who, "typed": "Europe/Madrid"})
        assert (done.status_code, done.headers["location"]) == (303, "/subjects")
        listed = (await client.get("/subjects")).text
        assert "sub-" in listed and "Erased" in listed and "Europe/Madrid" not in listed
        shown = (await client.get(f"/actions/{decision.action}")).text
        assert "(erased)" in shown and "Europe/Madrid" not in shown
        assert "(erased)" in (await client.get(f"/runs/{decision.run}")).text
        again = await door.send(client, "/subjects", "/subjects/find", who)
        assert again.status_code == 404 and "nothing is kept" in again.text


async def test_only_who_may_forget_sees_the_form_and_a_forged_one_is_refused(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/subjects")).text
        assert "data-protection" in shown and 'action="/subjects/find"' not in shown
        sent = await door.send(client, "/subjects", "/subjects/find", {"kind": "office", "id": "Asia/Tokyo"})
        assert sent.status_code == 403
