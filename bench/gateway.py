"""The one place that knows how to start the gateway under test in front of an upstream."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import standin
from bench.process import Process


@dataclass(frozen=True)
class Gateway:
    """A running gateway; `token` gives a valid token, `cpu_ms` the CPU time used so far."""

    url: str
    connector: str
    token: Callable[[], Awaitable[str]]
    cpu_ms: Callable[[], float]


@contextmanager
def start_gateway(upstream: str, connector: str) -> Iterator[Gateway]:
    """A gateway with `upstream` admitted as `connector` and one agent that may call each of its tools."""

    async def token() -> str:
        return standin.TOKEN

    with Process("bench.standin", [upstream, connector]) as process:
        yield Gateway(process.url, connector, token, process.cpu_ms)
