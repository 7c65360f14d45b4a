"""Two versions of a charter in the console: read, agreed to by both owners, tagged and gone back to."""

import pytest

from bailiwick.flow.publishing import publish_text
from bench.seeded import AGENT, CHARTER

WIDER = CHARTER.replace("Asia/Tokyo]", "Asia/Tokyo, America/Lima]")
NARROWER = CHARTER.replace(", Asia/Tokyo]", "]")
PAGE = f"/charters/{AGENT}/compare"


async def propose(door, source, note="as agreed"):
    admin = door.here.reader.row("person", door.acme.people["admin"])
    return await publish_text(door.here, admin, source, note)


async def press(door, nick, do, **form):
    async with door.signed_in(nick) as client:
        return await door.send(client, form.pop("page", PAGE), PAGE, {"do": do, **form})


@pytest.mark.asyncio(loop_scope="module")
async def test_both_owners_read_the_difference_and_agree(door):
    row = await propose(door, WIDER)
    async with door.signed_in("director") as client:
        page = (await client.get(PAGE)).text
    assert "Version 2 beside version 1" in page and "Wider" in page and "America/Lima" in page
    assert "must be one of" in page and "Agree to version 2" not in page
    refused = await press(door, "director", "agree", digest=row["digest"], after="2")
    assert refused.status_code == 403 and "nly the owners" in refused.text
    stale = await press(door, "ana", "agree", digest="sha256:" + "0" * 64, after="2")
    assert stale.status_code == 409
    assert (await press(door, "ana", "agree", digest=row["digest"], after="2")).headers["location"] == PAGE
    async with door.signed_in("it-ops") as client:
        page = (await client.get(PAGE)).text
    assert "Agreed" in page and "Agree to version 2" in page
    done = await press(door, "it-ops", "agree", digest=row["digest"], after="2")
    assert done.headers["location"] == f"/charters/{AGENT}"
    assert door.here.reader.row("charter", AGENT)["version"] == 2


@pytest.mark.asyncio(loop_scope="module")
async def test_a_version_is_tagged_gone_back_to_and_a_proposal_taken_back(door):
    tagged = await press(door, "admin", "tag", tag="stable", before="1", after="2")
    assert tagged.headers["location"] == f"{PAGE}?before=1&after=2"
    wrong = await press(door, "admin", "tag", tag="No!", before="1", after="2")
    assert wrong.status_code == 422 and "is no tag" in wrong.text
    back = await press(door, "admin", "return", before="2", after="1", page=f"{PAGE}?before=2&after=1")
    assert back.headers["location"] == f"/charters/{AGENT}"  # narrower, so at once
    async with door.signed_in("director") as client:
        page = (await client.get(f"{PAGE}?before=3&after=stable")).text
        assert "stable" in page and "Go back to version 2" not in page
        assert (await client.get(f"{PAGE}?after=99")).status_code == 404
        assert (await client.get("/charters/nobody/compare")).status_code == 404
        assert "/compare?after=2" in (await client.get(f"/charters/{AGENT}")).text
    await press(door, "admin", "return", before="3", after="stable", page=f"{PAGE}?before=3&after=2")
    assert (await press(door, "director", "withdraw")).status_code == 403
    assert (await press(door, "it-ops", "withdraw")).headers["location"] == f"/charters/{AGENT}"
    assert (await press(door, "it-ops", "nonsense")).status_code == 422
