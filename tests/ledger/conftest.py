"""A log as the record would export it, made from nothing but a size and a seed."""

import hashlib
from collections.abc import Callable

import pytest

from bailiwick.ledger import bundle, canonical, commitment
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import Signer, sign

ORIGIN = "acme.example/record"
Export = Callable[[int], dict[str, bytes]]


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer(ORIGIN, hashlib.sha256(b"the seed of a test").digest())


@pytest.fixture(scope="session")
def seal(signer) -> Callable[..., dict[str, bytes]]:
    """Export these leaves with a checkpoint that is true of them."""

    def export(entries, payloads=None, documents=None):
        head = Checkpoint(ORIGIN, len(entries), Tree(map(leaf_hash, entries)).root())
        return bundle.build(entries, sign(head.format(), signer), signer.vkey, payloads or {}, documents or {})

    return export


@pytest.fixture(scope="session")
def make_export(seal) -> Export:
    """Every third entry has a payload; documents are few and named by many."""

    def make(size: int) -> dict[str, bytes]:
        charters = [canonical.encode({"charter": f"role-{n}", "text": "x" * 50 * n}) for n in range(4)]
        documents = {canonical.digest(each): each for each in charters[: min(size, 4)]}
        names = list(documents)
        entries, payloads = [], {}
        for n in range(size):
            event = {"id": f"evt-{n}", "ts_us": 1_790_000_000_000_000 + n, "type": "action.intended"}
            event |= {"documents": [names[n % len(names)]], "why": ["can.0.tier", "é ünïcode"]}
            if n % 3 == 0:
                salt, body = (
                    hashlib.sha256(b"%d" % n).digest(),
                    canonical.encode({"to": f"p{n}@acme.example"}),
                )
                named = commitment.commit(salt, body)
                payloads[named] = (salt, body)
                event["payload"] = {"commitment": named, "size": len(body)}
            entries.append(canonical.encode(event))
        return seal(entries, payloads, documents)

    return make
