"""One entry's proof as a file (C2SP tlog-proof): its index, the way up to the root, and the signed checkpoint.

The `extra` line of our own proofs holds the entry itself, so that one file is all that a reader needs. Nobody vouches
for that line but the proof: an entry counts only because its hash leads to the signed root.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from bailiwick.ledger.note import NoteError, Verifier, open_note, split_note, strict_base64
from bailiwick.ledger.tile import MAX_LEAF_BYTES

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_BYTES: Final = 1_100_000
MAX_HASHES: Final = 63
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
_EXTRA = "extra "


class ProofError(ValueError):
    """A proof is not of its form, or does not prove what it should; the message names the trouble."""


@dataclass(frozen=True)
class TlogProof:
    """That entry `index` is in the tree whose signed checkpoint is `note`; `hashes` lead from the leaf upwards."""

    index: int
    hashes: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None

    def format(self) -> bytes:
        """The text of a `.tlog-proof` file."""
        lines = [HEADER]
        if self.extra is not None:
            lines.append(f"{_EXTRA}{_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines += map(_base64, self.hashes)
        return "\n".join(lines).encode() + b"\n\n" + self.note

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read exactly what `format` writes; the note's form is checked, its signatures are not."""
        if len(data) > MAX_BYTES:
            raise ProofError(f"the proof has {len(data)} bytes; at most {MAX_BYTES} are read")
        head, gap, note = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise ProofError(f"byte {error.start} of the proof is not ascii; copy it again") from None
        if lines[0] != HEADER:
            raise ProofError(f"the proof does not begin with the line `{HEADER}`; give a .tlog-proof file")
        if not gap:
            raise ProofError("the proof has no empty line before its checkpoint; it was cut short")
        rest = lines[1:]
        extra = _bytes(rest.pop(0).removeprefix(_EXTRA), "extra data") if rest and rest[0].startswith(_EXTRA) else None
        index = _INDEX.fullmatch(rest[0]) if rest else None
        if index is None:
            raise ProofError("the proof has no line `index N` where it belongs; get a new one")
        hashes = tuple(_hash(number, line) for number, line in enumerate(rest[1:]))
        if len(hashes) > MAX_HASHES:
            raise ProofError(f"the proof has {len(hashes)} hashes; no log is so large that it needs over {MAX_HASHES}")
        try:
            split_note(note)
        except NoteError as error:
            raise ProofError(f"the checkpoint of the proof is unreadable: {error}") from None
        return cls(int(index[1]), hashes, note, extra)


def verify(proof: TlogProof, vkey: str, leaf: bytes | None = None) -> tuple[Checkpoint, bytes]:
    """The signed checkpoint and the entry that is proved to be under it; without `leaf` the entry of `extra`.

    Raises ProofError when the proof fails, NoteError when `vkey` is no key. The size is that of the signed checkpoint.
    """
    entry = proof.extra if leaf is None else leaf
    name = Verifier.parse(vkey).name
    if entry is None:
        raise ProofError("the proof does not carry its entry; give the entry as well")
    if len(entry) > MAX_LEAF_BYTES:
        raise ProofError(f"the entry has {len(entry)} bytes; an entry has at most {MAX_LEAF_BYTES}")
    try:
        head = Checkpoint.parse(open_note(proof.note, vkey))
    except (NoteError, CheckpointError) as error:
        raise ProofError(f"the checkpoint of the proof does not hold: {error}") from None
    if head.origin != name:
        raise ProofError(f"the checkpoint is of the log `{head.origin}`, and the key is that of `{name}`")
    if proof.index >= head.size:
        raise ProofError(f"the checkpoint covers {head.size} entries, and the proof speaks of entry {proof.index}")
    if not verify_inclusion(proof.index, head.size, leaf_hash(entry), proof.hashes, head.root):
        raise ProofError(f"the hashes do not lead from the entry at {proof.index} to the signed root")
    return head, entry


def make(index: int, hashes: Sequence[bytes], note: bytes, leaf: bytes) -> bytes:
    """The `.tlog-proof` file of one entry, which it carries."""
    return TlogProof(index, tuple(hashes), note, leaf).format()


def _hash(number: int, line: str) -> bytes:
    found = _bytes(line, f"hash {number}")
    if len(found) != HASH_BYTES:
        raise ProofError(f"hash {number} of the proof has {len(found)} bytes, not {HASH_BYTES}")
    return found


def _bytes(text: str, what: str) -> bytes:
    try:
        return strict_base64(text)
    except NoteError as error:
        raise ProofError(f"the {what} of the proof is unreadable: {error}") from None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
