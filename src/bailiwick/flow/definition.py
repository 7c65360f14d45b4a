"""Tool definitions as a connector sends them now, beside those that somebody reviewed: what is not as it was.

    for change in changes(pinned, noted, held, definitions): print(change.kind, change.tool)

Everything compared is the raw `tools/list` entry with every field the upstream sent, never a processed copy.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from bailiwick.core.look_alike import looks_like
from bailiwick.ledger import canonical

Definition = Mapping[str, Any]
ChangeKind = Literal["changed", "gone", "appeared", "twice", "back"]
"""`back`: held in quarantine, and sent again just as it was reviewed."""

LONGEST_NAME: Final = 128
_SAYABLE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_MOST_SAID: Final = 3
_DEEPEST: Final = 8


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """One tool that is not as it was reviewed.

    `pinned` and `offered` are the digests of `before` and `after`; a definition that is not there, or that no digest
    can be taken of, has none.
    """

    tool: str
    kind: ChangeKind
    pinned: str | None = None
    offered: str | None = None
    before: Definition | None = None
    after: Definition | None = None


@dataclass(frozen=True, slots=True)
class ArgumentChange:
    """One argument that an input schema gained, lost or describes otherwise; the values are its own schema."""

    path: str
    kind: Literal["added", "removed", "changed"]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    required: bool


def definition_digest(definition: Definition) -> str | None:
    """The digest by which a tool's definition is pinned; None when it is not JSON that can be pinned."""
    try:
        return canonical.digest(canonical.encode_any(dict(definition)))
    except canonical.CanonicalError:
        return None


def named(definitions: Sequence[Definition]) -> dict[str, Definition]:
    """The definitions by tool; of a name that is sent twice, the first."""
    found: dict[str, Definition] = {}
    for definition in definitions:
        name = definition.get("name")
        if isinstance(name, str) and len(name) <= LONGEST_NAME:
            found.setdefault(name, definition)
    return found


def changes(
    pinned: Mapping[str, Definition],
    noted: Collection[str],
    held: Collection[str],
    definitions: Sequence[Definition],
) -> tuple[DefinitionChange, ...]:
    """Every tool that is not as it was when somebody last looked, by name.

    `pinned` are the reviewed definitions, `noted` the names that were offered then and left out on purpose, `held`
    the tools in quarantine.
    """
    offered = named(definitions)
    sent = Counter(definition.get("name") for definition in definitions if isinstance(definition.get("name"), str))
    found = []
    for tool in sorted({*pinned, *offered, *held}):
        change = _change(tool, pinned.get(tool), offered.get(tool), sent[tool])
        if change is None and tool in held:
            digest, definition = definition_digest(pinned[tool]), pinned[tool]
            change = DefinitionChange(tool, "back", digest, digest, definition, definition)
        if change is not None and (change.kind != "appeared" or tool not in noted):
            found.append(change)
    return tuple(found)


def _change(tool: str, before: Definition | None, after: Definition | None, sent: int) -> DefinitionChange | None:
    was, now = (None if one is None else definition_digest(one) for one in (before, after))
    if after is None:
        return DefinitionChange(tool, "gone", was, None, before, None)
    if before is None:
        return DefinitionChange(tool, "appeared", None, now, None, after)
    if sent > 1:  # INVARIANT: of two tools with one name nobody knows which runs, whatever either says
        return DefinitionChange(tool, "twice", was, None, before, after)
    # INVARIANT: what no digest can be taken of is not what was pinned
    return None if now == was and now is not None else DefinitionChange(tool, "changed", was, now, before, after)


def sentence_of(connector: str, change: DefinitionChange, reviewed: Collection[str]) -> str:
    """What happened to a tool, in words that an agent may read too: nothing long of the upstream's own is quoted."""
    tool = f"`{connector}__{change.tool}`" if _SAYABLE.fullmatch(change.tool) else "a tool with an odd name"
    if change.kind == "gone":
        return f"{tool} is no longer offered by its system"
    if change.kind == "twice":
        return f"{tool} is offered twice by its system, and nobody can tell which one would run"
    if change.kind == "back":
        return f"{tool} changed and is now as it was reviewed again"
    if change.kind == "appeared":
        alike = [name for name in reviewed if looks_like(name, change.tool)]
        return f"{tool} is new" + (f" and can be taken for `{alike[0]}`" if alike else "")
    return f"the definition of {tool} changed after it was reviewed ({_what(change)})"


def _what(change: DefinitionChange) -> str:
    if change.before is None or change.after is None or change.offered is None:
        return "it cannot be pinned"
    said = []
    for kind in ("added", "removed", "changed"):
        paths = [one.path for one in argument_changes(change.before, change.after) if one.kind == kind]
        if paths:
            sayable = [f"`{path}`" for path in paths if _SAYABLE.fullmatch(path)][:_MOST_SAID]
            rest = len(paths) - len(sayable)
            words = [*sayable, *([f"{rest} more" if sayable else f"{rest}"] if rest else [])]
            said.append(f"argument{'s' * (len(paths) > 1)} {kind}: {', '.join(words)}")
    said += [f"`{part}` changed" for part in other_parts(change.before, change.after) if _SAYABLE.fullmatch(part)]
    return "; ".join(said[:4]) or "in what it says of its arguments"


def other_parts(before: Definition, after: Definition) -> tuple[str, ...]:
    """The top-level fields that differ, apart from the input schema."""
    names = before.keys() | after.keys()
    return tuple(sorted(name for name in names - {"inputSchema"} if before.get(name) != after.get(name)))


def argument_changes(before: Definition, after: Definition) -> tuple[ArgumentChange, ...]:
    """Every argument, however deep, that two definitions do not agree on, by path."""
    old, new = (dict(_arguments(one.get("inputSchema"), "")) for one in (before, after))
    found = []
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was == now:
            continue
        kind: Literal["added", "removed", "changed"] = "changed" if was and now else "added" if now else "removed"
        need = bool((now or was or ({}, False))[1])
        found.append(ArgumentChange(path, kind, was[0] if was else None, now[0] if now else None, need))
    return tuple(found)


def _arguments(schema: object, path: str, depth: int = 0) -> Iterator[tuple[str, tuple[dict[str, Any], bool]]]:
    """Each argument's path, with its schema less what lies deeper, and whether it is required."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return
    properties, required = schema.get("properties"), schema.get("required")
    for name, inner in properties.items() if isinstance(properties, Mapping) else ():
        at = f"{path}.{name}" if path else str(name)
        yield at, (_own(inner), isinstance(required, list) and name in required)
        yield from _arguments(inner, at, depth + 1)
    yield from _arguments(schema.get("items"), f"{path}[]", depth + 1)


def _own(schema: object) -> dict[str, Any]:
    if not isinstance(schema, Mapping):
        return {}
    deeper = {"properties", "required"} if "properties" in schema else set()
    items = schema.get("items")
    if isinstance(items, Mapping) and "properties" in items:
        deeper.add("items")
    return {key: value for key, value in schema.items() if key not in deeper}
