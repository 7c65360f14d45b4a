"""A leaf as a flat row of typed columns: what tables in other tools are made of. Each is read from the leaf alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

ColumnKind = Literal["count", "word", "id", "time", "words"]
"""`word` repeats often, `id` hardly ever; `time` is UTC microseconds; `words` is a list of text."""
LeafPart = Literal["leaf", "actor", "data", "payload"]


@dataclass(frozen=True, slots=True)
class LeafColumn:
    """A column, and the field that it is: `key` in the leaf itself, its actor, its data or what it says of its payload.

    The one exception is `agent`, which is also the actor when that is an agent.
    """

    name: str
    kind: ColumnKind
    place: LeafPart
    key: str


def _data(*names: str) -> tuple[LeafColumn, ...]:
    return tuple(LeafColumn(name, "word", "data", name) for name in names)


COLUMNS: Final[tuple[LeafColumn, ...]] = (
    LeafColumn("id", "id", "leaf", "id"),
    LeafColumn("time", "time", "leaf", "at_us"),
    LeafColumn("type", "word", "leaf", "type"),
    LeafColumn("actor_kind", "word", "actor", "kind"),
    LeafColumn("actor", "word", "actor", "id"),
    LeafColumn("agent", "word", "data", "agent"),
    LeafColumn("run", "id", "leaf", "run"),
    LeafColumn("action", "id", "leaf", "action"),
    *_data("name", "connector", "tool", "verdict", "tier", "code"),
    LeafColumn("rules", "words", "data", "rules"),
    *_data("charter", "catalogue"),
    LeafColumn("approval", "id", "data", "approval"),
    *_data("evidence", "outcome", "scope", "effect"),
    LeafColumn("reads", "words", "data", "reads"),
    *_data("sends"),
    LeafColumn("payload", "id", "payload", "commitment"),
    LeafColumn("payload_size", "count", "payload", "size"),
)
"""The columns in their order. New ones are only added, last: readers of old files know their names."""

_TYPES: Final[Mapping[ColumnKind, type]] = {"count": int, "word": str, "id": str, "time": int, "words": list}
_FIELDS: Final = tuple((column.place, column.key) for column in COLUMNS)
_KINDS: Final = tuple(_TYPES[column.kind] for column in COLUMNS)
_AGENT: Final = [column.name for column in COLUMNS].index("agent")
_LISTS: Final = tuple(at for at, kind in enumerate(_KINDS) if kind is list)


def leaf_row(body: bytes) -> tuple[Any, ...]:
    """The values of `COLUMNS`; None where the leaf has none, or has one of another kind."""
    leaf = read_event(body)
    if leaf is None:
        return (None,) * len(COLUMNS)
    parts = {"leaf": leaf, "actor": leaf["actor"], "data": leaf["data"], "payload": leaf.get("payload", {})}
    row = [parts[place].get(key) for place, key in _FIELDS]
    if leaf["actor"]["kind"] == "agent":
        row[_AGENT] = leaf["actor"]["id"]
    row = [value if type(value) is kind else None for value, kind in zip(row, _KINDS, strict=True)]
    for at in _LISTS:
        if row[at] is not None and not all(type(item) is str for item in row[at]):
            row[at] = None
    return tuple(row)


def read_event(body: bytes) -> Mapping[str, Any] | None:
    """The leaf as JSON; None when it is no event."""
    try:
        leaf = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(leaf, dict):
        return None
    actor, data, payload = leaf.get("actor"), leaf.get("data"), leaf.get("payload", {})
    if not (isinstance(actor, dict) and isinstance(data, dict) and isinstance(payload, dict)):
        return None
    return leaf if {"kind", "id"} <= actor.keys() else None
