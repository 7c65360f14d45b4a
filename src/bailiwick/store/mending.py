"""Mending what is derived: columns from leaves, the frontier from leaves, checkpoints from the log as it is signed.

INVARIANT: no leaf, payload, document or state row is ever written here, and nothing is derived from what is damaged.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.note import NoteError, Signer, open_note, sign
from bailiwick.store.damage import Damage
from bailiwick.store.leaf_stage import COLUMNS, projected, read_leaf
from bailiwick.store.schema import checkpoint, log_entry, log_state

CHUNK: Final = 4096


def mend(connection: Connection, found: Iterable[Damage], vkey: str, signer: Signer | None, now_us: int) -> int:
    """Derive again what can be, in the caller's transaction; replies with how many of `found` were mended.

    Nothing at all is mended while any leaf is damaged: what it should be derived from is then in doubt. Without
    `signer` (its key is elsewhere) what is unsigned stays so until a server starts.
    """
    damages = list(found)
    if any(damage.part == "leaf" for damage in damages):
        return 0
    mendable = [damage for damage in damages if damage.mendable and damage.seq is not None]
    for seq in sorted({damage.seq for damage in mendable if damage.part == "column"}, key=int_of):
        _columns(connection, int_of(seq))
    told = [damage for damage in mendable if damage.part == "checkpoint"]
    kept = [damage for damage in told if _checkpoint(connection, int_of(damage.seq) + 1, vkey)]
    unsigned = len(told) - len(kept)
    if len(mendable) > len(told) or told:
        tree = _tree(connection)
        _state(connection, tree)
        if signer is not None and _unsigned(connection, tree.size):
            _sign(connection, signer, tree, now_us)
            unsigned = 0
    return len(mendable) - unsigned


def int_of(seq: int | None) -> int:
    """The index of a damage that has one."""
    assert seq is not None
    return seq


def _columns(connection: Connection, seq: int) -> None:
    body = connection.execute(select(log_entry.c.body).where(log_entry.c.seq == seq)).scalar_one()
    row: dict[str, object] = dict(zip(COLUMNS, projected(read_leaf(body)), strict=True))
    row["leaf_hash"] = leaf_hash(body)
    connection.execute(update(log_entry).where(log_entry.c.seq == seq).values(row))


def _checkpoint(connection: Connection, size: int, vkey: str) -> bool:
    """Mend the row of a damaged checkpoint from its note, or take it out where the note is what is damaged."""
    own = checkpoint.c.size == size
    note = connection.execute(select(checkpoint.c.note).where(own)).scalar()
    if note is None:
        return False
    try:
        head = Checkpoint.parse(open_note(note, vkey))
    except (NoteError, CheckpointError):
        connection.execute(delete(checkpoint).where(own))
    else:
        connection.execute(update(checkpoint).where(own).values(root=head.root))
    return True


def _tree(connection: Connection) -> Frontier:
    tree = Frontier()
    while True:
        within = (log_entry.c.seq >= tree.size, log_entry.c.seq < tree.size + CHUNK)
        bodies = connection.execute(select(log_entry.c.body).where(*within).order_by(log_entry.c.seq)).scalars().all()
        if not bodies:
            return tree
        for body in bodies:
            tree.append(leaf_hash(body))


def _state(connection: Connection, tree: Frontier) -> None:
    connection.execute(delete(log_state))
    connection.execute(insert(log_state).values(id="log", size=tree.size, frontier=tree.to_bytes()))


def _unsigned(connection: Connection, size: int) -> bool:
    return connection.execute(select(checkpoint.c.size).where(checkpoint.c.size == size)).scalar() is None


def _sign(connection: Connection, signer: Signer, tree: Frontier, now_us: int) -> None:
    note = sign(Checkpoint(signer.name, tree.size, tree.root()).format(), signer)
    connection.execute(insert(checkpoint).values(size=tree.size, root=tree.root(), note=note, at_us=now_us))
