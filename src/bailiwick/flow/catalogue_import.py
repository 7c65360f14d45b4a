"""Importing a catalogue: what IT wrote about a connector's tools, pinned to the exact definitions it saw."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.look_alike import TOOL_NAME, looks_like
from bailiwick.core.refusal import Refusal
from bailiwick.flow.definition import named
from bailiwick.flow.policy import catalogue_document, read_catalogue_document
from bailiwick.flow.quarantine import Review, release
from bailiwick.flow.schema_check import SchemaCheck
from bailiwick.flow.source import read_catalogue
from bailiwick.ledger import canonical
from bailiwick.ports.store import Row, Shelf


@dataclass(frozen=True, slots=True)
class ReviewedCatalogue:
    """A catalogue ready to be put in force; `quarantined` are the tools that no action names.

    `pinned` are the digests of the reviewed definitions, `noted` the names that were offered beside them, and `held`
    the reviewed tools that stay pinned to what they were, because nobody has accepted what they have become.
    """

    connector: str
    source: str
    body: bytes
    digest: str
    reviewed: tuple[str, ...]
    quarantined: tuple[str, ...]
    pinned: Mapping[str, str]
    noted: tuple[str, ...]
    held: tuple[str, ...] = ()


def review(connector: str, source: str, definitions: list[dict[str, Any]]) -> ReviewedCatalogue:
    """Read a catalogue against the connector's own tool definitions; raises `SourceError` or `Refusal`."""
    try:
        return _review(connector, source, definitions)
    except canonical.CanonicalError as error:
        raise Refusal("invalid", f"the tool definitions of `{connector}` cannot be pinned: {error}") from error


def _review(connector: str, source: str, definitions: list[dict[str, Any]]) -> ReviewedCatalogue:
    catalogue, document = read_catalogue(source, definitions)[:2]
    if catalogue.connector != connector:
        raise Refusal("invalid", f"the catalogue is for connector `{catalogue.connector}`, not `{connector}`")
    reviewed = [definition for definition in definitions if definition.get("name") in catalogue.tools]
    for definition in reviewed:
        _check_schema(definition)
    body = catalogue_document(document, reviewed)
    read_catalogue_document(body)  # INVARIANT: what is put in force can be read back
    offered = tuple(sorted(named(definitions)))
    pinned = {name: tool.definition_digest for name, tool in catalogue.tools.items()}
    hidden = tuple(name for name in offered if name not in pinned)
    return ReviewedCatalogue(
        connector, source, body, canonical.digest(body), tuple(sorted(pinned)), hidden, pinned, offered
    )


def draft(connector: str, definitions: list[dict[str, Any]]) -> str:
    """A catalogue to start from, as YAML: every tool high until somebody has reviewed it."""
    lines = [
        f"connector: {connector}",
        "# review each tool: floor low | medium | high | never; delete what stays hidden",
    ]
    reviewable = [definition for definition in definitions if _reviewable(definition, definitions)]
    left = sorted({str(one.get("name"))[:80] for one in definitions} - {str(one["name"]) for one in reviewable})
    lines += [f"# cannot be reviewed under its name, so it stays hidden: {_quoted(name)}" for name in left]
    lines.append("actions:" if reviewable else "actions: {}")
    for definition in reviewable:
        hints = definition.get("annotations") or {}
        reads = isinstance(hints, Mapping) and hints.get("readOnlyHint") is True
        said = str(definition.get("description") or definition["name"]).strip().splitlines() or [""]
        lines += [
            f"  {connector}.{_action_word(definition['name'])}:",
            f"    tool: {definition['name']}",
            f"    says: {_quoted(said[0][:80] or definition['name'])}",
            "    floor: high",
            f"    effect: {'read' if reads else 'write'}",
            *(["    reads: internal"] if reads else []),
            f"    idempotent: {'true' if reads else 'false'}",
        ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class ImportCatalogue:
    """Put a reviewed catalogue in force. Calls prepared against the old one are prepared again.

    Tools whose present definition it pins leave quarantine; `note` says for the record what somebody found in them.
    """

    catalogue: ReviewedCatalogue
    by: str
    note: str = ""

    def step(self, shelf: Shelf) -> Row:
        new = self.catalogue
        row = shelf.get("connector", new.connector)
        if row is None:
            raise Refusal("unknown", f"there is no connector `{new.connector}`; add it first")
        shelf.put("document", {"id": new.digest, "kind": "catalogue", "body": new.body, "at_us": shelf.now_us})
        row |= {"catalogue": new.digest, "source": new.source, "definitions": orjson.dumps(new.noted).decode()}
        shelf.put("connector", row)
        data = {
            "connector": new.connector,
            "catalogue": new.digest,
            "reviewed": len(new.reviewed),
            "quarantined": len(new.quarantined),
        }
        shelf.append(Event(EventType.CATALOGUE_IMPORTED, Actor("person", self.by), data, documents=(new.digest,)))
        release(shelf, new.connector, new.pinned, new.noted, Review(self.by, self.note))
        return row


def _check_schema(definition: Mapping[str, Any]) -> None:
    name, schema = definition.get("name"), definition.get("inputSchema")
    if not isinstance(schema, Mapping):
        raise Refusal("invalid", f"tool `{name}` has no input schema, so its arguments cannot be checked")
    try:
        SchemaCheck(schema)
    except Exception as error:
        raise Refusal("invalid", f"the input schema of tool `{name}` cannot be used: {error}") from error


def _reviewable(definition: Mapping[str, Any], definitions: list[dict[str, Any]]) -> bool:
    """Whether a catalogue may name the tool: its name cannot be taken for another's."""
    name = definition.get("name")
    if not isinstance(name, str) or TOOL_NAME.fullmatch(name) is None:
        return False
    return not any(
        looks_like(str(one.get("name")), name) or (one.get("name") == name and one is not definition)
        for one in definitions
    )


def _action_word(tool: str) -> str:
    """A tool's name as the last part of an action name: lower case, words apart."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", tool)
    return re.sub(r"[^a-z0-9_-]+", "_", apart.lower()).strip("_") or "tool"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
