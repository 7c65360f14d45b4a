"""Where a vendor keeps its objects: JSON documents by kind and id in one SQLite file."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS object (
  kind TEXT NOT NULL, id TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (prefix TEXT PRIMARY KEY, last INTEGER NOT NULL);
"""

_MATCHES = """
NOT EXISTS (
  SELECT 1 FROM json_each(:where) AS wanted
  WHERE json_extract(object.document, '$.' || wanted.key) IS NOT wanted.value
)
"""


def open_cabinet(path: Path) -> sqlite3.Connection:
    """Opens the file so that a commit is on the disk when it returns; transactions are explicit."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA busy_timeout = 5000")
    db.executescript(_TABLES)
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing: an exception inside leaves the file as it was."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def put(db: sqlite3.Connection, kind: str, key: str, document: Document) -> None:
    """Stores the whole document in place of any earlier one."""
    db.execute("INSERT OR REPLACE INTO object VALUES (?, ?, ?)", (kind, key, json.dumps(document)))


def fetch(db: sqlite3.Connection, kind: str, keys: Sequence[str]) -> dict[str, Document]:
    """The documents of those keys that exist."""
    rows = db.execute(
        "SELECT id, document FROM object WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
        (kind, json.dumps(list(keys))),
    )
    return {key: json.loads(document) for key, document in rows}


def find(
    db: sqlite3.Connection, kind: str, where: Mapping[str, Any], limit: int, offset: int = 0
) -> list[tuple[str, Document]]:
    """Documents whose top-level fields equal those of `where`, in order of their ids."""
    rows = db.execute(
        f"SELECT id, document FROM object WHERE kind = :kind AND {_MATCHES} "  # noqa: S608 -- constant text
        "ORDER BY id LIMIT :limit OFFSET :offset",
        {"kind": kind, "where": json.dumps(dict(where)), "limit": limit, "offset": offset},
    )
    return [(key, json.loads(document)) for key, document in rows]


def count(db: sqlite3.Connection, kind: str, where: Mapping[str, Any]) -> int:
    """How many documents `find` would return without a limit."""
    row = db.execute(
        f"SELECT count(*) FROM object WHERE kind = :kind AND {_MATCHES}",  # noqa: S608 -- constant text
        {"kind": kind, "where": json.dumps(dict(where))},
    ).fetchone()
    return int(row[0])


def remove(db: sqlite3.Connection, kind: str, keys: Sequence[str]) -> None:
    """Deletes for good; keys that do not exist are passed over."""
    db.execute(
        "DELETE FROM object WHERE kind = ? AND id IN (SELECT value FROM json_each(?))",
        (kind, json.dumps(list(keys))),
    )


def next_number(db: sqlite3.Connection, prefix: str) -> int:
    """Counts up from 1 and never gives a number twice, also after deletions."""
    row = db.execute(
        "INSERT INTO counter VALUES (?, 1) ON CONFLICT (prefix) DO UPDATE SET last = last + 1 RETURNING last",
        (prefix,),
    ).fetchone()
    return int(row[0])
