"""Dotted paths into nested JSON: `properties.email`, `records.0.id`."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final


class Absent(Enum):
    """What `look` returns where the path leads nowhere; JSON null is a value, not this."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT


def look(value: object, path: str) -> object:
    """The value at a dotted path, or ABSENT; a part made of digits indexes a list.

    A key that itself holds a dot cannot be reached: `look` never guesses between two readings.
    """
    if type(value) is dict and "." not in path:
        return value.get(path, ABSENT)
    for part in path.split("."):
        if isinstance(value, Mapping):
            if part not in value:
                return ABSENT
            value = value[part]
        elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
            if not (part.isascii() and part.isdigit()) or int(part) >= len(value):
                return ABSENT
            value = value[int(part)]
        else:
            return ABSENT
    return value


def with_value(value: Mapping[str, object], path: str, new: object) -> dict[str, object]:
    """A copy of `value` with `new` at the path; objects on the way are made when absent.

    Raises ValueError where the way is blocked by something that is not an object.
    """
    first, _, rest = path.partition(".")
    copy = dict(value)
    if not rest:
        copy[first] = new
        return copy
    inner = copy.get(first, {})
    if not isinstance(inner, Mapping):
        raise ValueError(f"`{first}` is not an object, so `{path}` cannot be set")
    copy[first] = with_value(inner, rest, new)
    return copy
