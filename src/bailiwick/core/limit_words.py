"""Limits in words: `rows: at most 500; to: only at acme.example`."""

import re
from collections.abc import Sequence
from typing import Final

from bailiwick.core.budget_limit import amount_text, is_money
from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.limit import Limit, Op
from bailiwick.core.phrase import joined, named, time_span


def counted_as(by: str, entry: ActionEntry | None) -> str:
    """The measure that an argument is the value of, where it is one: it says what is counted, and in which money."""
    measures = entry.measures.items() if entry else ()
    return next((name for name, how in measures if how.kind == "value_of" and how.of == by), by)


def limit_words(limit: Limit, entry: ActionEntry | None, name: str = "") -> str:
    """`rows: at most 500`, `to if given: only at acme.example`; by `name`, or as the catalogue calls it."""
    counted = counted_as(limit.argument, entry)
    return _limit(limit, name or _limit_name(limit.argument, counted), counted)


def _limit_name(argument: str, counted: str) -> str:
    """Money keeps its argument's name, `daily budget`; whatever else is counted has the measure's, `records`."""
    return named(argument if is_money(counted) or counted.endswith("_micros") else counted)


def limits_words(limits: Sequence[Limit], entry: ActionEntry | None) -> str:
    words = [
        _between(limit, limits, entry) or limit_words(limit, entry)
        for limit in limits
        if limit.op is not Op.MIN or not _between(limit, limits, entry)
    ]
    return f" ({'; '.join(words)})" if words else ""


def _between(limit: Limit, limits: Sequence[Limit], entry: ActionEntry | None) -> str:
    """`rows: 1 to 500` where both ends are limited, else nothing."""
    ends = {other.op: other.value for other in limits if other.argument == limit.argument}
    low, high = ends.get(Op.MIN), ends.get(Op.MAX)
    if limit.op not in {Op.MIN, Op.MAX} or not isinstance(low, int) or not isinstance(high, int):
        return ""
    given, counted = " if given" if limit.optional else "", counted_as(limit.argument, entry)
    name = _limit_name(limit.argument, counted)
    return f"{name}{given}: {amount_text(low, counted)} to {amount_text(high, counted)}"


def _limit(limit: Limit, name: str, counted: str) -> str:
    value = limit.value
    given = " if given" if limit.optional else ""
    if isinstance(value, tuple):
        words = [value_words(item) for item in value]
        listed = joined(words, "and" if limit.op is Op.ONLY else "or")
        if limit.op is Op.MATCHES:
            return f"{name}{given}: like {listed}{_legend(words)}"
        how = {Op.DOMAIN: "only at ", Op.STARTS_WITH: "starting with ", Op.ONLY: "only "}.get(limit.op, "")
        return f"{name}{given}: {how}{listed}"
    if limit.op in {Op.MAX, Op.MIN}:
        return f"{name}{given}: at {'most' if limit.op is Op.MAX else 'least'} {amount_text(value, counted)}"
    if limit.op is Op.UNIQUE_WITHIN:
        return f"{name}{given}: none again within {time_span(value)}"
    return f"always with {name}" if limit.op is Op.REQUIRED else f"never with {name}"


_BARE: Final = re.compile(r"[A-Za-z0-9_@./:+#?*=&%~-]+")
_TAKEN: Final = re.compile(r"-?[0-9]+|true|false|and|or")


def value_words(value: str | int | bool) -> str:
    """A value as it stands in a sentence; text that could be read as something else is in “quotes”."""
    if not isinstance(value, str):
        return str(value).lower()
    return value if _BARE.fullmatch(value) and not _TAKEN.fullmatch(value) else f"“{value}”"


_SIGNS: Final = {"#": "# is a digit", "?": "? is a letter or digit", "*": "* is any letters, digits, dots and dashes"}


def _legend(patterns: Sequence[str]) -> str:
    used = [words for sign, words in _SIGNS.items() if any(sign in pattern for pattern in patterns)]
    return f", where {joined(used)}" if used else ""
