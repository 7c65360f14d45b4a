"""When an agent may act: days of the week and hours of the day in one named time zone."""

from dataclasses import dataclass


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
