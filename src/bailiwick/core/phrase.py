"""How amounts, spans of time and lists read in sentences."""

from collections.abc import Sequence
from typing import Final

_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def joined(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " ".join([", ".join(words[:-1]), last, words[-1]]) if len(words) > 1 else "".join(words)


def time_span(us: int) -> str:
    """`4 hours`, `1 hour 30 minutes`."""
    seconds, words = us // 1_000_000, []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count} {unit}{'s' * (count > 1)}")
    return " ".join(words) or "no time"


def named(argument: str) -> str:
    """`daily budget` for `campaign.daily_budget_micros`: what people call an argument."""
    return argument.rpartition(".")[2].removesuffix("_micros").replace("_", " ")
