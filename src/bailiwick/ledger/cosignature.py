"""Cosignatures (C2SP tlog-cosignature): somebody else's word that they saw this checkpoint, and when.

Two kinds: Ed25519 over the note's text (`cosignature/v1`), and ML-DSA-44 over origin, size and root (`subtree/v1`).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.note import NoteError, Signature, key_hash, parse_vkey, write_vkey

ED25519_COSIGNATURE: Final = 4
ML_DSA_44: Final = 6
_PUBLIC_BYTES: Final = {ED25519_COSIGNATURE: 32, ML_DSA_44: 1312}
_SIGNATURE_BYTES: Final = {ED25519_COSIGNATURE: 64, ML_DSA_44: 2420}
_LATEST: Final = 2**63 - 1


@dataclass(frozen=True)
class Cosigner:
    """The public half of a witness's key, as its vkey says it; `kind` is the signature type, 4 or 6."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        name, kind, public = parse_vkey(vkey)
        if _PUBLIC_BYTES.get(kind) != len(public):
            raise NoteError("the vkey is no cosigner's: it holds neither an ed25519 (4) nor an ml-dsa-44 (6) key")
        return cls(name, kind, public)

    @cached_property
    def key_hash(self) -> bytes:
        return key_hash(self.name, self.kind, self.public)

    @property
    def vkey(self) -> str:
        return write_vkey(self.name, self.kind, self.public)

    def made(self, signature: Signature) -> bool:
        """Whether a signature line says that it is by this key; it still has to be verified."""
        return (signature.name, signature.key_hash) == (self.name, self.key_hash)

    def time_of(self, text: str, signature: bytes) -> int | None:
        """When this cosigner saw the checkpoint, in seconds since 1970; None unless the cosignature holds.

        An ML-DSA-44 cosignature may say 0: it then states consistency, not that this was the newest checkpoint.
        """
        if len(signature) != 8 + _SIGNATURE_BYTES[self.kind]:
            return None
        seconds = int.from_bytes(signature[:8], "big")
        if seconds > _LATEST:
            return None
        try:
            if self.kind == ED25519_COSIGNATURE:
                message = ed25519_message(text, seconds)
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature[8:], message)
            else:
                message = ml_dsa_message(self.name, text, seconds)
                MLDSA44PublicKey.from_public_bytes(self.public).verify(signature[8:], message)
        except (InvalidSignature, ValueError):
            return None
        return seconds


def ed25519_message(text: str, seconds: int) -> bytes:
    """What an Ed25519 cosigner signs: a header, the time, and the whole text of the note."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def ml_dsa_message(name: str, text: str, seconds: int) -> bytes:
    """What an ML-DSA-44 cosigner signs: its own name, the time, and the tree of the checkpoint."""
    try:
        head = Checkpoint.parse(text)
    except CheckpointError as error:
        raise NoteError(f"only a checkpoint can be cosigned: {error}") from error
    parts = (b"subtree/v1\n\0", _short(name), seconds.to_bytes(8, "big"), _short(head.origin))
    return b"".join((*parts, bytes(8), head.size.to_bytes(8, "big"), head.root))


def _short(text: str) -> bytes:
    data = text.encode()
    if not 0 < len(data) < 256:
        raise NoteError(f"`{text[:40]}` has {len(data)} bytes; a name in a cosignature has 1 to 255")
    return bytes([len(data)]) + data
