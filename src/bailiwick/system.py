"""Clock, ids and randomness of the machine: the only place that reads them."""

import secrets
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_BLOCK = 4096  # bytes
_block = bytearray()
_lock = threading.Lock()


class SystemClock:
    """Wall-clock microseconds that never go back within this process."""

    def __init__(self) -> None:
        self._last = 0

    def now_us(self) -> int:
        self._last = max(self._last, time.time_ns() // 1000)
        return self._last


def monotonic_us() -> int:
    """Microseconds since some moment, which no correction of the clock moves."""
    return time.monotonic_ns() // 1000


def random_bytes(count: int) -> bytes:
    """Bytes from the operating system's generator, asked for in blocks: one call each would cost more than the rest."""
    with _lock:
        if len(_block) < count:
            _block.extend(secrets.token_bytes(max(count, _BLOCK)))
        taken = bytes(_block[-count:])
        del _block[-count:]  # INVARIANT: no byte is handed out twice
        return taken


def new_id(prefix: str) -> str:
    """`prefix-` and 20 characters: 48 bits of milliseconds, then 52 random bits, so ids sort by time."""
    random = int.from_bytes(random_bytes(7), "big") & (1 << 52) - 1
    number = (time.time_ns() // 1_000_000 & (1 << 48) - 1) << 52 | random
    return f"{prefix}-" + "".join([_PAIRS[number >> shift & 1023] for shift in range(90, -1, -10)])
