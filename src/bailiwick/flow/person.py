"""People: who may sign in, with which roles. Their names and addresses stay out of the log's leaves."""

import re
from dataclasses import dataclass
from typing import Final

from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.core.limit import EMAIL
from bailiwick.core.refusal import Refusal
from bailiwick.flow.right import ADMINISTRATOR
from bailiwick.flow.signin import end_sessions
from bailiwick.ports.store import Row, Shelf

ROLE: Final = re.compile(r"[a-z][a-z0-9-]{1,40}")
MAX_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class AddPerson:
    """Add a person; `by` is None only for the first administrator. Replies with the person's row."""

    email: str
    name: str
    roles: tuple[str, ...]
    by: str | None

    def step(self, shelf: Shelf) -> Row:
        address = self.email.strip().lower()
        if EMAIL.fullmatch(address) is None:
            raise Refusal("invalid", f"`{self.email}` is not an e-mail address")
        if not 0 < len(self.name.strip()) <= MAX_NAME:
            raise Refusal("invalid", f"a name has 1 to {MAX_NAME} characters")
        if shelf.get("email", address):
            raise Refusal("conflict", f"`{address}` is a person already")
        row = {
            "id": shelf.new_id("per"),
            "email": address,
            "name": self.name.strip(),
            "roles": checked_roles(self.roles),
            "active": True,
            "password": None,
            "created_us": shelf.now_us,
        }
        shelf.put("person", row)
        shelf.put("email", {"id": address, "person": row["id"]})
        actor = Actor("person", self.by) if self.by else SYSTEM
        data = {"roles": row["roles"], "person": row["id"]}
        shelf.append(Event(EventType.PERSON_ADDED, actor, data), {"email": address, "name": row["name"]})
        return row


@dataclass(frozen=True, slots=True)
class ChangePerson:
    """Change roles or whether the person is active; the last active administrator stays one.

    Whoever is made inactive has no session left, so coming back means signing in again.
    """

    person: str
    by: str
    roles: tuple[str, ...] | None = None
    active: bool | None = None

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("person", self.person)
        if row is None:
            raise Refusal("unknown", f"there is no person `{self.person}`")
        if self.roles is not None:
            row["roles"] = checked_roles(self.roles)
        if self.active is not None:
            row["active"] = self.active
        others = [other for other in shelf.all("person") if other["id"] != row["id"]]
        left = [other for other in (*others, row) if other["active"] and ADMINISTRATOR in other["roles"]]
        if not left:
            raise Refusal("conflict", "this is the last active administrator; make somebody else one first")
        shelf.put("person", row)
        if not row["active"]:
            end_sessions(shelf, row["id"])
        data = {"roles": row["roles"], "active": row["active"], "person": row["id"]}
        shelf.append(Event(EventType.PERSON_CHANGED, Actor("person", self.by), data))
        return row


@dataclass(frozen=True, slots=True)
class SetPassword:
    """Keep the hash of a new password of one's own; every session and personal token but `keep` ends."""

    person: str
    password_hash: str
    keep: str = ""

    def step(self, shelf: Shelf) -> None:
        row = shelf.get("person", self.person)
        if row is None:
            raise Refusal("unknown", f"there is no person `{self.person}`")
        shelf.put("person", {**row, "password": self.password_hash})
        end_sessions(shelf, row["id"], self.keep)


@dataclass(frozen=True, slots=True)
class RenewHash:
    """The same password, hashed as it is done now; one that was changed meanwhile stays, and no session ends."""

    person: str
    was: str
    password_hash: str

    def step(self, shelf: Shelf) -> None:
        row = shelf.get("person", self.person)
        if row and row["password"] == self.was:
            shelf.put("person", {**row, "password": self.password_hash})


@dataclass(frozen=True, slots=True)
class DeclareMode:
    """Say how the installation is run: `team`, or `solo`, where one person fills every slot and the record says so."""

    mode: str
    name: str
    by: str | None

    def step(self, shelf: Shelf) -> Row:
        if self.mode not in ("team", "solo"):
            raise Refusal("invalid", f"`{self.mode}` is no mode; write team or solo")
        before = shelf.get("installation", "installation")
        row = {"id": "installation", "name": self.name, "mode": self.mode, "created_us": shelf.now_us}
        if before:
            row = {**before, "mode": self.mode, "name": self.name}
        shelf.put("installation", row)
        actor = Actor("person", self.by) if self.by else SYSTEM
        shelf.append(Event(EventType.INSTALLATION_DECLARED, actor, {"mode": self.mode}))
        return row


def checked_roles(roles: tuple[str, ...]) -> list[str]:
    """The roles, sorted and single; raises `Refusal` on a name that is no role."""
    for role in roles:
        if ROLE.fullmatch(role) is None:
            raise Refusal("invalid", f"`{role}` is no role name; use lower-case letters, digits and dashes")
    return sorted(set(roles))


def is_solo(shelf: Shelf) -> bool:
    """Whether the installation declared itself run by one person."""
    row = shelf.get("installation", "installation")
    return row is not None and row["mode"] == "solo"
