"""The log as static files (C2SP tlog-tiles): what is there, as what, for whom, and for how long."""

import gzip
import json

import pytest

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.ledger import tile
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import open_note
from bailiwick.ledger.proof import TlogProof, verify
from bailiwick.ports.store import Shelf


class Visit:
    """Enough events for a full tile, from somebody who comes often."""

    def __init__(self, person):
        self.person = person

    def step(self, shelf: Shelf):
        for _ in range(100):
            shelf.append(Event(EventType.PERSON_SIGNED_IN, Actor("person", self.person), {"by": "password"}))


async def grown(house):
    for _ in range(3):
        await house.here.store.commit(Visit("per-somebody"))
    await house.here.store.checkpoint()


async def test_the_whole_log_is_read_and_verified_from_its_static_files(house):
    await grown(house)
    async with house.person("ana") as ana:
        note = await ana.get("/log/checkpoint")
        assert note.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert "no-store" in note.headers["Cache-Control"]
        head = Checkpoint.parse(open_note(note.content, house.here.log_key))
        assert head.size > 256
        files = {}
        for path in tile.paths(head.size):
            answer = await ana.get(f"/log/{path}")
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/octet-stream")
            full = ".p/" not in path
            assert ("immutable" in answer.headers["Cache-Control"]) is full
            assert answer.headers["Cache-Control"].startswith("private")
            files[path] = answer.content
    leaves = []
    for index, width in tile.entry_bundles(head.size):
        leaves += tile.decode_entries(files[tile.entries_path(index, width)], width)
    whole = Tree(map(leaf_hash, leaves))
    assert whole.root() == head.root
    for level, index, width in tile.hash_tiles(head.size):
        start = index * tile.TILE_WIDTH
        wanted = b"".join(whole.hashes(level * tile.HEIGHT, start, start + width))
        assert files[tile.hash_path(level, index, width)] == wanted


async def test_only_tiles_under_the_last_checkpoint_are_there(house):
    await grown(house)
    size = house.here.reader.head().size
    rest = size - 256
    missing = [
        f"0/001.p/{rest + 1}",
        f"entries/001.p/{rest + 1}",
        "0/001",
        "entries/001",
        "1/000",
        "1/000.p/2",
        "2/000.p/1",
        "0/000.p/256",
        "0/000.p/0",
        "0/000.p/01",
        "0/0",
        "0/x000/000",
        "00/000",
        "64/000",
        "99/999",
        "0/x999/x999/x999/x999/x999/x999/999",
        "63/x036/x028/x797/x018/x963/968.p/1",
        "-1/000",
        "entries/000.p/x",
        "entries",
        "",
        "data/000",
    ]
    async with house.person("ana") as ana:
        for path in missing:
            answer = await ana.get(f"/log/tile/{path}")
            assert answer.status_code == 404, path
            assert answer.headers["Cache-Control"] == "no-store"
        for path in ("0/000", "0/000.p/17", "1/000.p/1", "entries/000.p/255", f"0/001.p/{rest}", "entries/000"):
            assert (await ana.get(f"/log/tile/{path}")).status_code == 200, path


async def test_reading_the_log_takes_a_right(house):
    async with house.client() as nobody:
        for path in ("checkpoint", "tile/0/000.p/1", "tile/entries/000.p/1"):
            assert (await nobody.get(f"/log/{path}")).status_code == 401
    async with house.client(await house.agent_token()) as agent:
        assert (await agent.get("/log/checkpoint")).status_code == 403
    async with house.person("ana") as ana:
        assert (await ana.post("/log/checkpoint")).status_code in (405, 400, 415)


@pytest.mark.parametrize(
    "accepted, packed",
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.00", False),
        ("", False),
    ],
)
async def test_entries_come_packed_to_whoever_can_unpack_them(house, accepted, packed):
    await house.here.store.checkpoint()
    async with house.person("ana") as ana:
        request = ana.build_request("GET", "/log/tile/entries/000.p/3", headers={"Accept-Encoding": accepted})
        answer = await ana.send(request, stream=True)
        raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert (answer.headers.get("Content-Encoding") == "gzip") is packed
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(tile.decode_entries(gzip.decompress(raw) if packed else raw, 3)) == 3


async def test_one_event_is_proved_by_a_file_of_its_own(house):
    async with house.person("ana") as ana:
        events = (await ana.get("/v1/record/events?limit=3")).json()["items"]
        for event in events:
            by_place, by_id = [await ana.get(f"/v1/record/events/{event[name]}/proof") for name in ("index", "id")]
            assert by_place.status_code == by_id.status_code == 200
            assert by_id.headers["Content-Disposition"].endswith(f'"event-{event["index"]}.tlog-proof"')
            head, leaf = verify(TlogProof.parse(by_id.content), house.here.log_key)
            assert (json.loads(leaf)["id"], head.size > event["index"]) == (event["id"], True)
        for name, status in (("evt-0", 404), ("999999", 404), ("evt-", 400), ("first", 400), ("-1", 400)):
            assert (await ana.get(f"/v1/record/events/{name}/proof")).status_code == status
