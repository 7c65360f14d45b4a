"""`python -m bench.fuzz --minutes 10`: read charters and catalogues that nobody would write, for as long as told.

A traceback is any error but a refusal in words; accepted nonsense is a text that was read and means two things, loses
something, or holds a word that nobody knows. Each is shown in its smallest form. The last line carries the figure; the
exit status is 1 when there was any.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bench.fuzz.claim import CLAIMS, Nonsense
from bench.fuzz.form import FORMS, Form

BATCH = 100
"""Examples of one claim between two looks at the clock."""
QUIET = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


class Fuzzing:
    """Counts texts and what went wrong with them."""

    def __init__(self, batch: int = BATCH) -> None:
        self.settings = settings(QUIET, max_examples=batch)
        self.texts = 0
        self.wrong: Counter[str] = Counter()

    def batch(self, claim: object, form: Form, seed: int) -> None:
        """Ask one claim of one form, a batch of times."""

        def ask(data: st.DataObject) -> None:
            self.texts += 1
            claim(data, form)  # type: ignore[operator]

        try:
            hypothesis.seed(seed)(self.settings(given(st.data())(ask)))()
        except Nonsense as found:
            self._show("accepted nonsense", "\n".join([str(found), *getattr(found, "__notes__", ())]))
        except Exception as found:  # noqa: BLE001  # whatever it is, it is what is looked for
            self._show("traceback", "".join(traceback.format_exception(found, limit=-6)))

    def _show(self, kind: str, text: str) -> None:
        self.wrong[kind] += 1
        print(f"fuzz: {kind}\n{text}\n", flush=True)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default 1)")
    parser.add_argument("--seed", type=int, default=None, help="repeat a run (default: another each time)")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"texts of a kind in a turn (default {BATCH})")
    wanted = parser.parse_args(arguments)
    seed = time.time_ns() if wanted.seed is None else wanted.seed
    print(f"fuzz: seed {seed}", flush=True)
    fuzzing, turn, end = Fuzzing(wanted.batch), 0, time.monotonic() + wanted.minutes * 60
    while not turn or time.monotonic() < end:
        for claim in CLAIMS:
            fuzzing.batch(claim, FORMS[turn % len(FORMS)], seed + turn)
            turn += 1
        turn += 1  # an odd number of claims, so that each meets every form
    wrong = fuzzing.wrong
    found = f"{wrong['traceback']:,} tracebacks, {wrong['accepted nonsense']:,} accepted nonsense"
    print(f"fuzz: {wanted.minutes:g} min, {fuzzing.texts:,} texts, {found}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
