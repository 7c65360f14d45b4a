"""The load: one tool called with 256 bytes on the 2026-07-28 wire, from a process of its own on uvloop.

The process reads one order (JSON) a line from standard input and answers one line, so that a single warm
client visits several servers in turn. `Generator` is the parent's side of it.
"""

import asyncio
import itertools
import json
import math
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import uvloop

TEXT = "x" * 256
WIRE = "2026-07-28"
_META = {
    "io.modelcontextprotocol/protocolVersion": WIRE,
    "io.modelcontextprotocol/clientInfo": {"name": "bailiwick-bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@dataclass(frozen=True)
class Order:
    """What to send: `calls` calls of `tool`, at most `concurrency` at a time."""

    url: str
    tool: str
    concurrency: int
    calls: int
    token: str | None = None


@dataclass(frozen=True)
class Timing:
    """What came back, in milliseconds; `per_s` is throughput."""

    p50_ms: float
    p99_ms: float
    per_s: float


class Generator:
    """The load process, started once; `with` stops it."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parent.parent,
        )

    def run(self, order: Order) -> Timing:
        """Carry out one order; raises RuntimeError at the first call that is not answered with its echo."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(orjson.dumps(asdict(order)) + b"\n")
        self._child.stdin.flush()
        answer = json.loads(self._child.stdout.readline() or b'{"error": "the load process ended"}')
        if "error" in answer:
            raise RuntimeError(f"`{order.url}`: {answer['error']}")
        return Timing(**answer)

    def __enter__(self) -> "Generator":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()


def quantile(ordered: list[float], share: float) -> float:
    """The smallest value that at least `share` of the values do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


async def _carry_out(session: aiohttp.ClientSession, order: Order, numbers: "itertools.count[int]") -> Timing:
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": WIRE,
        "mcp-method": "tools/call",
        "mcp-name": order.tool,
    }
    if order.token is not None:
        headers["authorization"] = f"Bearer {order.token}"
    took: list[float] = []
    left = iter(range(order.calls))

    async def worker() -> None:
        for _ in left:
            body = _body(order.tool, next(numbers))
            start = time.perf_counter()
            async with session.post(order.url, data=body, headers=headers) as answer:
                data = await answer.read()
            took.append((time.perf_counter() - start) * 1000)
            if answer.status != 200 or TEXT.encode() not in data:
                raise RuntimeError(f"answered {answer.status}: {data[:300].decode(errors='replace')}")

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(order.concurrency):
            group.create_task(worker())
    whole = time.perf_counter() - start
    took.sort()
    return Timing(quantile(took, 0.5), quantile(took, 0.99), order.calls / whole)


def _body(tool: str, number: int) -> bytes:
    # every call differs from every other, so that no rule about repeats applies
    arguments = {"text": TEXT, "n": number}
    parameters: dict[str, Any] = {"name": tool, "arguments": arguments, "_meta": _META}
    return orjson.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": parameters})


async def _main() -> None:
    numbers = itertools.count(1)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)) as session:
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                answer = asdict(await _carry_out(session, Order(**json.loads(line)), numbers))
            except* Exception as group:  # noqa: BLE001  # the parent's side raises it again
                answer = {"error": str(group.exceptions[0])}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    uvloop.run(_main())
