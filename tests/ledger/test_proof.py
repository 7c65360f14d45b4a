"""Proofs as files (C2SP tlog-proof): the form of the specification, and no bit of one that can be changed unseen."""

import base64
import random

import pytest

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import NoteError, Signer, sign
from bailiwick.ledger.proof import MAX_BYTES, ProofError, TlogProof, make, verify

LEAVES = [b'{"id":"evt-%d"}' % number for number in range(300)]


@pytest.fixture(scope="module")
def tree():
    return Tree(map(leaf_hash, LEAVES))


@pytest.fixture(scope="module")
def note(tree, signer):
    return sign(Checkpoint(signer.name, tree.size, tree.root()).format(), signer)


@pytest.fixture(scope="module")
def proof(tree, note):
    return make(258, tree.inclusion(258, 300), note, LEAVES[258])


def test_the_file_has_the_lines_of_the_specification(proof, tree, note):
    lines = proof.decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "extra " + base64.b64encode(LEAVES[258]).decode()
    assert lines[2] == "index 258"
    hashes = tree.inclusion(258, 300)
    assert lines[3 : 3 + len(hashes)] == [base64.b64encode(each).decode() for each in hashes]
    assert proof.endswith(b"\n\n" + note)
    assert TlogProof.parse(proof).format() == proof


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 255, 256, 257, 300])
def test_every_entry_of_a_log_is_proved(size, signer):
    tree = Tree(map(leaf_hash, LEAVES[:size]))
    note = sign(Checkpoint(signer.name, size, tree.root()).format(), signer)
    for index in range(size):
        data = make(index, tree.inclusion(index, size), note, LEAVES[index])
        head, leaf = verify(TlogProof.parse(data), signer.vkey)
        assert (head.size, leaf) == (size, LEAVES[index])


def test_an_entry_may_come_apart_from_its_proof(proof, signer):
    bare = TlogProof(*(getattr(TlogProof.parse(proof), name) for name in ("index", "hashes", "note")))
    assert verify(TlogProof.parse(bare.format()), signer.vkey, LEAVES[258])[1] == LEAVES[258]
    with pytest.raises(ProofError, match="does not carry its entry"):
        verify(bare, signer.vkey)
    with pytest.raises(ProofError, match="do not lead"):
        verify(bare, signer.vkey, LEAVES[257])


def test_cosignatures_below_the_log_s_own_are_kept(proof, signer):
    witness = sign("x\n", Signer("witness.example", b"w" * 32)).split(b"\n\n")[1]
    found = TlogProof.parse(proof + witness)
    assert found.format() == proof + witness
    assert verify(found, signer.vkey)[0].size == 300


def test_no_bit_of_a_proof_can_be_changed_unseen(proof, signer):
    for at in range(len(proof)):
        for bit in range(8):
            changed = proof[:at] + bytes([proof[at] ^ 1 << bit]) + proof[at + 1 :]
            with pytest.raises(ProofError):
                verify(TlogProof.parse(changed), signer.vkey)


def test_a_proof_cut_short_anywhere_is_refused(proof, signer):
    for end in range(len(proof)):
        with pytest.raises(ProofError):
            verify(TlogProof.parse(proof[:end]), signer.vkey)


def test_a_proof_against_another_size_or_root_is_refused(proof, signer, tree):
    for size in range(259, 300):
        note = sign(Checkpoint(signer.name, size, tree.root(300)).format(), signer)
        hashes = TlogProof.parse(proof).hashes
        if len(tree.inclusion(258, size)) == len(hashes):
            continue  # the root does not bind the size: the signature does
        with pytest.raises(ProofError):
            verify(TlogProof(258, hashes, note, LEAVES[258]), signer.vkey)


def test_a_proof_of_another_log_is_refused(proof, signer, tree):
    other = Signer("other.example/record", b"o" * 32)
    with pytest.raises(ProofError, match="no signature by"):
        verify(TlogProof.parse(proof), other.vkey)
    lent = sign(Checkpoint("other.example/record", 300, tree.root()).format(), signer)
    with pytest.raises(ProofError, match="the key is that of"):
        verify(TlogProof(258, tuple(tree.inclusion(258, 300)), lent, LEAVES[258]), signer.vkey)
    with pytest.raises(NoteError):
        verify(TlogProof.parse(proof), "no key")


def _hostile():
    chance = random.Random(3)
    yield b""
    yield b"\n\n"
    yield b"c2sp.org/tlog-proof@v1"
    yield b"c2sp.org/tlog-proof@v2\nindex 0\n\n"
    yield b"c2sp.org/tlog-proof@v1\r\nindex 0\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex 00\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex -1\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex +1\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex 1e3\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex " + b"9" * 5000 + b"\n\n"
    yield b"c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n"
    yield b"c2sp.org/tlog-proof@v1\nextra YR==\nindex 0\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex 0\nextra YQ==\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex 0\n" + b"A" * 43 + b"=\n\nno note"
    yield b"c2sp.org/tlog-proof@v1\nindex 0\n" + (b"A" * 43 + b"=\n") * 64 + b"\nx\n\n"
    yield b"c2sp.org/tlog-proof@v1\nindex 0\n\xff\n\n"
    yield b"x" * (MAX_BYTES + 1)
    for _ in range(200):
        yield b"c2sp.org/tlog-proof@v1\n" + chance.randbytes(chance.randrange(200))


def test_what_is_no_proof_is_refused_with_a_sentence():
    for data in _hostile():
        with pytest.raises(ProofError, match=r"\w+ \w+ \w+"):
            TlogProof.parse(data)


def test_an_oversized_entry_is_refused(tree, note, signer):
    proof = TlogProof(0, tuple(tree.inclusion(0, 300)), note, b"x" * 65_536)
    with pytest.raises(ProofError, match="at most 65535"):
        verify(proof, signer.vkey)
