"""Events: what the record can say. A tag is forever; fields are only added, last, with a default.

A leaf holds ids, tags, digests and counts, never a person's data, an argument or a secret: those go to the payload
that the leaf commits to. `EVENT_FIELDS` is checked on append, so an event that does not fit blocks its action.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

SCHEMA = "bailiwick.event/1"


class EventType(StrEnum):
    """Every event, as `noun.verb`."""

    INSTALLATION_STARTED = "installation.started"
    INSTALLATION_DECLARED = "installation.declared"
    PERSON_ADDED = "person.added"
    PERSON_CHANGED = "person.changed"
    PERSON_SIGNED_IN = "person.signed_in"
    CONNECTOR_ADDED = "connector.added"
    CONNECTOR_CHANGED = "connector.changed"
    CATALOGUE_IMPORTED = "catalogue.imported"
    TOOL_QUARANTINED = "tool.quarantined"
    TOOL_REVIEWED = "tool.reviewed"
    CHARTER_PROPOSED = "charter.proposed"
    CHARTER_SECONDED = "charter.seconded"
    CHARTER_WITHDRAWN = "charter.withdrawn"
    CHARTER_PUBLISHED = "charter.published"
    CHARTER_TAGGED = "charter.tagged"
    TRIAL_PROPOSED = "trial.proposed"
    TRIAL_STARTED = "trial.started"
    TRIAL_CHANGED = "trial.changed"
    TRIAL_STOPPED = "trial.stopped"
    TRIAL_PROMOTED = "trial.promoted"
    AGENT_ENROLLED = "agent.enrolled"
    AGENT_REVOKED = "agent.revoked"
    TOKEN_ISSUED = "token.issued"  # noqa: S105  # an event tag, not a secret
    BEHAVIOUR_REGISTERED = "behaviour.registered"
    BEHAVIOUR_TESTED = "behaviour.tested"
    BEHAVIOUR_ACTIVATED = "behaviour.activated"
    RUN_OPENED = "run.opened"
    RUN_ENDED = "run.ended"
    RUN_ATTESTED = "run.attested"
    ACTION_DENIED = "action.denied"
    ACTION_DENIALS_COUNTED = "action.denials_counted"
    ACTION_ASKED = "action.asked"
    ACTION_INTENDED = "action.intended"
    ACTION_SUCCEEDED = "action.succeeded"
    ACTION_FAILED = "action.failed"
    ACTION_UNKNOWN = "action.unknown"
    ACTION_RECONCILED = "action.reconciled"
    APPROVAL_OPENED = "approval.opened"
    APPROVAL_VOTED = "approval.voted"
    APPROVAL_APPROVED = "approval.approved"
    APPROVAL_DENIED = "approval.denied"
    APPROVAL_EXPIRED = "approval.expired"
    HALT_SET = "halt.set"
    HALT_LIFTED = "halt.lifted"
    SUBJECT_ERASED = "subject.erased"
    RETENTION_SET = "retention.set"
    RECORD_PRUNED = "record.pruned"
    RECORD_BUNDLED = "record.bundled"
    ANCHOR_ADDED = "anchor.added"
    ANCHOR_CHANGED = "anchor.changed"
    ANCHOR_REMOVED = "anchor.removed"
    RECORD_ANCHORED = "record.anchored"
    SERVER_STOPPED = "server.stopped"
    SERVER_LOST = "server.lost"
    SERVER_RETURNED = "server.returned"


class EventError(ValueError):
    """An event that does not fit its type; the message names the field."""


DECISION_FIELDS = {
    "verdict": str,
    "rules": list,
    "charter": str,
    "catalogue": str,
    "tool": str,
    "connector": str,
}
OUTCOME_FIELDS = {"evidence": str, "tool": str, "connector": str}

EVENT_FIELDS: Mapping[EventType, Mapping[str, type]] = {
    EventType.INSTALLATION_STARTED: {"version": str, "unsettled": int},
    EventType.INSTALLATION_DECLARED: {"mode": str},
    EventType.PERSON_ADDED: {"roles": list},
    EventType.PERSON_CHANGED: {"roles": list, "active": bool},
    EventType.PERSON_SIGNED_IN: {"by": str},
    EventType.CONNECTOR_ADDED: {"connector": str, "transport": str},
    EventType.CONNECTOR_CHANGED: {"connector": str, "change": str},
    EventType.CATALOGUE_IMPORTED: {"connector": str, "catalogue": str, "reviewed": int, "quarantined": int},
    EventType.TOOL_QUARANTINED: {"connector": str, "tool": str, "change": str},
    EventType.TOOL_REVIEWED: {"connector": str, "tool": str, "change": str},
    EventType.CHARTER_PROPOSED: {"name": str, "charter": str, "relation": str},
    EventType.CHARTER_SECONDED: {"name": str, "charter": str},
    EventType.CHARTER_WITHDRAWN: {"name": str, "charter": str},
    EventType.CHARTER_PUBLISHED: {"name": str, "charter": str, "version": int, "relation": str},
    EventType.CHARTER_TAGGED: {"name": str, "charter": str, "tag": str},
    EventType.TRIAL_PROPOSED: {"name": str, "charter": str, "kind": str, "percent": int},
    EventType.TRIAL_STARTED: {"name": str, "charter": str, "kind": str, "percent": int},
    EventType.TRIAL_CHANGED: {"name": str, "charter": str, "percent": int},
    EventType.TRIAL_STOPPED: {"name": str, "charter": str},
    EventType.TRIAL_PROMOTED: {"name": str, "charter": str, "version": int},
    EventType.AGENT_ENROLLED: {"name": str, "charter_name": str, "key": str},
    EventType.AGENT_REVOKED: {"name": str, "epoch": int},
    EventType.TOKEN_ISSUED: {"expires_us": int},
    EventType.BEHAVIOUR_REGISTERED: {"behaviour": str, "number": int},
    EventType.BEHAVIOUR_TESTED: {"behaviour": str, "passed": bool},
    EventType.BEHAVIOUR_ACTIVATED: {"behaviour": str, "number": int},
    EventType.RUN_OPENED: {"workflow": str, "declared": bool},
    EventType.RUN_ENDED: {"outcome": str},
    EventType.RUN_ATTESTED: {"attestation": str, "size": int},
    EventType.ACTION_DENIED: {**DECISION_FIELDS, "code": str},
    EventType.ACTION_DENIALS_COUNTED: {"count": int, "minute_us": int},
    EventType.ACTION_ASKED: {**DECISION_FIELDS, "tier": str, "approval": str},
    EventType.ACTION_INTENDED: {**DECISION_FIELDS, "tier": str},
    EventType.ACTION_SUCCEEDED: OUTCOME_FIELDS,
    EventType.ACTION_FAILED: OUTCOME_FIELDS,
    EventType.ACTION_UNKNOWN: OUTCOME_FIELDS,
    EventType.ACTION_RECONCILED: {"outcome": str, "was": str},
    EventType.APPROVAL_OPENED: {"approval": str, "slots": list, "expires_us": int},
    EventType.APPROVAL_VOTED: {"approval": str, "vote": str, "slot": str},
    EventType.APPROVAL_APPROVED: {"approval": str, "use_by_us": int},
    EventType.APPROVAL_DENIED: {"approval": str},
    EventType.APPROVAL_EXPIRED: {"approval": str},
    EventType.HALT_SET: {"scope": str},
    EventType.HALT_LIFTED: {"scope": str},
    EventType.SUBJECT_ERASED: {"subject": str, "kind": str, "segments": int, "events": int},
    EventType.RETENTION_SET: {"class": str, "keep_days": int, "most_days": int},
    EventType.RECORD_PRUNED: {"class": str, "until_us": int, "payloads": int},
    EventType.RECORD_BUNDLED: {"manifest": str, "size": int, "files": int},
    EventType.ANCHOR_ADDED: {"place": str, "kind": str},
    EventType.ANCHOR_CHANGED: {"place": str, "kind": str},
    EventType.ANCHOR_REMOVED: {"place": str, "kind": str},
    EventType.RECORD_ANCHORED: {"place": str, "kind": str, "anchor": str, "size": int},
    EventType.SERVER_STOPPED: {"server": str, "unsettled": int},
    EventType.SERVER_LOST: {"server": str, "unsettled": int},
    EventType.SERVER_RETURNED: {"server": str},
}
"""The fields that each event must carry in `data`, with their types."""

MORE_FIELDS: Mapping[str, type] = {
    "agent": str,
    "name": str,
    "parent": str,
    "requester": str,
    "person": str,
    "approval": str,
    "solo": bool,
    "behaviour": str,
    "server": str,
    "effect": str,
    "reads": list,
    "sends": str,
}
"""What any event may add, all of it ids and names of the catalogue; nothing else enters a leaf."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: `kind` is agent, person or system."""

    kind: str
    id: str


SYSTEM = Actor("system", "bailiwick")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `documents` are digests of charters and catalogues that the event relies on."""

    type: EventType
    actor: Actor
    data: Mapping[str, object]
    run: str | None = None
    action: str | None = None
    documents: tuple[str, ...] = ()

    def leaf(self, event_id: str, at_us: int, payload: Mapping[str, object] | None) -> dict[str, object]:
        """The leaf of the log as canonical JSON values; raises `EventError` when a required field does not fit."""
        self.check()
        leaf: dict[str, object] = {
            "schema": SCHEMA,
            "id": event_id,
            "at_us": at_us,
            "type": self.type.value,
            "actor": {"kind": self.actor.kind, "id": self.actor.id},
            "data": dict(self.data),
        }
        if self.run:
            leaf["run"] = self.run
        if self.action:
            leaf["action"] = self.action
        if self.documents:
            leaf["documents"] = list(self.documents)
        if payload:
            leaf["payload"] = dict(payload)
        return leaf

    def check(self) -> None:
        """Raise `EventError` unless every required field is there, no unlisted one is, and each has its exact type."""
        required = EVENT_FIELDS[self.type]
        for name in required:
            if name not in self.data:
                raise EventError(f"event `{self.type.value}` lacks `{name}`")
        for name, value in self.data.items():
            kind = required.get(name) or MORE_FIELDS.get(name)
            if kind is None:
                raise EventError(f"event `{self.type.value}` has no field `{name}`; list it where events are defined")
            if type(value) is not kind:
                raise EventError(f"event `{self.type.value}`: `{name}` must be {kind.__name__}")


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event as it stands on the record: its index in the log and the exact bytes of its leaf."""

    index: int
    body: bytes
    leaf: Mapping[str, Any]
