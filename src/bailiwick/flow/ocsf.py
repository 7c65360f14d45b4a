"""Events as OCSF: what security tools read. Pure: the same event gives the same bytes.

`raw_data` is the exact leaf, whose hash is in `unmapped.leaf_hash`; what OCSF has no name for stays in `unmapped`.
"""

from collections.abc import Mapping
from typing import Any, Final

from bailiwick.flow.cloud_event import moment_text, subject_of
from bailiwick.flow.export_event import ExportEvent
from bailiwick.flow.ocsf_class import (
    ACTIVITIES,
    BY_EFFECT,
    CATEGORIES,
    FAILURE,
    OCSF_EVENTS,
    SEVERITIES,
    STATUSES,
    STRANGE,
    SUCCESS,
    VERSION,
    OcsfClass,
    OcsfEvent,
)
from bailiwick.ledger.merkle import leaf_hash

PRODUCT: Final = {"name": "Bailiwick", "vendor_name": "Bailiwick"}
_USERS: Final = {"person": (1, "User"), "agent": (99, "Agent"), "system": (3, "System")}
Leaf = Mapping[str, Any]


def ocsf_event(told: ExportEvent) -> dict[str, Any]:
    """One event. Its payload, where it was asked for, stands in `unmapped`."""
    leaf = told.event.leaf
    how = OCSF_EVENTS.get(leaf["type"], STRANGE)
    activity = how.activity if how.activity is not None else BY_EFFECT.get(leaf["data"].get("effect", ""), 99)
    status, status_text = _status(how, leaf)
    document: dict[str, Any] = {
        "category_uid": how.kind // 1000,
        "category_name": CATEGORIES[how.kind // 1000],
        "class_uid": int(how.kind),
        "class_name": how.kind.caption,
        "activity_id": activity,
        "activity_name": ACTIVITIES[how.kind][activity] if activity != 99 else _verb(leaf),
        "type_uid": how.kind * 100 + activity,
        "type_name": f"{how.kind.caption}: {ACTIVITIES[how.kind][activity]}",
        "severity_id": how.severity,
        "severity": SEVERITIES[how.severity],
        "status_id": status,
        "status": status_text,
        "time": leaf["at_us"] // 1000,
        "timezone_offset": 0,
        "message": f"{leaf['type']} {subject_of(leaf)}",
        "metadata": _metadata(told),
        "raw_data": told.event.body.decode(),
        "unmapped": _unmapped(told),
    }
    if leaf["data"].get("code"):
        document["status_code"] = leaf["data"]["code"]
    if leaf["type"] == "action.denials_counted":
        document["count"] = leaf["data"]["count"]
    return document | _own(how.kind, leaf)


def _verb(leaf: Leaf) -> str:
    """An activity that has no number of its own is named by what happened, as the schema asks."""
    return str(leaf["type"]).partition(".")[2].replace("_", " ").capitalize() or "Other"


def _status(how: OcsfEvent, leaf: Leaf) -> tuple[int, str]:
    status = how.status_id
    if leaf["type"] == "action.reconciled":
        status = SUCCESS if leaf["data"]["outcome"] == "succeeded" else FAILURE
    elif leaf["type"] == "behaviour.tested":
        status = SUCCESS if leaf["data"]["passed"] else FAILURE
    return status, how.status or STATUSES[status]


def _metadata(told: ExportEvent) -> dict[str, Any]:
    leaf = told.event.leaf
    metadata = {
        "version": VERSION,
        "product": PRODUCT,
        "uid": leaf["id"],
        "event_code": leaf["type"],
        "log_name": told.origin,
        "log_provider": "bailiwick",
        "log_version": leaf["schema"],
        "original_time": moment_text(leaf["at_us"]),
        "sequence": told.event.index,
    }
    return metadata | ({"correlation_uid": leaf["run"]} if leaf.get("run") else {})


def _unmapped(told: ExportEvent) -> dict[str, Any]:
    found: dict[str, Any] = {"leaf_hash": leaf_hash(told.event.body).hex()}
    if told.payload is not None:
        found["payload"] = told.payload
    if told.erased:
        found["erased"] = True
    return found


# ------------------------------------------------------------------------------ what a class demands of its own


def _own(kind: OcsfClass, leaf: Leaf) -> dict[str, Any]:
    actor = leaf["actor"]
    match kind:
        case OcsfClass.API_ACTIVITY:
            return {"actor": _actor(leaf), "api": _api(leaf), "src_endpoint": {"svc_name": actor["id"]}}
        case OcsfClass.AUTHENTICATION:
            return {"actor": _actor(leaf), "user": _user(actor["kind"], actor["id"]), "service": {"name": "bailiwick"}}
        case OcsfClass.ACCOUNT_CHANGE:
            return {"actor": _actor(leaf), "user": _changed(leaf)}
        case OcsfClass.ENTITY_MANAGEMENT:
            return {"actor": _actor(leaf), "entity": _entity(leaf)}
        case OcsfClass.APPLICATION_LIFECYCLE:
            version = leaf["data"].get("version")
            return {"app": PRODUCT | ({"version": version} if version else {}) | _uid(leaf["data"].get("server"))}
        case OcsfClass.BASE_EVENT:
            return {}


def _uid(name: object) -> dict[str, Any]:
    return {"uid": name} if name else {}


def _user(kind: str, name: str) -> dict[str, Any]:
    number, caption = _USERS.get(kind, (0, "Unknown"))
    return {"uid": name, "type_id": number, "type": caption} | ({} if kind == "person" else {"name": name})


def _actor(leaf: Leaf) -> dict[str, Any]:
    kind, name = leaf["actor"]["kind"], leaf["actor"]["id"]
    actor: dict[str, Any] = {"user": _user(kind, name)}
    if kind == "agent":
        actor |= {"app_name": name, "app_uid": name}
    if leaf.get("run"):
        actor["session"] = {"uid": leaf["run"]}
    return actor


def _changed(leaf: Leaf) -> dict[str, Any]:
    """Whose account changed: a person's, or the one that an agent has."""
    data = leaf["data"]
    if str(leaf["type"]).startswith("agent."):
        return _user("agent", data["name"])
    return _user("person", data.get("person") or leaf["actor"]["id"])


def _api(leaf: Leaf) -> dict[str, Any]:
    data = leaf["data"]
    called = data.get("name") or data.get("tool")
    api: dict[str, Any] = {"operation": called or leaf["type"]}
    if data.get("connector"):
        api["service"] = {"name": data["connector"]}
    if leaf.get("action"):
        api["request"] = {"uid": leaf["action"]}
    return api


def _entity(leaf: Leaf) -> dict[str, Any]:
    noun, data = str(leaf["type"]).partition(".")[0], leaf["data"]
    subject = subject_of(leaf)
    entity = {"type": noun, "uid": subject, "name": subject}
    version = data.get(noun) if noun in ("charter", "catalogue") else data.get("charter")
    return entity | ({"version": version} if isinstance(version, str) else {})
