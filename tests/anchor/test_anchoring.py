"""Rounds of anchoring over a real store: what is kept, when, and what is said when a place contradicts the record."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass

import pytest

from bailiwick.anchor.kind import anchor_kinds
from bailiwick.core.event import SYSTEM, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.anchor_place import AddAnchorPlace, RemoveAnchorPlace
from bailiwick.flow.anchored import anchor_stream, anchored, check_kept
from bailiwick.flow.anchoring import Anchoring
from bailiwick.flow.lateness import lateness
from bailiwick.flow.record_tree import RecordTree
from bailiwick.ledger.merkle import Frontier
from bailiwick.ports.reader import EventFilter
from bailiwick.signer.opening import sign_elsewhere, sign_here
from bailiwick.store.journal import Origin
from bailiwick.store.migration import migrate
from bailiwick.store.reader import SqliteReader
from bailiwick.store.sqlite import SqliteStore
from bailiwick.store.vault import FileVault
from tests.anchor.grown import KEY
from tests.anchor.witness_server import WitnessServer

MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Happen:
    count: int = 1

    def step(self, shelf):
        for _ in range(self.count):
            shelf.append(Event(EventType.HALT_SET, SYSTEM, {"scope": "all"}))


class Clock:
    def __init__(self):
        self.now = 1_800_000_000_000_000

    def now_us(self):
        return self.now


class Acme:
    """A record that grows, anchored by real places."""

    def __init__(self, folder, socket=None):
        self.folder, self.clock, self._ids = folder, Clock(), iter(range(10**6))
        self.path = folder / "bailiwick.db"
        migrate(self.path)
        (folder / "vault").mkdir(exist_ok=True)
        self.kinds = anchor_kinds(KEY.vkey, folder / "anchor")
        self.socket = socket
        self.open()

    def open(self):
        self.reader = SqliteReader(self.path)
        self.tree = RecordTree(self.reader)
        signing = sign_here(KEY, None, self.tree.consistency)
        if self.socket:
            signing = sign_elsewhere(self.socket, KEY.vkey, None, self.tree.consistency)
        origin = Origin(KEY.name, signing)
        self.store = SqliteStore(
            self.path, origin, self.clock, lambda p: f"{p}-{next(self._ids):06}", lambda: bytes(32)
        )
        self.store.start()
        vault = FileVault(self.folder / "vault.sealed", self.folder / "vault.key")
        self.anchoring = Anchoring(self.store, self.reader, self.kinds, self.tree, vault, self.clock, 60)

    def close(self):
        self.store.close()
        self.reader.close()

    async def add(self, name, kind, **settings):
        await self.store.commit(AddAnchorPlace(name, kind, self.kinds[kind].check(settings), "per-1"))

    async def add_folder(self):
        await self.add("vault", "folder", path=str(self.folder / "vault"))

    def place(self, name="vault"):
        return self.reader.row("anchor_place", name)

    def events(self, kind):
        return [one.leaf["data"] for one in self.reader.events(EventFilter(type=kind), limit=100)][::-1]

    def cut(self, size):
        """What somebody with the file could do: take entries off the end, and every trace of them."""
        self.close()
        with closing(sqlite3.connect(self.path)) as file, file:
            frontier = Frontier()
            for (hashed,) in file.execute("SELECT leaf_hash FROM log_entry WHERE seq < ? ORDER BY seq", (size,)):
                frontier.append(hashed)
            file.execute("DELETE FROM log_entry WHERE seq >= ?", (size,))
            file.execute("UPDATE log_state SET size = ?, frontier = ?", (size, frontier.to_bytes()))
            file.execute("DELETE FROM checkpoint WHERE size > ?", (size,))
            file.execute("DELETE FROM anchor WHERE size > ?", (size,))
            file.execute("UPDATE anchor_place SET size = 0, seen = '{}', due_us = 0, state = 'ok'")
        self.open()


@pytest.fixture
def acme(tmp_path):
    made = Acme(tmp_path)
    yield made
    made.close()


async def test_a_round_anchors_what_is_new_and_the_record_says_so_by_ids_alone(acme):
    await acme.store.commit(Happen(5))
    await acme.add_folder()
    await acme.anchoring.round()
    assert acme.events("anchor.added") == [{"place": "vault", "kind": "folder"}]
    (told,) = acme.events("record.anchored")
    (row,) = acme.reader.rows("anchor")
    assert told == {"place": "vault", "kind": "folder", "anchor": row["id"], "size": 6}
    assert (acme.place()["state"], acme.place()["size"]) == ("ok", 6)
    found = anchored(acme.reader)
    assert (found.size, found.words) == (6, "vault (folder)")


async def test_anchoring_alone_is_no_news(acme):
    await acme.store.commit(Happen())
    await acme.add_folder()
    for _ in range(4):
        acme.clock.now += 2 * MINUTE_US
        await acme.anchoring.round()
    assert len(acme.events("record.anchored")) == 1
    await acme.store.commit(Happen())
    await acme.anchoring.round()
    acme.clock.now += 2 * MINUTE_US
    await acme.anchoring.round()
    assert [told["size"] for told in acme.events("record.anchored")] == [2, 4]


async def test_a_place_is_asked_once_a_round_however_many_servers_there_are(acme):
    await acme.store.commit(Happen())
    await acme.add_folder()
    await asyncio.gather(*(acme.anchoring.round() for _ in range(5)))
    assert len(acme.events("record.anchored")) == 1
    await acme.store.commit(Happen())
    await acme.anchoring.round()
    assert len(acme.events("record.anchored")) == 1  # the minute is not over
    await acme.anchoring.now("vault")
    assert len(acme.events("record.anchored")) == 2


async def test_a_place_that_is_away_is_tried_ever_more_rarely_and_harms_no_other(acme):
    await acme.store.commit(Happen())
    await acme.add_folder()
    key = WitnessServer("north.example/w", KEY.vkey).key
    await acme.add("north", "witness", policy=f"witness n {key.vkey} http://127.0.0.1:9\nquorum n\n")
    waits = []
    for _ in range(8):
        acme.clock.now = acme.place("north")["due_us"]
        await acme.anchoring.round()
        waits.append((acme.place("north")["due_us"] - acme.clock.now) // MINUTE_US)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert acme.place("north")["state"] == "late"
    assert "does not answer" in acme.place("north")["trouble"]
    assert acme.place()["state"] == "ok"


async def test_a_place_that_breaks_something_is_late_and_harms_no_other(acme):
    class Broken:
        async def anchor(self, place, head, tree):
            raise KeyError("settings of a later version")

    await acme.store.commit(Happen())
    await acme.add_folder()
    await acme.add("odd", "git", url="/nowhere")
    acme.anchoring.kinds = acme.kinds | {"git": Broken()}
    await acme.anchoring.round()
    assert acme.place()["state"] == "ok"
    assert (acme.place("odd")["state"], "KeyError" in acme.place("odd")["trouble"]) == ("late", True)


async def test_the_witness_is_told_where_it_was_and_its_cosignatures_are_kept(acme):
    with WitnessServer("north.example/w", KEY.vkey) as north:
        await acme.store.commit(Happen(9))
        await acme.add("north", "witness", policy=f"witness n {north.key.vkey} {north.url}\nquorum n\n")
        await acme.anchoring.now("north")
        await acme.store.commit(Happen(300))
        await acme.anchoring.now("north")
        assert north.asked == [0, 10]
        assert [row["size"] for row in acme.reader.rows("anchor")] == [311, 10]
        assert check_kept(acme.reader, RecordTree(acme.reader), acme.kinds) == []
        files = dict(anchor_stream(acme.reader, 311))
        assert set(files) == {"anchor/10-witness-north.note", "anchor/311-witness-north.note"}
        assert set(dict(anchor_stream(acme.reader, 310))) == {"anchor/10-witness-north.note"}
        assert b"\xe2\x80\x94 north.example/w " in files["anchor/311-witness-north.note"]


async def test_a_record_cut_short_with_every_trace_in_its_own_file_is_found_by_its_places(acme):
    with WitnessServer("north.example/w", KEY.vkey) as north:
        await acme.store.commit(Happen(200))
        await acme.add_folder()
        await acme.add("north", "witness", policy=f"witness n {north.key.vkey} {north.url}\nquorum n\n")
        await acme.anchoring.round()
        acme.cut(150)
        assert check_kept(acme.reader, RecordTree(acme.reader), acme.kinds) == []
        await acme.store.commit(Happen())
        await acme.anchoring.round()
        found = check_kept(acme.reader, RecordTree(acme.reader), acme.kinds)
        assert [one.file for one in found] == ["anchor north", "anchor vault"]
        assert all("its end was cut off" in one.what for one in found)
        assert acme.place()["state"] == "alarm"


async def test_an_alarm_stays_until_the_place_agrees_again(acme):
    await acme.store.commit(Happen(20))
    await acme.add_folder()
    await acme.anchoring.now("vault")
    acme.cut(10)
    for _ in range(2):
        assert (await acme.anchoring.now("vault"))["state"] == "alarm"
    (acme.folder / "vault").rename(acme.folder / "away")
    row = await acme.anchoring.now("vault")
    assert (row["state"], "cannot be written" in row["trouble"]) == ("alarm", True)
    (acme.folder / "vault").mkdir()
    assert (await acme.anchoring.now("vault"))["state"] == "ok"


async def test_entries_rewritten_below_an_anchor_are_found(acme):
    await acme.store.commit(Happen(20))
    await acme.add_folder()
    await acme.anchoring.now("vault")
    acme.close()
    with closing(sqlite3.connect(acme.path)) as file, file:
        file.execute("UPDATE log_entry SET leaf_hash = ? WHERE seq = 7", (bytes(32),))
    acme.open()
    (found,) = check_kept(acme.reader, RecordTree(acme.reader), acme.kinds)
    assert found.file == "anchor vault at 21"
    assert "the record was rewritten" in found.what


async def test_a_place_is_changed_and_removed_and_its_anchors_stay(acme):
    await acme.store.commit(Happen())
    await acme.add_folder()
    await acme.anchoring.now("vault")
    await acme.add_folder()
    assert acme.events("anchor.changed") == [{"place": "vault", "kind": "folder"}]
    with pytest.raises(Refusal, match="a folder already"):
        await acme.add("vault", "git", url="/x")
    with pytest.raises(Refusal, match="no name for a place"):
        await acme.add("Not A Name", "folder", path=str(acme.folder))
    await acme.store.commit(RemoveAnchorPlace("vault", "per-1"))
    assert acme.place() is None
    assert anchored(acme.reader).size == 2
    for wrong in (acme.store.commit(RemoveAnchorPlace("vault", "per-1")), acme.anchoring.now("vault")):
        with pytest.raises(Refusal, match="there is no place"):
            await wrong


async def test_a_signer_that_is_away_stops_nothing_and_is_not_hidden(tmp_path):
    acme = Acme(tmp_path, tmp_path / "nobody.sock")
    try:
        await acme.store.commit(Happen(3))
        assert acme.reader.size() == 3
        assert acme.reader.head() is None
        now = acme.clock.now
        assert lateness(acme.reader, now + 9_000_000) is None
        late = lateness(acme.reader, now + 11_000_000)
        assert (late.events, late.since_us) == (3, now)
        assert late.sentence == "3 events at the end of the record are not signed yet"
        await acme.add_folder()
        await acme.anchoring.round()
        assert acme.place()["trouble"] == "nothing is signed yet"
    finally:
        acme.close()
