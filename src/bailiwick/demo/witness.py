"""What the systems of the company themselves say has happened to them: journals, mailbox and money."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from bailiwick.demo.company import cabinet
from bailiwick.demo.company.journal import journal
from bailiwick.demo.company.mail import mail
from bailiwick.demo.company.office import HTTP_SERVERS, Office

_EURO: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Effect:
    """Changes that stand, mails that arrived, micros of a euro that were spent; `actions` are those behind them."""

    changes: int
    mails: int
    micros: int
    actions: frozenset[str | None] = frozenset()

    def __str__(self) -> str:
        parts = []
        if self.changes:
            parts.append(f"{self.changes} change{'s' * (self.changes > 1)}")
        if self.mails:
            parts.append(f"{self.mails} mail{'s' * (self.mails > 1)}")
        if self.micros:
            parts.append(f"{self.micros / _EURO:g} EUR")
        return ", ".join(parts)

    def same_as(self, other: "Effect") -> bool:
        """Equal in numbers, whoever was behind it."""
        return (self.changes, self.mails, self.micros) == (other.changes, other.mails, other.micros)


@dataclass(frozen=True, slots=True)
class Look:
    """All that had happened at one moment."""

    changes: tuple[tuple[str, int, str | None], ...]
    mails: int
    balance_micros: int

    def since(self, earlier: "Look") -> Effect:
        """What has happened in between."""
        new = [change for change in self.changes if change not in set(earlier.changes)]
        return Effect(
            changes=len(new),
            mails=self.mails - earlier.mails,
            micros=earlier.balance_micros - self.balance_micros,
            actions=frozenset(action for _, _, action in new),
        )


def look(office: Office) -> Look:
    """Read every journal, the mailbox and the account, straight from the systems' own files."""
    changes = [
        (name, entry["entry"], entry["action"])
        for name in HTTP_SERVERS
        for entry in journal(office.branches[name].database)
        if entry["effect"]
    ]
    with closing(sqlite3.connect(office.ads.database, timeout=5)) as db:
        balance = cabinet.fetch(db, "account", ["acme"])["acme"]["balance_micros"]
    return Look(tuple(changes), len(mail(office.sink.database)), int(balance))
