"""The writer's view of SQLite: rows by table and key, cached for one batch, written back in one go."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
from sqlalchemy import JSON, Boolean, LargeBinary

from bailiwick.core.custody import Custody
from bailiwick.core.event import Event
from bailiwick.ports.store import Row
from bailiwick.store.leaf import PLAIN, Entry
from bailiwick.store.schema import STATE_TABLES

Key = tuple[str, str]
_GONE: Final = None


class TableCodec:
    """How rows of one table become SQL parameters and back."""

    def __init__(self, name: str) -> None:
        table = STATE_TABLES[name]
        self.columns = tuple(column.name for column in table.columns)
        self.json = frozenset(column.name for column in table.columns if isinstance(column.type, JSON))
        self.flags = frozenset(column.name for column in table.columns if isinstance(column.type, Boolean))
        self.bytes = frozenset(column.name for column in table.columns if isinstance(column.type, LargeBinary))
        names, marks = ", ".join(f'"{column}"' for column in self.columns), ", ".join("?" * len(self.columns))
        # table and column names come from the schema module, never from a caller
        self.select_one = f'SELECT {names} FROM "{name}" WHERE id = ?'  # noqa: S608
        self.select_all = f'SELECT {names} FROM "{name}" ORDER BY id'  # noqa: S608
        changes = ", ".join(f'"{column}" = excluded."{column}"' for column in self.columns)
        # INVARIANT: only the row of the same id gives way; REPLACE would also delete one that shares a unique column
        self.upsert = f'INSERT INTO "{name}" ({names}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {changes}'  # noqa: S608
        self.delete = f'DELETE FROM "{name}" WHERE id = ?'  # noqa: S608

    def decode(self, values: tuple[object, ...]) -> Row:
        row = dict(zip(self.columns, values, strict=True))
        for name in self.json:
            row[name] = orjson.loads(row[name])  # type: ignore[arg-type]
        for name in self.flags:
            row[name] = bool(row[name])
        return row

    def encode(self, row: Mapping[str, object]) -> tuple[object, ...]:
        if row.keys() != set(self.columns):
            odd = sorted(row.keys() ^ set(self.columns))
            raise TypeError(f"a row does not fit its table: {odd}")
        return tuple(orjson.dumps(row[name]).decode() if name in self.json else row[name] for name in self.columns)


CODECS: Final[Mapping[str, TableCodec]] = {name: TableCodec(name) for name in STATE_TABLES}


@dataclass(slots=True)
class Batch:
    """The working copy of one transaction: rows read so far, rows to write, events to append."""

    connection: sqlite3.Connection
    cache: dict[Key, Row | None] = field(default_factory=dict)
    dirty: dict[Key, Row | None] = field(default_factory=dict)
    events: list[Entry] = field(default_factory=list)

    def read(self, table: str, key: str) -> Row | None:
        place = (table, key)
        if place in self.cache:
            return self.cache[place]
        codec = CODECS[table]
        found = self.connection.execute(codec.select_one, (key,)).fetchone()
        row = codec.decode(found) if found else None
        self.cache[place] = row
        return row

    def read_all(self, table: str) -> Iterable[Row]:
        codec, found = CODECS[table], {}
        for values in self.connection.execute(codec.select_all):
            row = codec.decode(values)
            found[row["id"]] = self.cache.setdefault((table, row["id"]), row)
        found |= {key: row for (name, key), row in self.dirty.items() if name == table}
        return [row for row in found.values() if row is not None]

    def write_rows(self) -> None:
        """Write every changed row back, one statement a table."""
        upserts: dict[str, list[tuple[object, ...]]] = {}
        deletes: dict[str, list[tuple[str]]] = {}
        for (table, key), row in self.dirty.items():
            if row is _GONE:
                deletes.setdefault(table, []).append((key,))
            else:
                upserts.setdefault(table, []).append(CODECS[table].encode(row))
        for table, keys in deletes.items():
            self.connection.executemany(CODECS[table].delete, keys)
        for table, rows in upserts.items():
            self.connection.executemany(CODECS[table].upsert, rows)


def _copy(table: str, row: Row) -> Row:
    # INVARIANT: what a unit does to a row that it does not put back stays with the unit, however deep
    copy = dict(row)
    for name in CODECS[table].json:
        copy[name] = orjson.loads(orjson.dumps(copy[name]))  # the quickest deep copy of JSON
    return copy


@dataclass(slots=True)
class SqliteShelf:
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
