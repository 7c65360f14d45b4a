"""Connectors: the upstream systems that agents reach through the gateway, with whoever answers for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.look_alike import looks_like
from bailiwick.core.refusal import Refusal
from bailiwick.flow.responsibility import day_of, read_date
from bailiwick.ports.store import Row, Shelf
from bailiwick.ports.upstream import Target

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
MAX_AGE_DAYS: Final = 90


@dataclass(frozen=True, slots=True)
class AddConnector:
    """Add or replace a connector. Its secret is not here: the vault keeps it, and `has_secret` dates it.

    Vendor, responsible party, data terms and the day of the next review must be said, or nothing of it can be granted.
    """

    name: str
    transport: Literal["http", "stdio"]
    by: str
    vendor: str
    responsible: str
    data_terms: str = "internal system"
    url: str | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    scope: Literal["shared", "per_run"] = "shared"
    review_by: str = ""
    secret_max_age_days: int = MAX_AGE_DAYS
    has_secret: bool = False

    def step(self, shelf: Shelf) -> Row:
        self._check()
        before = shelf.get("connector", self.name) or {}
        if not before:
            _check_unlike(shelf, self.name)
        row = {
            "id": self.name,
            "transport": self.transport,
            "url": self.url,
            "command": list(self.command),
            "environment": dict(self.environment),
            "scope": self.scope,
            "vendor": self.vendor.strip(),
            "responsible": self.responsible.strip(),
            "data_terms": self.data_terms.strip(),
            "review_by": self.review_by,
            "secret_set_us": shelf.now_us if self.has_secret else before.get("secret_set_us"),
            "secret_max_age_days": self.secret_max_age_days,
            "catalogue": before.get("catalogue"),
            "definitions": before.get("definitions"),
            "source": before.get("source"),
            "added_us": shelf.now_us,
            "added_by": self.by,
        }
        shelf.put("connector", row)
        data: dict[str, object] = {"connector": self.name, "transport": self.transport}
        kind = EventType.CONNECTOR_ADDED
        if before:
            kind, data = EventType.CONNECTOR_CHANGED, {"connector": self.name, "change": "settings"}
        shelf.append(Event(kind, Actor("person", self.by), data))
        return row

    def _check(self) -> None:
        if NAME.fullmatch(self.name) is None:
            raise Refusal("invalid", f"`{self.name}` is no connector name; use lower-case letters, digits and dashes")
        if self.transport == "http" and not (self.url or "").startswith(("http://", "https://")):
            raise Refusal("invalid", "an http connector needs a `url` that starts with http:// or https://")
        if self.transport == "stdio" and not self.command:
            raise Refusal("invalid", "a stdio connector needs a `command`")
        if not self.vendor.strip() or not self.responsible.strip():
            raise Refusal("invalid", "say who makes the system (`vendor`) and who answers for it (`responsible`)")
        if self.review_by:
            _check_date(self.review_by)
        if not 1 <= self.secret_max_age_days <= 3650:
            raise Refusal("invalid", "`secret_max_age_days` lies between 1 and 3650")


@dataclass(frozen=True, slots=True)
class RenewSecret:
    """Note that the vault holds a new secret for a connector; its age starts again."""

    name: str
    by: str

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("connector", self.name)
        if row is None:
            raise Refusal("unknown", f"there is no connector `{self.name}`")
        row["secret_set_us"] = shelf.now_us
        shelf.put("connector", row)
        data = {"connector": self.name, "change": "secret"}
        shelf.append(Event(EventType.CONNECTOR_CHANGED, Actor("person", self.by), data))
        return row


@dataclass(frozen=True, slots=True)
class ReviewConnector:
    """Note that somebody looked at a connector again: vendor, terms and tools; `next_day` is when it is due again."""

    name: str
    next_day: str
    by: str

    def step(self, shelf: Shelf) -> Row:
        row = shelf.get("connector", self.name)
        if row is None:
            raise Refusal("unknown", f"there is no connector `{self.name}`")
        if _check_date(self.next_day) <= day_of(shelf.now_us):
            raise Refusal("invalid", f"the next review lies ahead; `{self.next_day}` does not")
        row["review_by"] = self.next_day
        shelf.put("connector", row)
        data = {"connector": self.name, "change": "review"}
        shelf.append(Event(EventType.CONNECTOR_CHANGED, Actor("person", self.by), data))
        return row


def _check_date(text: str) -> date:
    day = read_date(text)
    if day is None:
        raise Refusal("invalid", f"`{text}` is no day; write it as 2027-02-01")
    return day


def _check_unlike(shelf: Shelf, name: str) -> None:
    # INVARIANT: tools are told apart by their connector's name, so no two of those can be taken for one another
    for row in shelf.all("connector"):
        if looks_like(row["id"], name):
            raise Refusal("conflict", f"`{name}` can be taken for the connector `{row['id']}`; choose another name")


def target_of(row: Row) -> Target:
    """Where a connector's row says it lives."""
    command, environment = tuple(row["command"]), dict(row["environment"])
    return Target(row["id"], row["transport"], row["url"], command, environment, row["scope"])
