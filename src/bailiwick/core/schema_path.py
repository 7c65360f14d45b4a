"""Whether a JSON Schema knows an argument path."""

from collections.abc import Iterator, Mapping
from typing import Final

_DEPTH: Final = 32
Schema = Mapping[str, object]


def schema_has(schema: Schema, path: str) -> bool:
    """True when the schema names the path, or leaves an object on the way open.

    An object below the top is open where nothing lists its `properties`, and any object where
    `additionalProperties` is true or a schema. References are followed inside the document (`#/...`) only.
    """
    return _has(schema, schema, path.split("."), _DEPTH)


def schema_names(schema: Schema) -> list[str]:
    """The argument names at the top, for a did-you-mean."""
    return sorted({name for branch in _branches(schema, schema, _DEPTH) for name in _properties(branch)})


def _has(root: Schema, schema: Schema, parts: list[str], depth: int) -> bool:
    if not parts:
        return True
    branches = list(_branches(root, schema, depth))
    if any(_names(root, branch, parts, depth) for branch in branches):
        return True
    # INVARIANT: silence opens nothing at the top; an argument must be named to be limited.
    silent = not any("properties" in branch or "additionalProperties" in branch for branch in branches)
    objects = any(branch.get("type") in ("object", ["object", "null"]) for branch in branches)
    return schema is not root and silent and objects


def _names(root: Schema, branch: Schema, parts: list[str], depth: int) -> bool:
    first, rest = parts[0], parts[1:]
    properties, items = _properties(branch), branch.get("items")
    if first in properties:
        inner = properties[first]
        return _has(root, inner, rest, depth - 1) if isinstance(inner, Mapping) else inner is True
    if first.isdigit() and isinstance(items, Mapping):
        return _has(root, items, rest, depth - 1)
    more = branch.get("additionalProperties")
    return _has(root, more, rest, depth - 1) if isinstance(more, Mapping) else more is True


def _branches(root: Schema, schema: Schema, depth: int) -> Iterator[Schema]:
    """The schema itself and all it is joined from."""
    if depth <= 0:
        return
    yield schema
    target = _resolve(root, schema.get("$ref"))
    parts = [] if target is None else [target]
    for key in ("anyOf", "oneOf", "allOf"):
        joined = schema.get(key)
        parts += [part for part in joined if isinstance(part, Mapping)] if isinstance(joined, list) else []
    for part in parts:
        yield from _branches(root, part, depth - 1)


def _properties(schema: Schema) -> Schema:
    properties = schema.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _resolve(root: Schema, reference: object) -> Schema | None:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    value: object = root
    for part in reference[2:].split("/"):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part.replace("~1", "/").replace("~0", "~"))
    return value if isinstance(value, Mapping) else None
