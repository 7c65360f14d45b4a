"""What people write in a charter, read a second time: counts, money, spans of time, days and hours.

Only charters that were accepted come here, so anything else is an error of the test itself.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_THOUSANDS = {"k": 1_000, "M": 1_000_000}


def count(written: object) -> int:
    """`500`, `500k`, `2M`."""
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    text = str(written)
    return int(text[:-1]) * _THOUSANDS[text[-1]] if text[-1] in _THOUSANDS else int(text)


def micros(written: object) -> int:
    """`2`, `"2.50"`, `20k` of a currency, in millionths."""
    text = str(written)
    times = _THOUSANDS.get(text[-1], 1)
    return int(Decimal(text.rstrip("kM")) * times * 1_000_000)


def span_us(written: str) -> int:
    """`1h 30m` in microseconds."""
    return sum(int(size) * _SECONDS[unit] * 1_000_000 for size, unit in re.findall(r"(\d+)([dhms])", written))


def weekdays(written: str | Iterable[str]) -> list[int]:
    """`mon-fri`, or a list of days and such spans; 0 is Monday."""
    found: list[int] = []
    for part in [written] if isinstance(written, str) else written:
        first, _, last = part.partition("-")
        found += range(_WEEK.index(first), _WEEK.index(last or first) + 1)
    return sorted(set(found))


def minutes(written: str) -> tuple[int, int]:
    """`07:00-20:00` as minutes from midnight: the first that is inside, the first that is no longer."""
    start, end = ([int(part) for part in side.split(":")] for side in written.split("-"))
    return start[0] * 60 + start[1], end[0] * 60 + end[1]
