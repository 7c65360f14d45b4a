"""Clock, ids and randomness of the machine: the only place that reads them."""

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class SystemClock:
    """Wall-clock microseconds that never go back within this process."""

    def __init__(self) -> None:
        self._last = 0

    def now_us(self) -> int:
        self._last = max(self._last, time.time_ns() // 1000)
        return self._last


def new_id(prefix: str) -> str:
    """`prefix-` and 20 characters: 48 bits of milliseconds, then 50 random bits, so ids sort by time."""
    number = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 52 | secrets.randbits(52)
    digits = ""
    for _ in range(20):
        digits = _ALPHABET[number & 31] + digits
        number >>= 5
    return f"{prefix}-{digits}"
