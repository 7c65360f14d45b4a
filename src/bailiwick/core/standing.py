"""Where a run, its day and its tree stand before a call: the least of it that meets what is asked.

Everything a charter allows by standing is an upper bound, everything that breaks one is a lower bound, and whatever
must be true together only pushes numbers up. So there is one least standing, and if it is too much, all are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.core.budget_limit import CALLS, SENDS
from bailiwick.core.catalogue import ActionEntry

RUN: Final = "run"
TOTAL: Final = "total"
SPENT: Final = "spent"
DONE: Final = "done"
CALLS_MADE: Final = (RUN, "calls")
ELAPSED: Final = (RUN, "elapsed_us")
REPEATS: Final = (RUN, "repeats")
FAILURES: Final = (RUN, "failures")

Tally = tuple[str, str]
"""What is counted: `(RUN, "calls")`, `(TOTAL, "day.records")`, `(SPENT, "run.usd")`, or `(DONE, action)`: 1 when it was
intended, 2 when it succeeded."""


@dataclass(frozen=True, slots=True)
class TallyRange:
    """A tally must lie between `least` and `most`, both included; None is without end."""

    tally: Tally
    least: int = 0
    most: int | None = None


def least_standing(asked: Iterable[TallyRange], entry: ActionEntry) -> Mapping[Tally, int] | None:
    """The smallest tallies that lie in every span and can be true together, or None when none do."""
    found: dict[Tally, int] = {}
    tops: list[tuple[Tally, int]] = []
    for span in asked:
        found[span.tally] = max(found.get(span.tally, 0), span.least)
        if span.most is not None:
            tops.append((span.tally, span.most))
    moved = True
    while moved:
        moved = False
        for tally, least in _implied(found, entry):
            if found.get(tally, 0) < least:
                found[tally], moved = least, True
    fits = all(found.get(tally, 0) <= most for tally, most in tops)
    return found if fits and not _impossible(found, entry) else None


def _implied(known: Mapping[Tally, int], entry: ActionEntry) -> Iterator[tuple[Tally, int]]:
    """What must be at least so much because something else is: the same call is a call, a run is part of its tree."""
    for (kind, name), value in list(known.items()):
        scope, _, unit = name.partition(".")
        if (kind, name) == FAILURES:
            yield REPEATS, value
        elif (kind, name) == REPEATS:
            yield CALLS_MADE, value
            yield (DONE, entry.name), min(value, 1)
        elif kind == TOTAL:
            each = _constant(entry, unit)
            calls = -(-value // each) if each else min(value, 1)
            yield (TOTAL, name), calls * each if each else value
            if scope == RUN:
                yield (TOTAL, f"tree.{unit}"), value
                yield CALLS_MADE, calls
            if scope != "day":
                yield (DONE, entry.name), min(value, 1)
        elif kind == SPENT and scope == RUN:
            yield CALLS_MADE, value if unit in (CALLS, SENDS) else min(value, 1)
    if (SPENT, "run.calls") in known:
        yield (SPENT, "run.calls"), known.get(CALLS_MADE, 0)


def _constant(entry: ActionEntry, measure: str) -> int:
    """How much each call adds to a total, 0 where that depends on the call."""
    how = entry.measures.get(measure)
    return how.of if how is not None and isinstance(how.of, int) else 0


def _impossible(known: Mapping[Tally, int], entry: ActionEntry) -> bool:
    """A total of something that each call counts as nothing."""
    return any(
        kind == TOTAL and value and (how := entry.measures.get(name.partition(".")[2])) is not None and how.of == 0
        for (kind, name), value in known.items()
    )
