"""The page of one action, over a real store: who settles an outcome that nobody knows, and what that takes."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_whoever_looked_settles_the_outcome_with_a_note_that_stays(door):
    await door.acme.begin()
    action = await door.acme.lose()
    path = f"/actions/{action}"
    async with door.signed_in("change") as client:
        assert f'href="{path}"' in (await client.get(f"/runs/{door.acme.run}")).text
        assert f'href="{path}"' in (await client.get("/")).text
        assert "The identical call is let through meanwhile" in (await client.get(path)).text  # telling the time
        form = {"outcome": "failed", "note": "The clock's own log shows no call."}
        answer = await door.send(client, path, path, form)
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        shown = (await client.get(path)).text
    assert "settled" in shown and "The clock&#39;s own log shows no call." in shown
    assert "How did it end?" not in shown
    assert door.here.reader.row("action", action)["state"] == "failed"


@pytest.mark.parametrize(
    "form, status, why",
    [
        ({"outcome": "failed", "note": " "}, 422, "Say in a note how you found out."),
        ({"outcome": "failed", "note": "x" * 2_001}, 422, "A note has at most 2000 characters."),
        ({"outcome": "unknown", "note": "I looked."}, 422, "An action is reconciled as"),
        ({"note": "I looked."}, 422, "An action is reconciled as"),
    ],
)
async def test_a_form_that_does_not_say_how_it_ended_changes_nothing(door, form, status, why):
    await door.acme.begin()
    action = await door.acme.lose()
    path = f"/actions/{action}"
    async with door.signed_in("change") as client:
        answer = await door.send(client, path, path, form)
        assert answer.status_code == status
        assert why in answer.text and form["note"].strip() in answer.text
        assert door.here.reader.row("action", action)["state"] == "unknown"
        await door.send(client, path, path, {"outcome": "failed", "note": "It was not there."})


async def test_who_may_not_settle_sees_who_may_and_a_forged_form_is_refused(door):
    await door.acme.begin()
    action = await door.acme.lose()
    path = f"/actions/{action}"
    async with door.signed_in("director") as client:
        shown = (await client.get(path)).text
        assert "Only administrator or it-change may reconcile actions" in shown
        assert f'action="{path}"' not in shown
        forged = await door.send(client, "/account", path, {"outcome": "succeeded", "note": "I say so."})
        assert forged.status_code == 403
    assert door.here.reader.row("action", action)["state"] == "unknown"
    async with door.signed_in("admin") as client:
        settled = {"outcome": "succeeded", "note": "It was there."}
        assert (await door.send(client, path, path, settled)).status_code == 303
        late = await door.send(client, "/account", path, {**settled, "outcome": "failed"})
        assert late.status_code == 409
        assert "only an unknown one is reconciled" in late.text
    assert door.here.reader.row("action", action)["state"] == "succeeded"


async def test_any_action_has_a_page_and_one_that_is_not_there_has_none(door):
    rows = door.here.reader.rows("action", limit=100)
    async with door.signed_in("change") as client:
        for row in rows:
            assert (await client.get(f"/actions/{row['id']}")).status_code == 200
        assert (await client.get("/actions/act-none")).status_code == 404
        form = {"outcome": "failed", "note": "There is none."}
        assert (await door.send(client, "/account", "/actions/act-none", form)).status_code == 404
