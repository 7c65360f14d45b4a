"""Which OCSF class each event of the record is, as https://schema.ocsf.io/1.3.0 has them in categories 3 and 6."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from bailiwick.core.event import EventType

VERSION: Final = "1.3.0"
CATEGORIES: Final[Mapping[int, str]] = {
    0: "Uncategorized",
    3: "Identity & Access Management",
    6: "Application Activity",
}


class OcsfClass(IntEnum):
    """The classes in use, by `class_uid`; the thousands are the category."""

    BASE_EVENT = 0
    ACCOUNT_CHANGE = 3001
    AUTHENTICATION = 3002
    ENTITY_MANAGEMENT = 3004
    APPLICATION_LIFECYCLE = 6002
    API_ACTIVITY = 6003

    @property
    def caption(self) -> str:
        """Its name in the schema."""
        return self.name.replace("_", " ").title().replace("Api", "API")


ACTIVITIES: Final[Mapping[OcsfClass, Mapping[int, str]]] = {
    OcsfClass.BASE_EVENT: {99: "Other"},
    OcsfClass.ACCOUNT_CHANGE: {1: "Create", 2: "Enable", 5: "Disable", 99: "Other"},
    OcsfClass.AUTHENTICATION: {1: "Logon", 99: "Other"},
    OcsfClass.ENTITY_MANAGEMENT: {
        1: "Create",
        3: "Update",
        4: "Delete",
        8: "Enable",
        9: "Disable",
        10: "Activate",
        11: "Deactivate",
        12: "Suspend",
        13: "Resume",
        99: "Other",
    },
    OcsfClass.APPLICATION_LIFECYCLE: {3: "Start", 4: "Stop", 99: "Other"},
    OcsfClass.API_ACTIVITY: {1: "Create", 2: "Read", 3: "Update", 4: "Delete", 99: "Other"},
}
"""`activity_id` and its caption, as far as it is used."""

INFORMATIONAL, LOW, MEDIUM = 1, 2, 3
SEVERITIES: Final[Mapping[int, str]] = {INFORMATIONAL: "Informational", LOW: "Low", MEDIUM: "Medium"}
UNKNOWN, SUCCESS, FAILURE, OTHER = 0, 1, 2, 99
STATUSES: Final[Mapping[int, str]] = {UNKNOWN: "Unknown", SUCCESS: "Success", FAILURE: "Failure"}
BY_EFFECT: Final[Mapping[str, int]] = {"read": 2, "write": 3}
"""`activity_id` of a call, by the effect that the catalogue gives its action; any other is 99."""


@dataclass(frozen=True, slots=True)
class OcsfEvent:
    """How an event is told. `activity` None reads it from the action's effect; `status` names the one that is 99."""

    kind: OcsfClass
    activity: int | None = 99
    severity: int = INFORMATIONAL
    status_id: int = SUCCESS
    status: str = ""


_entity, _call = OcsfClass.ENTITY_MANAGEMENT, OcsfClass.API_ACTIVITY
_account, _app = OcsfClass.ACCOUNT_CHANGE, OcsfClass.APPLICATION_LIFECYCLE

OCSF_EVENTS: Final[Mapping[str, OcsfEvent]] = {
    EventType.INSTALLATION_STARTED: OcsfEvent(_app, 3),
    EventType.INSTALLATION_DECLARED: OcsfEvent(_entity, 3),
    EventType.SERVER_STOPPED: OcsfEvent(_app, 4),
    EventType.SERVER_LOST: OcsfEvent(_app, 4, MEDIUM, FAILURE),
    EventType.SERVER_RETURNED: OcsfEvent(_app, 3),
    EventType.PERSON_ADDED: OcsfEvent(_account, 1),
    EventType.PERSON_CHANGED: OcsfEvent(_account),
    EventType.PERSON_SIGNED_IN: OcsfEvent(OcsfClass.AUTHENTICATION, 1),
    EventType.AGENT_ENROLLED: OcsfEvent(_account, 1),
    EventType.AGENT_REVOKED: OcsfEvent(_account, 5, MEDIUM),
    EventType.TOKEN_ISSUED: OcsfEvent(OcsfClass.AUTHENTICATION),
    EventType.CONNECTOR_ADDED: OcsfEvent(_entity, 1),
    EventType.CONNECTOR_CHANGED: OcsfEvent(_entity, 3),
    EventType.CATALOGUE_IMPORTED: OcsfEvent(_entity, 3),
    EventType.TOOL_QUARANTINED: OcsfEvent(_entity, 12, MEDIUM),
    EventType.TOOL_REVIEWED: OcsfEvent(_entity, 13),
    EventType.CHARTER_PROPOSED: OcsfEvent(_entity, 1),
    EventType.CHARTER_SECONDED: OcsfEvent(_entity),
    EventType.CHARTER_WITHDRAWN: OcsfEvent(_entity, 4),
    EventType.CHARTER_PUBLISHED: OcsfEvent(_entity, 10),
    EventType.CHARTER_TAGGED: OcsfEvent(_entity, 3),
    EventType.TRIAL_PROPOSED: OcsfEvent(_entity, 1),
    EventType.TRIAL_STARTED: OcsfEvent(_entity, 10),
    EventType.TRIAL_CHANGED: OcsfEvent(_entity, 3),
    EventType.TRIAL_STOPPED: OcsfEvent(_entity, 11),
    EventType.TRIAL_PROMOTED: OcsfEvent(_entity, 10),
    EventType.BEHAVIOUR_REGISTERED: OcsfEvent(_entity, 1),
    EventType.BEHAVIOUR_TESTED: OcsfEvent(_entity),
    EventType.BEHAVIOUR_ACTIVATED: OcsfEvent(_entity, 10),
    EventType.RUN_OPENED: OcsfEvent(_call, 1),
    EventType.RUN_ENDED: OcsfEvent(_call),
    EventType.RUN_ATTESTED: OcsfEvent(_call, 1),
    EventType.ACTION_DENIED: OcsfEvent(_call, None, LOW, FAILURE),
    EventType.ACTION_DENIALS_COUNTED: OcsfEvent(_call, 99, MEDIUM, FAILURE),
    EventType.ACTION_ASKED: OcsfEvent(_call, None, INFORMATIONAL, OTHER, "Asked"),
    EventType.ACTION_INTENDED: OcsfEvent(_call, None, INFORMATIONAL, OTHER, "Intended"),
    EventType.ACTION_SUCCEEDED: OcsfEvent(_call, None),
    EventType.ACTION_FAILED: OcsfEvent(_call, None, LOW, FAILURE),
    EventType.ACTION_UNKNOWN: OcsfEvent(_call, None, MEDIUM, UNKNOWN),
    EventType.ACTION_RECONCILED: OcsfEvent(_call),
    EventType.APPROVAL_OPENED: OcsfEvent(_entity, 1),
    EventType.APPROVAL_VOTED: OcsfEvent(_entity, 3),
    EventType.APPROVAL_APPROVED: OcsfEvent(_entity, 8),
    EventType.APPROVAL_DENIED: OcsfEvent(_entity, 9),
    EventType.APPROVAL_EXPIRED: OcsfEvent(_entity, 9),
    EventType.SUBJECT_ERASED: OcsfEvent(_entity, 4, MEDIUM),
    EventType.RETENTION_SET: OcsfEvent(_entity, 3),
    EventType.RECORD_PRUNED: OcsfEvent(_entity, 4),
    EventType.RECORD_BUNDLED: OcsfEvent(_entity),
    EventType.HALT_SET: OcsfEvent(_entity, 12, MEDIUM),
    EventType.HALT_LIFTED: OcsfEvent(_entity, 13),
    EventType.ANCHOR_ADDED: OcsfEvent(_entity, 1),
    EventType.ANCHOR_CHANGED: OcsfEvent(_entity, 3),
    EventType.ANCHOR_REMOVED: OcsfEvent(_entity, 4),
    EventType.RECORD_ANCHORED: OcsfEvent(_app),
}
"""Every event; a test fails when one is missing."""

STRANGE: Final = OcsfEvent(OcsfClass.BASE_EVENT)
"""An event of a later version, which this one does not know."""
