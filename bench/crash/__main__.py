"""`python -m bench.crash`: kill -9 at every edge of an action and at random moments, start again, look at everything.

Agents keep nine calls in flight on real servers of the made-up company. After each restart the export is verified,
every decision is made again, the vendors' journals and all answers are held against the record, and the calls that
the crash left unknown are tried a second time. The last line carries the figure; the exit status is 1 when anything
is off.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from random import Random
from typing import Final

from bailiwick.build import START_EDGES
from bailiwick.demo.company.office import Office
from bailiwick.flow.act import EDGES
from bench.crash.check import Findings, check, unknown_since
from bench.crash.founding import found as make_ready
from bench.crash.house import House
from bench.crash.load import Shift
from bench.crash.record import Record
from bench.crash.start import first_starts, second_server
from bench.crash.twin import is_repeatable, try_twin

PASSES: Final = (1, 9, 26, 60)
"""The Nth passing of an edge that kills: the very first one, and ones with everybody in the midst of their work."""
RANDOM: Final = 20
SEED: Final = 20_261_122
LATEST_S: Final = 1.5
TWINS: Final = 3


@dataclass(slots=True)
class Siege:
    """One installation under one company, and what all its crashes have shown."""

    office: Office
    house: House
    shift: Shift
    found: Findings = field(default_factory=Findings)
    record: Record | None = None
    unknown: int = 0
    twins: int = 0

    def at_edge(self, edge: str, number: int) -> None:
        """Work under a failpoint until it kills, start again and look."""
        self.house.start(f"{edge}:{number}")
        asyncio.run(self.shift.work())
        self.house.await_death()
        self._look(f"{edge}:{number}")

    def at_random(self, after_s: float) -> None:
        """Work until a kill out of the blue, start again and look."""
        self.house.start()
        asyncio.run(self.shift.work(self.house.kill, after_s))
        self._look(f"after {after_s:.3f} s")

    def at_start(self, edge: str) -> None:
        """A crash under load, then another one while the server starts; the third start must put it right."""
        self.house.start("after-upstream:20")
        asyncio.run(self.shift.work())
        self.house.await_death()
        self.house.launch(f"{edge}:1")
        self.house.await_death()
        self._look(f"{edge} of a start")

    def _look(self, where: str) -> None:
        before = self.record.actions if self.record else {}
        started = time.monotonic()
        self.house.start()
        took = time.monotonic() - started
        record = check(self.house, self.office, self.shift, self.found)
        unknown = unknown_since(record, before)
        tried = sorted(unknown, key=lambda name: is_repeatable(record.actions[name]))[:TWINS]
        for name in tried:
            self.twins += asyncio.run(try_twin(self.office, self.shift, record, name, self.found))
        self.unknown += len(unknown)
        self.house.kill()
        fresh = len(record.actions) - len(before)
        line = f"{where:<28} {fresh:4} actions, {len(unknown)} unknown, {len(tried)} tried again, start {took:.1f} s"
        print(line, f"; {len(self.found)} off" if self.found else "", sep="", flush=True)
        self.record = record


@contextmanager
def siege(folder: Path, seed: int) -> Iterator[Siege]:
    """A company and an installation in `folder`, ready and not running."""
    with Office(folder / "company") as office:
        house = House(folder)
        try:
            house.start()
            cast = make_ready(house, office)
            house.kill()
            yield Siege(office, house, Shift(cast, Random(seed)))
        finally:
            house.stop()


def lay(folder: Path, passes: Sequence[int], kills: int, starts: Sequence[str], seed: int) -> Siege:
    """Every edge at each passing, random kills, and kills of starts; what came of it."""
    chance = Random(seed)
    with siege(folder, seed) as laid:
        for edge, number in product(EDGES, passes):
            laid.at_edge(edge, number)
        for _ in range(kills):
            laid.at_random(chance.uniform(0.01, LATEST_S))
        for name in starts:
            laid.at_start(name)
        laid.house.start()
        second_server(laid.house, laid.found)
        laid.record = check(laid.house, laid.office, laid.shift, laid.found)
    return laid


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 only when nothing is off."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.crash", description="kill the server and look at what is left"
    )
    parser.add_argument("--random", type=int, default=RANDOM, metavar="N", help=f"kills at random; default {RANDOM}")
    parser.add_argument("--seed", type=int, default=SEED, metavar="S", help=f"of calls and moments; default {SEED}")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        laid = lay(Path(folder), PASSES, given.random, START_EDGES, given.seed)
        times = first_starts(Path(folder), laid.found)
        print(f"the very first start killed {times} times and repeated", flush=True)
    answered = sum(call.answer is not None for call in laid.shift.calls)
    print(f"\n{len(laid.shift.calls)} calls, {answered} answered, {len(laid.record or ())} entries on the record")
    print(f"{len(set(laid.shift.checkpoints))} checkpoints seen from outside and held against the log")
    print(f"{laid.unknown} unknown after a crash, {laid.twins} of them tried again and put right")
    print(f"{time.monotonic() - started:.0f} seconds")
    for line in laid.found.lines():
        print(f"  off: {line}")
    print(summary(laid.found, len(PASSES), given.random))
    return 1 if laid.found else 0


def summary(found: Findings, passes: int, kills: int) -> str:
    """The line that carries the figures."""
    return (
        f"crash: {len(EDGES)} edges × {passes} + {kills} random kills, {len(found.twice)} actions twice, "
        f"{len(found.without_intent)} without intent, {len(found.lost)} acknowledged lost, {len(found.other)} else off"
    )


if __name__ == "__main__":
    sys.exit(main())
