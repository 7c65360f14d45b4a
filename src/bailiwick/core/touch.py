"""What a call touches: the ids of objects that its arguments name and that its result shows.

Ids belong to people as often as not, so they never enter a leaf; the record holds them in payloads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.path import ABSENT, look


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """One object of an upstream: its kind, as the catalogue calls it, and its id there."""

    kind: str
    id: str


def things_given(entry: ActionEntry, arguments: Mapping[str, object]) -> set[Thing]:
    """The objects that the arguments name."""
    return {thing for kind, paths in entry.objects.items() for thing in _things(kind, arguments, paths.given)}


def things_shown(entry: ActionEntry, result: object) -> set[Thing]:
    """The objects that a structured result shows."""
    return {thing for kind, paths in entry.objects.items() for thing in _things(kind, result, paths.shown)}


def shows_things(entry: ActionEntry) -> bool:
    """Whether its results are said to show objects."""
    return any(paths.shown for paths in entry.objects.values())


def _things(kind: str, value: object, paths: Iterable[str]) -> Iterable[Thing]:
    for path in paths:
        for found in _at(value, path):
            for one in found if isinstance(found, list | tuple) else [found]:
                # INVARIANT: exact types; true is no id
                if type(one) is int or (type(one) is str and one):
                    yield Thing(kind, str(one))


def _at(value: object, path: str) -> list[object]:
    found = [value]
    for part in path.split("."):
        if part == "*":
            found = [item for inner in found if isinstance(inner, list | tuple) for item in inner]
        else:
            found = [item for inner in found if (item := look(inner, part)) is not ABSENT]
    return found
