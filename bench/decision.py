"""What deciding costs: by number of rules, by number of charters, and beside other engines on the same machine.

All engines get the same numbers of rules and calls of the same actions, in turns, and are timed call by call in CPU
time, so that neither a busy machine nor the order shows as a slow engine. Ours resolves what a call means, measures
it, asks everything that a charter can say and writes the sentence that explains the verdict. The others are given
less to do, each in its own favour: see `peer.cedar` and `peer.agt_worker` for what exactly.
"""

import gc
import os
import statistics
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from bailiwick.core.action_index import ActionIndex
from bailiwick.core.decide import Policy, compile_policy, decide
from bailiwick.core.request import Request
from bench import rules
from bench.measurement import measurement
from bench.peer import cedar
from bench.peer.agt import Toolkit
from bench.peer.timing import timed

SIZES = (10, 100, 1000)  # rules
CHARTERS = (10, 1000, 10_000)  # of ten rules each
ROUNDS = 10
OURS, ENGINE, EVALUATOR, FULL, SLICED = "bailiwick", "AGT engine", "AGT evaluator", "Cedar, all", "Cedar, sliced"
CALLS = {OURS: 2000, ENGINE: 20, EVALUATOR: 100, FULL: 40, SLICED: 100}  # a round and size
STRIDE = 21  # shares no factor with a hundred, so calls visit all positions among rules and among a tool's actions

PRIME = 7919  # so that every charter has its turn

Asking = tuple[Callable[[Any], object], Callable[[int], Any]]
Samples = dict[tuple[str, int], list[float]]  # microseconds, by engine and size


@cache
def by_rules() -> Samples:
    """Every engine at every size."""
    asked = {size: _asking(size) for size in SIZES}
    taken: Samples = {(engine, size): [] for engine in CALLS for size in SIZES}
    with Toolkit() as toolkit:
        for turn in range(-1, ROUNDS):  # the first one warms up
            for (engine, size), spent in taken.items():
                numbers = [STRIDE * (turn * CALLS[engine] + step) for step in range(CALLS[engine])]
                if engine in (ENGINE, EVALUATOR):
                    took = toolkit.run("engine" if engine == ENGINE else "evaluator", size, numbers)
                else:
                    here: dict[str, Asking] = {
                        OURS: asked[size],
                        FULL: cedar.full(size),
                        SLICED: cedar.sliced(size),
                    }
                    call, item = here[engine]
                    took = timed(call, map(item, numbers))
                spent.extend(took if turn >= 0 else ())
    return taken


def _asking(size: int) -> tuple[Callable[[Request], object], Callable[[int], Request]]:
    """Deciding, and the call of a number: odd ones break a limit."""
    made = rules.policy(size)
    return (
        lambda asked: decide(made, asked, rules.FACTS),
        lambda number: rules.request(number // 2 % size, 500 if number % 2 else 5),
    )


@cache
def by_charters() -> tuple[dict[int, float], float]:
    """Median microseconds by number of charters held in this process, and bytes that each of them takes.

    The decision looks its policy up by charter and catalogue digest, as the server does; charters take turns, so none
    stays in the processor's caches because it alone is asked.
    """
    shared = rules.catalogue(10)
    index = ActionIndex(shared.actions)
    policies: dict[tuple[str, str], Policy] = {}
    gc.collect()
    before = _resident()
    for number in range(max(CHARTERS)):
        digest = f"sha256:{number:064x}"
        policies[digest, rules.DIGEST] = compile_policy(rules.charter(10, number), digest, shared, rules.DIGEST, index)
    gc.collect()
    each = (_resident() - before) / len(policies)
    keys = list(policies)
    taken: dict[int, list[float]] = {count: [] for count in CHARTERS}
    for turn in range(-1, ROUNDS):
        for count, spent in taken.items():
            numbers = range(turn * CALLS[OURS], (turn + 1) * CALLS[OURS])
            took = timed(
                lambda item: decide(policies[item[0]], item[1], rules.FACTS),
                ((keys[number * PRIME % count], rules.request(number % 10, 5)) for number in numbers),
            )
            spent.extend(took if turn >= 0 else ())
    return {count: statistics.median(spent) for count, spent in taken.items()}, each


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def p50(engine: str, size: int) -> float:
    """The median of one engine at one size."""
    return statistics.median(by_rules()[engine, size])


def p99(engine: str, size: int) -> float:
    return statistics.quantiles(by_rules()[engine, size], n=100)[98]


def lines() -> list[str]:
    """Every engine and size as a table."""
    heads = "".join(f"{f'{size:,} rules':>20}" for size in SIZES)
    rows = [f"{'µs, p50 / p99':<16}{heads}"]
    for engine in CALLS:
        cells = "".join(f"{f'{p50(engine, size):,.1f} / {p99(engine, size):,.1f}':>20}" for size in SIZES)
        rows.append(f"{engine:<16}{cells}")
    return rows


@measurement("decision_p50_us_10", unit="us", against="absolute")
def decision_p50_us_10() -> float:
    return p50(OURS, 10)


@measurement("decision_p50_us_100", unit="us", against="absolute")
def decision_p50_us_100() -> float:
    return p50(OURS, 100)


@measurement("decision_p50_us_1000", unit="us", against="absolute", aim=20)
def decision_p50_us_1000() -> float:
    return p50(OURS, 1000)


@measurement("decision_p99_us_1000", unit="us", against="absolute")
def decision_p99_us_1000() -> float:
    return p99(OURS, 1000)


@measurement("decision_flat_10_to_1000", unit="×", against="10 rules", aim=2.0)
def decision_flat_10_to_1000() -> float:
    return p50(OURS, 1000) / p50(OURS, 10)


@measurement("decision_part_of_agt_engine", unit="×", against="AGT", aim=0.05)
def decision_part_of_agt_engine() -> float:
    """At 1,000 rules, beside the engine that AGT's README asks: at most a twentieth."""
    return p50(OURS, 1000) / p50(ENGINE, 1000)


@measurement("decision_part_of_agt_evaluator", unit="×", against="AGT", aim=0.05)
def decision_part_of_agt_evaluator() -> float:
    """At 1,000 rules, beside its faster evaluator, which looks at the action alone: at most a twentieth."""
    return p50(OURS, 1000) / p50(EVALUATOR, 1000)


@measurement("decision_part_of_cedar", unit="×", against="Cedar", aim=0.05)
def decision_part_of_cedar() -> float:
    """At 1,000 rules, beside cedarpy with the whole policy set: at most a twentieth."""
    return p50(OURS, 1000) / p50(FULL, 1000)


@measurement("decision_part_of_cedar_sliced", unit="×", against="Cedar")
def decision_part_of_cedar_sliced() -> float:
    return p50(OURS, 1000) / p50(SLICED, 1000)


@measurement("decision_p50_us_10k_charters", unit="us", against="absolute")
def decision_p50_us_10k_charters() -> float:
    return by_charters()[0][10_000]


@measurement("decision_flat_10_to_10k_charters", unit="×", against="10 charters", aim=2.0)
def decision_flat_10_to_10k_charters() -> float:
    found = by_charters()[0]
    return max(found.values()) / found[10]


@measurement("charter_kb", unit="KB each", against="absolute")
def charter_kb() -> float:
    """What a compiled charter of ten rules takes in memory."""
    return by_charters()[1] / 1024
