"""Reading back after a write: an upstream that answers and changes nothing has not succeeded."""

from collections.abc import Mapping
from typing import Any

from bailiwick.core.catalogue import Confirm
from bailiwick.core.path import ABSENT, look


def read_back_arguments(confirm: Confirm, arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments of the read; a reference to an argument that was not sent is left out."""
    filled = {name: _value(value, arguments) for name, value in confirm.arguments.items()}
    return {name: value for name, value in filled.items() if value is not ABSENT}


def shortfall(confirm: Confirm, arguments: Mapping[str, object], result: Mapping[str, Any]) -> str | None:
    """The first place where the world does not show what was asked for; None when all of it shows.

    `expect` compares whole values; where the expected one is an object, each of its fields must show.
    """
    seen = result.get("structuredContent", {})
    for path, wanted in confirm.expect.items():
        expected = _value(wanted, arguments)
        if expected is not ABSENT and not _shows(look(seen, path), expected):
            return path
    return None


def _value(value: object, arguments: Mapping[str, object]) -> object:
    if isinstance(value, str) and value.startswith("$"):
        return look(arguments, value[1:])
    return value


def _shows(found: object, expected: object) -> bool:
    if isinstance(expected, Mapping):
        return isinstance(found, Mapping) and all(_shows(found.get(key), value) for key, value in expected.items())
    return type(found) is type(expected) and found == expected
