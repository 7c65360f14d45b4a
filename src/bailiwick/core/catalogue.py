"""The catalogue: what IT knows of a connector's tools, cut into disjoint actions, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from bailiwick.core.custody import SubjectRule
from bailiwick.core.path import ABSENT, look, with_value
from bailiwick.core.tier import Tier

Scalar = str | int | bool
Effect = Literal["read", "write", "send", "spend"]
ArgumentKind = Literal["authority", "content"]
UndoClass = Literal["reversible", "compensable", "irreversible", "none"]
MeasureKind = Literal["length_of", "value_of", "constant"]

UNCLASSIFIED: Final = "unclassified"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as it was reviewed: its pinned definition and input schema."""

    name: str
    definition_digest: str
    input_schema: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FieldClasses:
    """The data classes a read shows: one constant class, or one for each value named in argument `by`.

    When `by` is absent or empty the upstream shows every field if `all_when_absent`, else nobody knows.
    """

    constant: str | None = None
    by: str | None = None
    classes: Mapping[str, str] = field(default_factory=dict)
    all_when_absent: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """How big a call is: the length of an argument, its value, or a constant."""

    kind: MeasureKind
    of: str | int


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be done about it afterwards; `with_action` names the compensating action."""

    cls: UndoClass
    with_action: str | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """Read back after a write: call `tool`, then look for `expect` in its structured result.

    Values are literals or `$path` into the arguments of the action, also inside a list; keys of
    `expect` are paths into the result, where `*` stands for every item.
    """

    tool: str
    arguments: Mapping[str, object]
    expect: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Before:
    """Read before a write, and again after it, so that the record has what changed.

    `at` is a path into the structured result of `tool`; `only` one into the action's arguments, whose names are all
    that is kept of each object there, besides its id. Arguments are written as in `Confirm`.
    """

    tool: str
    arguments: Mapping[str, object]
    at: str
    only: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectPaths:
    """Where the ids of one kind of object stand: paths into the arguments and into the structured result.

    `*` stands for every item; what a path leads to is one id or a list of ids.
    """

    given: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionEntry:
    """One governed action: a tool, or the part of it whose arguments equal `when`."""

    name: str
    tool: str
    when: Mapping[str, Scalar] = field(default_factory=dict)
    floor: Tier = Tier.HIGH
    effect: Effect = "write"
    reads: FieldClasses | None = None
    sends: str | None = None
    arguments: Mapping[str, ArgumentKind] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    defaults: Mapping[str, Scalar] = field(default_factory=dict)
    undo: Undo = Undo("none")
    idempotent: bool = False
    confirm: Confirm | None = None
    sentence: str = ""
    objects: Mapping[str, ObjectPaths] = field(default_factory=dict)
    before: Before | None = None
    subjects: tuple[SubjectRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The reviewed tools of one connector; a tool that is not in it is hidden and refused."""

    connector: str
    tools: Mapping[str, Tool]
    actions: tuple[ActionEntry, ...]

    def resolve(self, tool: str, arguments: Mapping[str, object]) -> ActionEntry | None:
        """The one action these arguments make of the tool, or None: unclassified, so refused."""
        for entry in self.actions:
            if entry.tool == tool and all(_equal(look(arguments, p), v) for p, v in entry.when.items()):
                return entry
        return None

    def action(self, name: str) -> ActionEntry | None:
        return next((entry for entry in self.actions if entry.name == name), None)


def _equal(value: object, expected: Scalar) -> bool:
    # INVARIANT: exact types; True == 1 and 1.0 == 1 must not pick an action.
    return type(value) is type(expected) and value == expected


def apply_defaults(entry: ActionEntry, arguments: Mapping[str, object]) -> dict[str, object]:
    """The arguments as they will be sent: absent ones that the catalogue gives a value are filled in."""
    filled = dict(arguments)
    for path, value in entry.defaults.items():
        if look(filled, path) is ABSENT:
            filled = with_value(filled, path, value)
    return filled


def measure(entry: ActionEntry, arguments: Mapping[str, object]) -> dict[str, int]:
    """Every measure that the arguments show as a whole number of 0 or more.

    A measure that cannot be read is not in the result, and a rule that reads it must refuse.
    """
    sizes = {}
    for name, how in entry.measures.items():
        size = _size(how, arguments)
        if size is not None:
            sizes[name] = size
    return sizes


def _size(how: Measure, arguments: Mapping[str, object]) -> int | None:
    if isinstance(how.of, int):
        return how.of
    value = look(arguments, how.of)
    if how.kind == "length_of":
        return len(value) if type(value) is list or isinstance(value, list | tuple | Mapping) else None
    # INVARIANT: bool is not a number here, and a negative size would lower a total.
    return value if type(value) is int and value >= 0 else None


def classes_read(entry: ActionEntry, arguments: Mapping[str, object]) -> set[str]:
    """The data classes the call will show; what the catalogue does not know is `unclassified`."""
    reads = entry.reads
    if reads is None:
        return set() if entry.effect != "read" else {UNCLASSIFIED}
    if reads.by is None:
        return {reads.constant or UNCLASSIFIED}
    value = look(arguments, reads.by)
    if value is ABSENT or value is None or value in ([], ""):
        return set(reads.classes.values()) if reads.all_when_absent and reads.classes else {UNCLASSIFIED}
    named = list(value) if isinstance(value, list | tuple) else [value]
    return {_class_of(item, reads.classes) for item in named}


def _class_of(item: object, classes: Mapping[str, str]) -> str:
    return classes.get(item, UNCLASSIFIED) if isinstance(item, str) else UNCLASSIFIED
