"""A time of the week in a named zone, such as `sat 22:30 Europe/Madrid`, for questions about hours of work."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from bailiwick.core.refusal import Refusal
from bailiwick.core.window import DAYS
from bailiwick.flow.prepare import local_time

_FORM: Final = re.compile(r"(?P<day>[a-z]{3}) (?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}) (?P<zone>\S+)")


@dataclass(frozen=True, slots=True)
class WeekTime:
    """A weekday (0 = Monday) and a minute of the day in a zone."""

    weekday: int
    minute: int
    zone: str

    def next_us(self, after_us: int) -> int:
        """The first such time from `after_us` on; one that a change of the clocks leaves out is found a week later."""
        zone = ZoneInfo(self.zone)
        start = datetime.fromtimestamp(after_us / 1_000_000, UTC).astimezone(zone)
        day = start.date() + timedelta(days=(self.weekday - start.weekday()) % 7)
        while True:
            moment = datetime(day.year, day.month, day.day, self.minute // 60, self.minute % 60, tzinfo=zone)
            us = int(moment.timestamp()) * 1_000_000
            if us >= after_us and local_time(self.zone, us) == (self.weekday, self.minute):
                return us
            day += timedelta(days=7)


def read_week_time(text: str) -> WeekTime | None:
    """`sat 22:30 Europe/Madrid`; None when the text is of another form, `Refusal` for a day or zone that is none."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    day, hour, minute, zone = found.group("day", "hour", "minute", "zone")
    if day not in DAYS:
        raise Refusal("invalid", f"`{day}` is no day; write one of {', '.join(DAYS)}")
    if int(hour) > 23 or int(minute) > 59:
        raise Refusal("invalid", f"`{hour}:{minute}` is no time of day; write it as 22:30")
    if zone not in available_timezones():
        raise Refusal("invalid", f"`{zone}` is no time zone; write one such as Europe/Madrid")
    return WeekTime(DAYS.index(day), int(hour) * 60 + int(minute), zone)
