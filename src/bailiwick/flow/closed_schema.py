"""A tool's input schema with every object closed: a field that the schema does not name is no field of the tool.

JSON Schema lets unknown fields pass unless it is told otherwise, and most tools do not tell. An object that is joined
from parts (`allOf`, `$ref`, `if` and the like) is closed where the parts meet, since closing one part would refuse the
fields of another. An object that names no fields at all takes any: it is meant to.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_DEEPEST: Final = 64
# Keywords that hold schemas, by how they hold them; whatever else stands in a schema is a value and left alone.
_MAPS: Final = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
# INVARIANT: `not`, `if` and `contains` ask and do not demand; a stricter question there would let more through.
_ONES: Final = ("additionalProperties", "unevaluatedProperties", "items", "unevaluatedItems", "then", "else")
_JOINED: Final = frozenset({"allOf", "anyOf", "oneOf", "dependentSchemas", "then", "else", "$defs", "definitions"})
"""Where a schema is a part of the one around it, or of one that refers to it."""
_REFERENCES: Final = ("$ref", "$dynamicRef")
_PARTS: Final = ("allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", *_REFERENCES)
_SAYS: Final = frozenset({"additionalProperties", "unevaluatedProperties", "patternProperties"})
Schema = Mapping[str, Any]


def close_objects(schema: Schema) -> dict[str, Any]:
    """The schema with `additionalProperties` or `unevaluatedProperties` false wherever fields are listed.

    At the top that holds whatever the schema says: an argument must be named to be governed.
    """
    return _Closing(schema).closed(schema, top=True)


class _Closing:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._anchors = {anchor: part for part in _every(root, 0) for anchor in _anchors(part)}

    def closed(self, schema: Schema, *, top: bool = False, joined: bool = False, depth: int = 0) -> dict[str, Any]:
        """`joined` says that the schema around this one, or one that refers to it, does the closing."""
        made: dict[str, Any] = dict(schema)
        if depth > _DEEPEST:
            return made
        closes = top or (not joined and self._lists(schema, set()) and not self._only_choices(schema))
        parts_closed = closes or joined
        for key in _MAPS:
            if isinstance(schema.get(key), Mapping):
                held = schema[key].items()
                made[key] = {name: self._inner(key, value, parts_closed, depth) for name, value in held}
        for key in _LISTS:
            if isinstance(schema.get(key), list):
                made[key] = [self._inner(key, value, parts_closed, depth) for value in schema[key]]
        for key in _ONES:
            if key in schema:
                made[key] = self._inner(key, schema[key], parts_closed, depth)
        if closes and (not _SAYS & schema.keys() or (top and made.get("additionalProperties") is True)):
            composed = any(key in schema for key in _PARTS)
            made.pop("additionalProperties", None)
            made["unevaluatedProperties" if composed else "additionalProperties"] = False
        return made

    def _inner(self, key: str, value: Any, parts_closed: bool, depth: int) -> Any:
        if not isinstance(value, Mapping):
            return value
        joined = key in _JOINED and (parts_closed or key in ("$defs", "definitions"))
        return self.closed(value, joined=joined, depth=depth + 1)

    def _only_choices(self, schema: Schema) -> bool:
        """A choice between whole objects, each of which closes itself: another choice may take any field."""
        others = ("properties", "allOf", "if", "dependentSchemas", *_REFERENCES)
        return not any(key in schema for key in others)

    def _lists(self, schema: Schema, seen: set[int]) -> bool:
        """Whether the schema, or a part of it, names fields. A reference that leads nowhere is taken to."""
        if id(schema) in seen:
            return False
        seen.add(id(schema))
        if isinstance(schema.get("properties"), Mapping):
            return True
        parts: list[Any] = [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key) or ()]
        parts += [schema[key] for key in ("if", "then", "else") if key in schema]
        parts += (schema.get("dependentSchemas") or {}).values()
        if any(isinstance(part, Mapping) and self._lists(part, seen) for part in parts):
            return True
        targets = [self._target(schema[key]) for key in _REFERENCES if key in schema]
        return any(target is None or self._lists(target, seen) for target in targets)

    def _target(self, reference: object) -> Schema | None:
        if not isinstance(reference, str) or not reference.startswith("#"):
            return None
        if not reference.startswith("#/"):
            return self._anchors.get(reference[1:]) if reference != "#" else self._root
        found: Any = self._root
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, Mapping):
                found = found.get(name)
            elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            else:
                return None
        return found if isinstance(found, Mapping) else None


def _every(schema: Any, depth: int) -> Iterator[Schema]:
    """The schema and every schema inside it."""
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return
    yield schema
    for key in _MAPS:
        for part in (schema.get(key) or {}).values() if isinstance(schema.get(key), Mapping) else ():
            yield from _every(part, depth + 1)
    for key in _LISTS:
        for part in schema.get(key) or () if isinstance(schema.get(key), list) else ():
            yield from _every(part, depth + 1)
    for key in _ONES:
        yield from _every(schema.get(key), depth + 1)


def _anchors(schema: Schema) -> list[str]:
    return [schema[key] for key in ("$anchor", "$dynamicAnchor") if isinstance(schema.get(key), str)]
