"""The checks of `bailiwick doctor`: each looks at one thing, changes nothing and says what to do."""

import os
import shutil
import socket
import sqlite3
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, Literal

import httpx2

from bailiwick.flow.export import export_files
from bailiwick.ledger import bundle
from bailiwick.ports.store import StoreUnavailable
from bailiwick.settings import Settings
from bailiwick.store.keyring import LOG_KEY_FILE, TOKEN_KEY_FILE, KeyringError, open_keyring
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.place import StorePlace
from bailiwick.store.postgres_session import Unreachable, connect, is_durable
from bailiwick.store.private_file import PrivateFileError
from bailiwick.store.reader import TableReader

PYTHON: Final = (3, 11)
ROOM: Final = 256 * 1024 * 1024
SKEW_S: Final = 5.0
_RESTORE: Final = "stop the server and restore the folder from a backup"
MANY: Final = 200_000
"""Events up to which the whole record is verified here; a longer one takes too long for a quick look."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """What one look found; `fix` is empty where there is nothing to do."""

    name: str
    state: Literal["ok", "warn", "fail"]
    what: str
    fix: str = ""

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


def examine(settings: Settings, server: str) -> list[HealthCheck]:
    """Every check, in the order in which a trouble explains the later ones."""
    answer = _ask(server)
    checks = [_python(), *_folder(settings.data)]
    place = StorePlace(settings.data, settings.store)
    found = list(_database(place) if place.is_shared else _file(place.path))
    checks += found
    if found[0].state == "ok":
        keys = _keys(settings.data)
        checks += [keys, *_store(settings, place, keys.state == "ok")]
    return [*checks, _port(settings, answer is not None), *_server(server, answer)]


def _python() -> HealthCheck:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= PYTHON:
        return HealthCheck("python", "ok", found)
    return HealthCheck("python", "fail", f"{found} is too old", "install Python 3.11 or newer")


def _folder(folder: Path) -> Iterator[HealthCheck]:
    if not folder.is_dir():
        what = f"`{folder}` is not there yet"
        yield HealthCheck("data folder", "warn", what, "`bailiwick up` makes it; or name the right one with --data")
        return
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        what = f"`{folder}` can be read by others (mode {mode:04o})"
        yield HealthCheck("data folder", "fail", what, f"run `chmod 700 {folder}`")
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        what = f"`{folder}` cannot be written by this user"
        yield HealthCheck("data folder", "fail", what, "run as the user that owns it")
    else:
        yield HealthCheck("data folder", "ok", str(folder))
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        fix = "make room: when the disk is full nothing can be recorded, so nothing is done"
        yield HealthCheck("disk", "fail", f"{free // 2**20} MB are free", fix)
    else:
        yield HealthCheck("disk", "ok", f"{free // 2**20} MB are free")


def _file(path: Path) -> Iterator[HealthCheck]:
    if not path.is_file():
        yield HealthCheck("store", "warn", "there is no store in it yet", "`bailiwick up` makes it")
        return
    try:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as connection:
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        yield HealthCheck("store", "fail", f"`{path}` cannot be read: {error}", _RESTORE)
        return
    if said == "ok":
        yield HealthCheck("store", "ok", "SQLite finds no damage")
    else:
        yield HealthCheck("store", "fail", f"SQLite finds it damaged: {said}", _RESTORE)


def _database(place: StorePlace) -> Iterator[HealthCheck]:
    try:
        if place.is_new():
            yield HealthCheck("store", "warn", "PostgreSQL answers; its database is empty", "`bailiwick up` fills it")
            return
        with closing(connect(place.url)) as connection:
            durable = is_durable(connection)
    except (StoreUnavailable, Unreachable) as error:
        yield HealthCheck("store", "fail", str(error), "start PostgreSQL, or correct BAILIWICK_STORE")
        return
    yield HealthCheck("store", "ok", "PostgreSQL answers")
    if not durable:
        what = "PostgreSQL runs with fsync off: a power failure may lose what was recorded"
        yield HealthCheck("durability", "fail", what, "set `fsync = on` in postgresql.conf and reload it")


def _keys(folder: Path) -> HealthCheck:
    try:
        open_keyring(folder, new=False)
    except (KeyringError, PrivateFileError) as error:
        return HealthCheck("keys", "fail", str(error), "restore the file from a backup, or mend its mode")
    return HealthCheck("keys", "ok", f"{TOKEN_KEY_FILE} and {LOG_KEY_FILE} are there and private")


def _store(settings: Settings, place: StorePlace, have_keys: bool) -> Iterator[HealthCheck]:
    if not have_keys:
        yield HealthCheck("record", "warn", "not verified, since the log's key cannot be read", "mend the keys first")
        return
    reader = place.reader(FilePayloadKeys(settings.data))
    try:
        yield from _record(reader, settings)
    except Exception as error:  # noqa: BLE001  # a damaged store may fail in any way; that is the finding
        yield HealthCheck("record", "fail", f"the record cannot be read ({type(error).__name__})", _RESTORE)
    finally:
        reader.close()


def _record(reader: TableReader, settings: Settings) -> Iterator[HealthCheck]:
    head = reader.head()
    if head is None:
        yield HealthCheck("record", "warn", "nothing is signed yet", "`bailiwick up` signs a second after its start")
        return
    ahead_s = head.at_us / 1_000_000 - time.time()
    if ahead_s > SKEW_S:
        what = f"the record's last checkpoint is {ahead_s:.0f} s ahead of this machine's clock"
        yield HealthCheck("clock", "fail", what, "set the clock, for instance with `timedatectl set-ntp true`")
    else:
        yield HealthCheck("clock", "ok", "not behind the record")
    if head.size > MANY:
        fix = "`bailiwick record verify` checks all of it"
        yield HealthCheck("record", "warn", f"{head.size} events are not verified in a quick look", fix)
        return
    vkey = open_keyring(settings.data, new=False).log_signer(settings.origin).vkey
    found = bundle.verify(export_files(reader, vkey), vkey)
    if found:
        what = f"{len(found)} findings, the first in {found[0].file}: {found[0].what}"
        yield HealthCheck("record", "fail", what, "`bailiwick record verify` names them all; keep the folder as it is")
    else:
        yield HealthCheck("record", "ok", f"{head.size} events verify")


def _port(settings: Settings, answers: bool) -> HealthCheck:
    where = f"{settings.host} port {settings.port}"
    if answers or settings.port == 0:
        return HealthCheck("port", "ok", where)
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        what = f"{where} cannot be used: {os.strerror(error.errno).lower() if error.errno else error}"
        return HealthCheck("port", "fail", what, "stop what listens there, or choose another with --port")
    return HealthCheck("port", "ok", f"{where} is free")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    version: str | None
    date: str | None
    took_s: float
    trouble: str = ""


def _ask(server: str) -> _Answer | None:
    start = time.monotonic()
    try:
        reply = httpx2.get(f"{server.rstrip('/')}/health", timeout=5)
        document = reply.json() if reply.status_code in (200, 503) else {}
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return None
    found = document if isinstance(document, dict) else {}
    error = found.get("error")
    trouble = str(error.get("message", "")) if isinstance(error, dict) else ""
    took_s = time.monotonic() - start
    return _Answer(reply.status_code, found.get("version"), reply.headers.get("date"), took_s, trouble)


def _server(server: str, answer: _Answer | None) -> Iterator[HealthCheck]:
    if answer is None:
        yield HealthCheck("server", "warn", f"`{server}` does not answer", "start it with `bailiwick up`")
        return
    if answer.trouble:
        what = f"`{server}` answers that it lets nothing through: {answer.trouble}"
        yield HealthCheck("server", "fail", what, "make room on the disk or give the folder back; it goes on by itself")
        return
    if answer.version is None:
        what = f"what answers at `{server}` is not a healthy Bailiwick (status {answer.status})"
        yield HealthCheck("server", "fail", what, "check the address, and the server's log")
        return
    yield HealthCheck("server", "ok", f"`{server}` answers, version {answer.version}")
    skew_s = _skew(answer)
    if skew_s is not None and abs(skew_s) > SKEW_S + answer.took_s:
        what = f"this machine's clock is {skew_s:+.0f} s off the server's"
        yield HealthCheck("server clock", "fail", what, "set both clocks; agents' assertions live for seconds only")


def _skew(answer: _Answer) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(answer.date or "").timestamp()
    except ValueError:
        return None
