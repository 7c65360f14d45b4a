"""The server that is killed: a process of its own on one data folder and one port, started again and again.

Processes are forked from one that has every library loaded already, so that a start costs what the server does and
not what Python's imports cost. What runs in them is `bailiwick up` without its command line.
"""

import ctypes
import multiprocessing
import os
import random
import signal
import socket
import sys
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

from bailiwick.build import FIRST_SIGN_IN_FILE
from bailiwick.settings import Settings
from bailiwick.store.keyring import open_keyring
from bailiwick.store.place import STORE_FILE
from bailiwick.store.reader import SqliteReader

ADMIN: Final = "admin@acme.example"
_ORIGIN: Final = "acme.example/log"
_PATIENCE_S: Final = 30.0
_PR_SET_PDEATHSIG: Final = 1

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["bailiwick.cli.serving"])


class HouseError(Exception):
    """The server did not come up, or did not die where it should; the text quotes the end of its log."""


class House:
    """One installation. `url` stays the same over every restart, so tokens and addresses stay good."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self._log = folder / "server.log"
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: BaseProcess | None = None
        self._ready: Connection | None = None

    def launch(self, failpoint: str = "") -> None:
        """Start a server and return at once; `failpoint` is EDGE:N or nothing."""
        settings = {"data": self.data, "port": self._port, "name": "Acme", "admin_email": ADMIN, "origin": _ORIGIN}
        self._ready, ready = _processes.Pipe(duplex=False)
        arguments = (settings | {"failpoint": failpoint}, str(self._log), ready)
        self._process = _processes.Process(target=_live, args=arguments, daemon=True)
        self._process.start()
        ready.close()

    def start(self, failpoint: str = "") -> None:
        """Start a server and return once it answers."""
        self.launch(failpoint)
        assert self._ready is not None
        try:
            answers = self._ready.poll(_PATIENCE_S) and self._ready.recv()
        except EOFError:
            answers = False
        if not answers:
            raise HouseError(f"the server did not come up: {self.last_words()}")

    def await_death(self) -> None:
        """Return once the process is gone by SIGKILL; anything else is a HouseError."""
        assert self._process is not None
        self._process.join(_PATIENCE_S)
        if self._process.exitcode != -signal.SIGKILL:
            code = self._process.exitcode
            raise HouseError(f"the server was not killed (exit status {code}): {self.last_words()}")

    def kill(self) -> None:
        """SIGKILL, and return when the process is gone."""
        assert self._process is not None
        self._process.kill()
        self.await_death()

    def stop(self) -> None:
        """End the server if one lives, without questions."""
        if self._process is not None:
            self._process.kill()
            self._process.join()

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    @property
    def first_link(self) -> str:
        """The administrator's one-time link, as the first start left it on the disk."""
        return (self.data / FIRST_SIGN_IN_FILE).read_text().strip()

    def log_key(self) -> str:
        """The key under which the record must verify, from the installation's own files."""
        return open_keyring(self.data, new=False).log_signer(_ORIGIN).vkey

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Every row of a table as it lies in the store."""
        reader = SqliteReader(self.data / STORE_FILE)
        try:
            return [dict(row) for row in reader.rows(table, limit=1_000_000)]
        finally:
            reader.close()

    def last_words(self) -> str:
        """The end of the server's log."""
        return self._log.read_text(errors="replace")[-2_000:].strip() or "it left no log"


def _live(settings: dict[str, Any], log: str, ready: Connection) -> None:
    if sys.platform == "linux":  # nothing outlives the run, however that ends
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(out, stream)
    from bailiwick.cli.serving import serve  # noqa: PLC0415  # loaded before the fork; here for whoever spawns

    serve(Settings(**settings), lambda started: ready.send(started.url))


def _free_port() -> int:
    """A port below the range from which systems lend to outgoing connections, so it is still free at a restart."""
    for candidate in random.SystemRandom().sample(range(20_000, 32_000), 50):
        try:
            socket.create_server(("127.0.0.1", candidate)).close()
        except OSError:
            continue
        return candidate
    raise HouseError("no port from 20000 to 32000 is free")
