import hashlib

import pytest

from bailiwick.ledger import tile
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.growth import ForkError, check_growth
from bailiwick.ledger.merkle import EMPTY_ROOT, MerkleError, Tree, leaf_hash
from bailiwick.ledger.sparse_tree import SparseTree

LEAVES = [leaf_hash(b"%d" % n) for n in range(1400)]
WHOLE = Tree(LEAVES)
SIZES = [0, 1, 2, 3, 7, 255, 256, 257, 511, 512, 513, 767, 768, 1000, 1024, 1025, 1279, 1280, 1399, 1400]
ORIGIN = "acme.example/record"


def sparse(leaves=LEAVES):
    return SparseTree(lambda start, stop: leaves[start:stop])


def test_roots_and_proofs_are_those_of_the_whole_tree():
    tree = sparse()
    for size in SIZES:
        assert tree.root(size) == (WHOLE.root(size) if size else EMPTY_ROOT)
        for old in [old for old in SIZES if old <= size]:
            assert tree.consistency(old, size) == WHOLE.consistency(old, size), (old, size)


def test_a_tree_that_has_grown_still_tells_smaller_sizes():
    tree = sparse()
    tree.root(1400)
    assert [tree.root(size) for size in SIZES[1:]] == [WHOLE.root(size) for size in SIZES[1:]]


def test_leaves_are_read_once_in_blocks_and_a_few_at_the_edge_again():
    asked = []
    tree = SparseTree(lambda start, stop: asked.append(stop - start) or LEAVES[start:stop])
    tree.root(1400)
    asked.clear()
    tree.consistency(1380, 1400)
    assert sum(asked) < 2 * 256


def test_a_log_with_fewer_leaves_than_asked_for_is_an_error():
    with pytest.raises(MerkleError, match="fewer than the 1400"):
        sparse(LEAVES[:1399]).root(1400)
    with pytest.raises(MerkleError, match="no growth"):
        sparse().consistency(5, 4)


def head(size, tree=WHOLE, origin=ORIGIN):
    return Checkpoint(origin, size, tree.root(size) if size else EMPTY_ROOT)


FORK = Tree([*LEAVES[:500], hashlib.sha256(b"another entry").digest(), *LEAVES[501:]])


@pytest.mark.parametrize("old, size", [(0, 7), (1, 2), (500, 1400), (1400, 1400), (256, 512)])
def test_a_log_that_only_grew_is_taken(old, size):
    check_growth(head(old), head(size), WHOLE.consistency(old, size))


def test_the_first_head_needs_no_proof():
    check_growth(None, head(7), [])
    with pytest.raises(ForkError, match="nothing before it"):
        check_growth(None, head(7), [LEAVES[0]])


@pytest.mark.parametrize(
    "last, now, proof, what",
    [
        (head(700), head(699), [], "its end was cut off"),
        (head(700), head(700, FORK), [], "it was rewritten"),
        (head(700), head(900, FORK), FORK.consistency(700, 900), "nothing shows that the first 700"),
        (head(700), head(900), [], "nothing shows that the first 700"),
        (head(700), head(900), WHOLE.consistency(699, 900), "nothing shows that the first 700"),
        (head(700), head(900, origin="b"), WHOLE.consistency(700, 900), "another log"),
    ],
)
def test_a_log_that_did_not_only_grow_is_refused(last, now, proof, what):
    with pytest.raises(ForkError, match=what):
        check_growth(last, now, proof)


def test_a_fork_above_the_last_head_is_growth_like_any_other():
    check_growth(head(500), head(900, FORK), FORK.consistency(500, 900))


def test_every_entry_is_proved_as_the_whole_tree_proves_it():
    whole, kept = WHOLE, sparse()
    for size in (1, 2, 255, 256, 257, 511, 512, 700, len(LEAVES)):
        for index in {0, size // 3, size // 2, size - 1, min(255, size - 1), min(256, size - 1)}:
            assert kept.inclusion(index, size) == whole.inclusion(index, size), (index, size)
            assert kept.leaf(index) == LEAVES[index]
    for index, size in ((-1, 5), (5, 5), (0, 0)):
        with pytest.raises(MerkleError):
            kept.inclusion(index, size)


def test_tiles_are_those_of_the_whole_tree():
    size = len(LEAVES)
    whole, kept = WHOLE, sparse()
    for level, index, width in tile.hash_tiles(size):
        start = index * tile.TILE_WIDTH
        assert kept.tile(level, index, width) == whole.hashes(level * tile.HEIGHT, start, start + width)


def test_proofs_of_neighbours_read_their_block_once():
    asked = []
    kept = SparseTree(lambda start, stop: asked.append((start, stop)) or LEAVES[start:stop])
    kept.inclusion(300, 700)
    before = len(asked)
    for index in range(256, 512):
        kept.inclusion(index, 700)
    assert asked[before:] == []


def test_a_block_that_grew_is_read_again():
    leaves = LEAVES[:10]
    kept = SparseTree(lambda start, stop: leaves[start:stop])
    assert kept.inclusion(3, 10) == Tree(LEAVES[:10]).inclusion(3, 10)
    leaves = LEAVES[:300]
    assert kept.inclusion(3, 300) == Tree(LEAVES[:300]).inclusion(3, 300)
