"""Arguments against a tool's input schema: unknown fields, wrong types and missing ones, in a sentence."""

from collections.abc import Mapping
from typing import Any, Final

import jsonschema_rs

_DEEPEST: Final = 32


class SchemaCheck:
    """A compiled input schema (JSON Schema 2020-12).

    Objects that list properties are closed: a field that the schema does not name is refused even where the schema
    forgot to say so. References outside the schema are never fetched.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._validator = jsonschema_rs.Draft202012Validator(
            close_objects(schema), pattern_options=jsonschema_rs.RegexOptions(), retriever=_refuse
        )

    def trouble(self, arguments: Mapping[str, object]) -> str | None:
        """What is wrong with the arguments, naming the field and never its value; None when nothing is."""
        error = next(self._validator.iter_errors(arguments), None)
        return None if error is None else _sentence(error)


def close_objects(schema: Any, depth: int = 0) -> Any:
    """The schema with `additionalProperties: false` wherever properties are listed and nothing was said.

    Objects that are composed (`allOf`, `$ref` and the like beside `properties`) get `unevaluatedProperties: false`
    instead, since closing one part would refuse the fields of another.
    """
    if isinstance(schema, list):
        return [close_objects(item, depth + 1) for item in schema]
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return schema
    closed = {key: close_objects(value, depth + 1) for key, value in schema.items() if key not in _LITERAL}
    closed |= {key: value for key, value in schema.items() if key in _LITERAL}
    if depth == 0 or isinstance(schema.get("properties"), dict):
        says = {"additionalProperties", "unevaluatedProperties", "patternProperties"} & schema.keys()
        composed = {"allOf", "anyOf", "oneOf", "if", "$ref", "$dynamicRef"} & schema.keys()
        open_top = depth == 0 and closed.get("additionalProperties") is True
        if (not says or open_top) and not (depth > 0 and _in_composition(schema)):
            closed["unevaluatedProperties" if composed else "additionalProperties"] = False
    return closed


def _refuse(uri: str) -> Any:
    raise ValueError(f"the tool schema refers to `{uri}`, which is outside itself")


_LITERAL: Final = frozenset({"const", "enum", "default", "examples"})


def _in_composition(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") != "object"


def _sentence(error: jsonschema_rs.ValidationError) -> str:
    where = ".".join(str(part) for part in error.instance_path) or "the arguments"
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    kind = error.kind
    names = getattr(kind, "unexpected", None)
    if names:
        listed = ", ".join(f"`{name}`" for name in sorted(names))
        return f"{where}: the tool has no argument {listed}; leave it out or check the spelling"
    if keyword == "required":
        return f"{where}: `{getattr(kind, 'property', '?')}` is missing; the tool requires it"
    words = {
        "type": "has the wrong type",
        "enum": "is not one of the allowed values",
        "const": "is not allowed",
    }
    return f"{where}: the value {words.get(keyword, f'breaks `{keyword}` of the tool schema')}"
