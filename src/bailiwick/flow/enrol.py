"""Enrolling agents: one identity, one key, one charter."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.es256 import KeyRefusedError, VerifyKey
from bailiwick.ports.store import Row, Shelf

NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,59}")


@dataclass(frozen=True, slots=True)
class EnrolAgent:
    """Enrol an agent under a published charter with its public key; a key belongs to one agent only."""

    name: str
    charter: str
    jwk: Mapping[str, object]
    by: str

    def step(self, shelf: Shelf) -> Row:
        if NAME.fullmatch(self.name) is None:
            raise Refusal("invalid", f"`{self.name}` is no agent name; use lower-case letters, digits and dashes")
        if shelf.get("charter", self.charter) is None:
            raise Refusal("invalid", f"no charter `{self.charter}` is published; publish it first")
        try:
            key = VerifyKey.from_jwk(self.jwk)
        except KeyRefusedError as error:
            raise Refusal("invalid", str(error)) from error
        thumbprint = key.thumbprint
        before = shelf.get("agent", self.name)
        held = shelf.get("agent_key", thumbprint)
        if held is not None:
            raise Refusal("conflict", f"this key is enrolled for agent `{held['agent']}`; make a key of its own")
        if before and before["status"] == "active":
            raise Refusal("conflict", f"agent `{self.name}` is enrolled already; revoke it first to change its key")
        row = {
            "id": self.name,
            "charter": self.charter,
            "key": thumbprint,
            "jwk": key.jwk(),
            "epoch": before["epoch"] + 1 if before else 1,
            "status": "active",
            "enrolled_us": shelf.now_us,
            "enrolled_by": self.by,
            "implicit_run": None,
            "behaviour": before["behaviour"] if before else None,
        }
        shelf.put("agent", row)
        shelf.put("agent_key", {"id": thumbprint, "agent": self.name})
        data = {"name": self.name, "charter_name": self.charter, "key": thumbprint, "agent": self.name}
        shelf.append(Event(EventType.AGENT_ENROLLED, Actor("person", self.by), data))
        return row


@dataclass(frozen=True, slots=True)
class RevokeAgent:
    """Take an agent's identity back: every token it holds counts no more from the next action on."""

    name: str
    by: str

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("agent", self.name)
        if row is None:
            raise Refusal("unknown", f"there is no agent `{self.name}`")
        row |= {"status": "revoked", "epoch": row["epoch"] + 1}
        shelf.put("agent", row)
        data = {"name": self.name, "epoch": row["epoch"], "agent": self.name}
        shelf.append(Event(EventType.AGENT_REVOKED, Actor("person", self.by), data))
        return row
