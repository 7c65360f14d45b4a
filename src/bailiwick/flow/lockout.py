"""Slowing down whoever guesses passwords: after a few wrong ones an address has to wait. In memory only."""

from dataclasses import dataclass, field
from typing import Final

MOST_FAILURES: Final = 5
WAIT_US: Final = 60_000_000
_REMEMBERED: Final = 10_000


@dataclass(slots=True)
class Lockout:
    """Wrong passwords by address; a right one clears its address, and so does waiting `WAIT_US`."""

    _failures: dict[str, tuple[int, int]] = field(default_factory=dict)

    def wait_us(self, address: str, now_us: int) -> int:
        """How long this address still has to wait; 0 when its next try is looked at."""
        count, last_us = self._failures.get(address, (0, 0))
        return max(0, last_us + WAIT_US - now_us) if count >= MOST_FAILURES else 0

    def failed(self, address: str, now_us: int) -> None:
        """Count one wrong password."""
        count, last_us = self._failures.pop(address, (0, 0))
        while len(self._failures) >= _REMEMBERED:
            del self._failures[next(iter(self._failures))]  # the longest untouched
        self._failures[address] = (count + 1 if now_us - last_us < WAIT_US else 1, now_us)

    def passed(self, address: str) -> None:
        """Forget the failures of an address whose password was right."""
        self._failures.pop(address, None)
