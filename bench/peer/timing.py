"""CPU time of single calls, so that a busy machine does not show as a slow engine.

Also read by `agt_worker`, in a process without anything of ours: standard library only.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def clock_us() -> float:
    """What reading the clock twice costs by itself."""
    costs = []
    for _ in range(2000):
        start = time.thread_time_ns()
        costs.append(time.thread_time_ns() - start)
    return statistics.median(costs) / 1000


def timed(call: Callable[[T], object], items: Iterable[T]) -> list[float]:
    """Microseconds of each call, without what the clock costs; an item is made just before, outside the time."""
    spent, own = [], clock_us()
    for item in items:
        start = time.thread_time_ns()
        call(item)
        spent.append(max(0.0, (time.thread_time_ns() - start) / 1000 - own))
    return spent
