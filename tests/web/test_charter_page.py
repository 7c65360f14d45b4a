"""Charters in the console over a real store: read in any version, written, looked at, published or proposed."""

import pytest

from bench.seeded import AGENT, CHARTER

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGE, EDIT = f"/charters/{AGENT}", f"/charters/{AGENT}/edit"
NARROWER = CHARTER.replace(", Asia/Tokyo]", "]")
WIDER = NARROWER.replace("Europe/Berlin]", "Europe/Berlin, America/Lima]")


async def write(door, nick, do, source, note="as agreed"):
    async with door.signed_in(nick) as client:
        return await door.send(client, EDIT, EDIT, {"do": do, "source": source, "note": note})


async def test_a_charter_is_read_as_sentences_that_lead_to_their_lines(door):
    async with door.signed_in("director") as client:
        listed = (await client.get("/charters")).text
        shown = (await client.get(PAGE)).text
        assert f'href="{PAGE}"' in listed and "1 low" in listed and "1 high" in listed
        assert "May tell the time in another office" in shown
        assert "May not touch anything in billing." in shown
        assert "time.clock.read" in shown.split('id="line-8"')[1].split("</span>")[0]
        assert (await client.get("/charters/nobody")).status_code == 404
        assert (await client.get(f"{PAGE}?version=9")).status_code == 404


async def test_a_text_is_looked_at_and_nothing_is_stored(door):
    before = door.here.reader.size()
    async with door.signed_in("auditor") as client:
        plain = (await client.get(EDIT)).text
        assert "It starts as version 1" in plain and "publish charters" in plain
    looked = await write(door, "director", "look", WIDER)
    assert looked.status_code == 200
    assert "allows some things more and some less than now" in looked.text
    assert "Both owners of the version in force have to agree to it." in looked.text
    assert "America/Lima" in looked.text
    wrong = await write(door, "director", "look", CHARTER.replace("purpose:", "porpoise:"))
    assert wrong.status_code == 422 and "did you mean" in wrong.text and "porpoise:" in wrong.text
    other = await write(door, "director", "look", CHARTER.replace("charter: clock-keeper", "charter: other-keeper"))
    assert "this text is of the charter" in other.text.lower()
    assert door.here.reader.rows("charter_version", {"charter": AGENT}, limit=9)[0]["version"] == 1
    assert door.here.reader.size() - before <= 5  # the people's own sign-ins


async def test_what_allows_less_is_published_and_what_allows_more_is_proposed(door):
    refused = await write(door, "director", "publish", NARROWER)
    assert refused.status_code == 403 and "NARROWER" not in refused.text and "Europe/Berlin]" in refused.text
    unsaid = await write(door, "ana", "publish", NARROWER, "")
    assert unsaid.status_code == 422 and "Say in a note what this version changes" in unsaid.text
    done = await write(door, "ana", "publish", NARROWER)
    assert (done.status_code, done.headers["location"]) == (303, PAGE)
    assert door.here.reader.row("charter", AGENT)["version"] == 2
    proposed = await write(door, "ana", "publish", WIDER)
    assert proposed.headers["location"] == f"{PAGE}/compare"
    assert door.here.reader.row("charter", AGENT)["version"] == 2
    async with door.signed_in("it-ops") as client:
        assert "Version 3 is proposed." in (await client.get(PAGE)).text
        assert "Agree to version 3" in (await client.get(f"{PAGE}/compare")).text
    unknown = await write(door, "ana", "publish", WIDER.replace("time.clock.read", "time.clock.wind"))
    assert unknown.status_code == 422 and "unknown action" in unknown.text
