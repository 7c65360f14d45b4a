"""What the actions of a catalogue must keep among themselves, and towards what the tools say of themselves."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bailiwick.core.catalogue import ActionEntry, Scalar
from bailiwick.core.look_alike import TOOL_NAME, looks_like
from bailiwick.core.reading import Reading, did_you_mean
from bailiwick.core.tier import Tier

Definitions = Sequence[Mapping[str, object]]


def check_entries(reading: Reading, entries: Sequence[ActionEntry], definitions: Definitions) -> None:
    """Report every action that cannot be meant as it is written."""
    _check_disjoint(reading, entries)
    _check_undo(reading, entries)
    _check_names(reading, entries, definitions)
    hints = {str(definition.get("name")): definition.get("annotations") for definition in definitions}
    for entry in entries:
        said = hints.get(entry.tool)
        _check_hints(reading, entry, said if isinstance(said, Mapping) else {})


def tools_of(entries: Sequence[ActionEntry]) -> list[str]:
    """Every tool that the actions use, those that only read back among them."""
    read_back = {entry.confirm.tool for entry in entries if entry.confirm}
    read_back |= {entry.before.tool for entry in entries if entry.before}
    return sorted({entry.tool for entry in entries} | read_back)


def _check_disjoint(reading: Reading, entries: Sequence[ActionEntry]) -> None:
    # INVARIANT: at most one entry matches any arguments, so the order of actions never decides.
    for at, later in enumerate(entries):
        for earlier in entries[:at]:
            shared = earlier.when.keys() & later.when.keys()
            apart = any(_differ(earlier.when[path], later.when[path]) for path in shared)
            if earlier.tool == later.tool and not apart:
                message = f"can match the same call as `{earlier.name}`: tell them apart by one `when` argument"
                reading.wrong(("actions", later.name, "when"), message)


def _differ(one: Scalar, other: Scalar) -> bool:
    return type(one) is not type(other) or one != other


def _check_undo(reading: Reading, entries: Sequence[ActionEntry]) -> None:
    names = {entry.name for entry in entries}
    for entry in entries:
        undo, place = entry.undo, ("actions", entry.name, "undo", "with")
        if undo.with_action and undo.with_action not in names:
            reading.wrong(place, f"unknown action `{undo.with_action}`{did_you_mean(undo.with_action, names)}")
        elif undo.with_action and undo.cls in ("irreversible", "none"):
            reading.wrong(place, f"`{undo.cls}` is made good by nothing: write `class: compensable` or drop `with`")


def _check_names(reading: Reading, entries: Sequence[ActionEntry], definitions: Definitions) -> None:
    """Nothing that is reviewed may be taken for something else, by a program or by a person."""
    sent = Counter(name for definition in definitions if isinstance(name := definition.get("name"), str))
    first: dict[str, str] = {}
    for entry in entries:
        for tool in tools_of([entry]):
            first.setdefault(tool, entry.name)
    tools = list(first)
    for at, tool in enumerate(tools):
        place = ("actions", first[tool], "tool")
        if sent[tool] > 1:
            message = f"the connector sends {sent[tool]} tools called `{tool}`, and nobody can tell which one runs"
            reading.wrong(place, f"{message}: that has to be mended there")
        if tool and TOOL_NAME.fullmatch(tool) is None:
            message = "can only be reviewed under letters of a to z, digits, `_`, `-` and `.`"
            reading.wrong(place, f"tool `{tool}` {message}: another name could look the same")
        for other in tools[:at]:
            if looks_like(tool, other):
                message = f"`{tool}` can be taken for `{other}`, which `{first[other]}` uses"
                reading.wrong(place, f"{message}: review only one of them")


def _check_hints(reading: Reading, entry: ActionEntry, hints: Mapping[str, object]) -> None:
    # INVARIANT: what a tool says of itself is heard only where it makes the catalogue stricter
    reads_part = entry.effect == "read" and entry.when
    if hints.get("destructiveHint") is True and entry.floor < Tier.MEDIUM and not reads_part:
        message = f"tool `{entry.tool}` says that it destroys (`destructiveHint`)"
        reading.wrong(("actions", entry.name, "floor"), f"{message}: the floor is medium, high or never")
    if hints.get("readOnlyHint") is False and entry.effect == "read" and not entry.when:
        message = f"tool `{entry.tool}` says that it changes things (`readOnlyHint: false`)"
        reading.wrong(("actions", entry.name, "effect"), f"{message}: the effect is write, send or spend")
