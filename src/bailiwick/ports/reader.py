"""Reading what is committed: rows, the record and documents. Reads never see a half-done batch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bailiwick.core.event import RecordedEvent
from bailiwick.ports.store import Row

Condition = str | int | bool | None | Sequence[str]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What to find on the record; absent fields do not narrow. Times are UTC microseconds, `until_us` excluded."""

    type: str | None = None
    actor: str | None = None
    agent: str | None = None
    run: str | None = None
    action: str | None = None
    tool: str | None = None
    verdict: str | None = None
    since_us: int | None = None
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """What to find by the index: entries about every one of `terms`, answering one of `aspects` (`core.posting`).

    From the place `first` up to `end`, which is excluded. At least one term; the rarest first is the quickest.
    """

    terms: tuple[str, ...]
    aspects: int
    first: str
    end: str


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry that the index led to, where it stands, and the last outcome of its action, if it has one."""

    place: str
    event: RecordedEvent
    outcome: RecordedEvent | None


@dataclass(frozen=True, slots=True)
class StoredPayload:
    """A payload as it was committed to: the leaf, or a skeleton, holds HMAC-SHA256(salt, body).

    `body` may name segments, which are payloads of their own (`ledger.segment`).
    """

    commitment: str
    salt: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The last signed checkpoint."""

    size: int
    root: bytes
    note: bytes
    at_us: int


class Reader(Protocol):
    """Blocking reads; callers on an event loop run them in a thread. Raises `StoreUnavailable`."""

    def row(self, table: str, key: str) -> Row | None: ...

    def rows(
        self,
        table: str,
        where: Mapping[str, Condition] | None = None,
        *,
        before: str | None = None,
        limit: int = 50,
        ascending: bool = False,
    ) -> list[Row]:
        """Rows by id, newest first unless `ascending`; `before` is the id where the last page ended."""
        ...

    def count(self, table: str, where: Mapping[str, Condition] | None = None) -> int: ...

    def events(
        self, wanted: EventFilter, *, before: int | None = None, limit: int = 50, ascending: bool = False
    ) -> list[RecordedEvent]:
        """Events by index, newest first unless `ascending`; `before` (or after, ascending) excludes that index."""
        ...

    def span(
        self, first: int, end: int, types: Sequence[str], read: Sequence[str] | None = None
    ) -> list[tuple[RecordedEvent, bytes | None]]:
        """The events of these types from index `first` up to `end`, which is excluded, in order.

        Each comes with the whole of its payload, segments in their places; None where it has none, or where any
        part of it is gone. Payloads of other types than `read` are left alone.
        """
        ...

    def sought(self, wanted: Sought, *, limit: int) -> list[FoundEntry]:
        """Entries by place, newest first; one query, which reads no more of a term than lies between the places."""
        ...

    def leaves(self, size: int) -> Iterator[bytes]:
        """The first `size` leaves in order."""
        ...

    def index_of(self, event_id: str) -> int | None:
        """Where on the record the event of this id is."""
        ...

    def leaf_hashes(self, first: int, end: int) -> list[bytes]:
        """The hashes of the leaves from index `first` up to `end`, which is excluded; fewer where the log ends."""
        ...

    def payloads(self, size: int) -> Iterator[StoredPayload]:
        """Every payload that the first `size` leaves commit to and that is not gone, segments among them."""
        ...

    def payload(self, commitment: str) -> StoredPayload | None:
        """The payload of this commitment; None when there is none, or its key was destroyed."""
        ...

    def payloads_of(self, commitments: Sequence[str]) -> Mapping[str, StoredPayload]:
        """Those of these payloads that there are, by commitment; much quicker than one by one."""
        ...

    def parts_of(self, subject: str) -> list[tuple[int, str]]:
        """The parts that belong to a subject, by pseudonym: index of the event, and commitment; in order."""
        ...

    def payloads_under(self, key: str) -> int:
        """How many payloads, segments among them, need this period key."""
        ...

    def names_under(self, key: str, limit: int) -> list[str]:
        """The commitments of some of them."""
        ...

    def document(self, digest: str) -> bytes | None: ...

    def documents(self) -> Mapping[str, bytes]: ...

    def head(self) -> SignedHead | None: ...

    def size(self) -> int:
        """How many leaves the log has."""
        ...
