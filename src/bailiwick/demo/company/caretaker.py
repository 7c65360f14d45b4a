"""Starts the company's servers quickly: imports the slow libraries once, then forks a process for each.

Reads one JSON command a line on stdin, writes one JSON notice a line on stdout:

    {"start": "crm", "environment": {...}}   ->  {"ready": "crm", "pid": 4711, "port": 21900}
    {"signal": "crm", "number": 9}           ->  {"gone": "crm", "status": -9}

A server that ends by itself is `gone` too. When stdin closes, every server is ended and so is the caretaker;
should the caretaker be killed, the kernel ends them (Linux).
"""

import ctypes
import gc
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from bailiwick.demo.company import roster

_PR_SET_PDEATHSIG = 1


def _notice(**notice: object) -> None:
    """One write below PIPE_BUF, so that lines of several processes never mix."""
    os.write(1, json.dumps(notice).encode() + b"\n")


def _die_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class _Caretaker:
    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._bell, doorbell = os.pipe()
        for end in (self._bell, doorbell):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(doorbell, warn_on_full_buffer=False)

    def work(self) -> None:
        """Until stdin closes: obey commands, report those who are gone."""
        pending = b""
        while True:
            readable, _, _ = select.select([0, self._bell], [], [])
            if self._bell in readable:
                self._report()
            if 0 in readable:
                read = os.read(0, 65_536)
                if not read:
                    break
                *lines, pending = (pending + read).split(b"\n")
                for line in lines:
                    self._obey(json.loads(line))
        self._close()

    def _obey(self, command: Mapping[str, Any]) -> None:
        if "start" in command:
            self._start(command["start"], command["environment"])
            return
        for pid, name in self._names.items():
            if name == command["signal"]:
                os.kill(pid, command["number"])

    def _start(self, name: str, environment: Mapping[str, str]) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _die_with_parent(parent)
            self._become(name, environment)
        self._names[pid] = name

    def _become(self, name: str, environment: Mapping[str, str]) -> NoReturn:
        """In the child: its own log, its own environment, the server until its end."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            log = os.open(environment["COMPANY_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.dup2(log, 2)
            os.environ.update(environment)
            roster.run(name, os.environ, lambda port: _notice(ready=name, pid=os.getpid(), port=port))
            status = 0
        finally:
            if status:
                sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
            os._exit(status)

    def _report(self) -> None:
        for name, status in self._reap():
            _notice(gone=name, status=status)

    def _reap(self) -> Iterator[tuple[str, int]]:
        """Name and exit status of every child that ended since the bell rang."""
        os.read(self._bell, 4096)
        while self._names:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            yield self._names.pop(pid), os.waitstatus_to_exitcode(status)

    def _close(self) -> None:
        """Politely, and after two seconds not."""
        for number, patience in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 1.0)):
            for pid in self._names:
                os.kill(pid, number)
            end = time.monotonic() + patience
            while self._names and time.monotonic() < end:
                readable, _, _ = select.select([self._bell], [], [], 0.1)
                if readable:
                    list(self._reap())


def main() -> None:
    """Ctrl-C is the office's business; the caretaker ends when its stdin does."""
    os.chdir(Path("/"))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what is imported by now is shared with every child
    _Caretaker().work()


if __name__ == "__main__":
    main()
