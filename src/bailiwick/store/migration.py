"""Bringing a store to the newest shape: Alembic migrations that ship inside the package."""

from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.postgres_session import conninfo

MIGRATIONS = Path(__file__).with_name("migrations")
_LOCK = 7_229_018_404_521_377_390
"""Names the lock under which servers that start together migrate one after the other."""


def migrate(path: Path) -> None:
    """Create or upgrade the SQLite file at `path`; safe to call at every start, also after one that was killed."""
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _hands_off)
    event.listen(engine, "begin", _begin)
    _upgrade(engine)


def migrate_postgres(url: str) -> None:
    """Create or upgrade the tables of a PostgreSQL database, also beside other servers that start.

    Raises `StoreUnavailable` when it does not answer or refuses.
    """
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo(url)))
    event.listen(engine, "begin", _lock)
    try:
        _upgrade(engine)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip()
        raise StoreUnavailable(f"the tables cannot be made in PostgreSQL: {reason}") from error


def _upgrade(engine: Engine) -> None:
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _hands_off(connection: Any, _record: Any) -> None:
    # Python's driver opens a transaction before INSERT, but not before CREATE TABLE
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    # INVARIANT: all migrations of a start are one transaction; a start that is killed leaves no half of a table set
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock(connection: Connection) -> None:
    # INVARIANT: held until the transaction ends; who comes second finds the tables made
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
