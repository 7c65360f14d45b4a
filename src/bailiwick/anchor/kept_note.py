"""A checkpoint that a place held before: it must be the beginning of the log as it is now."""

from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.merkle import MerkleError
from bailiwick.ledger.note import NoteError, open_note
from bailiwick.ports.anchor import AnchorAlarm, HeadTree


def hold_against(note: bytes, vkey: str, size: int, tree: HeadTree) -> Checkpoint | None:
    """Raise AnchorAlarm unless a kept note is of this log's beginning; None for what is no note of this log."""
    try:
        kept = Checkpoint.parse(open_note(note, vkey))
    except (NoteError, CheckpointError):
        return None
    if kept.size > size:
        raise AnchorAlarm(f"it holds {kept.size} entries of this log, and here are {size}: its end was cut off")
    try:
        same = tree.root(kept.size) == kept.root
    except MerkleError as error:
        raise AnchorAlarm(f"what it holds of {kept.size} entries cannot be compared: {error}") from error
    if not same:
        raise AnchorAlarm(f"it holds another root over the first {kept.size} entries: the log was rewritten")
    return kept
