"""What a signer last signed, in files of its own folder: one a log, replaced durably before each answer."""

import hashlib
from pathlib import Path
from typing import Final

from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.merkle import EMPTY_ROOT
from bailiwick.ledger.note import NoteError, Signer, open_note
from bailiwick.store.private_file import read_private, replace_private

FILE: Final = "last-signed"


class SignedHeadError(Exception):
    """The memory of a signer is missing or unreadable; the message says what to do."""


class SignedHeads:
    """The last signed head of each log that one key signs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, origin: str) -> Checkpoint | None:
        """The last head, None when this key never signed for the log; raises SignedHeadError."""
        path = self._path(origin)
        data = read_private(path)
        if data is None:
            return None
        try:
            head = Checkpoint.parse(data.decode())
        except (CheckpointError, UnicodeDecodeError) as error:
            raise SignedHeadError(f"`{path}` cannot be read: {error}; restore it, never delete it") from error
        if head.origin != origin:
            raise SignedHeadError(f"`{path}` is about `{head.origin}`, not `{origin}`; restore it from a backup")
        return head

    def keep(self, head: Checkpoint) -> None:
        """Durable when it returns."""
        replace_private(self._path(head.origin), head.format().encode())

    def _path(self, origin: str) -> Path:
        return self._folder / f"{FILE}-{hashlib.sha256(origin.encode()).hexdigest()[:16]}"


def open_memory(folder: Path, key: Signer, *, new: bool, last: bytes | None) -> SignedHeads:
    """The memory of a signer whose key is `key`; `last` is a note that it signed before, where the memory is lost.

    A key that is not new and has no memory signs nothing: it might sign a fork of what it signed before.
    """
    heads = SignedHeads(folder)
    known = heads.read(key.name)
    if last is not None:
        try:
            given = Checkpoint.parse(open_note(last, key.vkey))
        except (NoteError, CheckpointError) as error:
            raise SignedHeadError(f"the note given is none that this key signed: {error}") from error
        if known is not None and (given.size < known.size or (given.size == known.size and given != known)):
            raise SignedHeadError(f"this key remembers signing {known.size} entries; the note given contradicts that")
        known = given
        heads.keep(known)
    if known is None and not new:
        raise SignedHeadError(
            f"`{folder}` has a key for `{key.name}` but not what it last signed; restore that from a backup, or give "
            "the newest checkpoint of the record with --last"
        )
    if known is None:
        heads.keep(Checkpoint(key.name, 0, EMPTY_ROOT))
    return heads
