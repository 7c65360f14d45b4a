"""The store: rows that decisions read and write, and the log of events, in one transaction."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from bailiwick.core.custody import Custody
from bailiwick.core.event import Event

Row = dict[str, Any]
ReplyT_co = TypeVar("ReplyT_co", covariant=True)
ReplyT = TypeVar("ReplyT")


class StoreUnavailable(Exception):
    """Nothing was written: the disk, the file or the database refuses. No record, so no action."""


class CommitUnknown(StoreUnavailable):
    """The exception to the rule: the database went away while it committed, and nobody can say whether it did.

    `reply` is what the unit would have replied. A later commit of the same store sees whether it was made.
    """

    def __init__(self, sentence: str, reply: object = None) -> None:
        super().__init__(sentence)
        self.reply = reply


class Shelf(Protocol):
    """What one unit of work sees inside the writer's transaction.

    Reads show every earlier unit of the same batch. Writes and events become visible to others and durable together,
    when the batch commits, or not at all. Rows are whole: `put` replaces the row with the same `id`.
    """

    @property
    def now_us(self) -> int:
        """The clock of this unit, read once."""
        ...

    def new_id(self, prefix: str) -> str:
        """A fresh id such as `act-…`, sortable by time."""
        ...

    def get(self, table: str, key: str) -> Row | None:
        """The row as a copy that may be changed and put back."""
        ...

    def all(self, table: str) -> list[Row]:
        """Every row of a small table (people, halts)."""
        ...

    def put(self, table: str, row: Mapping[str, object]) -> None:
        """Insert or replace by `id`."""
        ...

    def drop(self, table: str, key: str) -> None:
        """Delete the row, if it is there; of `payload`, which is neither read nor put, by its commitment."""
        ...

    def append(self, event: Event, payload: Mapping[str, object] | None = None, custody: Custody | None = None) -> None:
        """Append an event; a payload is kept outside the leaf, encrypted, and the leaf commits to it with a fresh salt.

        `custody` says which data class it is and which parts belong to people, who can then be forgotten.
        Raises `EventError` when the event does not fit its type, which refuses the unit.
        """
        ...


class Unit(Protocol[ReplyT_co]):
    """One unit of work: values in, a pure step over the shelf, a reply out.

    A step that raises refuses itself alone; the other units of its batch commit. A batch that fails in SQL is rolled
    back and its units retried one by one, so a step may run more than once and must not keep state.
    """

    def step(self, shelf: Shelf) -> ReplyT_co: ...


class Store(Protocol):
    """Commits units in batches, one transaction a batch, under the log's lock.

    `commit` returns after the transaction is durable (the disk has said so). It raises what the step raised, or
    `StoreUnavailable` when nothing was written. Units become durable once or not at all, also when a connection is lost
    and made again; what cannot be known even then is `CommitUnknown`. Cancelling the waiting caller does not undo a
    commit.
    """

    async def commit(self, unit: Unit[ReplyT]) -> ReplyT: ...

    async def checkpoint(self) -> None:
        """Sign the log as it stands, if it grew since the last checkpoint."""
        ...
