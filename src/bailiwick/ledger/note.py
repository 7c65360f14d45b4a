"""Signed notes (C2SP signed-note): a text and the Ed25519 signatures under it.

>>> signer = Signer("acme.example/record", bytes(32))
>>> open_note(sign("hello\\n", signer), signer.vkey)
'hello\\n'
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 1
"""The signature type of a plain Ed25519 signature, as the first byte of a key says it."""
_PREFIX = "PRIVATE+KEY+"
_DASH = "\u2014 "
_KEY_HASH = re.compile(r"[0-9a-f]{8}")
_MAX_BYTES = 1_000_000
_MAX_SIGNATURES = 100


class NoteError(ValueError):
    """A note, key or signature is not what it should be; the message names the trouble."""


def strict_base64(text: str) -> bytes:
    """Decode standard base64 that is exactly what an encoder writes: padded, no spare bits, nothing else."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise NoteError("the text is not base64; copy it again") from error
    # INVARIANT: two texts never decode to the same bytes, so no bit of a text can change unseen.
    if base64.b64encode(data) != text.encode("ascii"):
        raise NoteError("the base64 text is not in canonical form; copy it again")
    return data


@dataclass(frozen=True)
class Verifier:
    """The public half of a key, as its vkey text says: name, key hash, Ed25519 public key."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Self:
        name, kind, public = parse_vkey(vkey)
        if kind != ED25519 or len(public) != 32:
            raise NoteError("the vkey does not hold an ed25519 key; give one of that kind")
        return cls(name, public)

    @cached_property
    def key_hash(self) -> bytes:
        return key_hash(self.name, ED25519, self.public)

    @property
    def vkey(self) -> str:
        return write_vkey(self.name, ED25519, self.public)

    def verifies(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, repr=False)
class Signer:
    """A signing key: a name and an Ed25519 seed of 32 bytes, never printed; `text` is the form to keep."""

    name: str
    seed: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        if len(self.seed) != 32:
            raise NoteError(f"a signing seed has 32 bytes, not {len(self.seed)}; draw a new one")

    @classmethod
    def parse(cls, text: str) -> Self:
        if not text.startswith(_PREFIX):
            raise NoteError("the signing key does not start with PRIVATE+KEY+; give the secret key text")
        name, stated, data = _key_parts(text.removeprefix(_PREFIX), "signing key")
        if len(data) != 33 or data[0] != ED25519:
            raise NoteError("the signing key does not hold an ed25519 key; give one of that kind")
        signer = cls(name, data[1:])
        if signer.verifier.key_hash.hex() != stated:
            raise NoteError("the key hash of the signing key is not that of its key; restore the key")
        return signer

    @property
    def text(self) -> str:
        return f"{_PREFIX}{self.name}+{self.verifier.key_hash.hex()}+{_base64(bytes([ED25519]) + self.seed)}"

    @cached_property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self._private.public_key().public_bytes_raw())

    @property
    def vkey(self) -> str:
        return self.verifier.vkey

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, text: str) -> bytes:
        return self._private.sign(text.encode())

    def note(self, text: str) -> bytes:
        """The whole note: `text` with this key's signature."""
        return sign(text, self)


@dataclass(frozen=True)
class Signature:
    """One signature line of a note, unchecked."""

    name: str
    key_hash: bytes
    signature: bytes

    @property
    def line(self) -> str:
        """As it stands in a note, without the newline."""
        return f"{_DASH}{self.name} {_base64(self.key_hash + self.signature)}"


def sign(text: str, key: Signer | str) -> bytes:
    """Write a note with one signature; `key` is a Signer or its secret text, `text` ends with a newline."""
    signer = Signer.parse(key) if isinstance(key, str) else key
    _check_text(text)
    return join_note(text, [Signature(signer.name, signer.verifier.key_hash, signer.sign(text))])


def open_note(note: bytes, vkey: str) -> str:
    """Give the text of a note that `vkey` signed; signatures of other keys are read but not judged."""
    verifier = Verifier.parse(vkey)
    text, signatures = split_note(note)
    ours = [s for s in signatures if (s.name, s.key_hash) == (verifier.name, verifier.key_hash)]
    if not ours:
        raise NoteError(f"the note has no signature by `{verifier.name}`; get a signed one")
    if not all(verifier.verifies(text, signature.signature) for signature in ours):
        raise NoteError(f"the signature by `{verifier.name}` does not match the text; the note was changed")
    return text


def split_note(note: bytes) -> tuple[str, list[Signature]]:
    """Take a note apart without checking any signature."""
    if len(note) > _MAX_BYTES:
        raise NoteError(f"the note has {len(note)} bytes; at most {_MAX_BYTES} are read")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError(f"the note is not utf-8: {error.reason} at byte {error.start}") from error
    at = whole.rfind("\n\n")
    if at < 0:
        raise NoteError("the note has no empty line before its signatures; get a signed one")
    text, block = whole[: at + 1], whole[at + 2 :]
    _check_text(text)
    if not block.endswith("\n"):
        raise NoteError("the note does not end with a signature line and a newline; copy it again")
    return text, parse_signatures(block)


def join_note(text: str, signatures: Iterable[Signature]) -> bytes:
    """Put a note together; a line that is there twice is written once."""
    lines = dict.fromkeys(signature.line for signature in signatures)
    return "\n".join((text, *lines, "")).encode()


def parse_signatures(block: str) -> list[Signature]:
    """Read signature lines, each with its newline, as a witness answers them."""
    if not block.endswith("\n"):
        raise NoteError("the signatures do not end with a newline; copy them again")
    lines = block[:-1].split("\n")
    if len(lines) > _MAX_SIGNATURES:
        raise NoteError(f"there are {len(lines)} signatures; at most {_MAX_SIGNATURES} are read")
    return [_signature(line) for line in lines]


def parse_vkey(vkey: str) -> tuple[str, int, bytes]:
    """Take a vkey apart: its name, its signature type, its public key; the key hash is checked."""
    name, stated, data = _key_parts(vkey, "vkey")
    if key_hash(name, data[0], data[1:]).hex() != stated:
        raise NoteError("the key hash of the vkey is not that of its key; copy the vkey again")
    return name, data[0], data[1:]


def write_vkey(name: str, kind: int, public: bytes) -> str:
    """The vkey of a public key of signature type `kind`."""
    return f"{name}+{key_hash(name, kind, public).hex()}+{_base64(bytes([kind]) + public)}"


def key_hash(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise NoteError("a signature line is not a dash, a name and a signature; copy the note again")
    _check_name(name)
    data = strict_base64(encoded)
    if len(data) < 5:
        raise NoteError("a signature line is too short to hold a signature; copy the note again")
    return Signature(name, data[:4], data[4:])


def _key_parts(text: str, kind: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or _KEY_HASH.fullmatch(parts[1]) is None:
        raise NoteError(f"the {kind} is not a name, a hash of 8 hex digits and a key; copy it again")
    _check_name(parts[0])
    data = strict_base64(parts[2])
    if not data:
        raise NoteError(f"the {kind} holds no key; copy it again")
    return parts[0], parts[1], data


def _check_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or c < " " or c == "\x7f" for c in name):
        raise NoteError("a key name is not empty and has no space, control character or plus; choose another")


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends with a newline; add one")
    if any(c < " " and c != "\n" for c in text):
        raise NoteError("the text of a note has no control character but the newline; remove it")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
