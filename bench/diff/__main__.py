"""`python -m bench.diff --pairs 10000`: is `compare` right, and does each of its examples really flip the verdict?

Random pairs of charters over small worlds. In each world every request and all facts that can be true together are
decided under both charters, which gives the relation without any reasoning; `core.compare` must say the same. The last
line carries the figure; the exit status is 1 when a classification was wrong or an example was none.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from multiprocessing import Pool
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from bailiwick.core.compare import Comparison, Example, Relation, compare
from bailiwick.core.decide import compile_policy, decide
from bailiwick.flow.schema_check import SchemaCheck
from bench.diff.brute import AT_US, TooLarge, permits, possible, relation
from bench.diff.world import ACTION, World, draw_world

PAIRS: Final = 10_000
SEED: Final = 20_261_122


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair: what brute force found, what `compare` said, and every sentence about what is wrong."""

    seed: int
    found: Relation
    said: Relation
    examples: int
    wrong: tuple[str, ...]


def judged(seed: int) -> Judged | None:
    """Judge the pair of this seed; None when its world is too large to go through."""
    world = draw_world(Random(seed))  # a test's chance, not a secret
    try:
        found = relation(world)
    except TooLarge:
        return None
    comparison = compare(world.before, world.after, [world.catalogue], AT_US)
    said = next(one for one in comparison.actions if one.action == ACTION)
    wrong = [] if said.relation is found else [f"`{said.relation}` was said, it is `{found}`"]
    wrong += _flaws(world, comparison)
    directions = {one.direction for one in said.examples}
    if directions != _directions(said.relation):
        wrong.append(f"`{said.relation}` has examples for {sorted(directions)}")
    return Judged(seed, found, said.relation, len(said.examples), tuple(wrong))


def _directions(said: Relation) -> set[str]:
    wider = {"wider"} if said in (Relation.WIDER, Relation.INCOMPARABLE) else set()
    return wider | ({"narrower"} if said in (Relation.NARROWER, Relation.INCOMPARABLE) else set())


def _flaws(world: World, comparison: Comparison) -> Iterator[str]:
    """What is wrong with the examples: verdicts that are not so, no difference, or facts that cannot be."""
    older, newer = (compile_policy(one, "charter", world.catalogue, "") for one in (world.before, world.after))
    for action in comparison.actions:
        for example in action.examples:
            before = decide(older, example.request, example.facts)
            after = decide(newer, example.request, example.facts)
            less, more = (before, after) if example.direction == "wider" else (after, before)
            if permits(more, less):
                yield f"an example is none: {example.request.arguments} gets {before} and {after}"
            if (before, after) != (example.before, example.after):
                yield "an example tells other verdicts than `decide`"
            facts = example.facts
            trouble = SchemaCheck(world.catalogue.tools[example.request.tool].input_schema).trouble(
                example.request.arguments
            )
            if trouble:
                yield f"an example is no call of the tool: {trouble}"
            counted = possible(world, facts.run, facts.totals, facts.spent, facts.done)
            if action.action == ACTION and not (counted and _at_once(example)):
                yield f"an example cannot be: {example.facts}"


def _at_once(example: Example) -> bool:
    """Whether the local times are those of the example's moment."""
    for zone, told in example.facts.local.items():
        local = datetime.fromtimestamp(example.facts.at_us / 1e6, UTC).astimezone(ZoneInfo(zone))
        if told != (local.weekday(), local.hour * 60 + local.minute):
            return False
    return True


def _all(seed: int, pairs: int) -> tuple[list[Judged], int]:
    """Judge as many pairs, on every core, and how many worlds were too large; the same seed gives the same pairs."""
    done: list[Judged] = []
    skipped = 0
    with Pool() as pool:
        for one in pool.imap(judged, count(seed), chunksize=8):
            if one is None:
                skipped += 1
                continue
            done.append(one)
            for sentence in one.wrong:
                print(f"seed {one.seed}: {sentence}", flush=True)
            if len(done) == pairs:
                pool.terminate()
                return done, skipped
    raise AssertionError("seeds do not end")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.diff", description="hold comparisons against brute force")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args(arguments)
    started = time.perf_counter()
    done, skipped = _all(asked.seed, asked.pairs)
    counts = Counter(one.found for one in done)
    wrong = sum(one.found is not one.said for one in done)
    false = sum(bool(one.wrong) and one.found is one.said for one in done)
    examples = sum(one.examples for one in done)
    print(f"{skipped:,} worlds were too large and drawn again; {time.perf_counter() - started:.0f} s")
    print(", ".join(f"{counts[relation]:,} {relation}" for relation in Relation))
    print(f"{wrong} wrong classifications and {false} wrong examples in {len(done):,} pairs, {examples:,} examples")
    return 1 if wrong or false else 0


if __name__ == "__main__":
    sys.exit(main())
