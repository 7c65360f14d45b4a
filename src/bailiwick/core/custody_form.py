"""Reading the `subjects` of a catalogue action: where people stand in what goes to a tool and comes back from it."""

from collections.abc import Callable, Mapping
from typing import Final, cast

from bailiwick.core.custody import Side, SubjectRule
from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading, did_you_mean

SIDES: Final = ("arguments", "result")
SUBJECT_KEYS: Final = ("kind", "in", "each", "id", "parts")

SidePath = Callable[[str, str, Place], str]
"""Reads a path into the arguments or the result (first value), and reports one that the tool's schema does not know."""


def read_subjects(reading: Reading, value: object, place: Place, path: SidePath) -> tuple[SubjectRule, ...]:
    """The rules in the order written; problems are reported to `reading`."""
    if not isinstance(value, list | tuple) or not value:
        reading.wrong(place, "is not a list: write `- {kind: contact, in: arguments, id: ids}` for each place")
        return ()
    found = []
    for at, item in enumerate(value):
        form = reading.mapping(item, (*place, at), SUBJECT_KEYS, need=("kind", "in", "id"))
        if isinstance(item, Mapping) and {"kind", "in", "id"} <= form.keys():
            found.append(_rule(reading, form, (*place, at), path))
    return tuple(found)


def _rule(reading: Reading, form: Mapping[str, object], place: Place, path: SidePath) -> SubjectRule:
    side = reading.text(form["in"], (*place, "in"))
    if side and side not in SIDES:
        reading.wrong((*place, "in"), f"`{side}` is not one of arguments, result{did_you_mean(side, SIDES)}")
    each = reading.text(form["each"], (*place, "each")) if "each" in form else None
    if each:
        path(side, each, (*place, "each"))
    inner = reading.text(form["id"], (*place, "id"))
    if not each and inner:
        path(side, inner, (*place, "id"))
    return SubjectRule(
        kind=reading.name(form["kind"], (*place, "kind")),
        side=cast(Side, side),
        id=inner,
        each=each,
        parts=tuple(_parts(reading, form.get("parts", ()), side, (*place, "parts"), path)),
    )


def _parts(reading: Reading, value: object, side: str, place: Place, path: SidePath) -> list[str]:
    if not isinstance(value, list | tuple):
        reading.wrong(place, "is not a list: write the paths of what else belongs to these people")
        return []
    read = [(reading.text(item, (*place, at)), at) for at, item in enumerate(value)]
    return [path(side, text, (*place, at)) for text, at in read if text]
