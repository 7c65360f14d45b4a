"""Real upstreams for the way out: processes on the SDK, and a socket server that misbehaves on demand."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvloop

from bailiwick.ports.upstream import Target
from bailiwick.upstream.pool import Pool

SDK_SERVER = Path(__file__).with_name("sdk_server.py")

# The HTTP way out is held to the same on both loops; a child process is the same on either.
ON_BOTH_LOOPS = {"test_nasty_upstream.py", "test_exchange.py", "test_tls_upstream.py"}


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict[str, Callable[[], Any]]:
    loops: dict[str, Callable[[], Any]] = {"asyncio": asyncio.new_event_loop}
    if item.path.name in ON_BOTH_LOOPS:
        loops["uvloop"] = uvloop.new_event_loop
    return loops


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Secrets:
    """A vault in a dict."""

    of: dict[str, dict[str, str]] = field(default_factory=dict)

    def secret(self, connector: str) -> dict[str, str]:
        return self.of.get(connector, {})


@dataclass
class Setup:
    """A pool whose connectors and secrets the test may change as it goes."""

    pool: Pool
    targets: dict[str, Target]
    secrets: Secrets

    def http(self, url: str, **more: Any) -> None:
        self.targets["x"] = Target("x", "http", url=url, **more)

    def stdio(self, *command: str, **more: Any) -> None:
        self.targets["x"] = Target("x", "stdio", command=command, **more)

    async def call(
        self, tool: str = "echo", arguments: bytes = b"{}", *, run: str = "run-1", s: float = 30, **more: Any
    ) -> Any:
        return await self.pool.call("x", run, tool, arguments, {"bailiwick/action": "act-1"}, s, **more)


@pytest.fixture
async def make() -> AsyncIterator[Callable[..., Setup]]:
    pools: list[Pool] = []

    def build(**options: Any) -> Setup:
        targets: dict[str, Target] = {}
        secrets = Secrets()
        pools.append(Pool(targets.get, secrets, **options))
        return Setup(pools[-1], targets, secrets)

    yield build
    for pool in pools:
        await pool.close()


@pytest.fixture
def setup(make: Callable[..., Setup]) -> Setup:
    return make()


@dataclass
class Served:
    """A server process that can be killed and started again on the same port."""

    mode: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, str(SDK_SERVER), self.mode, str(self.port)])
        while True:
            assert self.process.poll() is None, "the fixture server did not start"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _served(mode: str) -> Iterator[Served]:
    served = Served(mode)
    served.start()
    yield served
    served.kill()


@pytest.fixture(scope="module")
def modern_server() -> Iterator[Served]:
    yield from _served("http")


@pytest.fixture(scope="module")
def legacy_server() -> Iterator[Served]:
    yield from _served("legacy")


@pytest.fixture(params=["http", "legacy"])
def mortal_server(request: pytest.FixtureRequest) -> Iterator[Served]:
    yield from _served(request.param)


@dataclass
class Heard:
    """One request as the socket saw it."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


OnCall = Callable[[Heard, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def reply(message: object, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


@dataclass
class RawServer:
    """HTTP by hand. It introduces itself properly; what it does with a `tools/call` is the test's affair."""

    on_call: OnCall
    legacy: bool = False
    tools: list[dict[str, Any]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mcp"

    def calls(self) -> list[Heard]:
        return [h for h in self.heard if h.body and h.message.get("method") == "tools/call"]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                line, *rest = head.strip().split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (item.partition(":") for item in rest)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                heard = Heard(line, headers, body)
                self.heard.append(heard)
                method = heard.message.get("method") if body else "DELETE"
                if method == "tools/call":
                    await self.on_call(heard, reader, writer)
                else:
                    writer.write(self._introduce(str(method), heard))
                await writer.drain()
        writer.close()

    def _introduce(self, method: str, heard: Heard) -> bytes:
        if method in ("DELETE", "None", "notifications/initialized"):
            return reply(b"", "202 Accepted")
        rpc_id = heard.message["id"]
        if method == "server/discover" and not self.legacy:
            return reply({"jsonrpc": "2.0", "id": rpc_id, "result": {"supportedVersions": ["2026-07-28"]}})
        if method == "initialize" and self.legacy:
            self.sessions.append(f"session-{len(self.sessions)}")
            result = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "raw"}}
            message = {"jsonrpc": "2.0", "id": rpc_id, "result": result}
            return reply(message, more=f"Mcp-Session-Id: {self.sessions[-1]}\r\n")
        if method == "tools/list":
            return reply({"jsonrpc": "2.0", "id": rpc_id, "result": {"tools": self.tools}})
        return reply(b"no such thing", "404 Not Found", "text/plain")


def answered(heard: Heard, **more: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": heard.message["id"], "result": {"content": [], **more}}


@pytest.fixture
async def raw() -> AsyncIterator[Callable[..., Awaitable[RawServer]]]:
    async with contextlib.AsyncExitStack() as stack:

        async def build(on_call: OnCall, **options: Any) -> RawServer:
            server = RawServer(on_call, **options)
            listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
            server.port = listening.sockets[0].getsockname()[1]
            stack.callback(listening.close)
            return server

        yield build
