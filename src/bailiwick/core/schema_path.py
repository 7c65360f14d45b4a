"""Whether a JSON Schema knows an argument path."""

from collections.abc import Iterator, Mapping
from typing import Final

_DEPTH: Final = 32


def schema_has(schema: Mapping[str, object], path: str) -> bool:
    """True when some branch of the schema names the path, or leaves the object on the way open.

    An object is open where the schema lists no `properties` at all, or gives `additionalProperties` a
    schema or true. References are followed inside the document (`#/...`) only.
    """
    return _has(schema, schema, path.split("."), _DEPTH)


def schema_names(schema: Mapping[str, object]) -> list[str]:
    """The argument names at the top, for a did-you-mean."""
    return sorted({name for branch in _branches(schema, schema, _DEPTH) for name in _properties(branch)})


def _has(root: Mapping[str, object], schema: Mapping[str, object], parts: list[str], depth: int) -> bool:
    if not parts:
        return True
    return any(_step(root, branch, parts, depth) for branch in _branches(root, schema, depth))


def _step(root: Mapping[str, object], branch: Mapping[str, object], parts: list[str], depth: int) -> bool:
    first, rest = parts[0], parts[1:]
    properties = _properties(branch)
    if first in properties:
        inner = properties[first]
        return _has(root, inner, rest, depth - 1) if isinstance(inner, Mapping) else inner is True
    items = branch.get("items")
    if first.isdigit() and isinstance(items, Mapping):
        return _has(root, items, rest, depth - 1)
    more = branch.get("additionalProperties")
    if isinstance(more, Mapping):
        return _has(root, more, rest, depth - 1)
    # INVARIANT: the root is never open by silence; an argument must be named to be limited.
    is_object = branch.get("type", "object") in ("object", ["object", "null"])
    return more is True or (branch is not root and is_object and more is None and not properties)


def _branches(
    root: Mapping[str, object], schema: Mapping[str, object], depth: int
) -> Iterator[Mapping[str, object]]:
    if depth <= 0:
        return
    target = _resolve(root, schema.get("$ref"))
    if target is not None:
        yield from _branches(root, target, depth - 1)
    parts = [part for key in ("anyOf", "oneOf", "allOf") for part in _parts(schema.get(key))]
    for part in parts:
        yield from _branches(root, part, depth - 1)
    if (target is None and not parts) or "properties" in schema or "additionalProperties" in schema:
        yield schema


def _parts(value: object) -> list[Mapping[str, object]]:
    return [part for part in value if isinstance(part, Mapping)] if isinstance(value, list | tuple) else []


def _properties(schema: Mapping[str, object]) -> Mapping[str, object]:
    properties = schema.get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _resolve(root: Mapping[str, object], reference: object) -> Mapping[str, object] | None:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    value: object = root
    for part in reference[2:].split("/"):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part.replace("~1", "/").replace("~0", "~"))
    return value if isinstance(value, Mapping) else None
