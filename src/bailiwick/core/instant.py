"""A moment at which some windows are open and another is closed, or the certainty that no such moment comes.

Windows of several time zones are compared at real moments, because two zones only meet at some hours. Between two
changes of a clock they repeat every week, so the edges of one week stand for all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from bailiwick.core.window import Window

MINUTE_US: Final = 60_000_000
_DAY: Final = 1440
_WEEK: Final = 7 * _DAY
_YEARS: Final = 5
"""How far ahead changes of the clock are looked at."""
_THURSDAY: Final = 3
"""The weekday of the first day of the count of minutes."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment in UTC microseconds, and the weekday and minute of the day it is in each zone."""

    at_us: int
    local: dict[str, tuple[int, int]]


def find_instant(open_: Sequence[Window], closed: Window | None, zones: frozenset[str], from_us: int) -> Instant | None:
    """The first moment from `from_us` on at which all of `open_` are open and `closed` is not."""

    def fits(local: dict[str, tuple[int, int]]) -> bool:
        return all(window.contains(*local[window.zone]) for window in open_) and (
            closed is None or not closed.contains(*local[closed.zone])
        )

    windows = [*open_, *([closed] if closed else [])]
    named = sorted({window.zone for window in windows})
    # INVARIANT: a zone whose clock changes matters only beside another zone, or to be told in an example
    for stretch in _stretches(tuple(named), -(-from_us // MINUTE_US)):
        for minute in stretch.edges(windows):
            if fits(stretch.local(minute)):
                return Instant(minute * MINUTE_US, {zone: local_minute(zone, minute) for zone in zones | set(named)})
    return None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Minutes from `start` to before `end` during which no clock of the zones changes."""

    start: int
    end: int
    offsets: tuple[tuple[str, int], ...]

    def local(self, minute: int) -> dict[str, tuple[int, int]]:
        return {zone: _weekday(minute + offset) for zone, offset in self.offsets}

    def edges(self, windows: Sequence[Window]) -> list[int]:
        """The minutes of the stretch's first week at which a window can open or close, and its start."""
        offsets, end = dict(self.offsets), min(self.end, self.start + _WEEK)
        found = {self.start}
        for window in windows:
            midnight = self.start - (self.start + offsets[window.zone]) % _DAY
            for day in range(8):
                for minute in (0, window.start_min, window.end_min):
                    found.add(midnight + day * _DAY + minute)
        return sorted(minute for minute in found if self.start <= minute < end)


def _stretches(zones: tuple[str, ...], start: int) -> Iterator[_Stretch]:
    """Stretches in order; one that repeats what an earlier whole week has shown is left out."""
    end = start + _YEARS * 366 * _DAY
    changes = sorted({start, end}.union(*(_changes(zone, start // _DAY) for zone in zones)))
    changes = [change for change in changes if start <= change <= end]
    seen: set[tuple[int, ...]] = set()
    for first, last in pairwise(changes):
        offsets = tuple((zone, _offset(zone, first)) for zone in zones)
        apart = tuple(offset - offsets[0][1] for _, offset in offsets)
        if apart not in seen:
            if last - first >= _WEEK:
                seen.add(apart)
            yield _Stretch(first, last, offsets)


@lru_cache(maxsize=512)
def _changes(zone: str, day: int) -> tuple[int, ...]:
    """The minutes from the start of `day` on at which the zone's clock changes."""
    found = []
    before = _offset(zone, day * _DAY)
    for at in range(day + 1, day + _YEARS * 366 + 2):
        offset = _offset(zone, at * _DAY)
        if offset != before:
            found.append(_change(zone, before, (at - 1) * _DAY, at * _DAY))
            before = offset
    return tuple(found)


def _change(zone: str, before: int, low: int, high: int) -> int:
    """The first minute after `low`, up to `high`, at which the zone's offset is no longer `before`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle) != before else (middle, high)
    return high


def _offset(zone: str, minute: int) -> int:
    """Minutes that the zone's clock is ahead of UTC."""
    local = datetime.fromtimestamp(minute * 60, UTC).astimezone(ZoneInfo(zone))
    return int((local.utcoffset() or UTC.utcoffset(None)).total_seconds()) // 60


def _weekday(local: int) -> tuple[int, int]:
    return (local // _DAY + _THURSDAY) % 7, local % _DAY


def local_minute(zone: str, minute: int) -> tuple[int, int]:
    """Weekday (0 = Monday) and minute of the day in `zone`, `minute` minutes after the start of 1970 in UTC."""
    return _weekday(minute + _offset(zone, minute))
