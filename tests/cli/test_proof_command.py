"""Proving one event from the command line, and checking the proof without a server."""

import json

import pytest

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import Signer, sign
from bailiwick.ledger.proof import TlogProof, make

LEAVES = [b'{"id":"evt-%d"}' % number for number in range(9)]
SIGNER = Signer("acme.example/log", b"s" * 32)


@pytest.fixture
def file(tmp_path):
    tree = Tree(map(leaf_hash, LEAVES))
    note = sign(Checkpoint(SIGNER.name, 9, tree.root()).format(), SIGNER)
    path = tmp_path / "event.tlog-proof"
    path.write_bytes(make(4, tree.inclusion(4, 9), note, LEAVES[4]))
    return path


def test_a_proof_is_checked_without_a_server(nobody, file):
    told = nobody.json("record", "verify-proof", str(file), "--key", SIGNER.vkey)
    assert (told["ok"], told["index"], told["size"], told["leaf"]) == (True, 4, 9, '{"id":"evt-4"}')
    said = nobody.run("record", "verify-proof", str(file), "--key", SIGNER.vkey).out
    assert "Proved: entry 4 of acme.example/log, under the signed checkpoint of 9 entries." in said


def test_a_proof_that_fails_says_where(nobody, file, tmp_path):
    proof = TlogProof.parse(file.read_bytes())
    file.write_bytes(TlogProof(5, proof.hashes, proof.note, proof.extra).format())
    ran = nobody.run("record", "verify-proof", str(file), "--key", SIGNER.vkey)
    assert ran.code == 1
    assert "NOT proved: the hashes do not lead from the entry at 5" in ran.err
    file.write_bytes(b"c2sp.org/tlog-proof@v1\nindex 4")
    assert "cut short" in nobody.run("record", "verify-proof", str(file), "--key", SIGNER.vkey).err
    assert nobody.run("record", "verify-proof", str(tmp_path / "none"), "--key", SIGNER.vkey).code == 2
    assert nobody.run("record", "verify-proof", str(file), "--key", "nonsense").code in (1, 2)


def test_an_entry_may_be_given_beside_its_proof(nobody, file, tmp_path):
    proof = TlogProof.parse(file.read_bytes())
    file.write_bytes(TlogProof(4, proof.hashes, proof.note).format())
    assert nobody.run("record", "verify-proof", str(file), "--key", SIGNER.vkey).code == 1
    leaf = tmp_path / "leaf"
    leaf.write_bytes(LEAVES[4])
    assert nobody.json("record", "verify-proof", str(file), "--key", SIGNER.vkey, "--leaf", str(leaf))["index"] == 4


def test_the_server_proves_an_event_by_place_and_by_id(house, nobody, tmp_path):
    auditor = house.people["auditor"]
    (event,) = auditor.json("record", "list", "--limit", "1")["items"]
    key = auditor.json("record", "verify")["key"]
    for name in (event["index"], event["id"]):
        file = tmp_path / f"{name}.tlog-proof"
        assert auditor.json("record", "prove", str(name), "--to", str(file))["index"] == event["index"]
        told = nobody.json("record", "verify-proof", str(file), "--key", key)
        assert json.loads(told["leaf"])["id"] == event["id"]
    assert auditor.run("record", "prove", "999999").code == 1
