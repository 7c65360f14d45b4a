"""Bringing a store to the newest shape: Alembic migrations that ship inside the package."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, create_engine, event

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(path: Path) -> None:
    """Create or upgrade the SQLite file at `path`; safe to call at every start, also after one that was killed."""
    engine = create_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _hands_off)
    event.listen(engine, "begin", _begin)
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
