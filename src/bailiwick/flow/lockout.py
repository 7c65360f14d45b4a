"""Slowing down whoever guesses passwords: after a few wrong ones an address has to wait, at every server.

Wrong ones are counted in rows by the minute, under the address's hash. Whoever counts takes old rows away, so that
made-up addresses do not fill the store.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bailiwick.ports.store import Row, Shelf

TABLE: Final = "guess"
MOST_FAILURES: Final = 5
WAIT_US: Final = 60_000_000
MOST_DROPPED: Final = 20
"""Old rows that are taken away with each count: more than it adds."""


def guess_ids(address: str, now_us: int) -> tuple[str, str]:
    """The rows that count this address's wrong passwords, of this minute and the one before; they sort by time."""
    name = hashlib.sha256(b"bailiwick guess " + address.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    minute = now_us // WAIT_US
    return f"{minute:012}|{name}", f"{minute - 1:012}|{name}"


def wait_us(rows: Iterable[Row], now_us: int) -> int:
    """How long the address of these rows still has to wait; 0 when its next try is looked at."""
    found = list(rows)
    if sum(row["count"] for row in found) < MOST_FAILURES:
        return 0
    return max(0, int(max(row["last_us"] for row in found)) + WAIT_US - now_us)


@dataclass(frozen=True, slots=True)
class CountGuess:
    """Count one wrong password; `old` are rows that may be of no use any more."""

    address: str
    old: tuple[str, ...] = ()

    def step(self, shelf: Shelf) -> None:
        this, _ = guess_ids(self.address, shelf.now_us)
        row = shelf.get(TABLE, this) or {"id": this, "count": 0}
        shelf.put(TABLE, {**row, "count": row["count"] + 1, "last_us": shelf.now_us})
        for name in self.old:
            known = shelf.get(TABLE, name)
            if known is not None and known["last_us"] + 2 * WAIT_US <= shelf.now_us:
                shelf.drop(TABLE, name)


@dataclass(frozen=True, slots=True)
class ForgetGuesses:
    """Forget the wrong passwords of an address whose password was right."""

    address: str

    def step(self, shelf: Shelf) -> None:
        for name in guess_ids(self.address, shelf.now_us):
            shelf.drop(TABLE, name)
