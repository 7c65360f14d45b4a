"""Whether a log only grew: the one rule that whoever signs or keeps its checkpoints holds it to."""

from collections.abc import Sequence

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import verify_consistency


class ForkError(ValueError):
    """The log is not what it was: cut short, rewritten, or without proof that it is neither."""


def check_growth(last: Checkpoint | None, head: Checkpoint, proof: Sequence[bytes]) -> None:
    """Raise ForkError unless `proof` shows that the tree of `last` is the start of the tree of `head`.

    Without a last head every head is the first, and needs no proof.
    """
    if last is None:
        if proof:
            raise ForkError("a first checkpoint has nothing before it that a proof could speak of")
        return
    if last.origin != head.origin:
        raise ForkError(f"`{head.origin}` is another log than `{last.origin}`")
    if head.size < last.size:
        raise ForkError(f"the log had {last.size} entries and now has {head.size}: its end was cut off")
    if not verify_consistency(last.size, head.size, last.root, head.root, proof):
        if head.size == last.size:
            raise ForkError(f"the log had another root over the same {last.size} entries: it was rewritten")
        raise ForkError(f"nothing shows that the first {last.size} entries are still those of before")
