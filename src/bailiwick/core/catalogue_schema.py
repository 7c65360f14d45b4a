"""The catalogue's form as a JSON Schema, for the editors of those who own the tools."""

from typing import Final

from bailiwick.core.action_name import ACTION
from bailiwick.core.catalogue_form import ACTION_KEYS, ARGUMENT_KINDS, EFFECTS, MEASURES, UNDO
from bailiwick.core.charter_schema import (
    DRAFT,
    PROSE,
    SCALAR,
    TEXT,
    Schema,
    choice,
    closed,
    defined,
    said,
    worded,
)
from bailiwick.core.custody_form import SIDES
from bailiwick.core.reading import COUNT, LARGEST, NAME
from bailiwick.core.tier import Tier


def catalogue_schema() -> Schema:
    """The schema of a catalogue, as plain JSON; that tools and arguments exist is said when it is imported."""
    return {
        "$schema": DRAFT,
        "title": "Bailiwick catalogue",
        "description": "What IT knows of one connector's tools.",
        **closed(
            {
                "connector": defined("name", "The connector these tools belong to."),
                "actions": {
                    "type": "object",
                    "propertyNames": worded(ACTION.pattern),
                    "additionalProperties": defined("entry"),
                    "description": "Disjoint actions, each a tool or a part of one.",
                },
            },
            ("connector", "actions"),
        ),
        "definitions": {"name": worded(NAME.pattern), "entry": _entry(), "measure": _measure(), "reads": _reads()},
    }


_SIZE: Final[Schema] = {
    "anyOf": [
        {"type": "integer", "minimum": 0, "maximum": LARGEST},
        {"type": "string", "pattern": f"^(?:{COUNT.pattern})$"},
    ]
}


def _values(description: str) -> Schema:
    return {"type": "object", "additionalProperties": SCALAR, "description": description}


def _measure() -> Schema:
    kinds = {kind: _SIZE if kind == "constant" else TEXT for kind in MEASURES}
    return {**closed(kinds), "minProperties": 1, "maxProperties": 1}


def _reads() -> Schema:
    table = closed(
        {
            "by": said(TEXT, "The argument that names what is read."),
            "classes": {"type": "object", "additionalProperties": defined("name"), "minProperties": 1},
            "all_when_absent": {"type": "boolean", "description": "Whether leaving it out reads everything."},
        },
        ("by", "classes"),
    )
    return {"anyOf": [defined("name"), table]}


def _undo() -> Schema:
    undo = closed({"class": choice(UNDO), "with": said(TEXT, "The action that makes it good.")}, ("class",))
    compensable = {"properties": {"class": {"const": "compensable"}}}
    return {**undo, "if": compensable, "then": {"required": ["with"]}}


def _confirm() -> Schema:
    anything: Schema = {"type": "object"}
    return closed(
        {
            "tool": said(TEXT, "Called after the write."),
            "arguments": said(anything, "Literals, or $path into the action's arguments."),
            "expect": {**anything, "minProperties": 1, "description": "What its structured result must show."},
        },
        ("tool", "arguments", "expect"),
        "Read back after a write.",
    )


def _before() -> Schema:
    return closed(
        {
            "tool": said(TEXT, "Called before the write and after it."),
            "arguments": said({"type": "object"}, "Literals, or $path into the action's arguments."),
            "at": said(TEXT, "Where in its structured result the values stand."),
            "only": said(TEXT, "The argument whose names are all that is kept of each object."),
        },
        ("tool", "arguments", "at"),
        "What to keep of how it was before.",
    )


def _objects() -> Schema:
    paths: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
    kind = {
        **closed(
            {
                "given": {**paths, "description": "Paths into the arguments."},
                "shown": {**paths, "description": "Paths into the structured result; * is every item."},
            }
        ),
        "minProperties": 1,
    }
    return {
        "type": "object",
        "additionalProperties": kind,
        "propertyNames": defined("name"),
        "description": "Where the ids of the things it touches stand, by kind.",
    }


def _subject() -> Schema:
    return closed(
        {
            "kind": defined("name", "What the person is to the business: contact, lead, employee."),
            "in": choice(SIDES, "Where they stand; the result is the structured one."),
            "each": said(TEXT, "Leads to a list of which each item is about one person."),
            "id": said(TEXT, "Leads to the id of the person (in the item, with each), or to a list of ids."),
            "parts": {"type": "array", "items": TEXT, "description": "Lead to more that belongs to these people."},
        },
        ("kind", "in", "id"),
    )


def _entry() -> Schema:
    known: Schema = {
        "tool": said(TEXT, "The tool's name, as the connector sends it."),
        "when": _values("The arguments that make the tool this action."),
        "says": said(PROSE, "A fragment for sentences: may <says>."),
        "floor": choice(tuple(tier.word for tier in Tier), "No charter goes below it; high if left out."),
        "effect": choice(EFFECTS),
        "reads": defined("reads", "The class of the data it shows, or a table by field."),
        "sends": defined("name", "The class of the data that leaves."),
        "arguments": {"type": "object", "additionalProperties": choice(ARGUMENT_KINDS)},
        "measures": {
            "type": "object",
            "additionalProperties": defined("measure"),
            "propertyNames": defined("name"),
            "description": "How big a call is; money (usd, eur) in whole micros.",
        },
        "defaults": _values("Filled in where the agent leaves them out."),
        "undo": _undo(),
        "idempotent": {"type": "boolean", "description": "Whether the same call twice does it only once."},
        "confirm": _confirm(),
        "objects": _objects(),
        "before": _before(),
        "subjects": {
            "type": "array",
            "minItems": 1,
            "items": _subject(),
            "description": "Where people stand in the arguments and the result, so that they can be forgotten.",
        },
    }
    entry = closed({key: known[key] for key in ACTION_KEYS}, ("tool", "says", "effect"))
    reads = {"if": {"properties": {"effect": {"const": "read"}}}, "then": {"required": ["reads"]}}
    sends = {"if": {"properties": {"effect": {"const": "send"}}}, "then": {"required": ["sends"]}}
    return {**entry, "allOf": [reads, sends]}
