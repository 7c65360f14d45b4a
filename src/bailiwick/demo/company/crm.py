"""The CRM: a few coarse tools over many object types, the way large vendors ship them."""

import sqlite3
from collections.abc import Iterable, Mapping
from functools import partial

from bailiwick.demo.company import cabinet, crm_data
from bailiwick.demo.company.cabinet import Document
from bailiwick.demo.company.tool import RefusedCallError, Tool
from bailiwick.demo.company.vendor import Vendor

FIELDS: dict[str, tuple[str, ...]] = {
    "contacts": (
        "name",
        "email",
        "phone",
        "segment",
        "language",
        "company",
        "consent",
        "credit_limit",
        "owner",
        "status",
    ),
    "campaigns": ("name", "status", "subject", "body", "budget", "owner"),
    "segments": ("name", "description"),
    "companies": ("name", "domain", "city", "size"),
}
_PREFIX = {"contacts": "con", "campaigns": "cmp", "segments": "seg", "companies": "com"}

_OBJECT_TYPE: Document = {"type": "string", "enum": list(FIELDS), "description": "which kind of object"}
_IDS: Document = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 64},
    "minItems": 1,
    "maxItems": 10_000,
    "uniqueItems": True,
}
_TEXT: Document = {"type": "string", "maxLength": 20_000}
_PROPERTIES: Document = {
    "type": "object",
    "description": "field values; only fields of the object type",
    "properties": {
        **{name: _TEXT for fields in FIELDS.values() for name in fields},
        "email": {"type": "string", "maxLength": 254, "pattern": r"^[^@\s,]+@[^@\s,]+$"},
        "language": {"type": "string", "enum": ["en", "es", "de", "pt"]},
        "consent": {"type": "boolean"},
        "credit_limit": {"type": "integer", "minimum": 0, "description": "whole euros"},
        "budget": {"type": "integer", "minimum": 0, "description": "micros: millionths of a euro"},
        "size": {"type": "integer", "minimum": 0},
        "status": {
            "type": "string",
            "enum": ["new", "assigned", "customer", "lost", "draft", "approved", "running", "ended"],
        },
    },
    "additionalProperties": False,
    "minProperties": 1,
}
_WHERE: Document = {
    "type": "object",
    "description": "only objects whose fields have exactly these values",
    "properties": {
        "segment": {"type": "string"},
        "language": {"type": "string"},
        "status": {"type": "string"},
        "owner": {"type": ["string", "null"]},
        "consent": {"type": "boolean"},
    },
    "additionalProperties": False,
}


def _needs(operation: str, required: Iterable[str], refused: Iterable[str]) -> Document:
    """The arguments that go with one operation of `manage_objects`."""
    return {
        "if": {"properties": {"operation": {"const": operation}}, "required": ["operation"]},
        "then": {"required": list(required), "properties": dict.fromkeys(refused, False)},
    }


def _query(db: sqlite3.Connection, arguments: Document) -> Document:
    kind = arguments["object_type"]
    fields = arguments.get("fields") or list(FIELDS[kind])
    _known_fields(kind, fields)
    limit, offset = arguments.get("limit", 50), arguments.get("offset", 0)
    where = arguments.get("where", {})
    if "ids" in arguments:
        found = _present(db, kind, arguments["ids"])
        rows = [
            (key, found[key])
            for key in arguments["ids"]
            if all(found[key].get(name) == value for name, value in where.items())
        ]
        total, rows = len(rows), rows[offset : offset + limit]
    else:
        total = cabinet.count(db, kind, where)
        rows = cabinet.find(db, kind, where, limit, offset)
    records = [{"id": key} | {name: document[name] for name in fields} for key, document in rows]
    return {"object_type": kind, "total": total, "count": len(records), "records": records}


def _manage_objects(db: sqlite3.Connection, arguments: Document) -> Document:
    kind, operation = arguments["object_type"], arguments["operation"]
    if operation == "create":
        ids = [_create(db, kind, record) for record in arguments["records"]]
    else:
        ids = arguments["ids"]
        found = _present(db, kind, ids)
        if operation == "delete":
            cabinet.remove(db, kind, ids)
        else:
            _known_fields(kind, arguments["properties"])
            for key, document in found.items():
                cabinet.put(db, kind, key, document | arguments["properties"])
    return {"object_type": kind, "operation": operation, "count": len(ids), "ids": ids}


def _create(db: sqlite3.Connection, kind: str, record: Mapping[str, object]) -> str:
    _known_fields(kind, record)
    key = f"{_PREFIX[kind]}-{cabinet.next_number(db, _PREFIX[kind]):04}"
    cabinet.put(db, kind, key, dict.fromkeys(FIELDS[kind]) | dict(record))
    return key


def _assign_lead(db: sqlite3.Connection, arguments: Document) -> Document:
    key, owner = arguments["contact_id"], arguments["owner"]
    contact = _present(db, "contacts", [key])[key]
    if owner not in crm_data.SALES:
        raise RefusedCallError(f"`{owner}` sells nothing; leads go to {', '.join(crm_data.SALES)}")
    cabinet.put(db, "contacts", key, contact | {"owner": owner, "status": "assigned"})
    return {"contact_id": key, "owner": owner, "status": "assigned"}


def _count_segment(db: sqlite3.Connection, arguments: Document) -> Document:
    segment = arguments["segment"]
    _present(db, "segments", [segment])
    return {"segment": segment, "count": cabinet.count(db, "contacts", {"segment": segment})}


def _export_contacts(db: sqlite3.Connection, arguments: Document) -> Document:
    rows = cabinet.find(db, "contacts", {"segment": arguments["segment"]}, limit=crm_data.CONTACTS)
    fields = FIELDS["contacts"]
    lines = [",".join(["id", *fields])]
    lines += [",".join([key, *(str(document[name]) for name in fields)]) for key, document in rows]
    return {"segment": arguments["segment"], "count": len(rows), "csv": "\n".join(lines)}


def _known_fields(kind: str, fields: Iterable[str]) -> None:
    for name in fields:
        if name not in FIELDS[kind]:
            raise RefusedCallError(f"{kind} have no field `{name}`; they have {', '.join(FIELDS[kind])}")


def _present(db: sqlite3.Connection, kind: str, ids: list[str]) -> dict[str, Document]:
    found = cabinet.fetch(db, kind, ids)
    for key in ids:
        if key not in found:
            raise RefusedCallError(f"there is no `{key}` among the {kind}")
    return found


_tool = partial(Tool, required=("object_type",))

TOOLS = (
    _tool(
        name="query",
        title="Query objects",
        description="Read contacts, campaigns, segments or companies; every field unless `fields` says.",
        properties={
            "object_type": _OBJECT_TYPE,
            "ids": _IDS,
            "where": _WHERE,
            "fields": {
                "type": "array",
                "items": {"type": "string", "enum": sorted({f for names in FIELDS.values() for f in names})},
                "minItems": 1,
                "uniqueItems": True,
            },
            "limit": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 50},
            "offset": {"type": "integer", "minimum": 0, "default": 0},
        },
        act=_query,
        read_only=True,
    ),
    _tool(
        name="manage_objects",
        title="Create, update or delete objects",
        description="Change many objects: `create` takes records, `update` ids and properties, `delete` ids.",
        properties={
            "object_type": _OBJECT_TYPE,
            "operation": {"type": "string", "enum": ["create", "update", "delete"]},
            "ids": _IDS,
            "properties": _PROPERTIES,
            "records": {"type": "array", "items": _PROPERTIES, "minItems": 1, "maxItems": 1_000},
        },
        required=("object_type", "operation"),
        conditions=(
            _needs("create", ["records"], ["ids", "properties"]),
            _needs("update", ["ids", "properties"], ["records"]),
            _needs("delete", ["ids"], ["records", "properties"]),
        ),
        act=_manage_objects,
        destructive=True,
    ),
    _tool(
        name="assign_lead",
        title="Assign a lead",
        description="Give a contact to a salesperson and mark it as assigned.",
        properties={
            "contact_id": {"type": "string", "pattern": "^con-[0-9]+$"},
            "owner": {"type": "string", "maxLength": 254, "description": "the salesperson's e-mail address"},
        },
        required=("contact_id", "owner"),
        act=_assign_lead,
        idempotent=True,
    ),
    _tool(
        name="count_segment",
        title="Count a segment",
        description="How many contacts a segment holds now.",
        properties={"segment": {"type": "string", "maxLength": 64}},
        required=("segment",),
        act=_count_segment,
        read_only=True,
    ),
    _tool(
        name="export_contacts",
        title="Export contacts",
        description="Every field of every contact of a segment, as one CSV text.",
        properties={"segment": {"type": "string", "maxLength": 64}},
        required=("segment",),
        act=_export_contacts,
        read_only=True,
    ),
)


def vendor(_environment: Mapping[str, str]) -> Vendor:
    """The CRM, which needs no setting of its own."""
    return Vendor("crm", "Contacts, campaigns, segments and companies of Acme.", crm_data.seed, TOOLS)
