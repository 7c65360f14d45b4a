"""Signing in: one-time links, sessions of the console and personal tokens of the command line, all kept as hashes."""

from dataclasses import dataclass
from typing import Final

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.refusal import Refusal
from bailiwick.flow.secret_token import Kind
from bailiwick.ports.store import Row, Shelf

LINK_US: Final = 24 * 3600 * 1_000_000
SESSION_US: Final = 12 * 3600 * 1_000_000
PERSONAL_US: Final = 30 * 24 * 3600 * 1_000_000
_LIFETIME: Final = {Kind.SESSION: SESSION_US, Kind.PERSONAL: PERSONAL_US}


@dataclass(frozen=True, slots=True)
class IssueLink:
    """Keep the hash of a one-time sign-in link for a person; valid for a day."""

    person: str
    link_hash: str

    def step(self, shelf: Shelf) -> int:
        row = shelf.get("person", self.person)
        if row is None:
            raise Refusal("unknown", f"there is no person `{self.person}`")
        if not row["active"]:
            raise Refusal("conflict", f"{row['name']} may not sign in any more; make them active first")
        expires = shelf.now_us + LINK_US
        shelf.put("signin", {"id": self.link_hash, "person": self.person, "expires_us": expires, "used_us": None})
        return expires


@dataclass(frozen=True, slots=True)
class UseLink:
    """Exchange a one-time link for a session; the second use is refused."""

    link_hash: str
    session_hash: str
    kind: Kind

    def step(self, shelf: Shelf) -> Row:
        link = shelf.get("signin", self.link_hash)
        if link is None or link["used_us"] is not None or link["expires_us"] <= shelf.now_us:
            raise Refusal("forbidden", "this sign-in link was used already or has expired; ask for a new one")
        shelf.put("signin", {**link, "used_us": shelf.now_us})
        return open_session(shelf, link["person"], self.session_hash, self.kind, "link")


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Open a session for a person whose password was checked; `checked` is the stored hash it was checked against."""

    person: str
    checked: str | None
    session_hash: str
    kind: Kind

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("person", self.person)
        # INVARIANT: a password changed since the check opens nothing
        if row is None or row["password"] != self.checked:
            raise Refusal("forbidden", "the password was changed just now; sign in again")
        return open_session(shelf, self.person, self.session_hash, self.kind, "password")


@dataclass(frozen=True, slots=True)
class CloseSession:
    """Sign out: the session counts no more. Closing twice changes nothing."""

    session_hash: str

    def step(self, shelf: Shelf) -> None:
        shelf.drop("session", self.session_hash)


def end_sessions(shelf: Shelf, person: str, keep: str = "") -> None:
    """Drop the sessions and personal tokens of a person, all but the one whose hash is `keep`."""
    for session in shelf.all("session"):
        if session["person"] == person and session["id"] != keep:
            shelf.drop("session", session["id"])


def open_session(shelf: Shelf, person: str, session_hash: str, kind: Kind, by: str) -> Row:
    """Write the session and its event; replies with the person's row."""
    row = shelf.get("person", person)
    if row is None or not row["active"]:
        raise Refusal("forbidden", "this account is not active; ask an administrator")
    session = {
        "id": session_hash,
        "person": person,
        "kind": kind.value,
        "created_us": shelf.now_us,
        "expires_us": shelf.now_us + _LIFETIME[kind],
    }
    shelf.put("session", session)
    shelf.append(Event(EventType.PERSON_SIGNED_IN, Actor("person", person), {"by": by}))
    return row
