"""One connection to PostgreSQL that a writer may rely on: settings, and errors told apart by what they mean."""

from collections.abc import Sequence
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

Connection = psycopg.Connection[tuple[Any, ...]]
Statement = tuple[str, Sequence[object]]
LOCK_S: Final = 10
"""How long a transaction waits for another server's, and how long one may be left open before the database ends it."""
_DEFAULTS: Final[dict[str, int | str]] = {
    "application_name": "bailiwick",
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_SESSION: Final = (
    f"SET lock_timeout = '{LOCK_S}s'",
    f"SET idle_in_transaction_session_timeout = '{LOCK_S}s'",
    "SET client_min_messages = error",
)
_WEAK: Final = ("off", "local")
OLDEST: Final = 150_000


class Unreachable(Exception):
    """The database does not answer; nothing was committed."""


class LogHeld(Unreachable):
    """Somebody else holds the log for too long."""


def conninfo(url: str) -> str:
    """The address with what it leaves open filled in: a connection that is dead is noticed within seconds."""
    given = conninfo_to_dict(url)
    return make_conninfo(url, **{name: value for name, value in _DEFAULTS.items() if name not in given})


def connect(url: str) -> Connection:
    """A connection whose commits are durable before they are answered; raises `Unreachable`."""
    try:
        connection = psycopg.connect(conninfo(url), autocommit=True, prepare_threshold=1)
        if connection.info.server_version < OLDEST:
            connection.close()
            raise Unreachable("PostgreSQL 15 or newer is needed")
        for statement in _SESSION:
            connection.execute(statement)
        # INVARIANT: an answer means that the disk has it; what waits for replicas of the database too is left as it is
        if _one(connection, "SHOW synchronous_commit") in _WEAK:
            connection.execute("SET synchronous_commit = on")
    except psycopg.Error as error:
        raise Unreachable(" ".join(str(error).split())) from error
    return connection


def is_durable(connection: Connection) -> bool:
    """Whether the database itself waits for its disk."""
    return _one(connection, "SHOW fsync") == "on"


def _one(connection: Connection, query: str) -> object:
    found = connection.execute(query).fetchone()
    return found[0] if found else None


def meaning(connection: Connection, error: Exception) -> Exception:
    """`Unreachable` where the error is about the connection or the lock, else the error: about what was asked."""
    if connection.closed:
        return Unreachable(str(error))
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return LogHeld(str(error))
    return error
