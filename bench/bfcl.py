"""Function documents and calls of the Berkeley Function Calling Leaderboard, as MCP tools and their arguments.

The data comes from the package `bfcl-eval` (Apache-2.0), pinned by version and hash, installed without what it depends
on into build/. Its documents are written for three languages; their types become those of JSON Schema here.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PINNED: Final = Path(__file__).parent / "bfcl.txt"
ROOT: Final = Path(__file__).resolve().parent.parent / "build" / "bfcl"
NON_LIVE: Final = ("simple_python", "simple_java", "simple_javascript", "multiple", "parallel", "parallel_multiple")
"""The categories whose questions have calls to answer them; `irrelevance` asks for none."""

_TYPES: Final[Mapping[str, str | None]] = {
    **dict.fromkeys(("dict", "object", "HashMap", "Hashtable"), "object"),
    **dict.fromkeys(("array", "tuple", "list", "Array", "ArrayList", "Set", "Queue", "Stack"), "array"),
    **dict.fromkeys(("float", "double", "number"), "number"),
    **dict.fromkeys(("integer", "int", "long", "short", "byte", "Bigint"), "integer"),
    **dict.fromkeys(("boolean", "bool", "Boolean"), "boolean"),
    **dict.fromkeys(("string", "str", "String", "char"), "string"),
    **dict.fromkeys(("any", ""), None),
}
_BY_NAME: Final = ("simple_java", "simple_javascript")
_COMPOUND: Final = ("array", "object")
_KEPT: Final = ("description", "enum", "default", "format", "minimum", "maximum")
_LEFT_OUT: Final = ""  # among acceptable values: the argument may be left out


@dataclass(frozen=True)
class Entry:
    """One question: the tools that are offered, and the calls that answer it (tool, arguments)."""

    id: str
    tools: tuple[Mapping[str, Any], ...]
    calls: tuple[tuple[str, Mapping[str, Any]], ...]


def install() -> Path:
    """The folder of the data; downloads it when build/ does not hold what is pinned."""
    stamp, digest = ROOT / "installed", hashlib.sha256(PINNED.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        quiet = ["-qq", "--disable-pip-version-check", "--no-input", "--upgrade"]
        exact = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
        pip = [sys.executable, "-m", "pip", "install", *quiet, *exact, "--target", str(ROOT), "-r", str(PINNED)]
        subprocess.run(pip, check=True)
        stamp.write_text(digest)
    return ROOT / "bfcl_eval" / "data"


def entries(data: Path) -> Iterator[Entry]:
    """Every question of the non-live categories that has an answer."""
    for name in NON_LIVE:
        asked = data / f"BFCL_v4_{name}.json"
        answers = {each["id"]: each["ground_truth"] for each in _lines(data / "possible_answer" / asked.name)}
        for question in _lines(asked):
            yield entry(question, answers[question["id"]], by_name=name in _BY_NAME)


def entry(question: Mapping[str, Any], answer: list[Mapping[str, Any]], *, by_name: bool = False) -> Entry:
    """A question and its answer: each argument is the first acceptable value that is not left out."""
    tools = {document["name"]: tool(document, by_name) for document in question["function"]}
    calls = []
    for call in answer:
        ((name, arguments),) = call.items()
        schema = tools[name]["inputSchema"] if name in tools else {}
        calls.append((name, _chosen(arguments, schema)))
    return Entry(question["id"], tuple(tools.values()), tuple(calls))


def tool(document: Mapping[str, Any], by_name: bool) -> dict[str, Any]:
    """A function document as the definition that an MCP server would send."""
    return {
        "name": document["name"],
        "description": document["description"],
        "inputSchema": schema(document["parameters"], by_name) | {"type": "object"},
    }


def schema(parameter: Mapping[str, Any], by_name: bool) -> dict[str, Any]:
    """The type of a parameter as JSON Schema; with `by_name` a text may stand for anything compound."""
    kind = _TYPES[parameter.get("type", "")]
    made: dict[str, Any] = {key: parameter[key] for key in _KEPT if key in parameter}
    if kind is not None:
        made["type"] = [kind, "string"] if by_name and kind in _COMPOUND else kind
    if isinstance(parameter.get("properties"), Mapping):
        made["properties"] = {name: schema(inner, by_name) for name, inner in parameter["properties"].items()}
    if parameter.get("required"):
        made["required"] = list(parameter["required"])
    if isinstance(parameter.get("items"), Mapping):
        made["items"] = schema(parameter["items"], by_name)
    return made


def _chosen(acceptable: Mapping[str, Any], within: Mapping[str, Any]) -> dict[str, Any]:
    properties, chosen = within.get("properties", {}), {}
    for name, values in acceptable.items():
        needed = name in within.get("required", ())
        kept = [value for value in values if needed or value != _LEFT_OUT] if isinstance(values, list) else [values]
        real = [value for value in kept if value != _LEFT_OUT] or kept
        if real:
            chosen[name] = _value(real[0], properties.get(name, {}))
    return chosen


def _value(value: Any, within: Mapping[str, Any]) -> Any:
    """Inside an object every value is again a list of acceptable ones."""
    if isinstance(value, dict):
        return _chosen(value, within)
    if isinstance(value, list):
        return [_value(item, within.get("items", {})) for item in value]
    return value


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
