"""Payloads at rest: each encrypted with AES-256-GCM under a key of its own, derived from the keys it depends on.

    key = HMAC-SHA256(period key, "bailiwick payload v1" | commitment | key of every subject it belongs to)

A part of several people needs the keys of all: forgetting one of them takes it away. The key serves for one plaintext
alone (the commitment binds salt and body), so the nonce may be constant.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailiwick.ledger.commitment import SALT_BYTES
from bailiwick.ports.payload_key import KeyStoreError, PayloadKeys
from bailiwick.ports.reader import StoredPayload
from bailiwick.ports.store import StoreUnavailable

NONCE: Final = bytes(12)
_LABEL: Final = b"bailiwick payload v1"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A payload row as far as opening it goes: `keys` is a period key's id and those of subjects, spaces between."""

    commitment: str
    keys: str
    sealed: bytes


def seal(keys: Sequence[bytes], commitment: str, salt: bytes, body: bytes) -> bytes:
    """The ciphertext of salt and body; `keys` are the period's and then those of the subjects."""
    return AESGCM(derived(keys, commitment)).encrypt(NONCE, salt + body, None)


def derived(keys: Sequence[bytes], commitment: str) -> bytes:
    """The key of one payload."""
    return hmac.digest(keys[0], b"".join([_LABEL, commitment.encode(), *keys[1:]]), "sha256")


def unseal(rows: Iterable[Sealed], keys: PayloadKeys) -> list[StoredPayload | None]:
    """The payloads of these rows; None for one of whose keys any was destroyed. Raises `StoreUnavailable`."""
    held = list(rows)
    named = [row.keys.split(" ") for row in held]
    try:
        known = keys.keys({name for names in named for name in names})
    except KeyStoreError as error:
        raise StoreUnavailable(str(error)) from error
    return [_unsealed(row, [known[name] for name in names]) for row, names in zip(held, named, strict=True)]


def _unsealed(row: Sealed, keys: Sequence[bytes | None]) -> StoredPayload | None:
    whole = [key for key in keys if key is not None]
    if len(whole) < len(keys):
        return None
    try:
        plain = AESGCM(derived(whole, row.commitment)).decrypt(NONCE, row.sealed, None)
    except InvalidTag:
        sentence = f"the payload `{row.commitment}` was changed in the store; run `bailiwick record verify`"
        raise StoreUnavailable(sentence) from None
    return StoredPayload(row.commitment, plain[:SALT_BYTES], plain[SALT_BYTES:])


def key_bytes(keys: PayloadKeys, ids: Sequence[str]) -> Mapping[str, bytes]:
    """Keys that were just made, so that none of them can be gone."""
    return {name: key for name, key in keys.keys(ids).items() if key is not None}
