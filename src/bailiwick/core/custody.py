"""Whose data a payload is: the subjects that a catalogue declares, and the parts of a call that belong to each.

A subject is a person whom the upstream's data is about, named by a kind and the id that the upstream uses.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from bailiwick.core.path import ABSENT, look

Side = Literal["arguments", "result"]
Path = tuple[str | int, ...]
RECORD: Final = "record"
"""The data class of what the product itself says: intents of runs, votes, notes, changes of its own settings."""
OTHER: Final = "other"
"""The data class of a call of which the catalogue says nothing."""


@dataclass(frozen=True, slots=True)
class SubjectRule:
    """Where one kind of subject stands in the arguments or the result of an action.

    `each` leads to a list whose items are one subject's each, with the id at `id` inside; without it `id` leads to
    one id or a list of ids. `parts` lead to more that belongs to all subjects which the rule finds.
    """

    kind: str
    side: Side
    id: str
    each: str | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class SubjectName:
    """A person as the upstream names them. Personal data: it is kept nowhere but in a keyed hash."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Custody:
    """How a payload is kept: its data class, and the parts that belong to people; none where nobody is named."""

    data_class: str = RECORD
    parts: Mapping[Path, tuple[SubjectName, ...]] | None = None


def found_parts(
    rules: Iterable[SubjectRule], side: Side, value: object, at: Path = ()
) -> dict[Path, tuple[SubjectName, ...]]:
    """The parts of `value` that belong to subjects, by their path behind `at`.

    Where parts lie within one another the outer belongs to the owners of both.
    """
    found: dict[Path, set[SubjectName]] = {}
    for rule in rules:
        if rule.side == side:
            for path, owners in _of_rule(rule, value):
                found.setdefault((*at, *path), set()).update(owners)
    return _outermost(found)


def owners_of(parts: Mapping[Path, tuple[SubjectName, ...]]) -> tuple[SubjectName, ...]:
    """Everybody to whom one of the parts belongs."""
    return tuple(sorted({owner for owners in parts.values() for owner in owners}))


def class_of(classes: Iterable[str]) -> str:
    """One name for several data classes: sorted, joined by `+`."""
    return "+".join(sorted(set(classes))) or OTHER


def _of_rule(rule: SubjectRule, value: object) -> Iterable[tuple[Path, set[SubjectName]]]:
    everybody: set[SubjectName] = set()
    if rule.each is None:
        held = look(value, rule.id)
        path = _steps(value, rule.id)
        if isinstance(held, Sequence) and not isinstance(held, str):
            for index, item in enumerate(held):
                owners = _names(rule, item)
                everybody |= owners
                if owners:
                    yield (*path, index), owners
        elif owners := _names(rule, held):
            everybody |= owners
            yield path, owners
    else:
        items, path = look(value, rule.each), _steps(value, rule.each)
        for index, item in enumerate(items if isinstance(items, list | tuple) else ()):
            owners = _names(rule, look(item, rule.id))
            everybody |= owners
            if owners:
                yield (*path, index), owners
    for part in rule.parts if everybody else ():
        if look(value, part) is not ABSENT:
            yield _steps(value, part), everybody


def _names(rule: SubjectRule, held: Any) -> set[SubjectName]:
    # INVARIANT: 7 and "7" name the same person; true, null and lists name nobody
    if isinstance(held, str) and held:
        return {SubjectName(rule.kind, held)}
    return {SubjectName(rule.kind, str(held))} if type(held) is int else set()


def _steps(value: object, path: str) -> Path:
    """The path as keys and indexes; a part made of digits indexes a list."""
    steps: list[str | int] = []
    for part in path.split("."):
        if isinstance(value, Mapping):
            steps.append(part)
            value = value.get(part)
        elif isinstance(value, list | tuple) and part.isdigit() and int(part) < len(value):
            steps.append(int(part))
            value = value[int(part)]
        else:
            return (*steps, part)
    return tuple(steps)


def _outermost(found: Mapping[Path, set[SubjectName]]) -> dict[Path, tuple[SubjectName, ...]]:
    kept: dict[Path, set[SubjectName]] = {}
    for path in sorted(found, key=len):
        outer = next((path[:cut] for cut in range(len(path)) if path[:cut] in kept), path)
        kept.setdefault(outer, set()).update(found[path])
    return {path: tuple(sorted(owners)) for path, owners in kept.items()}
