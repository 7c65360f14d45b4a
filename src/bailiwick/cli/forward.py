"""Forwarding between JSON-RPC lines on stdio and the gateway over HTTP, byte for byte, in both revisions of MCP.

Lines are only looked at, never rewritten: the request that the agent's client made is the one that the gateway
digests. What HTTP wants beside the body (2026-07-28: `Mcp-Method`, `Mcp-Name`, `Mcp-Param-*`) is read off it.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import aiohttp

from bailiwick.cli.errand import Errand, Pass
from bailiwick.cli.line_input import LONGEST_LINE, read_in_thread
from bailiwick.sdk.agent import AgentSession
from bailiwick.sdk.door import AgentError
from bailiwick.upstream.event_stream import EventStream
from bailiwick.upstream.header import HeaderPlan, header_plans, header_value, param_headers

NO_ANSWER: Final = -31_001  # the same code as `sdk.mcp_auth`: outside what JSON-RPC and MCP keep for themselves
PARSE_ERROR: Final = -32_700
MODERN: Final = "2026-07-28"
AT_ONCE: Final = 64
DRAIN_S: Final = 25.0
_VERSION: Final = "io.modelcontextprotocol/protocolVersion"
_NAMED_BY: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_TIMEOUT: Final = aiohttp.ClientTimeout(total=None, connect=10, sock_read=660)
_FIXED: Final = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}

Message = dict[str, Any]


async def run_bridge(server: str, agent: str, key: Path, errand: Errand | None) -> None:
    """Forward until standard input ends or a signal comes; then the run is closed."""
    lines: asyncio.Queue[bytes | None] = asyncio.Queue(AT_ONCE)
    async with (
        AgentSession(server, agent, key) as session,
        aiohttp.ClientSession(timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        forwarder = Forwarder(http, f"{server.rstrip('/')}/mcp", Pass(session, errand), sys.stdout.buffer)
        _stop_on_signals(lines, forwarder.hurry)
        read_in_thread(sys.stdin.fileno(), lines, asyncio.get_running_loop())
        await forwarder.serve(lines)


@dataclass(slots=True)
class Forwarder:
    """One client's session. `sink` carries the protocol only."""

    http: aiohttp.ClientSession
    url: str
    identity: Pass
    sink: BinaryIO
    version: str | None = None
    plans: dict[str, HeaderPlan] | None = None
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, lines: "asyncio.Queue[bytes | None]") -> None:
        """Forward lines until None; what is in flight then may still end."""
        free = asyncio.Semaphore(AT_ONCE)
        while (line := await lines.get()) is not None:
            if len(line) > LONGEST_LINE:
                self._answer(None, PARSE_ERROR, f"the message is over {LONGEST_LINE} bytes")
                continue
            message = _parse(line)
            if message.get("method") == "notifications/cancelled" and self._cancel(message):
                continue
            await free.acquire()
            self._start(line, message, free)
        await self._drain()
        await self.identity.close()

    async def _drain(self) -> None:
        """Let what is in flight end, unless somebody is in a hurry; then hang up: outcomes are recorded anyway."""
        if self.tasks:
            ends = {asyncio.ensure_future(asyncio.wait(self.tasks)), asyncio.ensure_future(self.hurry.wait())}
            await asyncio.wait(ends, timeout=DRAIN_S, return_when=asyncio.FIRST_COMPLETED)
            for task in (*ends, *self.tasks):
                task.cancel()

    def _start(self, line: bytes, message: Message, free: asyncio.Semaphore) -> None:
        task = asyncio.create_task(self._forward(line, message))
        name = _key(message.get("id"))
        self.tasks.add(task)
        self.running[name] = task

        def ended(done: asyncio.Task[None]) -> None:
            free.release()
            self.tasks.discard(done)
            if self.running.get(name) is done:
                del self.running[name]

        task.add_done_callback(ended)

    def _cancel(self, message: Message) -> bool:
        """Hang up on the request that the client cancels; that is how HTTP is told (MCP 2026-07-28)."""
        task = self.running.get(_key(_params(message).get("requestId")))
        return task is not None and task.cancel()

    async def _forward(self, line: bytes, message: Message) -> None:
        wanted = message.get("id") if "method" in message else None
        try:
            if not await self._exchange(line, message) and wanted is not None:
                self._answer(wanted, NO_ANSWER, "the gateway ended without an answer; look whether it was done")
        except AgentError as error:
            self._failed(wanted, str(error))
        except (aiohttp.ClientError, TimeoutError) as error:
            self._failed(wanted, _silence(error, self.url))

    async def _exchange(self, line: bytes, message: Message) -> bool:
        """Send once, and once more with a new token if the first was refused; True when it was answered."""
        extra = _FIXED | await self._headers(message)
        token = await self.identity.headers()
        for again in (True, False):
            async with self.http.post(self.url, data=line, headers=extra | token, allow_redirects=False) as response:
                if response.status == 401 and again:  # refused before anything was done, so a second time is safe
                    token = await self.identity.renew(token)
                    continue
                return await self._relay(response, message)
        return False

    async def _relay(self, response: aiohttp.ClientResponse, message: Message) -> bool:
        if response.content_type != "text/event-stream":
            body = await response.read()
            return self._pass_on(body, message, response.status) if body or response.status >= 400 else False
        answered, stream = False, EventStream()
        async for chunk in response.content.iter_any():
            for data in stream.feed(chunk):
                answered |= self._pass_on(data, message, response.status)
        return answered

    def _pass_on(self, body: bytes, sent: Message, status: int) -> bool:
        """Write one message of the gateway as a line; True when it answers what was sent."""
        message = _parse(body)
        wanted = sent.get("id")
        if "method" not in sent or wanted is None:
            if status >= 400:
                self._failed(None, _reason(message, status))
            elif "method" in message:
                self._write(body)
            return False
        if "jsonrpc" not in message:
            self._failed(wanted, _reason(message, status))
            return True
        if message.get("id") is None and "error" in message:  # refused before its id was read
            self._write(json.dumps(message | {"id": wanted}).encode())
            return True
        self._learn(sent, message)
        self._write(body)
        return "method" not in message and message.get("id") == wanted

    def _learn(self, sent: Message, message: Message) -> None:
        result = message.get("result")
        if not isinstance(result, dict) or message.get("id") != sent.get("id"):
            return
        if sent.get("method") == "initialize":
            version = result.get("protocolVersion")
            self.version = version if isinstance(version, str) else None
        elif sent.get("method") == "tools/list":
            self.plans = (self.plans or {}) | header_plans(_tools(result))

    async def _headers(self, message: Message) -> dict[str, str]:
        params, method = _params(message), message.get("method")
        meta = params.get("_meta")
        said = meta.get(_VERSION) if isinstance(meta, dict) else None
        if not isinstance(said, str):
            known = self.version if method != "initialize" else None
            return {"MCP-Protocol-Version": known} if known else {}
        headers = {"MCP-Protocol-Version": header_value(said)}
        if not isinstance(method, str):
            return headers
        headers["Mcp-Method"] = header_value(method)
        name = params.get(_NAMED_BY.get(method, ""))
        if isinstance(name, str):
            headers["Mcp-Name"] = header_value(name)
        if method == "tools/call" and isinstance(name, str):
            headers |= await self._mirrored(name, params)
        return headers

    async def _mirrored(self, tool: str, params: Mapping[str, Any]) -> dict[str, str]:
        """The arguments that this tool wants as headers too (`x-mcp-header`); tools are listed once to know."""
        if self.plans is None:
            self.plans = {}
            await self._list(params["_meta"])
        plan = self.plans.get(tool)
        return param_headers(plan, json.dumps(params.get("arguments") or {}).encode()) if plan else {}

    async def _list(self, meta: Mapping[str, Any]) -> None:
        own = {name: value for name, value in meta.items() if name.startswith("io.modelcontextprotocol/")}
        asked = {"jsonrpc": "2.0", "id": "bridge-1", "method": "tools/list", "params": {"_meta": own}}
        headers = _FIXED | {"MCP-Protocol-Version": str(own.get(_VERSION)), "Mcp-Method": "tools/list"}
        headers |= await self.identity.headers()
        async with self.http.post(self.url, json=asked, headers=headers, allow_redirects=False) as response:
            self._learn(asked, _parse(await response.read()))

    def _failed(self, wanted: object, sentence: str) -> None:
        """An error for the client; where nobody waits for an answer, a line on standard error."""
        if wanted is None:
            print(f"bailiwick bridge: {sentence}", file=sys.stderr, flush=True)
        else:
            self._answer(wanted, NO_ANSWER, sentence)

    def _answer(self, wanted: object, code: int, sentence: str) -> None:
        error = {"code": code, "message": sentence}
        self._write(json.dumps({"jsonrpc": "2.0", "id": wanted, "error": error}).encode())

    def _write(self, body: bytes) -> None:
        # INVARIANT: one message, one line; a raw line break in JSON is only ever space between tokens
        self.sink.write(body.strip().replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
        self.sink.flush()


def _stop_on_signals(lines: "asyncio.Queue[bytes | None]", hurry: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    waiting: set[asyncio.Future[None]] = set()

    def stop() -> None:
        hurry.set()
        waiting.add(asyncio.ensure_future(lines.put(None)))

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)


def _parse(data: bytes) -> Message:
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}


def _params(message: Mapping[str, Any]) -> Mapping[str, Any]:
    params = message.get("params")
    return params if isinstance(params, dict) else {}


def _tools(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    tools = result.get("tools")
    return [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []


def _key(request_id: object) -> str:
    return f"{type(request_id).__name__}:{request_id}"


def _reason(message: Mapping[str, Any], status: int) -> str:
    error = message.get("error")
    told = error.get("message") if isinstance(error, dict) else None
    words = told or message.get("error_description") or error
    return f"the gateway refused it ({status}): {words}" if words else f"the gateway answered {status}"


def _silence(error: Exception, url: str) -> str:
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot reach `{url}`; nothing was sent, is the server running?"
    return f"no answer ({type(error).__name__}); look whether it was done before repeating the call"
