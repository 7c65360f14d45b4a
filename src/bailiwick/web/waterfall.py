"""Where the bars of a run's timeline go, as lengths on a line of `WIDTH` units.

A run acts for milliseconds and waits for people for hours. On a plain time axis every action would be a
hair, so a stretch in which nothing but waiting happens is cut down to a short break, and the page says how
long it was. Order and overlap are kept: the mapping from time to the line is monotonic.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 1000
_BREAK = 60
_BREAKS = 300
_LEAST = 5


@dataclass(frozen=True)
class Span:
    """When a step ran, in microseconds; `waiting` when it only waited for a person."""

    start_us: int
    end_us: int
    waiting: bool = False


@dataclass(frozen=True)
class Bar:
    """A step's bar: its left edge and its length, never shorter than can be seen."""

    x: int
    width: int
    waiting: bool


@dataclass(frozen=True)
class Waterfall:
    """A bar for each span, in the order given, and where time was cut."""

    bars: tuple[Bar, ...]
    breaks: tuple[int, ...]
    acting_us: int


def lay_out(spans: Sequence[Span]) -> Waterfall:
    """Bars for `spans`, within 0 and `WIDTH`."""
    if not spans:
        return Waterfall((), (), 0)
    segments = _segments(spans)
    acting = sum(end - start for start, end, cut in segments if not cut)
    cuts = sum(cut for _, _, cut in segments)
    per_cut = min(_BREAK, _BREAKS // cuts) if cuts else 0
    scale = (WIDTH - cuts * per_cut) / acting if acting else 0.0
    edges = [0.0]
    for start, end, cut in segments:
        edges.append(edges[-1] + (per_cut if cut else (end - start) * scale))
    starts = [start for start, _, _ in segments]

    def place(us: int) -> float:
        index = max(bisect_right(starts, us) - 1, 0)
        start, end, _ = segments[index]
        share = min(us - start, end - start) / (end - start) if end > start else 0.0
        return edges[index] + share * (edges[index + 1] - edges[index])

    bars = tuple(_bar(place(span.start_us), place(span.end_us), span.waiting) for span in spans)
    middles = [(edges[i] + edges[i + 1]) / 2 for i, (_, _, cut) in enumerate(segments) if cut]
    return Waterfall(bars, tuple(round(middle) for middle in middles), acting)


def _bar(left: float, right: float, waiting: bool) -> Bar:
    x = min(round(left), WIDTH - _LEAST)
    return Bar(x, max(round(right) - x, _LEAST), waiting)


def _segments(spans: Sequence[Span]) -> list[tuple[int, int, bool]]:
    """The run's time as adjoining (start, end, cut): a gap between actions longer than them all is cut."""
    busy = sorted((span.start_us, span.end_us) for span in spans if not span.waiting)
    longest = sum(end - start for start, end in busy) or 1
    first, last = min(span.start_us for span in spans), max(span.end_us for span in spans)
    segments: list[tuple[int, int, bool]] = []
    at = first
    for start, end in [*busy, (last, last)]:
        if start > at:
            segments.append((at, start, start - at > longest))
        if end > max(at, start):
            segments.append((max(at, start), end, False))
        at = max(at, end)
    return segments or [(first, max(last, first), False)]
