"""The keys of payloads in a SQLite file of their own, each wrapped with AES-256-GCM under a master key file.

    $ ls -l data/
    -rw------- payload-keys.db            # back it up apart from the record, and keep those backups for days only
    -rw------- payload-keys.db-journal    # always there; zeros whenever a key has been destroyed
    -rw------- payload-master.key         # 32 random bytes

The rollback journal is kept and overwritten, since one that is deleted leaves its bytes on the disk. A destroyed key
leaves a row without a key, so that a payload which names it is known to be erased rather than damaged.
"""

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailiwick.core.custody import SubjectName
from bailiwick.ports.payload_key import KeyStoreError, SubjectKey
from bailiwick.store.private_file import PrivateFileError, create_private, read_private

KEYS_FILE: Final = "payload-keys.db"
MASTER_FILE: Final = "payload-master.key"
KEY_BYTES: Final = 32
REMEMBERED: Final = 50_000
"""Keys and names held in memory."""
_NONCE_BYTES: Final = 12
ItemT = TypeVar("ItemT")
_LOOKUP: Final = "lookup"
_INSERT_KEY: Final = "INSERT OR IGNORE INTO payload_key (id, kind, wrapped, made_us) VALUES (?, ?, ?, ?)"
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS payload_key (id TEXT PRIMARY KEY, kind TEXT NOT NULL, wrapped BLOB,"
    " made_us INTEGER NOT NULL, destroyed_us INTEGER) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS subject_name (hash BLOB PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS ix_subject_name_id ON subject_name (id)",
)


class FilePayloadKeys:
    """Implements `ports.payload_key.PayloadKeys` in two files of `folder`; opened, and made, when first used.

    Threads may share it. Another process may use the same files: what it destroys is noticed at the next use.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEYS_FILE
        self._master_path = folder / MASTER_FILE
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._keys: dict[str, bytes | None] = {}
        self._names: dict[SubjectName, str] = {}

    def __repr__(self) -> str:
        return f"<FilePayloadKeys {self._path}>"

    def close(self) -> None:
        """Close the file and forget what was read from it."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._forget()

    def fingerprint(self) -> str:
        """Tells this key store from any other, and nothing of its keys."""
        with self._open():
            return hashlib.sha256(b"bailiwick payload keys\n" + self._lookup).hexdigest()

    # ------------------------------------------------------------------------------------------ reading

    def period(self, data_class: str, at_us: int) -> str:
        name = f"{data_class}@{month_of(at_us)}"
        with self._open() as connection:
            if name not in self._keys and self._read(connection, [name]).get(name, b"") == b"":
                self._make(connection, {name: "period"}, at_us)
            if self._keys[name] is None:
                raise KeyStoreError(f"the key `{name}` was destroyed by retention; set the clock of this machine")
        return name

    def subjects(self, names: Sequence[SubjectName], at_us: int) -> list[str]:
        with self._open() as connection:
            unknown = [name for name in dict.fromkeys(names) if name not in self._names]
            if unknown:
                hashes = {name: self._hash(name) for name in unknown}
                known = self._find(connection, list(hashes.values()))
                made = {name: f"sub-{secrets.token_hex(12)}" for name in unknown if hashes[name] not in known}
                if made:
                    kinds = {key: name.kind for name, key in made.items()}
                    self._make(connection, kinds, at_us, {hashes[name]: key for name, key in made.items()})
                    known = self._find(connection, list(hashes.values()))  # another process may have been faster
                self._names |= {name: known[hashes[name]] for name in unknown}
            found = [self._names[name] for name in names]
            self._trim()
            return found

    def keys(self, ids: Iterable[str]) -> Mapping[str, bytes | None]:
        wanted = list(dict.fromkeys(ids))
        with self._open() as connection:
            missing = [name for name in wanted if name not in self._keys]
            if missing:
                found = self._read(connection, missing)
                for name in missing:
                    if name not in found:
                        raise KeyStoreError(
                            f"`{self._path}` has no key `{name}`, which a payload names; restore it from its backup"
                        )
            told = {name: self._keys[name] for name in wanted}
            self._trim()
            return told

    def find(self, name: SubjectName) -> SubjectKey | None:
        with self._open() as connection:
            found = self._find(connection, [self._hash(name)])
            return self._subject(connection, next(iter(found.values()))) if found else None

    def subject(self, pseudonym: str) -> SubjectKey | None:
        with self._open() as connection:
            return self._subject(connection, pseudonym)

    def periods(self) -> list[str]:
        with self._open() as connection:
            query = "SELECT id FROM payload_key WHERE kind = 'period' AND wrapped IS NOT NULL ORDER BY id"
            return [row[0] for row in connection.execute(query)]

    def _subject(self, connection: sqlite3.Connection, key: str) -> SubjectKey | None:
        query = "SELECT id, kind, made_us FROM payload_key WHERE id = ? AND wrapped IS NOT NULL"
        row = connection.execute(query, (key,)).fetchone() if key.startswith("sub-") else None
        return SubjectKey(*row) if row else None

    def _find(self, connection: sqlite3.Connection, hashes: Sequence[bytes]) -> dict[bytes, str]:
        found: dict[bytes, str] = {}
        for some in _chunks(hashes):
            marks = ", ".join("?" * len(some))
            rows = connection.execute(f"SELECT hash, id FROM subject_name WHERE hash IN ({marks})", some)  # noqa: S608
            found |= dict(rows)
        return found

    def _read(self, connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, bytes | None]:
        found: dict[str, bytes | None] = {}
        for some in _chunks(ids):
            marks = ", ".join("?" * len(some))
            query = f"SELECT id, wrapped FROM payload_key WHERE id IN ({marks})"  # noqa: S608
            for name, wrapped in connection.execute(query, some):
                found[name] = None if wrapped is None else self._unwrap(name, wrapped)
        self._keys |= found
        return found

    # ------------------------------------------------------------------------------------------ writing

    def destroy(self, ids: Iterable[str], at_us: int) -> int:
        wanted = list(dict.fromkeys(ids))
        with self._open() as connection:
            self._forget()
            connection.execute("BEGIN IMMEDIATE")
            try:
                gone = 0
                for name in wanted:
                    connection.execute("DELETE FROM subject_name WHERE id = ?", (name,))
                    query = "UPDATE payload_key SET wrapped = NULL, destroyed_us = ? WHERE id = ? AND wrapped NOT NULL"
                    gone += connection.execute(query, (at_us, name)).rowcount
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            # INVARIANT: the caller hears of it only when the old pages are gone from the journal too
            self._wipe_journal(connection)
            return gone

    def _make(
        self,
        connection: sqlite3.Connection,
        kinds: Mapping[str, str],
        at_us: int,
        names: Mapping[bytes, str] | None = None,
    ) -> None:
        rows = [(name, kind, self._wrap(name, secrets.token_bytes(KEY_BYTES)), at_us) for name, kind in kinds.items()]
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(_INSERT_KEY, rows)
            connection.executemany("INSERT OR IGNORE INTO subject_name (hash, id) VALUES (?, ?)", (names or {}).items())
            # INVARIANT: a key is on the disk before anything that needs it can be
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        self._read(connection, list(kinds))

    def _wipe_journal(self, connection: sqlite3.Connection) -> None:
        """Overwrite the rollback journal, which still holds the pages as they were before the last change."""
        journal = self._path.with_name(self._path.name + "-journal")
        connection.execute("BEGIN EXCLUSIVE")  # nobody writes it meanwhile; this alone does not begin a new one
        try:
            with journal.open("r+b") as file:
                file.write(bytes(os.fstat(file.fileno()).st_size))
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            pass
        finally:
            connection.execute("ROLLBACK")

    # ------------------------------------------------------------------------------------------ opening

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                version = self._connection.execute("PRAGMA data_version").fetchone()[0]
                if version != self._version:  # somebody else wrote the file, and may have destroyed a key
                    self._forget()
                    self._version = version
                yield self._connection
            except sqlite3.Error as error:
                raise KeyStoreError(f"`{self._path}` cannot be used ({error}); nothing was done") from error
            except PrivateFileError as error:
                raise KeyStoreError(str(error)) from error

    def _connect(self) -> sqlite3.Connection:
        master = self._master()
        self._path.touch(mode=0o600)  # the journal takes over its mode
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        for pragma in ("journal_mode=PERSIST", "synchronous=EXTRA", "secure_delete=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        for statement in _SCHEMA:
            connection.execute(statement)
        self._cipher = AESGCM(master)
        self._wipe_journal(connection)  # as after a crash between a destruction and this
        if not self._read(connection, [_LOOKUP]):
            self._make(connection, {_LOOKUP: _LOOKUP}, 0)
        self._lookup = self._keys[_LOOKUP] or b""
        return connection

    def _master(self) -> bytes:
        master = read_private(self._master_path)
        if master is None and self._path.exists() and self._path.stat().st_size:
            # INVARIANT: a new master key is never made beside old keys: what they open would be lost
            raise KeyStoreError(f"`{self._path}` is there but `{self._master_path}` is not; restore it from a backup")
        if master is None:
            create_private(self._master_path, secrets.token_bytes(KEY_BYTES))
            master = read_private(self._master_path)
        if master is None or len(master) != KEY_BYTES:
            raise KeyStoreError(f"`{self._master_path}` is not a key of 32 bytes; restore it from a backup")
        return master

    def _wrap(self, name: str, key: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, name.encode())

    def _unwrap(self, name: str, wrapped: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], name.encode())
        except InvalidTag:
            raise KeyStoreError(
                f"the key `{name}` in `{self._path}` was changed, or is not of the master key "
                f"`{self._master_path}`; restore both from the same backup"
            ) from None

    def _hash(self, name: SubjectName) -> bytes:
        return hmac.digest(self._lookup, f"{name.kind}\0{name.id}".encode(), "sha256")

    def _forget(self) -> None:
        self._keys, self._names = {}, {}

    def _trim(self) -> None:
        if len(self._keys) > REMEMBERED or len(self._names) > REMEMBERED:
            self._forget()


def open_payload_keys(folder: Path, *, new: bool) -> FilePayloadKeys:
    """The key store of an installation, opened now; one that is not `new` has to have it: see `store.keyring`."""
    if not new and not (folder / KEYS_FILE).exists():
        raise KeyStoreError(
            f"`{folder / KEYS_FILE}` is missing, and this installation has a record; restore it from a backup"
        )
    keys = FilePayloadKeys(folder)
    keys.fingerprint()
    return keys


def month_of(at_us: int) -> str:
    """The month in UTC, as `2027-01`."""
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).strftime("%Y-%m")


def _chunks(items: Sequence[ItemT]) -> Iterator[Sequence[ItemT]]:
    yield from (items[start : start + 500] for start in range(0, len(items), 500))
