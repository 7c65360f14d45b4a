"""When two values of an argument count as the same, for arguments that may not come again too soon."""

import unicodedata
from typing import Final

MOST_VALUES: Final = 1_000
"""More items than this in one call are refused: each one is looked up inside the writer's transaction."""


def sameness(value: object) -> tuple[str, ...]:
    """The values as they are compared, one for each item of a list; raises ValueError when they cannot be compared.

    Letter case, width and surrounding space do not make a value new, nor does writing a number as text.
    """
    trouble = sameness_trouble(value)
    if trouble:
        raise ValueError(trouble)
    return tuple(_folded(item) for item in (value if isinstance(value, list | tuple) else (value,)))


def sameness_trouble(value: object) -> str | None:
    """Why the values cannot be told apart from earlier ones, or None."""
    items = value if isinstance(value, list | tuple) else (value,)
    if not items:
        return "is empty: name what is meant"
    if len(items) > MOST_VALUES:
        return f"holds {len(items):,} values, the most is {MOST_VALUES:,}: send fewer at a time"
    # INVARIANT: exact types; True, 1.0 and null have no one spelling
    if not all(type(item) is int or (type(item) is str and _folded(item)) for item in items):
        return "must be text or a whole number, or a list of them"
    if len({_folded(item) for item in items}) < len(items):
        return "holds a value twice: send each only once"
    return None


def _folded(item: object) -> str:
    return unicodedata.normalize("NFKC", str(item)).casefold().strip()
