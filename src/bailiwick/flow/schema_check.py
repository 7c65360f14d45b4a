"""Arguments against a tool's input schema: unknown fields, wrong types and missing ones, in a sentence."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from bailiwick.flow.closed_schema import close_objects


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


def _refuse(uri: str) -> Any:
    raise ValueError(f"the tool schema refers to `{uri}`, which is outside itself")


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
