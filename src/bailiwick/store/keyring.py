"""The installation's own keys: ES256 for agents' tokens, Ed25519 for the record's checkpoints."""

import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bailiwick.flow.es256 import RANDOM_BYTES, KeyRefusedError, SigningKey
from bailiwick.ledger.note import Signer
from bailiwick.store.private_file import create_private, read_private

TOKEN_KEY_FILE = "token-key.pem"  # noqa: S105 -- a file name
LOG_KEY_FILE = "log-key.pem"


class KeyringError(Exception):
    """A key file is missing or is not the key it should be; the message names the file and the fix."""


@dataclass(frozen=True)
class Keyring:
    """Both private keys; neither shows in a repr. The log's is None where another process signs."""

    token_key: SigningKey = field(repr=False)
    log_key: Ed25519PrivateKey | None = field(repr=False)

    def log_signer(self, origin: str) -> Signer:
        """The signer of checkpoints (C2SP signed-note) under the log's name."""
        if self.log_key is None:
            raise KeyringError("the log's key is with its signer; ask that to sign")
        return Signer(origin, self.log_key.private_bytes_raw())

    @property
    def index_key(self) -> bytes:
        """The key of the index's terms; derived, since an index can be made again under another."""
        return hmac.digest(self.token_key.pem(), b"bailiwick/index/1", "sha256")


def open_keyring(folder: Path, *, new: bool, signs: bool = True) -> Keyring:
    """Load the keys from PEM files of mode 0600; with `new`, make those that are missing.

    An installation that already has a record is not `new`: another log key would make its checkpoints
    strangers to everyone who verifies them, so a missing key is an error there. Without `signs` the log's key
    lies with a signer, and must not lie here as well.
    """
    if not signs and (folder / LOG_KEY_FILE).exists():
        raise KeyringError(
            f"another process signs the record, but its key still lies in `{folder / LOG_KEY_FILE}`; move the file to "
            "the signer's own folder, or leave BAILIWICK_SIGNER empty"
        )
    log_key = _log_key(folder / LOG_KEY_FILE, new) if signs else None
    return Keyring(token_key=_token_key(folder / TOKEN_KEY_FILE, new), log_key=log_key)


def open_log_key(folder: Path, *, new: bool, origin: str) -> Signer:
    """The log's key alone, as its signer keeps it in a folder of its own."""
    return Signer(origin, _log_key(folder / LOG_KEY_FILE, new).private_bytes_raw())


def _token_key(path: Path, new: bool) -> SigningKey:
    made = SigningKey.from_random(secrets.token_bytes(RANDOM_BYTES)).pem() if new else None
    try:
        return SigningKey.from_pem(_load(path, made))
    except KeyRefusedError as error:
        raise KeyringError(f"`{path}` cannot be used: {error}") from None


def _log_key(path: Path, new: bool) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(_load(path, _new_log_key() if new else None), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyringError(
            f"`{path}` is not an unencrypted private key in pem form; restore it from a backup"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyringError(f"`{path}` is not an ed25519 key; restore the log key from a backup")
    return key


def _new_log_key() -> bytes:
    return Ed25519PrivateKey.from_private_bytes(os.urandom(32)).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _load(path: Path, made: bytes | None) -> bytes:
    found = read_private(path)
    if found is None and made is not None:
        create_private(path, made)
        found = read_private(path)  # of two starts at once, both use the key that was there first
    if found is None:
        raise KeyringError(f"`{path}` is missing, and this installation has a record; restore it from a backup")
    return found
