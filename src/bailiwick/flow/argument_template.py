"""Arguments to start from: what a tool needs and what a charter limits, filled with values that would be kept."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.limit import Limit, Op
from bailiwick.core.path import ABSENT, look, with_value

DEEPEST: Final = 4
ANY: Final = "example"
_FORMATS: Final = {
    "email": "name@acme.example",
    "uri": "https://acme.example/",
    "date": "2026-11-22",
    "date-time": "2026-11-22T09:00:00Z",
    "time": "09:00",
}
_PATTERN: Final = str.maketrans({"#": "1", "?": "a", "*": "1"})


def argument_template(
    schema: Mapping[str, Any], entry: ActionEntry | None, limits: Iterable[Limit] = ()
) -> dict[str, object]:
    """Arguments that mean the action: the required ones, those it is told by, and those that matter to the charter."""
    limits = tuple(limits)
    named = {limit.argument for limit in limits if limit.op is not Op.FORBIDDEN} | _mattering(entry)
    found: dict[str, object] = {}
    for name, part in _properties(schema).items():
        if name in schema.get("required", ()) or any(path.partition(".")[0] == name for path in named):
            found[name] = _value(part, 0)
    values: dict[str, object] = {}
    for limit in limits:
        kept = _kept(limit, look(found, limit.argument), _part(schema, limit.argument))
        if kept is not ABSENT:
            values[limit.argument] = kept
    for path, value in {**values, **(entry.when if entry else {})}.items():
        if entry is None or path not in entry.measures or path in _properties(schema):
            found = _put(found, path, value)
    return found


def _mattering(entry: ActionEntry | None) -> set[str]:
    if entry is None:
        return set()
    measured = {how.of for how in entry.measures.values() if isinstance(how.of, str)}
    return measured | set(entry.when) | ({entry.reads.by} if entry.reads and entry.reads.by else set())


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, Mapping) else {}


def _value(schema: Any, depth: int) -> object:
    """One value that the schema describes, as far as it says."""
    if not isinstance(schema, Mapping):
        return ANY
    for key in ("const", "default"):
        if key in schema and schema[key] is not None:
            return schema[key]
    for key in ("enum", "examples"):
        if schema.get(key):
            return schema[key][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return _value(next((one for one in schema[key] if one.get("type") != "null"), schema[key][0]), depth)
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), None) if isinstance(kind, list) else kind
    if kind == "object" and depth < DEEPEST:
        wanted = schema.get("required", ())
        return {name: _value(part, depth + 1) for name, part in _properties(schema).items() if name in wanted}
    if kind == "array" and depth < DEEPEST:
        return [_value(schema.get("items"), depth + 1)]
    numbers = {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "boolean": False}
    others: dict[str, object] = {**numbers, "object": {}, "array": [], "null": None}
    return others.get(str(kind), _FORMATS.get(str(schema.get("format")), ANY))


def _part(schema: Any, path: str) -> Any:
    """The schema of an argument, where it says so by plain properties."""
    for name in path.split("."):
        schema = _properties(schema).get(name) if isinstance(schema, Mapping) else None
    return schema


def _kept(limit: Limit, value: object, schema: Any) -> object:
    """A value that keeps the limit, shaped as the template's; ABSENT where any value will do."""
    choices = limit.value if isinstance(limit.value, tuple) else ()
    listed = isinstance(value, list)
    if limit.op is Op.ONE_OF:
        return choices[0]
    if limit.op is Op.ONLY:
        return (
            list(choices)
            if listed or not isinstance(value, Mapping)
            else {str(choices[0]): _value(_part(schema, str(choices[0])), 1)}
        )
    if limit.op is Op.DOMAIN:
        address = f"https://{choices[0]}/" if "url" in limit.argument else f"name@{choices[0]}"
        return [address] if listed else address
    if limit.op is Op.STARTS_WITH:
        return f"{choices[0]}…"
    if limit.op is Op.MATCHES:
        return str(choices[0]).translate(_PATTERN)
    if limit.op in (Op.MAX, Op.MIN) and isinstance(limit.value, int):
        return limit.value
    return ABSENT


def _put(found: dict[str, object], path: str, value: object) -> dict[str, object]:
    try:
        return with_value(found, path, value)
    except ValueError:
        return found  # something that is no object stands in the way
