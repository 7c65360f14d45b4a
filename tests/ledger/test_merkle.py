from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    MerkleError,
    Tree,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots that the certificate-transparency implementations share.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_THE_FIRST = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]


def hashes(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % n) for n in range(count)]


def naive_root(leaf_hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not leaf_hashes:
        return sha256(b"").digest()
    if len(leaf_hashes) == 1:
        return leaf_hashes[0]
    k = 1
    while k * 2 < len(leaf_hashes):
        k *= 2
    return sha256(b"\x01" + naive_root(leaf_hashes[:k]) + naive_root(leaf_hashes[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_published_vectors(size):
    tree, frontier = Tree(), Frontier()
    for leaf in LEAVES[:size]:
        tree.append(leaf_hash(leaf))
        frontier.append(leaf_hash(leaf))
    whole = Tree(map(leaf_hash, LEAVES))
    assert [tree.root().hex(), frontier.root().hex(), whole.root(size).hex()] == [ROOTS[size]] * 3


def test_a_proof_is_that_of_the_published_vector():
    proof = Tree(map(leaf_hash, LEAVES)).inclusion(0, 8)
    assert [each.hex() for each in proof] == PATH_OF_THE_FIRST


@given(st.integers(0, 700), st.data())
def test_frontier_tree_and_the_definition_agree(size, data):
    leaves = hashes(size)
    cut = data.draw(st.integers(0, size))
    frontier, tree = Frontier(), Tree(leaves[:cut])
    for each in leaves[:cut]:
        frontier.append(each)
    frontier = Frontier.from_bytes(frontier.to_bytes())
    for each in leaves[cut:]:
        frontier.append(each)
        tree.append(each)
    assert frontier.size == tree.size == size
    assert frontier.root() == tree.root() == Tree(leaves).root() == naive_root(leaves)
    assert tree.root(cut) == naive_root(leaves[:cut])
    assert len(frontier.to_bytes()) == 8 + 32 * size.bit_count()


def mutations(proof: list[bytes], at: int, bit: int) -> list[list[bytes]]:
    """The proof with one bit flipped, one hash missing, one too many, two swapped, one byte moved along."""
    changed = [[*proof, bytes(32)], [bytes(32), *proof]]
    if proof:
        at %= len(proof)
        flipped = bytearray(proof[at])
        flipped[bit // 8] ^= 1 << bit % 8
        changed += [
            [*proof[:at], bytes(flipped), *proof[at + 1 :]],
            [*proof[:at], *proof[at + 1 :]],
            [*proof[:at], proof[at], *proof[at:]],
            [*proof[:at], proof[at][:-1], *proof[at + 1 :]],
            [*proof[:at], proof[at] + b"\0", *proof[at + 1 :]],
        ]
    if len(proof) > 1:
        changed += [proof[::-1], [proof[0][:-1], proof[0][-1:] + proof[1], *proof[2:]]]
    return changed


@given(st.integers(1, 300), st.integers(0, 299), st.integers(0, 20), st.integers(0, 255))
def test_an_inclusion_proof_verifies_and_a_changed_one_does_not(size, index, at, bit):
    index %= size
    leaves = hashes(size)
    tree = Tree([*leaves, *hashes(3)])
    proof, root = tree.inclusion(index, size), tree.root(size)
    assert verify_inclusion(index, size, leaves[index], proof, root)
    for changed in mutations(proof, at, bit):
        assert not verify_inclusion(index, size, leaves[index], changed, root)
    for other in {-1, index - 1, index + 1, size, index + size} - {index}:
        assert not verify_inclusion(other, size, leaves[index], proof, root)
    assert not verify_inclusion(index, size, leaf_hash(b"another"), proof, root)
    assert not verify_inclusion(index, size, leaves[index], proof, leaf_hash(b"another"))


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 20), st.integers(0, 255))
def test_a_consistency_proof_verifies_and_a_changed_one_does_not(old, size, at, bit):
    old, size = sorted((old, size))
    tree = Tree(hashes(size))
    proof, before, after = tree.consistency(old, size), tree.root(old), tree.root(size)
    assert verify_consistency(old, size, before, after, proof)
    for changed in mutations(proof, at, bit):
        assert not verify_consistency(old, size, before, after, changed)
    assert not verify_consistency(old, size, leaf_hash(b"another"), after, proof)
    if old:
        assert not verify_consistency(old, size, before, leaf_hash(b"another"), proof)


def test_all_proofs_of_all_small_trees_verify():
    leaves = hashes(40)
    tree = Tree(leaves)
    roots = [tree.root(size) for size in range(41)]
    for size in range(41):
        for index in range(size):
            assert verify_inclusion(index, size, leaves[index], tree.inclusion(index, size), roots[size])
        for old in range(size + 1):
            assert verify_consistency(old, size, roots[old], roots[size], tree.consistency(old, size))


def test_a_rewritten_history_is_not_consistent():
    honest, forged = Tree(hashes(50)), Tree([*hashes(20), leaf_hash(b"forged"), *hashes(50)[21:]])
    assert not verify_consistency(30, 50, honest.root(30), forged.root(), forged.consistency(30, 50))


def test_an_inner_node_is_never_a_leaf():
    left, right = hashes(2)
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize("index, size", [(0, 0), (3, 3), (-1, 3), (0, 4), (5, 2)])
def test_a_tree_gives_no_proof_about_leaves_it_does_not_hold(index, size):
    with pytest.raises(MerkleError):
        Tree(hashes(3)).inclusion(index, size)


@pytest.mark.parametrize("old, size", [(-1, 3), (2, 1), (0, 4), (4, 4)])
def test_a_tree_gives_no_consistency_about_sizes_it_never_had(old, size):
    with pytest.raises(MerkleError):
        Tree(hashes(3)).consistency(old, size)


@pytest.mark.parametrize("wrong", [b"", b"short", bytes(33)])
def test_only_hashes_are_appended(wrong):
    for append in (Frontier().append, Tree().append, lambda each: Tree([each])):
        with pytest.raises(MerkleError):
            append(wrong)


@pytest.mark.parametrize("data", [b"", bytes(7), bytes(40), (3).to_bytes(8, "big") + bytes(32), bytes(9)])
def test_a_damaged_frontier_is_refused(data):
    with pytest.raises(MerkleError):
        Frontier.from_bytes(data)


def test_an_empty_log_has_the_root_of_nothing():
    assert Frontier().root() == Tree().root() == EMPTY_ROOT
    assert Frontier.from_bytes(bytes(8)).size == 0
