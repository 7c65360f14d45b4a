"""When an agent may act: days of the week and hours of the day in one named time zone."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading, did_you_mean


@dataclass(frozen=True, slots=True)
class Window:
    """`days` count from 0 = Monday; minutes count from local midnight, the end is excluded (1440 = 24:00)."""

    days: frozenset[int]
    start_min: int
    end_min: int
    zone: str

    def contains(self, weekday: int, minute: int) -> bool:
        """Whether a local weekday and minute lie inside; the caller has resolved them in `zone`."""
        return weekday in self.days and self.start_min <= minute < self.end_min


DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS: Final = re.compile(r"([0-9]{2}):([0-5][0-9])-([0-9]{2}):([0-5][0-9])")


def read_window(reading: Reading, value: object, place: Place) -> Window:
    """`{days: mon-fri, hours: "07:00-20:00", zone: Europe/Madrid}`."""
    window = reading.mapping(value, place, ("days", "hours", "zone"), need=("days", "hours", "zone"))
    days = _days(reading, window["days"], (*place, "days")) if "days" in window else frozenset()
    start, end = _hours(reading, window["hours"], (*place, "hours")) if "hours" in window else (0, 0)
    zone = reading.text(window["zone"], (*place, "zone")) if "zone" in window else ""
    if zone and zone not in _zones():
        reading.wrong((*place, "zone"), f"unknown time zone `{zone}`{did_you_mean(zone, _zones())}")
    return Window(days, start, end, zone)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _days(reading: Reading, value: object, place: Place) -> frozenset[int]:
    items = value if isinstance(value, list | tuple) else [value]
    days: set[int] = set()
    for item in items:
        ends = item.split("-") if isinstance(item, str) else []
        if not 1 <= len(ends) <= 2 or any(end not in DAYS for end in ends):
            reading.wrong(place, f"`{item}` is no day: write `mon-fri` or a list of {', '.join(DAYS)}")
            continue
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        if last < first:
            reading.wrong(place, f"`{item}` runs backwards: write a list of days")
        days.update(range(first, last + 1))
    if not items:
        reading.wrong(place, "is empty: an agent without days can never act")
    return frozenset(days)


def _hours(reading: Reading, value: object, place: Place) -> tuple[int, int]:
    match = HOURS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        reading.wrong(place, f'`{value}` is no span of hours: write "07:00-20:00", in quotes')
        return 0, 0
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if end > 1440:
        reading.wrong(place, f"`{value}` ends after 24:00")
    elif start >= end:
        reading.wrong(place, f"`{value}` must start before it ends")
    return start, end
