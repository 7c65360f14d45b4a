"""Rows as PostgreSQL takes and gives them: any number of rows of one table is one statement with one JSON parameter.

The database unpacks the JSON, so a batch costs this process one pass of a fast encoder instead of a call a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, LargeBinary, Table, Text

from bailiwick.ports.store import Row
from bailiwick.store.schema import STATE_TABLES, metadata


class RecordSet:
    """One table, written by statements that take a JSON array of rows."""

    def __init__(self, table: Table) -> None:
        self.columns = tuple(str(column.name) for column in table.columns)
        self._json = frozenset(str(column.name) for column in table.columns if isinstance(column.type, JSON))
        self._nullable = frozenset(str(column.name) for column in table.columns if column.nullable)
        self._bytes = frozenset(str(column.name) for column in table.columns if isinstance(column.type, LargeBinary))
        # table and column names come from the schema module, never from a caller
        names = ", ".join(f'"{name}"' for name in self.columns)
        shape = ", ".join(f'"{column.name}" {_sql_type(column)}' for column in table.columns)
        given = ", ".join(f'"{name}"::json' if name in self._json else f'"{name}"' for name in self.columns)
        read = ", ".join(f'"{name}"::text' if name in self._json else f'"{name}"' for name in self.columns)
        self.insert = (
            f'INSERT INTO "{table.name}" ({names}) SELECT {given} FROM json_to_recordset(%s::json) AS given ({shape})'  # noqa: S608
        )
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in self.columns)
        # INVARIANT: only the row of the same id gives way; one that shares a unique column refuses the unit
        self.upsert = f"{self.insert} ON CONFLICT (id) DO UPDATE SET {changes}"
        self.delete = f'DELETE FROM "{table.name}" WHERE id = ANY(%s)'  # noqa: S608
        self.select_one = f'SELECT {read} FROM "{table.name}" WHERE id = %s'  # noqa: S608
        self.copy = f'COPY "{table.name}" ({names}) FROM STDIN (FORMAT BINARY)'
        self.copy_types = [_copy_type(column) for column in table.columns]
        self.select_all = f'SELECT {read} FROM "{table.name}" ORDER BY id'  # noqa: S608

    def decode(self, values: Sequence[Any]) -> Row:
        """A row as `select_one` and `select_all` give it."""
        row = dict(zip(self.columns, values, strict=True))
        for name in self._json:
            row[name] = None if row[name] is None else orjson.loads(row[name])
        return row

    def encode(self, rows: Iterable[Mapping[str, object]]) -> str:
        """The parameter of `upsert` for whole rows."""
        return _dumps([self._plain(row) for row in rows])

    def encode_values(self, rows: Iterable[Sequence[object]]) -> str:
        """The parameter of `insert` for rows given as values in the order of the columns."""
        return _dumps([self._plain(dict(zip(self.columns, values, strict=True))) for values in rows])

    def _plain(self, row: Mapping[str, object]) -> dict[str, object]:
        if row.keys() != set(self.columns):
            odd = sorted(row.keys() ^ set(self.columns))
            raise TypeError(f"a row does not fit its table: {odd}")
        plain = dict(row)
        for name in self._json:
            if plain[name] is not None or name not in self._nullable:
                plain[name] = orjson.dumps(plain[name]).decode()
        for name in self._bytes:
            value = plain[name]
            if isinstance(value, bytes):
                plain[name] = "\\x" + value.hex()
        return plain


def _copy_type(column: Column[Any]) -> str:
    if isinstance(column.type, Integer):
        return "int8" if isinstance(column.type, BigInteger) else "int4"
    return {"boolean": "bool", "bytea": "bytea", "text": "text"}[_sql_type(column)]


def _dumps(rows: list[dict[str, object]]) -> str:
    return orjson.dumps(rows).decode()


def _sql_type(column: Column[Any]) -> str:
    for kind, name in ((Boolean, "boolean"), (LargeBinary, "bytea"), (Integer, "bigint"), ((JSON, Text), "text")):
        if isinstance(column.type, kind):
            return name
    raise TypeError(f"no PostgreSQL type for the column `{column}`")


RECORD_SETS: Final[Mapping[str, RecordSet]] = {name: RecordSet(table) for name, table in STATE_TABLES.items()}
LOG_ENTRIES: Final = RecordSet(metadata.tables["log_entry"])
PAYLOADS: Final = RecordSet(metadata.tables["payload"])
SUBJECTS: Final = RecordSet(metadata.tables["payload_subject"])
