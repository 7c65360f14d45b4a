"""The working copy of one transaction, whatever the database: rows read and changed so far, and events to append."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson
from sqlalchemy import JSON

from bailiwick.core.custody import Custody
from bailiwick.core.event import Event
from bailiwick.ports.store import Row, Unit
from bailiwick.store.leaf import PLAIN, Entry
from bailiwick.store.schema import STATE_TABLES

Key = tuple[str, str]
"""A table and an id in it."""
_GONE: Final = None
_JSON: Final = {name: tuple(c.name for c in t.columns if isinstance(c.type, JSON)) for name, t in STATE_TABLES.items()}


class RowSource(Protocol):
    """Rows as the open transaction sees them."""

    def fetch(self, table: str, key: str) -> Row | None: ...

    def fetch_all(self, table: str) -> Iterable[Row]: ...


@dataclass(slots=True)
class Batch:
    """Rows read so far, rows to write, events to append; `cache` may hold what an earlier transaction read."""

    source: RowSource
    cache: dict[Key, Row | None] = field(default_factory=dict)
    dirty: dict[Key, Row | None] = field(default_factory=dict)
    events: list[Entry] = field(default_factory=list)

    def read(self, table: str, key: str) -> Row | None:
        place = (table, key)
        if place in self.cache:
            return self.cache[place]
        row = self.cache[place] = self.source.fetch(table, key)
        return row

    def read_all(self, table: str) -> Iterable[Row]:
        found = {row["id"]: self.cache.setdefault((table, row["id"]), row) for row in self.source.fetch_all(table)}
        found |= {key: row for (name, key), row in self.dirty.items() if name == table}
        return [row for row in found.values() if row is not None]

    def changes(self) -> tuple[dict[str, list[Row]], dict[str, list[str]]]:
        """What to write, by table: rows to insert or replace, and ids to delete."""
        rows: dict[str, list[Row]] = {}
        gone: dict[str, list[str]] = {}
        for (table, key), row in self.dirty.items():
            if row is _GONE:
                gone.setdefault(table, []).append(key)
            else:
                rows.setdefault(table, []).append(row)
        return rows, gone


def _copy(table: str, row: Row) -> Row:
    # INVARIANT: what a unit does to a row that it does not put back stays with the unit, however deep
    copy = dict(row)
    for name in _JSON[table]:
        copy[name] = orjson.loads(orjson.dumps(copy[name]))  # the quickest deep copy of JSON
    return copy


@dataclass(slots=True)
class BatchShelf:
    """One unit's overlay over the batch: nothing of a unit that raises reaches the batch."""

    batch: Batch
    now_us: int
    ids: Callable[[str], str]
    rows: dict[Key, Row | None] = field(default_factory=dict)
    events: list[Entry] = field(default_factory=list)

    def new_id(self, prefix: str) -> str:
        return self.ids(prefix)

    def get(self, table: str, key: str) -> Row | None:
        place = (table, key)
        row = self.rows[place] if place in self.rows else self.batch.read(table, key)
        return None if row is None else _copy(table, row)

    def all(self, table: str) -> list[Row]:
        rows = {str(row["id"]): row for row in self.batch.read_all(table)}
        for (name, key), row in self.rows.items():
            if name == table and row is None:
                rows.pop(key, None)
            elif name == table and row is not None:
                rows[key] = row
        return [_copy(table, rows[key]) for key in sorted(rows)]

    def put(self, table: str, row: Mapping[str, object]) -> None:
        self.rows[(table, str(row["id"]))] = dict(row)

    def drop(self, table: str, key: str) -> None:
        self.rows[(table, key)] = _GONE

    def append(self, event: Event, payload: Mapping[str, object] | None = None, custody: Custody | None = None) -> None:
        event.check()
        self.events.append(Entry(event, self.now_us, payload, custody or PLAIN))

    def merge(self) -> None:
        """Hand the unit's effects to the batch."""
        self.batch.cache |= self.rows
        self.batch.dirty |= self.rows
        self.batch.events += self.events


def carry_out(unit: Unit[Any], shelf: BatchShelf, database_error: type[Exception]) -> Any:
    """The unit's reply, or the exception with which it refused itself; an error of the database is raised."""
    try:
        reply = unit.step(shelf)
    except database_error:
        raise
    except StopIteration as error:  # no future may carry one, and its caller would wait for ever
        return RuntimeError(f"the unit `{type(unit).__name__}` ended early: {error}")
    except Exception as error:  # noqa: BLE001  # the unit refuses itself alone; its overlay is dropped
        return error
    shelf.merge()
    return reply
