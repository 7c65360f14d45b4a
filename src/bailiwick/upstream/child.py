"""One MCP server as a child process: newline-delimited JSON-RPC, requests told apart by their id."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

from bailiwick.ports.upstream import OnNotice, UpstreamTooLarge, UpstreamUnavailable, UpstreamUncertain
from bailiwick.upstream import frame
from bailiwick.upstream.road import LIST_CHANGED, Stir, now, tell

log = structlog.get_logger(__name__)

_INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")
_LEASH = str(Path(__file__).with_name("leash.py"))
_GRACE_S = 1.0
_NOTICES_MAX = 256


def environment(given: Mapping[str, str], secret: Mapping[str, str]) -> dict[str, str]:
    """All a child gets to see: a few neutral variables of ours, the connector's own, its secrets."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | {**given, **secret}


class Child:
    """A running server; when it dies it stays dead, and whoever holds it starts another."""

    def __init__(self, connector: str, process: asyncio.subprocess.Process, env: Mapping[str, str], stir: Stir) -> None:
        assert process.stdin is not None
        self.env = env
        self._stir = stir
        self.era: str | None = None
        self._log = log.bind(connector=connector, child=process.pid)
        self._process = process
        self._stdin = process.stdin
        self._pending: dict[int, asyncio.Queue[dict[str, Any] | None]] = {}
        self._next_id = 1
        self._too_large = False
        self._running = True
        self._task = asyncio.create_task(self._supervise(), name=f"upstream {connector}")

    @classmethod
    async def start(
        cls, connector: str, command: tuple[str, ...], env: Mapping[str, str], reply_max: int, stir: Stir = lambda: None
    ) -> "Child":
        """Start `command` in a process group of its own, on a leash; a line over `reply_max` bytes ends it."""
        if not command or shutil.which(command[0], path=env.get("PATH")) is None:
            missing = command[0] if command else ""
            raise UpstreamUnavailable(f"the command `{missing}` was not found; install it")
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", _LEASH, str(os.getpid())),
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=dict(env),
                limit=reply_max,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise UpstreamUnavailable(f"`{command[0]}` could not be started: `{type(error).__name__}`") from error
        return cls(connector, process, env, stir)

    @property
    def alive(self) -> bool:
        """Whether it may be asked something."""
        return self._running and self._process.returncode is None and not self._stdin.is_closing()

    @property
    def busy(self) -> bool:
        """Whether anyone waits for an answer."""
        return bool(self._pending)

    def new_id(self) -> int:
        """An id no other request of this child has."""
        self._next_id += 1
        return self._next_id - 1

    def notify(self, data: bytes) -> None:
        """Write a message that expects no answer."""
        if self.alive:
            self._stdin.write(data + b"\n")

    async def ask(self, rpc_id: int, data: bytes, deadline: float, on_notice: OnNotice | None = None) -> dict[str, Any]:
        """Write one request and wait for its response."""
        if not self.alive or now() >= deadline:
            raise UpstreamUnavailable("the upstream's process is not running; nothing was sent")
        answers = self._pending[rpc_id] = asyncio.Queue()
        try:
            async with asyncio.timeout_at(deadline):
                # INVARIANT: from here on the action may have happened; no failure is "nothing was sent".
                self._stdin.write(data + b"\n")
                await self._stdin.drain()
                return await self._await_response(answers, on_notice)
        except TimeoutError as error:
            self._cancel(rpc_id)
            text = "the request was sent and no answer came in time; look at the upstream's own journal"
            raise UpstreamUncertain(text) from error
        except (OSError, RuntimeError) as error:
            raise self._death() from error
        except asyncio.CancelledError:
            self._cancel(rpc_id)
            raise
        finally:
            del self._pending[rpc_id]

    async def _await_response(
        self, answers: "asyncio.Queue[dict[str, Any] | None]", on_notice: OnNotice | None
    ) -> dict[str, Any]:
        while True:
            message = await answers.get()
            if message is None:
                raise self._death()
            if "method" not in message:
                return message
            await tell(on_notice, message)

    def _cancel(self, rpc_id: int) -> None:
        params = {"requestId": rpc_id, "reason": "no longer waited for"}
        self.notify(frame.notification("notifications/cancelled", params))

    def _death(self) -> UpstreamUncertain:
        if self._too_large:
            return UpstreamTooLarge("the upstream answered more than the cap; look at its own journal, ask for less")
        return UpstreamUncertain("the upstream's process ended after the request; look at its own journal")

    async def _supervise(self) -> None:
        """Read until the end, then see the process group off; nothing in here reaches a caller's task."""
        assert self._process.stderr is not None
        stderr = asyncio.create_task(self._drain(self._process.stderr))
        try:
            await self._read()
        finally:
            self._running = False
            self._stir()
            for answers in self._pending.values():
                answers.put_nowait(None)
            await self._end()
            stderr.cancel()
            await asyncio.wait([stderr])

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while True:
            try:
                line = await self._process.stdout.readuntil(b"\n")
            except asyncio.LimitOverrunError:
                # Which request the line answers can no longer be told: the stream is given up.
                self._too_large = True
                return
            except (asyncio.IncompleteReadError, OSError):
                return
            message = frame.parse(line)
            if message is None:
                self._log.debug("stdout line is not JSON-RPC", bytes=len(line))
            elif "method" in message:
                self._hear(message)
            else:
                self._deliver(message.get("id"), message)

    def _hear(self, message: dict[str, Any]) -> None:
        """What the server says unasked: its requests are denied, a notification goes to the call it names."""
        if "id" in message:
            self.notify(frame.answer_to_server(message["id"], str(message["method"])))
            return
        if message["method"] == LIST_CHANGED:
            self._stir()
        params = message.get("params")
        token = params.get("progressToken") if isinstance(params, dict) else None
        self._deliver(token, message)

    def _deliver(self, rpc_id: object, message: dict[str, Any]) -> None:
        answers = self._pending.get(rpc_id) if type(rpc_id) is int else None
        if answers is not None and ("method" not in message or answers.qsize() < _NOTICES_MAX):
            answers.put_nowait(message)

    async def _drain(self, stderr: asyncio.StreamReader) -> None:
        # read, not readline: a line without end would otherwise fill the pipe and block the server
        while data := await stderr.read(8192):
            for line in data.decode(errors="replace").splitlines():
                self._log.debug("stderr", line=line[:500])

    async def _end(self) -> None:
        """Close its stdin, give it a moment, then kill the whole group: a wrapper's children die with it."""
        assert self._process.stdout is not None
        # What it still writes is thrown away, or it would wait for a reader and never end by itself.
        rest = asyncio.create_task(_discard(self._process.stdout))
        self._stdin.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _GRACE_S)
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, sign)
            if self._process.returncode is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), _GRACE_S)
        rest.cancel()
        await asyncio.wait([rest])
        # A process that left the group may hold the pipes open; asyncio has no public way to let go of them.
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()

    async def close(self) -> None:
        """End the process; requests in flight end as by its death."""
        self._running = False
        if not self._task.done():
            self._task.cancel()
        await asyncio.wait([self._task])
        if self._process.returncode is None:  # the task was cancelled before its first step
            await self._end()


async def _discard(stream: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await stream.read(65_536):
            pass
