"""The upstreams' credentials in one file, encrypted as a whole with AES-256-GCM under a key of its own file.

    $ ls -l data/
    -rw------- vault.key     # 32 random bytes; back it up apart from the vault, neither is any use alone
    -rw------- vault.sealed

One ciphertext, so a secret can be neither read, moved to another connector, nor changed without the key.
"""

import fcntl
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailiwick.ledger.canonical import decode_strict, encode
from bailiwick.store.private_file import create_private, read_private, replace_private

_HEADER = b"bailiwick vault v1\n"
_NONCE_BYTES = 12
_MAX_BYTES = 16 * 1024 * 1024
_LONGEST = 65_536  # characters of one secret

_Held = Mapping[str, Mapping[str, tuple[str, int]]]  # connector -> name -> (value, set_us)


class VaultError(Exception):
    """The vault cannot be opened or changed; the message says what to do and holds no secret."""


class SecretMapping(Mapping[str, str]):
    """The secrets of one connector by name; its repr tells the names and nothing else."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<secrets {', '.join(self._values) or 'none'}>"


_NONE = SecretMapping({})


class FileVault:
    """A `ports.vault.Vault` over two files, held in memory; changes are durable when a method returns.

    Several processes may serve from it: writers exclude each other by a lock file and start from what is on the
    disk, and `reload` shows what another one has set.
    """

    def __init__(self, path: Path, key_path: Path) -> None:
        self._path = path
        self._key_path = key_path
        self._writing = threading.Lock()
        self._cipher = AESGCM(_key(path, key_path))
        self._show(self._load())

    def __repr__(self) -> str:
        return f"<FileVault {self._path}>"

    def secret(self, connector: str) -> Mapping[str, str]:
        """The connector's secrets by name, empty when it has none; from memory, without input or output."""
        return self._secrets.get(connector, _NONE)

    def age_us(self, connector: str, now_us: int) -> int | None:
        """How long ago the connector's oldest secret was set, None when it has none."""
        held = self._held.get(connector)
        return max(now_us - set_us for _, set_us in held.values()) if held else None

    def names(self) -> Mapping[str, Mapping[str, int]]:
        """What is held, without the values: connector -> name -> `set_us`."""
        return {
            connector: {name: set_us for name, (_, set_us) in entries.items()}
            for connector, entries in self._held.items()
        }

    def set(self, connector: str, name: str, value: str, set_us: int) -> None:
        """Set or replace one secret."""
        for what, text in (("connector", connector), ("secret's", name)):
            if not (text.isascii() and text.isprintable() and 0 < len(text) <= 200):
                raise VaultError(f"the {what} name is not 1 to 200 printable ascii characters; change it")
        # A line break would let a credential add a header on its way out, a NUL end an environment variable.
        if not value or len(value) > _LONGEST or not value.isprintable():
            raise VaultError(f"the secret `{name}` of `{connector}` is empty, too long or not printable; give one line")

        def change(held: dict[str, dict[str, tuple[str, int]]]) -> None:
            held.setdefault(connector, {})[name] = (value, set_us)

        self._change(change)

    def remove(self, connector: str) -> None:
        """Forget every secret of a connector; nothing happens when it has none."""

        def change(held: dict[str, dict[str, tuple[str, int]]]) -> None:
            held.pop(connector, None)

        self._change(change)

    def reload(self) -> None:
        """Show what is on the disk now; raises `VaultError`, and goes on showing what it had."""
        self._show(self._load())

    def _change(self, change: Callable[[dict[str, dict[str, tuple[str, int]]]], None]) -> None:
        with self._writing, _alone(self._path):
            held = {connector: dict(entries) for connector, entries in self._load().items()}
            change(held)
            # INVARIANT: memory shows a secret only after the disk holds it.
            replace_private(self._path, self._seal(held))
            self._show(held)

    def _show(self, held: _Held) -> None:
        self._secrets = {
            connector: SecretMapping(MappingProxyType({name: value for name, (value, _) in entries.items()}))
            for connector, entries in held.items()
        }
        self._held = held

    def _seal(self, held: _Held) -> bytes:
        document = {
            connector: {name: {"value": value, "set_us": set_us} for name, (value, set_us) in entries.items()}
            for connector, entries in held.items()
        }
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _HEADER + nonce + self._cipher.encrypt(nonce, encode(document), _HEADER)

    def _load(self) -> _Held:
        sealed = read_private(self._path)
        if sealed is None:
            return {}
        nonce = sealed[len(_HEADER) : len(_HEADER) + _NONCE_BYTES]
        if not sealed.startswith(_HEADER) or len(nonce) != _NONCE_BYTES:
            raise VaultError(f"`{self._path}` is not a vault of this version; restore it from a backup")
        try:
            plain = self._cipher.decrypt(nonce, sealed[len(_HEADER) + _NONCE_BYTES :], _HEADER)
        except InvalidTag:
            raise VaultError(
                f"`{self._path}` was changed, or was not written with the key `{self._key_path}`; "
                "restore both from the same backup"
            ) from None
        document = cast("dict[str, dict[str, dict[str, object]]]", decode_strict(plain, max_bytes=_MAX_BYTES))
        return {
            connector: {name: (str(entry["value"]), cast("int", entry["set_us"])) for name, entry in entries.items()}
            for connector, entries in document.items()
        }


def _key(path: Path, key_path: Path) -> bytes:
    key = read_private(key_path)
    if key is None and path.exists():
        # INVARIANT: a new key is never made beside an old vault: its secrets would be lost.
        raise VaultError(f"`{path}` is there but its key `{key_path}` is not; restore the key from a backup")
    if key is None:
        create_private(key_path, secrets.token_bytes(32))
        key = read_private(key_path)
    if key is None or len(key) != 32:
        raise VaultError(f"`{key_path}` is not a vault key of 32 bytes; restore it from a backup")
    return key


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock beside the vault, so that two processes do not lose each other's changes."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise VaultError(f"cannot lock `{path}`: {error.strerror}; nothing was changed") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
