"""Whoever signs or cosigns by the rule of growth never vouches for two histories, whatever is put before them."""

from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.growth import ForkError, check_growth
from bailiwick.ledger.merkle import Tree, leaf_hash, verify_inclusion

ORIGIN = "log.acme.example"
LONGEST = 40


def history(fork, split):
    """A log that leaves the honest one at `split`, if it is a fork at all."""
    names = (f"{n}" if not fork or n < split else f"{n} of fork {fork}" for n in range(LONGEST))
    return Tree(leaf_hash(name.encode()) for name in names)


offers = st.lists(st.tuples(st.integers(0, 2), st.integers(1, LONGEST), st.booleans()), max_size=25)


@given(st.integers(0, LONGEST - 1), offers)
def test_all_heads_that_are_accepted_are_beginnings_of_the_last(split, offered):
    trees = [history(fork, split) for fork in range(3)]
    accepted, last = [], None
    for fork, size, honest in offered:
        tree = trees[fork]
        head = Checkpoint(ORIGIN, size, tree.root(size))
        before = last.size if last else 0
        proof = tree.consistency(before, size) if before <= size else []
        if not honest:
            proof = proof[1:] or [bytes(32)]
        try:
            check_growth(last, head, proof)
        except ForkError:
            continue
        accepted.append((tree, head))
        last = head
    for _, head in accepted:
        tree, newest = accepted[-1]
        assert head.size <= newest.size
        assert tree.root(head.size) == head.root


def test_a_root_does_not_bind_its_size_so_the_size_is_taken_from_what_was_signed():
    leaves = [leaf_hash(bytes([n])) for n in range(33)]
    tree = Tree(leaves)
    passed = {
        (index, size, wrong)
        for size in range(1, 34)
        for index in range(size)
        for wrong in range(1, 34)
        if wrong != size and verify_inclusion(index, wrong, leaves[index], tree.inclusion(index, size), tree.root(size))
    }
    assert passed  # which is why no verifier here reads a size from anywhere but a signed checkpoint
    assert not any(index >= wrong for index, _, wrong in passed)


@given(st.integers(2, 60), st.data())
def test_no_leaf_passes_at_an_index_that_is_not_its_own(size, data):
    leaves = [leaf_hash(bytes([n])) for n in range(size)]
    tree = Tree(leaves)
    index, claimed = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    proved = verify_inclusion(claimed, size, leaves[index], tree.inclusion(index, size), tree.root())
    assert proved == (claimed == index)
