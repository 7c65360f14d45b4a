"""Whether the record is signed up to where it stands: a signer that is away does not stop it, but is not hidden."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Store, StoreUnavailable

GRACE_US: Final = 10_000_000
"""A checkpoint comes every second; ten of them missing are no delay any more."""


@dataclass(frozen=True, slots=True)
class Lateness:
    """Events that no checkpoint covers, and since when the first of them waits."""

    events: int
    since_us: int

    @property
    def sentence(self) -> str:
        """For people."""
        return f"{self.events} event{'s' * (self.events != 1)} at the end of the record are not signed yet"


def lateness(reader: Reader, now_us: int) -> Lateness | None:
    """How much waits for a signature longer than it should; None when all is well. Blocks."""
    head, size = reader.head(), reader.size()
    signed = head.size if head else 0
    if size <= signed:
        return None
    first = reader.events(EventFilter(), before=signed - 1 if signed else None, limit=1, ascending=True)
    if not first or now_us - (since := first[0].leaf["at_us"]) < GRACE_US:
        return None
    return Lateness(size - signed, since)


async def freshen(store: Store) -> None:
    """Have the record signed as it stands, if somebody signs; what was signed before will do otherwise."""
    with suppress(StoreUnavailable):
        await store.checkpoint()
