"""Request headers that mirror the body in the 2026-07-28 revision (`Mcp-Name`, `Mcp-Param-*`)."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_PLAIN = re.compile(r"[\x20-\x7E]*")
_SENTINEL = re.compile(r"=\?base64\?.*\?=")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_MIRRORED_TYPES = frozenset({"string", "integer", "boolean"})

HeaderPlan = tuple[tuple[tuple[str, ...], str], ...]
"""Pairs of an argument's path and the header that mirrors it."""


def header_value(text: str) -> str:
    """`text` as a header carries it: plain where that survives a round trip, else `=?base64?…?=`."""
    if _PLAIN.fullmatch(text) and text == text.strip() and not _SENTINEL.fullmatch(text):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode('ascii')}?="


def header_plans(definitions: Iterable[Mapping[str, Any]]) -> dict[str, HeaderPlan]:
    """Which arguments of which tools are mirrored, from the `x-mcp-header` annotations.

    An annotation counts only on a string, integer or boolean reached through `properties` alone. A tool with
    an invalid annotation gets no headers: a conforming server checks none for it either.
    """
    plans: dict[str, HeaderPlan] = {}
    for definition in definitions:
        name, schema = definition.get("name"), definition.get("inputSchema")
        if not isinstance(name, str) or not isinstance(schema, dict):
            continue
        found = list(_annotations(schema))
        tokens = [token.lower() for _, token, valid in found if valid]
        if found and len(tokens) == len(found) == len(set(tokens)):
            plans[name] = tuple((path, f"Mcp-Param-{token}") for path, token, _ in found)
    return plans


def _annotations(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str, bool]]:
    stack: list[tuple[tuple[str, ...], Any]] = [((), schema)]
    while stack:
        path, node = stack.pop()
        if not isinstance(node, dict):
            continue
        if "x-mcp-header" in node:
            token, kind = node["x-mcp-header"], node.get("type")
            named = isinstance(token, str) and _TOKEN.fullmatch(token) is not None
            typed = isinstance(kind, str) and kind in _MIRRORED_TYPES
            yield path, str(token), bool(path) and named and typed
        properties = node.get("properties")
        if isinstance(properties, dict):
            stack.extend(((*path, key), value) for key, value in properties.items())


def param_headers(plan: HeaderPlan, arguments: bytes) -> dict[str, str]:
    """The `Mcp-Param-*` headers of one call; an absent or null argument gets none.

    Numbers are read with Python's own parser so that an integer of any size is written back digit by digit.
    """
    document = json.loads(arguments)
    headers: dict[str, str] = {}
    for path, header in plan:
        value = document
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, bool):
            headers[header] = "true" if value else "false"
        elif isinstance(value, str | int | float):
            headers[header] = header_value(str(value))
    return headers
