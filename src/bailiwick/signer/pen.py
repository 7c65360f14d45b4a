"""A signing key that remembers: it signs a head only if what it signed before is that head's beginning."""

from collections.abc import Callable, Sequence

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.growth import check_growth
from bailiwick.ledger.note import Signer, sign

Keep = Callable[[Checkpoint], None]
"""Make a head the last signed one, durably: it returns when the disk has said so."""


class Pen:
    """One log's key and the last head it signed; `keep` is called before the signature is made."""

    def __init__(self, key: Signer, last: Checkpoint | None, keep: Keep) -> None:
        self.key = key
        self.last = last
        self._keep = keep

    def sign(self, head: Checkpoint, proof: Sequence[bytes]) -> bytes:
        """The note; raises ForkError when `proof` does not lead from the last head to this one."""
        if head.origin != self.key.name:
            raise ValueError(f"this key signs for `{self.key.name}`, not for `{head.origin}`")
        check_growth(self.last, head, proof)
        # INVARIANT: a head that was signed is never forgotten, so none that contradicts it can be signed after
        if head != self.last:
            self._keep(head)
            self.last = head
        return sign(head.format(), self.key)

    def state(self, text: str) -> bytes:
        """A note of a text that is no head: an attestation. Raises ValueError when it could be taken for one."""
        first = text.partition("\n")[0]
        # INVARIANT: a checkpoint of this log, with whatever lines after it, starts with the log's name
        if first in (self.key.name, "cosignature/v1"):
            raise ValueError("the text starts as a checkpoint does; only heads with a proof are signed as such")
        return sign(text, self.key)
