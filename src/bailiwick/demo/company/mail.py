"""What the mail sink received: the proof that a message really left."""

import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

_TABLE = """
CREATE TABLE IF NOT EXISTS mail (
  number INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL,
  sender TEXT NOT NULL, recipients TEXT NOT NULL, content BLOB NOT NULL
)
"""


def open_mail(path: Path) -> sqlite3.Connection:
    """Opens the file so that a stored message is on the disk before the sender hears `250`."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(_TABLE)
    return db


def store(db: sqlite3.Connection, sender: str, recipients: Sequence[str], content: bytes) -> None:
    """Keeps one message, exactly the bytes that came."""
    db.execute(
        "INSERT INTO mail (at_us, sender, recipients, content) VALUES (?, ?, ?, ?)",
        (time.time_ns() // 1000, sender, json.dumps(list(recipients)), content),
    )


def mail(path: Path) -> list[dict[str, Any]]:
    """Every message in order of arrival: `number at_us sender recipients subject body`."""
    with closing(sqlite3.connect(path, timeout=5)) as db:
        rows = db.execute("SELECT number, at_us, sender, recipients, content FROM mail ORDER BY number")
        return [
            {
                "number": number,
                "at_us": at_us,
                "sender": sender,
                "recipients": json.loads(recipients),
                "subject": str(message["subject"]),
                "body": message.get_content(),
            }
            for number, at_us, sender, recipients, content in rows
            for message in [message_from_bytes(content, policy=default)]
        ]
