"""The head of the log (C2SP tlog-checkpoint): its origin, size and root, as the text that is signed."""

import base64
import re
from dataclasses import dataclass
from typing import Self

from bailiwick.ledger.merkle import EMPTY_ROOT, HASH_BYTES
from bailiwick.ledger.note import NoteError, strict_base64

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_MAX_SIZE = 2**63 - 1


class CheckpointError(ValueError):
    """A checkpoint is not three exact lines, or states what no log can have."""


@dataclass(frozen=True)
class Checkpoint:
    """What a log claims: `root` is the root over its first `size` leaves. Unsigned until it is a note."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or any(c < " " for c in self.origin):
            raise CheckpointError("the origin is empty or has a control character; name the log in one line")
        if not 0 <= self.size <= _MAX_SIZE:
            raise CheckpointError(f"the size `{self.size}` is outside 0 to {_MAX_SIZE}")
        if len(self.root) != HASH_BYTES:
            raise CheckpointError(f"the root has {len(self.root)} bytes, not {HASH_BYTES}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointError("the root of an empty log is the hash of nothing, and this one is not")

    def format(self) -> str:
        """The text to sign: origin, decimal size and base64 root, a line each."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode('ascii')}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read exactly what `format` writes; extension lines are refused, as nothing here knows any."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3]:
            raise CheckpointError("the checkpoint is not three lines: origin, size and root")
        if _SIZE.fullmatch(lines[1]) is None:
            raise CheckpointError("the size of the checkpoint is not a plain decimal number")
        try:
            root = strict_base64(lines[2])
        except NoteError as error:
            raise CheckpointError(f"the root of the checkpoint is unreadable: {error}") from error
        return cls(lines[0], int(lines[1]), root)
