"""`python -m bench.oracle`: the same calls decided by us and by Cedar, with no disagreement.

Charters are made up with limits of every kind, calls with arguments and facts at the edges of those limits. The last
line carries the figures; the exit status is 1 when one call was judged differently, and the smallest such case that
hypothesis could find is shown.
"""

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from bench.oracle.case import Call, Case
from bench.oracle.cedar import ASK, DENY
from bench.oracle.comparison import Comparison, Disagreement
from bench.oracle.draw_call import call, case
from bench.oracle.draw_charter import terms
from bench.oracle.terms import Terms

REQUESTS: Final = 20_000
A_CHARTER: Final = 40  # calls
SEED: Final = 20_261_122
LEAST: Final = 0.15
TRIES: Final = 5_000


def drawn(requests: int, seed: int = SEED) -> Iterator[tuple[Terms, list[Call]]]:
    """Charters, each with its calls; the same for the same seed."""
    for number in range(-(-requests // A_CHARTER)):
        chance = random.Random(f"{seed}/{number}")
        made = terms(chance)
        yield made, [call(chance, made) for _ in range(min(A_CHARTER, requests - number * A_CHARTER))]


def judged(requests: int, seed: int = SEED) -> Iterator[tuple[str, Disagreement | None]]:
    """Our verdict on each call, and what Cedar says against it."""
    for made, calls in drawn(requests, seed):
        comparison = Comparison(made)
        comparison.oracle.validate()
        yield from map(comparison.judge, calls)


def smallest(core: str = "bailiwick.core", tries: int = TRIES) -> Disagreement | None:
    """The least case that is judged differently, shrunk by hypothesis; None when it meets none."""

    def judge(made: Case) -> Disagreement | None:
        return Comparison(made.terms, core).judge(made.call)[1]

    quiet = settings(
        max_examples=tries,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    cases = st.randoms(use_true_random=False).map(case)
    try:
        found = find(cases, lambda made: judge(made) is not None, settings=quiet, random=random.Random(SEED))
    except NoSuchExample:
        return None
    return judge(found)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.oracle", description="hold our decisions against Cedar's")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    verdicts: Counter[str] = Counter()
    wrong: list[Disagreement] = []
    for verdict, disagreement in judged(options.requests, options.seed):
        verdicts[verdict] += 1
        wrong += [disagreement] if disagreement else []
    if wrong:
        print(smallest() or wrong[0])
    allowed = sum(count for verdict, count in verdicts.items() if verdict.startswith("allow"))
    shares = (allowed, verdicts[ASK], verdicts[DENY])
    thin = options.requests >= REQUESTS and min(shares) < LEAST * options.requests
    if thin:
        print(f"too few of one verdict to mean anything: {dict(verdicts)}")
    charters = -(-options.requests // A_CHARTER)
    print(
        f"oracle: {options.requests:,} requests over {charters:,} charters, {shares[0]:,} allowed, {shares[1]:,} asked,"
        f" {shares[2]:,} denied, {len(wrong):,} disagreements"
    )
    return 1 if wrong or thin else 0


if __name__ == "__main__":
    sys.exit(main())
