"""What a vendor wrote down about every changing call: the witness against which a record is checked."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

TABLE = """
CREATE TABLE IF NOT EXISTS journal (
  entry INTEGER PRIMARY KEY AUTOINCREMENT,
  at_us INTEGER NOT NULL,
  tool TEXT NOT NULL,
  arguments TEXT NOT NULL,
  action TEXT,
  effect INTEGER NOT NULL,
  result TEXT NOT NULL
)
"""


def write(
    db: sqlite3.Connection,
    *,
    tool: str,
    arguments: dict[str, Any],
    action: str | None,
    effect: bool,
    result: dict[str, Any],
) -> int:
    """Adds one entry to the caller's transaction, so it stands or falls with the change it tells of.

    `effect` is false where the call changed nothing. A repeated `action` is a second entry, never merged.
    """
    cursor = db.execute(
        "INSERT INTO journal (at_us, tool, arguments, action, effect, result) VALUES (?, ?, ?, ?, ?, ?)",
        (time.time_ns() // 1000, tool, json.dumps(arguments), action, effect, json.dumps(result)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def amend(db: sqlite3.Connection, entry: int, result: dict[str, Any]) -> None:
    """Replaces an entry's result once a delivery outside the database has ended."""
    db.execute("UPDATE journal SET result = ? WHERE entry = ?", (json.dumps(result), entry))


def journal(path: Path) -> list[dict[str, Any]]:
    """Every entry in order: `entry at_us tool arguments action effect result`; `action` may be None."""
    with closing(sqlite3.connect(path, timeout=5)) as db:
        db.row_factory = sqlite3.Row
        rows = [dict(row) for row in db.execute("SELECT * FROM journal ORDER BY entry")]
    for row in rows:
        row["arguments"] = json.loads(row["arguments"])
        row["result"] = json.loads(row["result"])
        row["effect"] = bool(row["effect"])
    return rows
