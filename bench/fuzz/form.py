"""The two documents people write, each with its strategy, its reader, its schema and the words it knows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st

from bailiwick.core.catalogue_form import CatalogueError, parse_catalogue
from bailiwick.core.catalogue_schema import catalogue_schema
from bailiwick.core.charter import CharterError, parse_charter
from bailiwick.core.charter_schema import charter_schema
from bailiwick.flow.source import read_catalogue, read_charter
from bench.fuzz.draw_catalogue import DEFINITIONS, catalogues
from bench.fuzz.draw_charter import charters

Document = dict[str, Any]
Path = tuple[str | int, ...]
OPEN_KEYS = (
    "limits",
    "per_run",
    "per_day",
    "actions",
    "when",
    "classes",
    "arguments",
    "measures",
    "defaults",
    "expect",
    "objects",
)
"""Mappings whose keys are names of other things: that those exist is checked against a catalogue or a connector."""
CLOSED_WORDS = ("tier", "is", "else", "floor", "effect", "class", "zone", "days")
"""Keys whose value, where it is text, is one of a known set."""


@dataclass(frozen=True)
class Form:
    """How one kind of document is drawn, read and described."""

    name: str
    documents: st.SearchStrategy[Document]
    read: Callable[[bytes | str], tuple[object, Document, str]]
    parse: Callable[[Mapping[str, object]], object]
    refusal: type[Exception]
    schema: Any

    def keys(self, document: Document) -> list[Path]:
        """The path of every key that must be one of a known set."""
        return [path for path in _paths(document) if isinstance(path[-1], str) and self._closed(path)]

    def words(self, document: Document) -> list[Path]:
        """The path of every value that must be one of a known set of words."""
        return [path for path in _paths(document) if path[-1] in CLOSED_WORDS and isinstance(at(document, path), str)]

    def _closed(self, path: Path) -> bool:
        above = path[-2] if len(path) > 1 else None
        if above == "when" and self.name == "charter":
            return True
        return above not in OPEN_KEYS or (above == "arguments" and len(path) < 4)


def at(value: Any, path: Path) -> Any:
    """The part of a document at a path."""
    for step in path:
        value = value[step]
    return value


def _paths(value: Any, above: Path = ()) -> Iterator[Path]:
    steps: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*above, step)
        yield from _paths(inner, (*above, step))


def every_path(document: Document) -> list[Path]:
    """The path of every part below the top."""
    return list(_paths(document))


CHARTER = Form(
    "charter",
    charters(),
    read_charter,
    parse_charter,
    CharterError,
    jsonschema_rs.validator_for(charter_schema()),
)
CATALOGUE = Form(
    "catalogue",
    catalogues(),
    lambda text: read_catalogue(text, DEFINITIONS),
    lambda document: parse_catalogue(document, DEFINITIONS),
    CatalogueError,
    jsonschema_rs.validator_for(catalogue_schema()),
)
FORMS = (CHARTER, CATALOGUE)
