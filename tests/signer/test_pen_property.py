"""Whatever a signer is asked, in any order and across crashes: no two heads that it signed contradict each other."""

import hashlib

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.growth import ForkError
from bailiwick.ledger.merkle import Tree, verify_consistency
from bailiwick.ledger.note import Signer, open_note
from bailiwick.signer.pen import Pen

KEY = Signer("log.acme.example", bytes(32))
TRUE = [hashlib.sha256(b"true %d" % n).digest() for n in range(40)]
BRANCHES = {
    at: Tree([*TRUE[:at], *(hashlib.sha256(b"%d %d" % (at, n)).digest() for n in range(at, 40))])
    for at in (0, 7, 16, 33, 40)
}


class Disk(Exception):
    """The disk was full."""


class Signing(RuleBasedStateMachine):
    """A log with several histories, a signer, and somebody who wants more than one of them signed."""

    def __init__(self):
        super().__init__()
        self.kept = None
        self.full = False
        self.signed = []  # (branch, head)
        self.pen = Pen(KEY, None, self.keep)

    def keep(self, head):
        if self.full:
            raise Disk
        self.kept = head

    def ask(self, branch, size, proof):
        tree = BRANCHES[branch]
        head = Checkpoint(KEY.name, size, tree.root(size))
        try:
            note = self.pen.sign(head, proof)
        except (ForkError, Disk):
            return
        assert Checkpoint.parse(open_note(note, KEY.vkey)) == head
        assert self.kept == head  # on the disk before it was signed
        self.signed.append((branch, head))

    @rule(branch=st.sampled_from(sorted(BRANCHES)), size=st.integers(0, 40))
    def ask_with_the_proof_of_its_own_history(self, branch, size):
        last = self.pen.last.size if self.pen.last else 0
        self.ask(branch, size, BRANCHES[branch].consistency(last, size) if 0 < last <= size else [])

    @rule(
        branch=st.sampled_from(sorted(BRANCHES)),
        other=st.sampled_from(sorted(BRANCHES)),
        size=st.integers(0, 40),
        old=st.integers(0, 40),
    )
    def ask_with_another_proof(self, branch, other, size, old):
        self.ask(branch, size, BRANCHES[other].consistency(min(old, size), size))

    @rule(full=st.booleans())
    def fill_or_free_the_disk(self, full):
        self.full = full

    @rule()
    def crash(self):
        self.pen = Pen(KEY, self.kept, self.keep)

    @invariant()
    def no_two_heads_contradict(self):
        for (_, before), (branch, after) in zip(self.signed, self.signed[1:], strict=False):
            assert before.size <= after.size
            proof = BRANCHES[branch].consistency(before.size, after.size)
            assert verify_consistency(before.size, after.size, before.root, after.root, proof)


TestSigning = Signing.TestCase
TestSigning.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
