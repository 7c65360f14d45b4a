"""`python -m bench`: measure, compare with the aims, write build/bench.json.

The file is a list of `{name, value, unit, against, aim, met}` of what this run measured; the exit status is
1 when an aim is not met.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench import appending, decision, exporting, overhead, publishing, questions, whatif
from bench.measurement import REGISTRY, Figure, take

OUTPUT = Path(__file__).resolve().parent.parent / "build" / "bench.json"
ROOMS = (
    decision,
    overhead,
    publishing,
    whatif,
    appending,
    questions,
    exporting,
)  # importing a room registers what it measures


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 only when every aim of what was measured is met."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="measure and compare with the aims")
    parser.add_argument("--only", metavar="NAME", help=f"one of: {', '.join(REGISTRY)}")
    only = parser.parse_args(arguments).only
    if only is not None and only not in REGISTRY:
        parser.error(f"`{only}` is not measured here; choose one of: {', '.join(REGISTRY)}")
    figures = []
    for name, chosen in REGISTRY.items():
        if only in (None, name):
            figures.append(take(chosen))
            print(_line(figures[-1]), flush=True)
    rooms = ((decision, decision.by_rules), (overhead, overhead.samples), (appending, appending.rounds))
    for room, taken in (*rooms, (questions, questions.timings)):
        if taken.cache_info().currsize:
            print("", *room.lines(), sep="\n")
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
    missed = [figure.name for figure in figures if figure.met is False]
    aims = sum(figure.aim is not None for figure in figures)
    print(f"\nbench: {len(figures)} measured, {aims - len(missed)} of {aims} aims met")
    return 1 if missed else 0


def _line(figure: Figure) -> str:
    said = f"{figure.name:<34}{figure.value:>10} {figure.unit:<10} against {figure.against:<10}"
    if figure.aim is None:
        return said
    return f"{said} aim ≤ {figure.aim:<5} {'met' if figure.met else 'NOT met'}"


if __name__ == "__main__":
    sys.exit(main())
