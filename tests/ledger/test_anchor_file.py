"""What others hold of a log, held against an export: cut and rewritten logs are told in plain words."""

import pytest

from bailiwick.ledger import bundle
from bailiwick.ledger.anchor_file import anchor_files, check_anchors, check_note, without_anchors
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import Signer, join_note, sign, split_note
from bailiwick.ledger.witness_policy import parse_policy
from tests.ledger.cosigning import WitnessKey

NORTH, SOUTH = WitnessKey("north.example/w"), WitnessKey("south.example/w", 6)
POLICY = parse_policy(f"witness n {NORTH.vkey}\nwitness s {SOUTH.vkey}\ngroup g all n s\nquorum g\n".encode())


class Kept:
    def __init__(self, size, kind, note, place="here", proof=b""):
        self.size, self.kind, self.place, self.note, self.proof = size, kind, place, note, proof


@pytest.fixture
def log(make_export):
    """An export of 300 entries and its tree."""
    files = make_export(300)
    return files, Tree(map(leaf_hash, bundle.entries(files)))


@pytest.fixture
def kept(log, signer):
    """The checkpoint that stood at some size."""
    return lambda size: sign(Checkpoint(signer.name, size, log[1].root(size)).format(), signer)


def cosigned(note, *keys):
    text, lines = split_note(note)
    return join_note(text, [*lines, *(key.cosign(note, 1_795_342_800) for key in keys)])


def shorter(tree, size):
    return Tree(tree.hashes(0, 0, size))


def rewritten(tree, at):
    hashes = tree.hashes(0, 0, tree.size)
    hashes[at] = leaf_hash(b"another entry")
    return Tree(hashes)


def test_an_export_with_anchors_verifies_once_they_are_set_aside(log, kept, signer):
    files = log[0] | anchor_files([Kept(100, "witness", kept(100)), Kept(200, "timestamp", kept(200), proof=b"token")])
    assert set(files) - set(log[0]) == {
        *("anchor/100-witness-here.note", "anchor/200-timestamp-here.note", "anchor/200-timestamp-here.tsr"),
    }
    assert without_anchors(files) == log[0]
    assert bundle.verify(without_anchors(files), signer.vkey) == []


def test_a_quorum_of_cosignatures_vouches_and_less_is_found(log, kept, signer):
    files = anchor_files([Kept(100, "witness", cosigned(kept(100), NORTH, SOUTH))])
    vouches, findings = check_anchors(files, signer.vkey, log[1], POLICY, None)
    assert [(one.size, one.checked, one.at_us) for one in vouches] == [(100, True, 1_795_342_800_000_000)]
    assert findings == []
    files = anchor_files([Kept(100, "witness", cosigned(kept(100), NORTH))])
    assert "cosigned by n: too few" in check_anchors(files, signer.vkey, log[1], POLICY, None)[1][0].what
    assert [one.checked for one in check_anchors(files, signer.vkey, log[1], None, None)[0]] == [False]


def test_a_timestamp_vouches_when_its_authority_is_known(log, kept, signer):
    files = anchor_files([Kept(100, "timestamp", kept(100), proof=b"token")])
    seen = []

    def stamp(note, token):
        seen.append((note, token))
        return 7

    vouches, findings = check_anchors(files, signer.vkey, log[1], None, stamp)
    assert ([(one.checked, one.at_us) for one in vouches], findings) == ([(True, 7)], [])
    assert seen == [(kept(100), b"token")]

    def refuse(note, token):
        raise ValueError("the timestamp does not hold")

    assert "does not hold" in check_anchors(files, signer.vkey, log[1], None, refuse)[1][0].what


@pytest.mark.parametrize("left", [0, 1, 100, 199])
def test_a_tail_cut_below_an_anchor_is_found(log, kept, signer, left):
    with pytest.raises(ValueError, match=f"had 200 entries when this was kept, and has {left} here: its end was cut"):
        check_note(kept(200), signer.vkey, shorter(log[1], left))


@pytest.mark.parametrize("left", [200, 201, 299])
def test_a_tail_cut_above_an_anchor_is_not_seen_by_it(log, kept, signer, left):
    assert check_note(kept(200), signer.vkey, shorter(log[1], left)).size == 200


@pytest.mark.parametrize("at, found", [(0, True), (99, True), (100, False), (299, False)])
def test_an_entry_rewritten_below_an_anchor_is_found_and_above_it_is_not(log, kept, signer, at, found):
    tree = rewritten(log[1], at)
    if found:
        with pytest.raises(ValueError, match=r"the first 100 entries are not those .* the log was rewritten"):
            check_note(kept(100), signer.vkey, tree)
    else:
        assert check_note(kept(100), signer.vkey, tree).size == 100


def test_notes_of_another_key_or_log_are_none_of_this(log, signer):
    root = log[1].root(100)
    forged = sign(Checkpoint(signer.name, 100, root).format(), Signer(signer.name, bytes(32)))
    with pytest.raises(ValueError, match="no checkpoint of this log"):
        check_note(forged, signer.vkey, log[1])
    with pytest.raises(ValueError, match="another log"):
        check_note(sign(Checkpoint("other", 100, root).format(), signer), signer.vkey, log[1])


def test_every_file_below_anchor_is_accounted_for(log, kept, signer):
    files = {
        "anchor/100-witness-x.txt": b"",
        "anchor/readme": b"",
        "anchor/0100-witness-x.note": kept(100),
        "anchor/100-folder-Up.note": kept(100),
        "anchor/99-folder-x.note": kept(100),
        "anchor/100-timestamp-x.note": kept(100),
        "anchor/100-git-y.commit": b"",
        "anchor/100-oracle-x.note": kept(100),
        "anchor/100-folder-fine.note": kept(100),
    }
    vouches, findings = check_anchors(files, signer.vkey, log[1], None, None)
    assert [one.place for one in vouches] == ["fine"]
    assert {one.file for one in findings} == files.keys() - {"anchor/100-folder-fine.note"}
