"""What a tool's input schema surely refuses, as requirements: calls that nobody can make tell no charters apart.

Only what is certain is taken: types, listed values, bounds, items, and arguments that must be there. Whatever else a
schema says can only refuse more, so leaving it out never hides a difference between two charters.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from bailiwick.core.language import Words
from bailiwick.core.path import ABSENT
from bailiwick.core.requirement import EVERY, Requirement, Shape
from bailiwick.core.schema_path import Schema

_DEPTH: Final = 16
_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "null", "array", "object"})
_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
# Where one of these stands, more or fewer keys may be allowed than `properties` lists.
_OPEN: Final = frozenset(
    {
        *("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas"),
        *("additionalProperties", "unevaluatedProperties", "patternProperties"),
    }
)


def schema_requirements(schema: Schema, paths: Iterable[str]) -> Iterator[Requirement]:
    """What the schema wants at each path, at everything on the way there, and of the arguments that must be there."""
    root = _Place(schema, (schema,))
    required = [(name,) for name in root.needs()]
    heads = (tuple(path.split(".")) for path in paths)
    wanted = [*required, *(parts[:count] for parts in heads for count in range(1, len(parts) + 1))]
    left, seen = list(wanted), set[tuple[str, ...]]()
    for parts in left:  # grows by what an object on the way must hold
        place = root.at(parts) if parts not in seen else None
        seen.add(parts)
        if place is not None:
            yield place.requirement(".".join(parts), parts in required)
            left += [(*parts, name) for name in (place.names() if parts in wanted else place.needs())]


@dataclass(frozen=True, slots=True)
class _Place:
    """The schemas that a value must all meet."""

    root: Schema
    schemas: tuple[Schema, ...]

    def at(self, parts: Sequence[str], depth: int = _DEPTH) -> "_Place | None":
        if not parts or depth <= 0:
            return self if depth > 0 else None
        kinds = self.kinds()
        for schema in self.schemas:
            listed = schema.get("properties")
            inner = listed.get(parts[0]) if isinstance(listed, Mapping) else None
            if parts[0].isdigit():
                # INVARIANT: a number names an item of a list or a key of an object; which one has to be certain
                inner = schema.get("items") if kinds == {"array"} else None if "array" in kinds else inner
            if isinstance(inner, Mapping):
                whole = _whole(self.root, inner, _DEPTH)
                return _Place(self.root, whole).at(parts[1:], depth - 1)
        return None

    def needs(self) -> list[str]:
        """Keys that an object here must have."""
        return [name for schema in self.schemas for name in _names(schema.get("required"))]

    def names(self) -> list[str]:
        """Keys that an object here may or must have, as far as they are named."""
        listed = [schema["properties"] for schema in self.schemas if isinstance(schema.get("properties"), Mapping)]
        return [*self.needs(), *(str(name) for names in listed if isinstance(names, Mapping) for name in names)]

    def kinds(self) -> frozenset[str]:
        """The JSON types that a value may have."""
        found = _TYPES
        for schema in self.schemas:
            found &= _kinds(self.root, schema, _DEPTH)
        return found

    def requirement(self, path: str, required: bool) -> Requirement:
        kinds, listed = self.kinds(), self._listed()
        bounds = [check for schema in self.schemas for check in _bounds(schema)]

        def holds(value: object) -> bool:
            if value is ABSENT:
                return not required
            fits = bool(_kinds_of(value) & kinds) and all(check(value) for check in bounds)
            return fits and (listed is None or any(type(value) is type(one) and value == one for one in listed))

        words = [one for one in listed or () if isinstance(one, str)]
        numbers = {int(one) for one in listed or () if type(one) is int}
        numbers |= {edge for schema in self.schemas for key in _BOUNDS for edge in _edges(schema.get(key))}
        text = EVERY if listed is None else Words(frozenset(words))
        return Requirement(
            path,
            holds,
            frozenset(numbers),
            text if "string" in kinds else None,
            self._list() if "array" in kinds and listed is None else None,
            self._object() if "object" in kinds and listed is None else None,
            samples=tuple(words),
        )

    def _listed(self) -> list[object] | None:
        """The only values there may be, where they are listed and simple."""
        for schema in self.schemas:
            listed = [schema["const"]] if "const" in schema else schema.get("enum")
            if isinstance(listed, list) and all(one is None or isinstance(one, str | int) for one in listed):
                return listed
        return None

    def _list(self) -> Shape:
        least = max((_count(schema.get("minItems"), 0) for schema in self.schemas), default=0)
        most = min((_count(schema.get("maxItems"), 1 << 53) for schema in self.schemas), default=1 << 53)
        items = next((one for schema in self.schemas if isinstance(one := schema.get("items"), Mapping)), None)
        if items is None or any("prefixItems" in schema for schema in self.schemas):
            return Shape(lambda size: least <= size <= most, frozenset({least, most}))
        each = _Place(self.root, _whole(self.root, items, _DEPTH)).requirement("", True)
        return Shape(lambda size: least <= size <= most, frozenset({least, most}), each)

    def _object(self) -> Shape:
        needs = frozenset(self.needs())
        listed = self.schemas[0].get("properties")
        # INVARIANT: only an object that is not joined from parts is sure to refuse the keys it does not list
        if len(self.schemas) > 1 or _OPEN & self.schemas[0].keys() or not isinstance(listed, Mapping):
            return Shape(needs=needs)
        keys = frozenset(str(key) for key in listed)
        return Shape(each=Requirement("", lambda key: key in keys, text=Words(keys)), needs=needs)


def _whole(root: Schema, schema: Schema, depth: int) -> tuple[Schema, ...]:
    """The schema and what it is joined from, all of which a value must meet."""
    if depth <= 0:
        return ()
    joined = schema.get("allOf")
    parts = [part for part in joined if isinstance(part, Mapping)] if isinstance(joined, list) else []
    target = _resolve(root, schema.get("$ref"))
    parts += [target] if target is not None else []
    return (schema, *(inner for part in parts for inner in _whole(root, part, depth - 1)))


def _kinds(root: Schema, schema: object, depth: int) -> frozenset[str]:
    """The types that one schema allows, apart from what it is joined from."""
    if not isinstance(schema, Mapping) or depth <= 0:
        return _TYPES
    named = schema.get("type")
    kinds = frozenset({named} if isinstance(named, str) else _names(named)) & _TYPES or _TYPES
    if "number" in kinds:
        kinds |= {"integer"}
    for key in ("anyOf", "oneOf"):
        choices = schema.get(key)
        if isinstance(choices, list) and choices:
            kinds &= frozenset[str]().union(*(_joined_kinds(root, choice, depth - 1) for choice in choices))
    return kinds


def _joined_kinds(root: Schema, schema: object, depth: int) -> frozenset[str]:
    found = _TYPES
    for part in _whole(root, schema, depth) if isinstance(schema, Mapping) else ():
        found &= _kinds(root, part, depth)
    return found


def _kinds_of(value: object) -> frozenset[str]:
    """The types that a value counts as."""
    match value:
        case bool():
            return frozenset({"boolean"})
        case int():
            return frozenset({"integer", "number"})
        case float():
            return frozenset({"number", "integer"} if value.is_integer() else {"number"})
        case str():
            return frozenset({"string"})
        case None:
            return frozenset({"null"})
    return frozenset({"object"} if isinstance(value, Mapping) else {"array"})


def _bounds(schema: Schema) -> Iterator[Callable[[object], bool]]:
    """Checks that a number keeps, and everything that is no number."""
    tests: Mapping[str, Callable[[float, float], bool]] = {
        "minimum": lambda value, edge: value >= edge,
        "maximum": lambda value, edge: value <= edge,
        "exclusiveMinimum": lambda value, edge: value > edge,
        "exclusiveMaximum": lambda value, edge: value < edge,
    }
    for key, test in tests.items():
        edge = schema.get(key)
        if isinstance(edge, int | float) and not isinstance(edge, bool):
            yield _numeric(test, edge)


def _numeric(test: Callable[[float, float], bool], edge: float) -> Callable[[object], bool]:
    return lambda value: isinstance(value, bool) or not isinstance(value, int | float) or test(value, edge)


def _edges(edge: object) -> tuple[int, ...]:
    return (floor(edge), ceil(edge)) if isinstance(edge, int | float) and abs(edge) < 1 << 53 else ()


def _count(value: object, usual: int) -> int:
    return value if type(value) is int else usual


def _names(value: object) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _resolve(root: Schema, reference: object) -> Schema | None:
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    value: object = root
    for part in reference[2:].split("/"):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part.replace("~1", "/").replace("~0", "~"))
    return value if isinstance(value, Mapping) else None
