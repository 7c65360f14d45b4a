"""An examination finds every kind of damage, says where it lies, and mends what is derived and nothing else."""

import asyncio
import contextlib
import json
import random
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from bailiwick.core.event import SYSTEM, Event, EventType
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.note import Signer, sign
from bailiwick.store.inspection import CURSOR_FILE, Inspection, open_rows
from bailiwick.store.leaf_stage import COLUMNS, projected
from bailiwick.store.mending import mend
from bailiwick.store.payload_key import FilePayloadKeys
from bench.populated import ORIGIN, open_populated, work

SEED = 2
SIGNER = Signer(ORIGIN, random.Random(SEED).randbytes(32))


@dataclass
class Folder:
    """A store at rest that can be damaged and examined."""

    path: Path

    @property
    def store(self):
        return self.path / "bailiwick.db"

    def sql(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.store, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            return connection.execute(statement, values).fetchall()

    def seq(self, condition):
        """An entry somewhere in the middle for which this holds."""
        found = self.sql(f"SELECT seq FROM log_entry WHERE {condition} ORDER BY seq")
        return found[len(found) // 2][0]

    def leaf(self, seq):
        return self.sql("SELECT body FROM log_entry WHERE seq = ?", seq)[0][0]

    def heads(self):
        return [size for (size,) in self.sql("SELECT size FROM checkpoint ORDER BY size")]

    @contextlib.contextmanager
    def inspection(self, *, write=False):
        engine = open_rows(self.store, write=write)
        with contextlib.closing(FilePayloadKeys(self.path)) as keys, engine.connect() as connection:
            yield Inspection(connection, SIGNER.vkey, ORIGIN, keys, self.path / CURSOR_FILE), connection
        engine.dispose()

    def examine(self):
        with self.inspection() as (inspection, _):
            for _ in inspection.steps():
                pass
        return inspection.found

    def mend(self, signer=SIGNER):
        found = self.examine()
        engine = open_rows(self.store, write=True)
        with engine.begin() as connection:
            mended = mend(connection, found, SIGNER.vkey, signer, 1)
        engine.dispose()
        return mended


async def _fill(path):
    made = await open_populated(path, SEED)
    try:
        for rounds in (3, 1, 1):  # each ends with a checkpoint
            await work(made, rounds)
    finally:
        made.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole")
    asyncio.run(_fill(path))
    return path


@pytest.fixture
def folder(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "data")
    return Folder(tmp_path / "data")


def places(found):
    return [(damage.part, damage.seq) for damage in found]


def flipped(data):
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def test_a_store_that_nobody_touched_has_nothing_wrong(folder):
    assert folder.examine() == []
    assert not (folder.path / CURSOR_FILE).exists()


def test_the_columns_are_a_function_of_the_leaf(folder):
    names = ", ".join(COLUMNS)
    for *held, body in folder.sql(f"SELECT {names}, body FROM log_entry"):
        assert tuple(held) == projected(json.loads(body))


# ------------------------------------------------------------------------------------------------ columns


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_column_is_found_by_its_entry_and_derived_again(folder, column):
    seq = folder.seq("type = 'action.intended'")
    before = folder.sql("SELECT * FROM log_entry ORDER BY seq")
    folder.sql(f"UPDATE log_entry SET {column} = ? WHERE seq = ?", 7 if column == "at_us" else "other", seq)
    found = folder.examine()[0]  # a row whose event cannot be found by its column may be told of too
    assert (found.part, found.seq, found.mendable) == ("column", seq, True)
    assert f"`{column}`" in found.what
    assert folder.mend() == 1
    assert folder.examine() == []
    assert folder.sql("SELECT * FROM log_entry ORDER BY seq") == before


@pytest.mark.parametrize("stored", [bytes(32), b"short"])
def test_a_changed_hash_is_found_and_derived_again_since_the_signature_vouches_for_the_leaf(folder, stored):
    seq = folder.seq("1")
    folder.sql("UPDATE log_entry SET leaf_hash = ? WHERE seq = ?", stored, seq)
    assert places(folder.examine()) == [("column", seq)]
    assert folder.mend() == 1
    assert folder.examine() == []


# ------------------------------------------------------------------------------------------------ leaves


def test_a_changed_leaf_is_named_and_never_mended(folder):
    seq = folder.seq("type = 'action.denied'")
    leaf = folder.leaf(seq).replace(b'"verdict":"deny"', b'"verdict":"allo"')
    folder.sql("UPDATE log_entry SET body = ? WHERE seq = ?", leaf, seq)
    found = folder.examine()
    assert ("leaf", seq) in places(found)
    assert "not the one that was recorded" in found[0].what
    assert folder.mend() == 0
    assert folder.leaf(seq) == leaf


@pytest.mark.parametrize("seq", [0, 40])
def test_every_single_changed_leaf_is_told_from_its_neighbours(folder, seq):
    for one in (seq, seq + 1):
        folder.sql("UPDATE log_entry SET body = ? WHERE seq = ?", flipped(folder.leaf(one)), one)
    leaves = [one for one in folder.examine() if one.part == "leaf" and "recorded" in one.what]
    assert places(leaves) == [("leaf", seq), ("leaf", seq + 1)]


def test_a_leaf_rewritten_with_its_hash_is_narrowed_to_what_one_checkpoint_signed(folder):
    heads = folder.heads()
    seq = heads[1]
    leaf = folder.leaf(seq).replace(b'"at_us":179', b'"at_us":178')
    folder.sql("UPDATE log_entry SET body = ?, leaf_hash = ? WHERE seq = ?", leaf, leaf_hash(leaf), seq)
    found = folder.examine()
    assert f"entries {heads[1]} to {heads[2] - 1} differ from what was signed" in found[0].what
    assert ("column", seq) in places(found)  # its columns still tell the truth
    assert folder.mend() == 0


def test_a_history_rewritten_with_frontier_and_hashes_does_not_pass_the_signature(folder):
    seq = folder.heads()[-1] - 1
    leaf = flipped(folder.leaf(seq))
    folder.sql("UPDATE log_entry SET body = ?, leaf_hash = ? WHERE seq = ?", leaf, leaf_hash(leaf), seq)
    tree = Frontier()
    for (hashed,) in folder.sql("SELECT leaf_hash FROM log_entry ORDER BY seq"):
        tree.append(hashed)
    folder.sql("UPDATE log_state SET frontier = ?", tree.to_bytes())
    forger = Signer(ORIGIN, bytes(32))
    note = sign(Checkpoint(ORIGIN, tree.size, tree.root()).format(), forger)
    folder.sql("UPDATE checkpoint SET root = ?, note = ? WHERE size = ?", tree.root(), note, tree.size)
    assert any(damage.part == "checkpoint" and damage.seq == tree.size - 1 for damage in folder.examine())


@pytest.mark.parametrize("count", [1, 3])
def test_missing_leaves_are_named(folder, count):
    seq = folder.seq("1")
    folder.sql("DELETE FROM log_entry WHERE seq >= ? AND seq < ?", seq, seq + count)
    found = folder.examine()
    assert ("leaf", seq) in places(found)
    assert "missing from the log" in next(one.what for one in found if one.part == "leaf")
    assert folder.mend() == 0


@pytest.mark.parametrize("frontier_too", [False, True])
def test_an_end_that_was_cut_off_is_found_even_when_the_frontier_was_set_back(folder, frontier_too):
    size = folder.heads()[-1]
    folder.sql("DELETE FROM log_entry WHERE seq >= ?", size - 4)
    if frontier_too:
        tree = Frontier()
        for (hashed,) in folder.sql("SELECT leaf_hash FROM log_entry ORDER BY seq"):
            tree.append(hashed)
        folder.sql("UPDATE log_state SET size = ?, frontier = ?", tree.size, tree.to_bytes())
    found = folder.examine()
    assert found[0].seq == size - 4
    assert "the end of the log was cut off" in found[0].what
    assert folder.mend() == 0


def test_an_unreadable_leaf_is_found_where_nothing_else_says_so(folder):
    seq = folder.heads()[-1]
    body = b'{"at_us": 1}'
    folder.sql(
        "INSERT INTO log_entry (seq, event_id, at_us, type, actor, leaf_hash, body) VALUES (?, 'x', 1, 'a', 'b', ?, ?)",
        *(seq, leaf_hash(body), body),
    )
    assert any(damage.seq == seq and "not an event" in damage.what for damage in folder.examine())


# ------------------------------------------------------------------------------------------------ head of the log


@pytest.mark.parametrize(
    "statement",
    ["UPDATE log_state SET size = size - 1", "UPDATE log_state SET frontier = x'00'", "DELETE FROM log_state"],
)
def test_a_damaged_frontier_is_found_and_derived_again(folder, statement):
    before = folder.sql("SELECT * FROM log_state")
    folder.sql(statement)
    assert places(folder.examine()) == [("frontier", before[0][1] - 1)]
    assert folder.mend() == 1
    assert folder.sql("SELECT * FROM log_state") == before
    assert folder.examine() == []


@pytest.mark.parametrize("which", [0, 1, -1])
@pytest.mark.parametrize("column", ["root", "note"])
def test_a_damaged_checkpoint_is_found_by_its_size_and_mended_from_the_log(folder, which, column):
    size = folder.heads()[which]
    (held,) = folder.sql(f"SELECT {column} FROM checkpoint WHERE size = ?", size)[0]
    folder.sql(f"UPDATE checkpoint SET {column} = ? WHERE size = ?", flipped(held), size)
    assert places(folder.examine()) == [("checkpoint", size - 1)]
    assert folder.mend() == 1
    assert folder.examine() == []


def test_a_checkpoint_of_another_key_or_another_log_is_no_checkpoint(folder):
    size = folder.heads()[0]
    root = folder.sql("SELECT root FROM checkpoint WHERE size = ?", size)[0][0]
    for signer in (Signer(ORIGIN, bytes(32)), Signer("acme.example/other", random.Random(SEED).randbytes(32))):
        note = sign(Checkpoint(signer.name, size, root).format(), signer)
        folder.sql("UPDATE checkpoint SET note = ? WHERE size = ?", note, size)
        assert places(folder.examine()) == [("checkpoint", size - 1)]


def test_missing_checkpoints_are_signed_again_where_the_key_is_here(folder):
    size = folder.heads()[-1]
    folder.sql("DELETE FROM checkpoint")
    assert places(folder.examine()) == [("checkpoint", 0)]
    assert folder.mend(signer=None) == 0
    assert folder.mend() == 1
    assert folder.heads() == [size]
    assert folder.examine() == []


# ------------------------------------------------------------------------------------------------ payloads, documents


def test_a_missing_payload_is_named_by_its_entry(folder):
    seq = folder.seq("type = 'action.intended'")
    folder.sql("DELETE FROM payload WHERE seq = ?", seq)
    assert places(folder.examine()) == [("payload", seq)]


def test_a_payload_that_cannot_be_opened_any_more_is_named_by_its_entry(folder):
    seq = folder.seq("type = 'action.intended'")
    (sealed,) = folder.sql("SELECT sealed FROM payload WHERE seq = ? AND part = 0", seq)[0]
    folder.sql("UPDATE payload SET sealed = ? WHERE seq = ? AND part = 0", flipped(sealed), seq)
    (found,) = folder.examine()
    assert (found.part, found.seq) == ("payload", seq)
    assert "cannot be opened" in found.what


def test_payloads_that_changed_places_are_named_by_both_entries(folder):
    one, other = folder.seq("type = 'action.intended'"), folder.seq("type = 'action.denied'")
    names = {
        seq: folder.sql("SELECT id, sealed FROM payload WHERE seq = ? AND part = 0", seq)[0] for seq in (one, other)
    }
    folder.sql("DELETE FROM payload WHERE seq IN (?, ?) AND part = 0", one, other)
    for seq, (name, sealed) in ((one, names[other]), (other, names[one])):
        keys = folder.sql("SELECT keys FROM payload WHERE seq NOT IN (?, ?) LIMIT 1", one, other)[0][0]
        folder.sql("INSERT INTO payload (seq, part, id, keys, sealed) VALUES (?, 0, ?, ?, ?)", seq, name, keys, sealed)
    assert {one, other} <= {damage.seq for damage in folder.examine() if damage.part == "payload"}


def test_a_payload_that_no_entry_names_is_found(folder):
    seq = folder.seq("instr(CAST(body AS text), 'commitment') = 0")
    keys, sealed = folder.sql("SELECT keys, sealed FROM payload LIMIT 1")[0]
    for at in (seq, 9_999_999):
        row = (at, f"{at:064}", keys, sealed)
        folder.sql("INSERT INTO payload (seq, part, id, keys, sealed) VALUES (?, 0, ?, ?, ?)", *row)
    assert {("payload", seq), ("payload", 9_999_999)} <= set(places(folder.examine()))


def test_without_the_keys_of_payloads_it_says_so_once_and_makes_none(folder):
    engine = open_rows(folder.store)
    with engine.connect() as connection:
        inspection = Inspection(connection, SIGNER.vkey, ORIGIN, None, None)
        assert [stage for stage in inspection.steps() if stage.finished]
    engine.dispose()
    (found,) = inspection.found
    assert found.part == "payload"
    assert "no payload was opened" in found.what


@pytest.mark.parametrize("how", ["missing", "changed"])
def test_a_damaged_document_is_named_by_the_first_entry_that_relies_on_it(folder, how):
    seq = folder.sql("SELECT min(seq) FROM log_entry WHERE type = 'charter.published'")[0][0]
    name = json.loads(folder.leaf(seq))["documents"][0]
    first = folder.sql("SELECT min(seq) FROM log_entry WHERE instr(body, ?) > 0", name.encode())[0][0]
    statement = "DELETE FROM document" if how == "missing" else "UPDATE document SET body = x'7b7d'"
    folder.sql(f"{statement} WHERE id = ?", name)
    assert places(folder.examine()) == [("document", first)]


def test_a_changed_document_that_no_entry_relies_on_is_found_too(folder):
    folder.sql("INSERT INTO document (id, kind, body, at_us) VALUES (?, 'charter', x'7b7d', 1)", "sha256:" + "0" * 64)
    assert places(folder.examine()) == [("document", None)]


# ------------------------------------------------------------------------------------------------ state


STATE = [
    ("action", "state = 'succeeded'", "state = 'failed'"),
    ("action", "state = 'denied'", "verdict = 'allow'"),
    ("action", "state = 'succeeded'", "evidence = 'read-back'"),
    ("action", "state = 'succeeded'", "agent = 'nobody'"),
    ("approval", "status = 'denied'", "status = 'approved'"),
    ("approval", "status = 'consumed'", "used_by = NULL, status = 'approved'"),
    ("approval", "votes != '[]'", "votes = '[]'"),
    ("approval", "votes != '[]'", "votes = replace(votes, 'approve', 'deny')"),
    ("run", "status = 'ended'", "status = 'open'"),
    ("run", "status = 'ended'", "outcome = 'failed'"),
    ("run", "status = 'ended'", "agent = 'nobody'"),
]


@pytest.mark.parametrize("table, where, change", STATE)
def test_a_row_that_contradicts_its_events_is_named_by_the_entry_that_contradicts_it(folder, table, where, change):
    found = folder.sql(f"SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1")
    folder.sql(f"UPDATE {table} SET {change} WHERE id = ?", found[0][0])
    seen = folder.examine()
    assert seen
    for damage in seen:
        assert damage.part in (table, "approval", "action")
        assert damage.seq is not None
        assert not damage.mendable
    assert any(found[0][0] in damage.what for damage in seen)
    before = folder.sql(f"SELECT * FROM {table}")
    assert folder.mend() == 0
    assert folder.sql(f"SELECT * FROM {table}") == before


@pytest.mark.parametrize("table", ["action", "approval", "run"])
def test_a_row_without_any_event_is_found(folder, table):
    (row,) = folder.sql(f"SELECT * FROM {table} LIMIT 1")
    folder.sql(f"INSERT INTO {table} SELECT * FROM {table} WHERE 0")
    row = ("zzz-invented", *row[1:])
    columns = [name for _, name, *_ in folder.sql(f"PRAGMA table_info({table})")]
    values = dict(zip(columns, row, strict=True)) | ({"action": "act-invented"} if table == "approval" else {})
    marks = ", ".join("?" * len(values))
    folder.sql(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", *values.values())
    assert any("no event tells of it" in damage.what for damage in folder.examine())


def test_an_action_whose_row_was_deleted_is_named_by_its_decision(folder):
    seq = folder.seq("type = 'action.denied'")
    name = json.loads(folder.leaf(seq))["action"]
    folder.sql("DELETE FROM action WHERE id = ?", name)
    assert places(folder.examine()) == [("action", seq)]


def test_halts_that_came_or_went_without_an_event_are_found(folder):
    folder.sql("INSERT INTO halt (id, reason, set_by, set_us) VALUES ('all', 'drill', 'per-1', 1)")
    assert places(folder.examine()) == [("halt", None)]


async def test_a_halt_whose_row_was_deleted_is_named_by_its_event(tmp_path):
    made = await open_populated(tmp_path, SEED)
    await made.store.commit(_Halt())
    made.close()
    folder = Folder(tmp_path)
    (found,) = folder.examine()
    assert (found.part, found.seq) == ("halt", folder.heads()[-1] - 1)


class _Halt:
    def step(self, shelf):
        shelf.append(Event(EventType.HALT_SET, SYSTEM, {"scope": "all"}))


# ------------------------------------------------------------------------------------------------ going on


def test_an_examination_that_is_broken_off_anywhere_goes_on_to_the_same_findings(folder, monkeypatch):
    seq = folder.seq("type = 'action.denied'")
    folder.sql("UPDATE log_entry SET tool = 'other' WHERE seq = ?", seq)
    folder.sql("UPDATE log_entry SET body = ? WHERE seq = ?", flipped(folder.leaf(seq)), seq)
    folder.sql("UPDATE run SET status = 'open'")
    due = folder.examine()
    _in_small_steps(monkeypatch)
    starts = 0
    while True:
        with folder.inspection() as (inspection, _):
            for taken, _ in enumerate(inspection.steps()):
                if taken == 4:
                    break
            else:
                break
        starts += 1
        assert (folder.path / CURSOR_FILE).exists()
    assert starts >= 3
    assert inspection.resumed
    assert inspection.found == due


def _in_small_steps(monkeypatch):
    for module in ("hash_stage", "leaf_stage", "state_stage"):
        monkeypatch.setattr(f"bailiwick.store.{module}.CHUNK", 16)
    monkeypatch.setattr("bailiwick.store.inspection.EVERY", 1)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b'{"log":[],"names":[]}', b"\xff" * 40])
def test_a_cursor_that_cannot_be_read_only_costs_time(folder, data):
    cursor = folder.path / CURSOR_FILE
    cursor.write_bytes(data)
    cursor.chmod(0o600)
    with folder.inspection() as (inspection, _):
        assert list(inspection.steps())
    assert (inspection.count, inspection.resumed) == (0, False)


def test_a_cursor_of_a_log_that_grew_since_is_not_used(folder, monkeypatch):
    _in_small_steps(monkeypatch)
    with folder.inspection() as (inspection, _):
        for taken, _ in enumerate(inspection.steps()):
            if taken == 3:
                break
    folder.sql("UPDATE log_state SET frontier = x'00'")
    with folder.inspection() as (inspection, _):
        assert list(inspection.steps())
    assert not inspection.resumed
    assert places(inspection.found) == [("frontier", folder.heads()[-1] - 1)]
