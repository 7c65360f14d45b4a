"""The clock as a value source."""

from typing import Protocol


class Clock(Protocol):
    """Microseconds since the epoch, UTC; never goes back within one process."""

    def now_us(self) -> int: ...
