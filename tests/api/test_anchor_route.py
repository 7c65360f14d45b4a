"""Anchoring over HTTP: who may, what is refused, and what verifying tells."""

import pytest

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.note import sign
from bailiwick.store.keyring import open_keyring


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "held").mkdir()
    return {"kind": "folder", "settings": {"path": str(tmp_path / "held")}}


async def test_a_place_is_added_tried_listed_and_removed_by_an_administrator(house, folder):
    added = await house.as_person("admin", "PUT", "/v1/anchors/vault", 201, json=folder)
    assert (added["state"], added["size"], added["anchored_us"]) == ("new", 0, None)
    held = await house.as_person("admin", "POST", "/v1/anchors/vault/now")
    assert held["state"] == "ok" and held["size"] > 0
    listed = await house.as_person("auditor", "GET", "/v1/anchors")
    assert [(one["name"], one["size"]) for one in listed["items"]] == [("vault", held["size"])]
    kept = await house.as_person("auditor", "GET", "/v1/record/anchors")
    assert [(one["place"], one["kind"], one["size"]) for one in kept["items"]] == [("vault", "folder", held["size"])]
    await house.as_person("admin", "PUT", "/v1/anchors/vault", 200, json=folder)
    await house.as_person("admin", "DELETE", "/v1/anchors/vault")
    assert (await house.as_person("auditor", "GET", "/v1/anchors"))["items"] == []
    told = await house.as_person("auditor", "GET", "/v1/record/events?type=anchor.removed")
    assert told["items"][0]["data"] == {"place": "vault", "kind": "folder"}


async def test_others_look_and_change_nothing(house, folder):
    for nick in ("ana", "auditor"):
        await house.as_person(nick, "PUT", "/v1/anchors/vault", 403, json=folder)
        await house.as_person(nick, "DELETE", "/v1/anchors/vault", 403)
        await house.as_person(nick, "POST", "/v1/anchors/vault/now", 403)


@pytest.mark.parametrize(
    "body, status, what",
    [
        ({"kind": "oracle", "settings": {}}, 400, ""),
        ({"kind": "folder", "settings": {"path": "relative"}}, 422, "absolute path"),
        ({"kind": "git", "settings": {"url": "ext::sh"}}, 422, "no address of a repository"),
        ({"kind": "witness", "settings": {"policy": "quorum\n"}}, 422, "line 1"),
        ({"kind": "timestamp", "settings": {"url": "https://tsa.example"}}, 422, "two settings"),
    ],
)
async def test_settings_that_cannot_be_meant_are_refused(house, body, status, what):
    answer = await house.as_person("admin", "PUT", "/v1/anchors/vault", status, json=body)
    assert what in answer["error"]["message"]


async def test_verifying_tells_up_to_where_by_whom_and_since_when(house, folder):
    before = await house.as_person("admin", "POST", "/v1/record/verify")
    assert (before["problems"], before["anchored"], before["anchored_size"], before["anchors"]) == ([], False, 0, [])
    await house.as_person("admin", "PUT", "/v1/anchors/vault", 201, json=folder)
    held = await house.as_person("admin", "POST", "/v1/anchors/vault/now")
    after = await house.as_person("admin", "POST", "/v1/record/verify")
    assert (after["problems"], after["anchored"], after["unsigned"]) == ([], False, 0)
    assert after["anchored_size"] == held["size"] < after["size"]
    assert [(one["place"], one["size"]) for one in after["anchors"]] == [("vault", held["size"])]


async def test_a_place_that_contradicts_the_record_spoils_verifying_and_needs_attention(house, folder, tmp_path):
    await house.as_person("admin", "PUT", "/v1/anchors/vault", 201, json=folder)
    await house.as_person("admin", "POST", "/v1/anchors/vault/now")
    size = house.here.reader.head().size + 900
    more = Checkpoint(house.here.log_key.partition("+")[0], size, bytes(32)).format()
    key = open_keyring(tmp_path / "data", new=False).log_signer("bailiwick.localhost/log")
    (tmp_path / "held" / f"{size:020d}.note").write_bytes(sign(more, key))  # what the record was before it was cut
    row = await house.as_person("admin", "POST", "/v1/anchors/vault/now")
    assert row["state"] == "alarm" and "its end was cut off" in row["trouble"]
    found = await house.as_person("admin", "POST", "/v1/record/verify")
    assert [one["file"] for one in found["problems"]] == ["anchor vault"]
    items = (await house.as_person("ana", "GET", "/v1/attention"))["items"]
    assert [one["subject"] for one in items if one["kind"] == "anchor"] == ["vault"]


async def test_the_export_carries_its_anchors(house, folder):
    await house.as_person("admin", "PUT", "/v1/anchors/vault", 201, json=folder)
    held = await house.as_person("admin", "POST", "/v1/anchors/vault/now")
    async with house.person("admin") as client:
        body = (await client.get("/v1/record/export")).content
    assert f"anchor/{held['size']}-folder-vault.note".encode() in body


async def test_health_tells_nobody_but_that_checkpoints_are_in_time(house):
    async with house.client() as nobody:
        assert (await nobody.get("/health")).json()["signing"] == "ok"


async def test_a_secret_goes_to_the_vault_and_comes_back_from_nowhere(house, folder):
    body = folder | {"secret": "the secret of the place"}
    answer = await house.as_person("admin", "PUT", "/v1/anchors/vault", 201, json=body)
    assert "the secret" not in str(answer)
    assert house.here.vault.secret("anchor:vault")["bearer"] == "the secret of the place"
