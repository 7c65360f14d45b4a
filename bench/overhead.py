"""What the gateway costs: an echo tool directly, through a bare pass-through and through Bailiwick, in turn.

Rounds are interleaved and a ratio is taken inside its round, so that a machine that slows down for a while
slows both sides of a ratio; the figure is the median of the rounds.
"""

import asyncio
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from bench.gateway import start_gateway
from bench.load import Generator, Order, Timing
from bench.measurement import measurement
from bench.process import Process
from bench.upstream import TOOL

ROUNDS = 5
CALLS = {1: 400, 32: 2000}  # a round, by concurrency
WARM_UP = 200
DIRECT, BARE, GATEWAY = "direct", "pass-through", "gateway"


@dataclass(frozen=True)
class Target:
    """A server to call; `token` is asked for before each round, `cpu_ms` is read around it."""

    name: str
    url: str
    tool: str
    cpu_ms: Callable[[], float]
    token: Callable[[], str] | None = None

    def order(self, concurrency: int, calls: int) -> Order:
        """The order for one round."""
        return Order(self.url, self.tool, concurrency, calls, self.token() if self.token else None)


@dataclass(frozen=True)
class Sample:
    """One round at one target."""

    timing: Timing
    cpu_ms: float


Samples = dict[tuple[str, int], list[Sample]]  # by (target, concurrency), one a round


@cache
def samples() -> Samples:
    """All rounds; taken once a run, whatever is made of them."""
    with (
        Process("bench.upstream") as upstream,
        Process("bench.passthrough", [upstream.url]) as bare,
        start_gateway(upstream.url, "bench") as gateway,
        Generator() as generator,
    ):
        targets = (
            Target(DIRECT, upstream.url, TOOL, upstream.cpu_ms),
            Target(BARE, bare.url, TOOL, bare.cpu_ms),
            Target(
                GATEWAY,
                gateway.url,
                f"{gateway.connector}__{TOOL}",
                gateway.cpu_ms,
                lambda: asyncio.run(_wait(gateway.token)),
            ),
        )
        for target in targets:
            generator.run(target.order(32, WARM_UP))
        taken: Samples = {(target.name, concurrency): [] for target in targets for concurrency in CALLS}
        for _ in range(ROUNDS):
            for concurrency, calls in CALLS.items():
                for target in targets:
                    taken[target.name, concurrency].append(_round(generator, target, concurrency, calls))
    return taken


def lines() -> list[str]:
    """The rounds as a table: medians."""
    rows = [f"{'target':<14}{'at once':>8}{'p50 ms':>9}{'p99 ms':>9}{'calls/s':>9}{'CPU ms/call':>13}"]
    for (name, concurrency), rounds in samples().items():
        p50, p99, per_s, cpu = (
            statistics.median(pick)
            for pick in zip(
                *((s.timing.p50_ms, s.timing.p99_ms, s.timing.per_s, s.cpu_ms) for s in rounds), strict=True
            )
        )
        rows.append(f"{name:<14}{concurrency:>8}{p50:>9.2f}{p99:>9.2f}{per_s:>9.0f}{cpu:>13.2f}")
    return rows


def _round(generator: Generator, target: Target, concurrency: int, calls: int) -> Sample:
    order = target.order(concurrency, calls)
    before = target.cpu_ms()
    timing = generator.run(order)
    return Sample(timing, (target.cpu_ms() - before) / calls)


async def _wait(token: Callable[[], object]) -> str:
    return str(await token())  # type: ignore[misc]


def _ratio(name: str, concurrency: int) -> float:
    pairs = zip(samples()[name, concurrency], samples()[DIRECT, concurrency], strict=True)
    return statistics.median(ours.timing.p50_ms / direct.timing.p50_ms for ours, direct in pairs)


def _cpu(name: str, concurrency: int) -> float:
    return statistics.median(sample.cpu_ms for sample in samples()[name, concurrency])


@measurement("gateway_p50_ratio_c1", unit="×", against="direct")
def gateway_p50_ratio_c1() -> float:
    return _ratio(GATEWAY, 1)


@measurement("gateway_p50_ratio_c32", unit="×", against="direct", aim=3.0)
def gateway_p50_ratio_c32() -> float:
    return _ratio(GATEWAY, 32)


@measurement("gateway_cpu_ms_c32", unit="ms a call", against="absolute", aim=2.5)
def gateway_cpu_ms_c32() -> float:
    return _cpu(GATEWAY, 32)


@measurement("passthrough_p50_ratio_c1", unit="×", against="direct")
def passthrough_p50_ratio_c1() -> float:
    return _ratio(BARE, 1)


@measurement("passthrough_p50_ratio_c32", unit="×", against="direct")
def passthrough_p50_ratio_c32() -> float:
    return _ratio(BARE, 32)


@measurement("passthrough_cpu_ms_c32", unit="ms a call", against="absolute")
def passthrough_cpu_ms_c32() -> float:
    return _cpu(BARE, 32)
