"""The pages of anchors over a real store: added, tried, removed, and told on the record's own page."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    return tmp_path_factory.mktemp("held")


async def test_an_unanchored_record_says_so_everywhere(door):
    async with door.signed_in("auditor") as client:
        assert "Unanchored" in (await client.get("/record")).text
        shown = (await client.get("/record/anchors")).text
        assert "Nobody else holds the record yet" in shown
        assert "Add a place" not in shown
        told = await door.send(client, "/record", "/record/verify", {})
        assert "The record is unanchored" in told.text


async def test_an_administrator_adds_a_place_and_has_it_take_the_checkpoint(door, held):
    async with door.signed_in("admin") as client:
        page = "/record/anchors?add=folder"
        wrong = await door.send(client, page, "/record/anchors", {"kind": "folder", "name": "vault", "path": "x"})
        assert wrong.status_code == 422
        assert "is not the absolute path" in wrong.text and 'value="vault"' in wrong.text
        form = {"kind": "folder", "name": "vault", "path": str(held)}
        added = await door.send(client, page, "/record/anchors", form)
        assert (added.status_code, added.headers["location"]) == (303, "/record/anchors")
        assert "Added." in (await client.get("/record/anchors")).text
        await door.send(client, "/record/anchors", "/record/anchors/vault/now", {})
        shown = (await client.get("/record/anchors")).text
        assert "vault (folder) holds the first" in shown and "Holds it" in shown
    assert len(list(held.iterdir())) == 1


async def test_the_record_says_up_to_where_it_is_anchored_and_what_is_not(door):
    await door.here.store.checkpoint()
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/record")).text
        assert "Anchored up to event" in shown and "held by vault (folder)" in shown
        assert "unanchored" in shown
        told = (await door.send(client, "/record", "/record/verify", {})).text
        assert "are held by vault (folder) since" in told and "above that the record is unanchored" in told


async def test_a_place_that_is_away_is_late_and_needs_attention(door, held):
    async with door.signed_in("admin") as client:
        held.rename(held.with_name("away"))
        await door.here.store.checkpoint()
        await door.send(client, "/record/anchors", "/record/anchors/vault/now", {})
        shown = (await client.get("/record/anchors")).text
        assert "It did not take the checkpoint" in shown and "cannot be written" in shown
        assert "The place <code>vault</code> does not take checkpoints" in (await client.get("/")).text
        held.with_name("away").rename(held)


async def test_others_change_nothing_and_an_unknown_kind_is_not_found(door):
    async with door.signed_in("ana") as client:
        for path in ("/record/anchors", "/record/anchors/vault/now", "/record/anchors/vault/remove"):
            assert (await door.send(client, "/halt?scope=all", path, {"kind": "folder"})).status_code == 403
        assert (await client.get("/record/anchors?add=oracle")).status_code == 404


async def test_a_place_is_removed_and_what_it_holds_still_counts(door):
    async with door.signed_in("admin") as client:
        await door.send(client, "/record/anchors", "/record/anchors/vault/remove", {})
        shown = (await client.get("/record/anchors")).text
        assert "What it holds still counts" in shown and "vault (folder) holds the first" in shown
        assert "<code>vault</code> (folder) is anchored at no more" in (await client.get("/record")).text
