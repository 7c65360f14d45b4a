"""The Bailiwick server of the demo: a process of its own, started as anybody would start it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from bailiwick.store.keyring import open_keyring
from bailiwick.upstream import leash

ADMIN: Final = "admin@acme.example"
DEADLINE_S: Final = 6
"""Seconds an upstream may take; short, so that a time-out does not hold up the story."""
_ORIGIN: Final = "acme.example/bailiwick"
_PATIENCE_S: Final = 60.0


class HouseError(Exception):
    """The server did not come up; the text quotes the end of its log."""


class House:
    """One server on its own data folder; started at once, ready when `wait` returns."""

    def __init__(self, folder: Path, log: Path, port: int = 0) -> None:
        self.folder = folder
        self.url = ""
        self.first_link = ""
        self._log = log
        self._ready = log.with_name("server.json")
        settings = {
            "BAILIWICK_ADMIN_EMAIL": ADMIN,
            "BAILIWICK_NAME": "Acme",
            "BAILIWICK_ORIGIN": _ORIGIN,
            "BAILIWICK_DEADLINE_S": str(DEADLINE_S),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BAILIWICK_")}
        tied = (sys.executable, "-I", "-S", leash.__file__, str(os.getpid()))  # ends with us, however we end
        command = (*tied, sys.executable, "-m", "bailiwick", "up", "--data", str(folder), "--port", str(port))
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                (*command, "--ready-file", str(self._ready)),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=inherited | settings,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Return once the server answers; `url` and the administrator's one-time `first_link` are known then."""
        deadline = time.monotonic() + _PATIENCE_S
        while not self._ready.exists():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise HouseError(f"the server did not come up: {self.last_words()}")
            time.sleep(0.02)
        told = json.loads(self._ready.read_text())
        self.url, self.first_link = told["url"], told["first_link"]

    def log_key(self) -> str:
        """The key under which its record must verify, from its operator's own files and not from an export."""
        return open_keyring(self.folder, new=False).log_signer(_ORIGIN).vkey

    def last_words(self) -> str:
        """The end of the server's log."""
        return self._log.read_text(errors="replace")[-2_000:].strip() or "it left no log"

    def stop(self) -> None:
        """End the server and wait for it; stopping twice is harmless."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
