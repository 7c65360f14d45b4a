"""`bailiwick record verify` with what others hold: cosignatures, timestamps, notes kept elsewhere."""

import pytest
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from bailiwick.ledger import bundle, canonical
from bailiwick.ledger.anchor_file import anchor_files
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import Signer, join_note, sign, split_note
from tests.anchor.openssl_authority import Authority
from tests.ledger.cosigning import WitnessKey
from tests.ledger.test_anchor_file import Kept

KEY = Signer("acme.example/log", bytes(range(32)))
ENTRIES = [canonical.encode({"id": f"evt-{n}", "type": "halt.set"}) for n in range(20)]
NORTH = WitnessKey("north.example/w")


def note(size, entries=ENTRIES):
    return sign(Checkpoint(KEY.name, size, Tree(map(leaf_hash, entries)).root(size)).format(), KEY)


def export(folder, entries=ENTRIES, anchors=()):
    files = bundle.build(entries, note(len(entries), entries), KEY.vkey, {}, {}) | anchor_files(anchors)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def cosigned(size):
    text, lines = split_note(note(size))
    return join_note(text, [*lines, NORTH.cosign_text(text, 1_795_342_800)])


@pytest.fixture
def policy(tmp_path):
    (tmp_path / "policy").write_text(f"log {KEY.vkey}\nwitness north {NORTH.vkey}\nquorum north\n")
    return str(tmp_path / "policy")


def test_cosignatures_tell_up_to_where_by_whom_and_since_when(nobody, tmp_path, policy):
    folder = str(export(tmp_path / "record", anchors=[Kept(12, "witness", cosigned(12), "north")]))
    said = nobody.run("record", "verify", folder, "--key", KEY.vkey, "--policy", policy).out
    assert "Anchored up to 12 events by north (witness) since 2026-11-22" in said
    assert "Unanchored above that: nobody else has seen the last 8 events." in said
    report = nobody.json("record", "verify", folder, "--key", KEY.vkey, "--policy", policy)
    assert (report["ok"], report["anchored"], report["anchored_size"]) == (True, False, 12)
    assert report["anchors"] == [
        {"size": 12, "kind": "witness", "place": "north", "checked": True, "at_us": 1_795_342_800_000_000}
    ]


def test_anchors_that_nothing_checks_are_only_stated(nobody, tmp_path):
    folder = str(export(tmp_path / "record", anchors=[Kept(12, "witness", cosigned(12), "north")]))
    said = nobody.run("record", "verify", folder).out
    assert "Stated, not checked: north (witness) up to 12 events" in said
    assert "Unanchored: that nothing was cut off" in said
    assert nobody.json("record", "verify", folder)["anchored_size"] == 0


def test_a_tail_cut_below_a_kept_note_is_told_and_above_it_is_unanchored(nobody, tmp_path):
    (tmp_path / "kept").write_bytes(note(15))
    for left, ok in ((20, True), (16, True), (15, True), (14, False)):
        folder = str(export(tmp_path / f"record-{left}", ENTRIES[:left]))
        assert nobody.run("record", "verify", folder).code == 0
        ran = nobody.run("record", "verify", folder, "--against", str(tmp_path / "kept"))
        assert ran.code == (0 if ok else 1), ran.out
        told = (
            "Anchored up to 15 events" if ok else "had 15 entries when this was kept, and has 14 here: its end was cut"
        )
        assert told in ran.out
    whole = nobody.json("record", "verify", str(tmp_path / "record-15"), "--against", str(tmp_path / "kept"))
    assert whole["anchored"] is True


def test_a_record_rewritten_below_a_kept_note_is_told(nobody, tmp_path):
    (tmp_path / "kept").write_bytes(note(15))
    other = [*ENTRIES[:7], canonical.encode({"id": "evt-7", "type": "halt.lifted"}), *ENTRIES[8:]]
    folder = str(export(tmp_path / "record", other))
    assert nobody.run("record", "verify", folder, "--key", KEY.vkey).code == 0  # signed with the real key
    ran = nobody.run("record", "verify", folder, "--key", KEY.vkey, "--against", str(tmp_path / "kept"))
    assert ran.code == 1
    assert "the first 15 entries are not those that this was kept of: the log was rewritten" in ran.out


def test_a_timestamp_is_checked_against_the_authority_given(nobody, tmp_path):
    with Authority(tmp_path / "tsa") as authority:
        asked = TimestampRequestBuilder().data(note(9)).hash_algorithm(HashAlgorithm.SHA256).build()
        token = authority.stamp(asked.as_bytes())
    (tmp_path / "root.pem").write_text(authority.root)
    folder = str(export(tmp_path / "record", anchors=[Kept(9, "timestamp", note(9), "tsa", token)]))
    report = nobody.json("record", "verify", folder, "--tsa", str(tmp_path / "root.pem"))
    assert (report["ok"], report["anchored_size"]) == (True, 9)
    (tmp_path / "record/anchor/9-timestamp-tsa.tsr").write_bytes(token[:-1] + bytes([token[-1] ^ 1]))
    ran = nobody.run("record", "verify", folder, "--tsa", str(tmp_path / "root.pem"))
    assert ran.code == 1
    assert "anchor/9-timestamp-tsa.note: the timestamp" in ran.out


@pytest.mark.parametrize("option", ["--policy", "--tsa", "--against"])
def test_a_file_that_is_none_is_usage_or_a_finding(nobody, tmp_path, option):
    folder = str(export(tmp_path / "record"))
    assert nobody.run("record", "verify", folder, option, str(tmp_path / "nowhere")).code == 2
    (tmp_path / "nonsense").write_text("nonsense\n")
    ran = nobody.run("record", "verify", folder, option, str(tmp_path / "nonsense"))
    assert ran.code == (1 if option == "--against" else 2), ran.out
