"""Rows as SQLite takes and gives them, a statement a table."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import JSON, Boolean, LargeBinary

from bailiwick.ports.store import Row
from bailiwick.store.batch import Batch
from bailiwick.store.schema import STATE_TABLES


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


_DELETE_PAYLOAD: Final = "DELETE FROM payload WHERE id = ?"
CODECS: Final[Mapping[str, TableCodec]] = {name: TableCodec(name) for name in STATE_TABLES}


@dataclass(frozen=True, slots=True)
class SqliteRows:
    """Rows as the open transaction sees them, and the way back for those that changed."""

    connection: sqlite3.Connection

    def fetch(self, table: str, key: str) -> Row | None:
        codec = CODECS[table]
        found = self.connection.execute(codec.select_one, (key,)).fetchone()
        return codec.decode(found) if found else None

    def fetch_all(self, table: str) -> Iterable[Row]:
        codec = CODECS[table]
        return map(codec.decode, self.connection.execute(codec.select_all))

    def write(self, batch: Batch) -> None:
        """Write every changed row back, one statement a table."""
        rows, gone = batch.changes()
        for table, keys in gone.items():
            statement = CODECS[table].delete if table in CODECS else _DELETE_PAYLOAD
            self.connection.executemany(statement, [(key,) for key in keys])
        for table, changed in rows.items():
            codec = CODECS[table]
            self.connection.executemany(codec.upsert, map(codec.encode, changed))
