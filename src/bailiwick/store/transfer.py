"""Moving an installation from its SQLite file to an empty PostgreSQL database: every row, a log of the same root."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Boolean, Table

from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.migration import migrate_postgres
from bailiwick.store.postgres_session import Connection, conninfo
from bailiwick.store.schema import metadata

Tell = Callable[[int, int], None]
_CHUNK: Final = 1000
_OWN: Final = frozenset({"log_batch"})
"""What each store makes for itself."""


class TransferError(Exception):
    """Nothing was copied; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What was copied: tables that had rows, rows in all, events of the log, and its root."""

    tables: Mapping[str, int]
    rows: int
    size: int
    root: bytes


def copy_store(source: Path, url: str, tell: Tell) -> Transfer:
    """Copy the file, which no server may use, into the database at `url`; all of it, in one transaction, or nothing.

    The log is read back from the database and hashed again before the transaction ends: its root must be the source's,
    at every checkpoint too. Raises TransferError.
    """
    try:
        migrate_postgres(url)
        with closing(_opened(source)) as file, psycopg.connect(conninfo(url)) as connection:
            _refuse_unlike(file, connection)
            connection.execute("LOCK TABLE log_state IN EXCLUSIVE MODE")
            _refuse_filled(connection)
            copied = _copy(file, connection, tell)
            frontier = _check(file, connection)
    except (StoreUnavailable, sqlite3.Error, psycopg.Error) as error:
        raise TransferError(f"nothing was copied: {str(error).strip()}") from error
    rows = {name: count for name, count in copied.items() if count}
    return Transfer(rows, sum(rows.values()), frontier.size, frontier.root())


def _opened(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise TransferError(f"there is no store at `{path}`; name its folder with --data")
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.execute("BEGIN")  # one moment of the file, whatever happens to it
    return connection


def _refuse_unlike(file: sqlite3.Connection, connection: Connection) -> None:
    query = "SELECT version_num FROM alembic_version"
    here, there = file.execute(query).fetchone(), connection.execute(query).fetchone()
    if here != there:
        raise TransferError("the store has the tables of another version; run `bailiwick store migrate` first")


def _refuse_filled(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        # a store that was only opened has one row: an empty log
        beside = sql.SQL("WHERE size > 0" if table.name == "log_state" else "")
        query = sql.SQL("SELECT 1 FROM {} {} LIMIT 1").format(sql.Identifier(table.name), beside)
        if connection.execute(query).fetchone():
            raise TransferError(f"the database is not empty: `{table.name}` has rows; name an empty one")
    connection.execute("DELETE FROM log_state")


def _copy(file: sqlite3.Connection, connection: Connection, tell: Tell) -> dict[str, int]:
    tables = [table for table in metadata.sorted_tables if table.name not in _OWN]
    # table names come from the schema module, never from a caller
    counts = {table.name: file.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0] for table in tables}  # noqa: S608
    done, total = 0, sum(counts.values())
    for table in tables:
        names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
        with connection.cursor().copy(statement) as copy:
            for row in _rows(file, table):
                copy.write_row(row)
                done += 1
                if done % _CHUNK == 0:
                    tell(done, total)
    tell(done, total)
    return counts


def _rows(file: sqlite3.Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    flags = [place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
    for row in file.execute(f'SELECT {names} FROM "{table.name}"'):  # noqa: S608
        if not flags:
            yield row
            continue
        told = list(row)
        for place in flags:
            told[place] = None if told[place] is None else bool(told[place])
        yield tuple(told)


def _check(file: sqlite3.Connection, connection: Connection) -> Frontier:
    """The frontier of the log as it is now in the database, if it is the source's."""
    signed = dict(file.execute("SELECT size, root FROM checkpoint").fetchall())
    state = file.execute("SELECT frontier FROM log_state").fetchone()
    frontier = Frontier()
    with connection.cursor(name="leaves") as cursor:
        cursor.itersize = _CHUNK
        for seq, body in cursor.execute("SELECT seq, body FROM log_entry ORDER BY seq"):
            if seq != frontier.size:
                raise TransferError(f"nothing was copied: entry {frontier.size} of the log is missing; {_LOOK}")
            frontier.append(leaf_hash(body))
            if frontier.size in signed and signed[frontier.size] != frontier.root():
                raise TransferError(f"nothing was copied: the root at {frontier.size} is not the signed one; {_LOOK}")
    if frontier.to_bytes() != (state[0] if state else Frontier().to_bytes()):
        raise TransferError(f"nothing was copied: the log's root is not what the store says; {_LOOK}")
    return frontier


_LOOK: Final = "see what `bailiwick record fsck` says"
