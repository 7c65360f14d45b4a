import io
import zipfile

import pytest

from bailiwick.ledger import bundle
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import leaf_hash, verify_inclusion
from bailiwick.ledger.note import open_note


async def test_events_are_found_by_what_they_are(house):
    async def found(query):
        return (await house.as_person("ana", "GET", f"/v1/record/events?{query}"))["items"]

    assert {event["verdict"] for event in await found("type=action.denied")} == {"deny"}
    assert len(await found("verdict=deny&agent=clock-keeper")) == 2
    assert [event["tool"] for event in await found("verdict=allow")] == ["time.clock.read"]
    assert len(await found("until=2026-01-01")) == 0
    assert len(await found("since=2026-01-01T00:00:00%2B01:00&limit=200")) == house.here.reader.size()
    (published,) = await found("type=charter.published")
    assert published["actor"]["name"] == "Ada Admin"


@pytest.mark.parametrize(
    "query, status", [("since=soon", 422), ("type=nothing", 400), ("cursor=x", 400), ("limit=0", 400)]
)
async def test_a_filter_that_means_nothing_is_refused(house, query, status):
    await house.as_person("ana", "GET", f"/v1/record/events?{query}", status)


async def test_the_record_is_read_in_pages_without_gaps(house):
    seen, cursor = [], ""
    while cursor is not None:
        page = await house.as_person("ana", "GET", f"/v1/record/events?limit=7{cursor and f'&cursor={cursor}'}")
        seen += [event["index"] for event in page["items"]]
        cursor = page["next"]
    assert seen == list(range(house.here.reader.size()))[::-1]


async def test_every_event_proves_that_it_is_on_the_record(house):
    for index in range(house.here.reader.size()):
        detail = await house.as_person("ana", "GET", f"/v1/record/events/{index}")
        proof = detail["proof"]
        head = Checkpoint.parse(open_note(proof["note"].encode(), house.here.log_key))
        hashes = [bytes.fromhex(one) for one in proof["hashes"]]
        hashed = leaf_hash(detail["leaf"].encode())
        assert hashed.hex() == proof["leaf_hash"]
        assert verify_inclusion(index, head.size, hashed, hashes, head.root)
    await house.as_person("ana", "GET", f"/v1/record/events/{index + 1}", 404)


async def test_the_whole_record_is_verified_and_goes_with_whoever_may(house):
    verified = await house.as_person("ana", "POST", "/v1/record/verify")
    assert (verified["size"], verified["problems"], verified["anchored"]) == (house.here.reader.size(), [], False)
    async with house.person("auditor") as auditor:
        answer = await auditor.get("/v1/record/export")
        note = await auditor.get("/v1/record/checkpoint")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert bundle.verify(files, house.here.log_key) == []
    assert files["checkpoint"] == note.content


async def test_what_runs_here_is_said(house):
    info = await house.as_person("ana", "GET", "/v1/installation")
    assert (info["name"], info["mode"], info["log_key"]) == ("Acme", "team", house.here.log_key)
    changed = await house.as_person("admin", "PUT", "/v1/installation/mode", json={"mode": "solo", "name": "Ada"})
    assert (changed["mode"], changed["name"]) == ("solo", "Ada")
    async with house.client() as nobody:
        assert (await nobody.get("/health")).json()["status"] == "ok"


async def test_every_operation_says_what_it_answers(house):
    async with house.client() as nobody:
        document = (await nobody.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            if path.startswith("/v1/schemas"):
                continue  # what an editor reads: the same for everybody, and never from the store
            assert operation["summary"], where
            assert {"503"} <= set(operation["responses"]) or path.startswith(("/.well-known", "/oauth/jwks")), where
            if path.startswith("/v1") and path != "/v1/sessions":
                assert operation["security"], where
                assert {"401", "403"} <= set(operation["responses"]), where
            if method in ("post", "put", "patch") and "requestBody" in operation:
                # AuthZEN answers 400 to another kind of content (section 10.1)
                refused = {"413"} if path.startswith("/access") else {"413", "415"}
                assert refused <= set(operation["responses"]), where
