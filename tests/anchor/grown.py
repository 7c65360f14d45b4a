"""A log that grows, and forks of it, for whoever holds its heads."""

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import Signer, sign
from bailiwick.ports.reader import SignedHead

KEY = Signer("log.acme.example", bytes(range(32)))
LEAVES = [leaf_hash(b"entry %d" % n) for n in range(400)]
LOG = Tree(LEAVES)
FORK = Tree([*LEAVES[:50], leaf_hash(b"another entry"), *LEAVES[51:]])


def head(size, tree=LOG, key=KEY):
    root = tree.root(size)
    return SignedHead(size, root, sign(Checkpoint(key.name, size, root).format(), key), 1)
