"""A server under test as a process of its own, so that its CPU time can be told from the load generator's."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


Application = Callable[..., Any]


def serve(application: Application) -> None:
    """Serve an ASGI application on a free loopback port; the first line on standard output is its address.

    The port is open before the application has started: early connections wait, none is refused.
    """
    server, listener, url = _bound(application)
    print(url, flush=True)
    server.run(sockets=[listener])


@contextmanager
def hosted(application: Application) -> Iterator[str]:
    """Serve an ASGI application from a thread of this process while the block runs; gives its address."""
    server, listener, url = _bound(application)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(5)


def _bound(application: Application) -> tuple[uvicorn.Server, socket.socket, str]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    config = uvicorn.Config(
        application, log_level="error", access_log=False, timeout_keep_alive=75, timeout_graceful_shutdown=2
    )
    return uvicorn.Server(config), listener, f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"


class Process:
    """A running `python -m module arguments…` that printed its address first; `with` stops it."""

    def __init__(self, module: str, arguments: Sequence[str] = ()) -> None:
        command = [sys.executable, "-m", module, *arguments]
        root = Path(__file__).resolve().parent.parent
        self._child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
        assert self._child.stdout is not None
        self.url = self._child.stdout.readline().strip()
        if not self.url.startswith("http"):
            self.close()
            raise RuntimeError(f"`{' '.join(command[1:])}` ended before it printed its address")

    def cpu_ms(self) -> float:
        """CPU time used so far, user and system, by this process and every descendant that still lives."""
        return cpu_ms(self._child.pid)

    def close(self) -> None:
        """Stop the process; killed when it does not leave within five seconds."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(5)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def cpu_ms(pid: int) -> float:
    """CPU milliseconds of a process and its descendants, from /proc (resolution: one clock tick, 10 ms)."""
    total, waiting = 0.0, [pid]
    while waiting:
        current = waiting.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text().rsplit(")", 1)[1].split()
            children = Path(f"/proc/{current}/task/{current}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        # proc(5): utime, stime, and the same of children already waited for
        total += sum(map(int, fields[11:15])) * _TICK_MS
        waiting += map(int, children)
    return total
