"""The service desk: tickets, incidents, configuration items and knowledge articles."""

import sqlite3
from collections.abc import Mapping

from bailiwick.demo.company import cabinet, desk_data
from bailiwick.demo.company.cabinet import Document
from bailiwick.demo.company.tool import RefusedCallError, Tool
from bailiwick.demo.company.vendor import Vendor

KINDS = ("ticket", "incident", "configuration_item", "article")
QUEUES = ("triage", "hardware", "network", "access", "web")

_RECORD_TYPE: Document = {"type": "string", "enum": list(KINDS)}
_ID: Document = {"type": "string", "minLength": 1, "maxLength": 64}
_TITLE: Document = {"type": "string", "minLength": 1, "maxLength": 200}
_TEXT: Document = {"type": "string", "maxLength": 20_000}
_PERSON: Document = {"type": "string", "maxLength": 254, "pattern": r"^[^@\s,]+@[^@\s,]+$"}
_PRIORITY: Document = {"type": "string", "enum": ["low", "medium", "high"]}
_QUEUE: Document = {"type": "string", "enum": list(QUEUES)}
_CHANGES: Document = {
    "title": _TITLE,
    "description": _TEXT,
    "body": _TEXT,
    "status": {"type": "string", "enum": ["open", "in_progress", "resolved", "closed", "draft", "published"]},
    "priority": _PRIORITY,
    "queue": _QUEUE,
    "assignee": _PERSON,
}
_SETTINGS: Document = {
    "max_connections": {"type": "integer", "minimum": 1, "maximum": 10_000},
    "log_level": {"type": "string", "enum": ["error", "info", "debug"]},
    "tls_min": {"type": "string", "enum": ["1.2", "1.3"]},
}


def _record(db: sqlite3.Connection, kind: str, key: str) -> Document:
    found = cabinet.fetch(db, kind, [key])
    if key not in found:
        raise RefusedCallError(f"there is no {kind} `{key}`; `search` finds those there are")
    return found[key]


def _search(db: sqlite3.Connection, arguments: Document) -> Document:
    kinds = [arguments["record_type"]] if "record_type" in arguments else KINDS
    words = arguments["query"].lower().split()
    hits = [
        {"record_type": kind, "id": key, "title": document["title"], "status": document.get("status")}
        for kind in kinds
        for key, document in cabinet.find(db, kind, {}, limit=10_000)
        if all(word in str(document).lower() for word in words)
    ]
    return {"total": len(hits), "records": hits[: arguments.get("limit", 20)]}


def _get_record(db: sqlite3.Connection, arguments: Document) -> Document:
    kind, key = arguments["record_type"], arguments["id"]
    return {"record_type": kind, "id": key, "record": _record(db, kind, key)}


def _create_ticket(db: sqlite3.Connection, arguments: Document) -> Document:
    ticket = {"queue": "triage", "priority": "medium", **arguments}
    key = desk_data.add(db, "ticket", "tkt", ticket)
    return {"record_type": "ticket", "id": key, "queue": ticket["queue"], "status": "open"}


def _update_record(db: sqlite3.Connection, arguments: Document) -> Document:
    kind, key, changes = arguments["record_type"], arguments["id"], arguments["changes"]
    before = _record(db, kind, key)
    for name in changes:
        if name not in before:
            raise RefusedCallError(f"a {kind} has no `{name}`; it has {', '.join(sorted(before))}")
    cabinet.put(db, kind, key, before | changes)
    return {"record_type": kind, "id": key, "before": {name: before[name] for name in changes}, **changes}


def _change_configuration(db: sqlite3.Connection, arguments: Document) -> Document:
    key = arguments["ci"]
    item = _record(db, "configuration_item", key)
    before = item["settings"]
    item["settings"] = before | arguments["settings"]
    cabinet.put(db, "configuration_item", key, item)
    return {"ci": key, "before": before, "settings": item["settings"]}


def _add_comment(db: sqlite3.Connection, arguments: Document) -> Document:
    kind, key = arguments["record_type"], arguments["id"]
    record = _record(db, kind, key)
    record["comments"].append(arguments["text"])
    cabinet.put(db, kind, key, record)
    return {"record_type": kind, "id": key, "comments": len(record["comments"])}


def _grant_access(db: sqlite3.Connection, arguments: Document) -> Document:
    key = f"{arguments['person']}/{arguments['system']}"
    cabinet.put(db, "access", key, arguments)
    return arguments


TOOLS = (
    Tool(
        name="search",
        title="Search records",
        description="Records that contain every word of the query: id, title and status of each.",
        properties={
            "query": {"type": "string", "maxLength": 200},
            "record_type": _RECORD_TYPE,
            "limit": {"type": "integer", "minimum": 1, "maximum": 200, "default": 20},
        },
        required=("query",),
        act=_search,
        read_only=True,
    ),
    Tool(
        name="get_record",
        title="Get a record",
        description="One record with its comments; a configuration item also with its approved baseline.",
        properties={"record_type": _RECORD_TYPE, "id": _ID},
        required=("record_type", "id"),
        act=_get_record,
        read_only=True,
    ),
    Tool(
        name="create_ticket",
        title="Create a ticket",
        description="Open a ticket in a queue.",
        properties={
            "title": _TITLE,
            "description": _TEXT,
            "queue": _QUEUE,
            "priority": _PRIORITY,
            "requester": _PERSON,
        },
        required=("title", "description"),
        act=_create_ticket,
    ),
    Tool(
        name="update_record",
        title="Update a record",
        description="Change fields of a ticket, incident, configuration item or article.",
        properties={
            "record_type": _RECORD_TYPE,
            "id": _ID,
            "changes": {
                "type": "object",
                "properties": _CHANGES,
                "additionalProperties": False,
                "minProperties": 1,
            },
        },
        required=("record_type", "id", "changes"),
        act=_update_record,
        destructive=True,
        idempotent=True,
    ),
    Tool(
        name="change_configuration",
        title="Change a configuration",
        description="Apply settings to a running system at once.",
        properties={
            "ci": {"type": "string", "pattern": "^ci-[a-z0-9-]+$", "maxLength": 64},
            "settings": {
                "type": "object",
                "properties": _SETTINGS,
                "additionalProperties": False,
                "minProperties": 1,
            },
            "change_ticket": {
                "type": "string",
                "pattern": "^tkt-[0-9]+$",
                "description": "the approved change",
            },
        },
        required=("ci", "settings"),
        act=_change_configuration,
        destructive=True,
        idempotent=True,
    ),
    Tool(
        name="add_comment",
        title="Add a comment",
        description="Append a comment to a record.",
        properties={"record_type": _RECORD_TYPE, "id": _ID, "text": _TEXT},
        required=("record_type", "id", "text"),
        act=_add_comment,
    ),
    Tool(
        name="grant_access",
        title="Grant access",
        description="Give a person a role in a system.",
        properties={
            "person": _PERSON,
            "system": {"type": "string", "enum": ["crm", "email", "ads", "desk"]},
            "role": {"type": "string", "enum": ["reader", "editor", "admin"]},
        },
        required=("person", "system", "role"),
        act=_grant_access,
        destructive=True,
        idempotent=True,
    ),
)


def vendor(_environment: Mapping[str, str]) -> Vendor:
    """The desk, which needs no setting of its own."""
    instructions = "Tickets, incidents, configuration items and knowledge articles of Acme."
    return Vendor("desk", instructions, desk_data.seed, TOOLS)
