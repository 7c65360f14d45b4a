"""What a write altered: the values read before it held against those read after it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bailiwick.core.catalogue import Before
from bailiwick.core.path import ABSENT, look


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One value that is no longer what it was; None where there was, or is, none."""

    path: str
    before: object
    after: object


def kept_values(before: Before, arguments: Mapping[str, object], result: object) -> object:
    """What is kept of a structured result; None where the path leads nowhere."""
    value = look(result, before.at)
    if value is ABSENT:
        return None
    names = look(arguments, before.only) if before.only else ABSENT
    return _narrowed(value, set(names) | {"id"}) if isinstance(names, Mapping) else value


def value_changes(before: object, after: object, path: str = "") -> Iterator[ValueChange]:
    """Every difference, by dotted path. Objects of a list that have ids are the same where their ids are."""
    key = _by_id if _has_ids(before) and _has_ids(after) else _by_place
    first, second = key(before), key(after)
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for name in sorted({*first, *second}, key=str):
            inner = f"{path}.{name}" if path else str(name)
            yield from value_changes(first.get(name), second.get(name), inner)
    elif type(first) is not type(second) or first != second:
        yield ValueChange(path, before, after)


def _has_ids(value: object) -> bool:
    if not isinstance(value, list | tuple):
        return True
    ids = [item.get("id") if isinstance(item, Mapping) else None for item in value]
    return all(isinstance(one, str | int) for one in ids) and len(set(ids)) == len(ids)


def _by_id(value: object) -> object:
    return {str(item["id"]): item for item in value} if isinstance(value, list | tuple) else value


def _by_place(value: object) -> object:
    return {str(at): item for at, item in enumerate(value)} if isinstance(value, list | tuple) else value


def _narrowed(value: object, names: set[str]) -> object:
    if isinstance(value, list | tuple):
        return [_narrowed(item, names) for item in value]
    if isinstance(value, Mapping):
        return {name: inner for name, inner in value.items() if name in names}
    return value
