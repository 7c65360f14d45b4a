"""A leaf as a flat row of typed columns: what tables in other tools are made of. Each is read from the leaf alone."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import orjson

ColumnKind = Literal["count", "word", "id", "time", "words"]
"""`word` repeats often, `id` hardly ever; `time` is UTC microseconds; `words` is a list of text."""
Pick = Callable[[Mapping[str, Any]], Any]


def _top(name: str) -> Pick:
    return lambda leaf: leaf.get(name)


def _data(name: str) -> Pick:
    return lambda leaf: leaf["data"].get(name)


def _payload(name: str) -> Pick:
    return lambda leaf: leaf.get("payload", {}).get(name)


def _agent(leaf: Mapping[str, Any]) -> Any:
    actor = leaf["actor"]
    return actor["id"] if actor["kind"] == "agent" else leaf["data"].get("agent")


COLUMNS: Final[Mapping[str, tuple[ColumnKind, Pick]]] = {
    "id": ("id", _top("id")),
    "time": ("time", _top("at_us")),
    "type": ("word", _top("type")),
    "actor_kind": ("word", lambda leaf: leaf["actor"]["kind"]),
    "actor": ("word", lambda leaf: leaf["actor"]["id"]),
    "agent": ("word", _agent),
    "run": ("id", _top("run")),
    "action": ("id", _top("action")),
    "name": ("word", _data("name")),
    "connector": ("word", _data("connector")),
    "tool": ("word", _data("tool")),
    "verdict": ("word", _data("verdict")),
    "tier": ("word", _data("tier")),
    "code": ("word", _data("code")),
    "rules": ("words", _data("rules")),
    "charter": ("word", _data("charter")),
    "catalogue": ("word", _data("catalogue")),
    "approval": ("id", _data("approval")),
    "evidence": ("word", _data("evidence")),
    "outcome": ("word", _data("outcome")),
    "scope": ("word", _data("scope")),
    "effect": ("word", _data("effect")),
    "reads": ("words", _data("reads")),
    "sends": ("word", _data("sends")),
    "payload": ("id", _payload("commitment")),
    "payload_size": ("count", _payload("size")),
}
"""The columns in their order. New ones are only added, last: readers of old files know their names."""

_TYPES: Final[Mapping[ColumnKind, type]] = {"count": int, "word": str, "id": str, "time": int, "words": list}


def leaf_row(body: bytes) -> tuple[Any, ...]:
    """The values of `COLUMNS`; None where the leaf has none, or has one of another kind."""
    leaf = read_event(body)
    if leaf is None:
        return (None,) * len(COLUMNS)
    return tuple(_kept(kind, pick(leaf)) for kind, pick in COLUMNS.values())


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


def _kept(kind: ColumnKind, value: Any) -> Any:
    if type(value) is not _TYPES[kind]:
        return None
    return value if not isinstance(value, list) or all(type(item) is str for item in value) else None
