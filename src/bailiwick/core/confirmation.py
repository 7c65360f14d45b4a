"""Reading back after a write: what to ask the upstream, and whether its answer shows the effect."""

from collections.abc import Mapping

from bailiwick.core.catalogue import Confirm
from bailiwick.core.path import ABSENT, look


def confirm_arguments(confirm: Confirm, arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments of the read-back call; a `$path` that the action did not send is left out."""
    return filled_arguments(confirm.arguments, arguments)


def filled_arguments(written: Mapping[str, object], arguments: Mapping[str, object]) -> dict[str, object]:
    """Arguments as a catalogue writes them, filled with those of the action."""
    filled = {name: _meant(value, arguments) for name, value in written.items()}
    return {name: value for name, value in filled.items() if value is not ABSENT}


def unconfirmed(confirm: Confirm, arguments: Mapping[str, object], result: object) -> list[str]:
    """The paths of `expect` that the structured result does not show; empty means the effect is there.

    An expected object must be contained in what is found. A `*` in a path stands for every item of a
    list, which may not be empty; an expected list then means the same items in any order.
    """
    missing = []
    for path, value in confirm.expect.items():
        expected = _meant(value, arguments)
        if expected is ABSENT or not _shown(_found(result, path), expected, many="*" in path.split(".")):
            missing.append(path)
    return missing


def _meant(value: object, arguments: Mapping[str, object]) -> object:
    if isinstance(value, list | tuple):
        items = [_meant(item, arguments) for item in value]
        return ABSENT if ABSENT in items else items
    return look(arguments, value[1:]) if isinstance(value, str) and value.startswith("$") else value


def _found(result: object, path: str) -> list[object]:
    found: list[object] = [result]
    for part in path.split("."):
        if part != "*":
            found = [look(item, part) for item in found]
        elif all(isinstance(item, list) and item for item in found):
            found = [inner for item in found if isinstance(item, list) for inner in item]
        else:
            return []
    return found


def _shown(found: list[object], expected: object, *, many: bool) -> bool:
    if not found:
        return False
    if many and isinstance(expected, list):
        return len(found) == len(expected) and all(any(_same(item, want) for item in found) for want in expected)
    return all(_same(item, expected) for item in found)


def _same(item: object, expected: object) -> bool:
    if isinstance(expected, Mapping):
        return isinstance(item, Mapping) and all(_same(item.get(key, ABSENT), want) for key, want in expected.items())
    # INVARIANT: exact types; 1 is not true.
    return type(item) is type(expected) and item == expected
