"""Bringing a store to the newest shape: Alembic migrations that ship inside the package."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, create_engine

MIGRATIONS = Path(__file__).with_name("migrations")


def migrate(path: Path) -> None:
    """Create or upgrade the SQLite file at `path`; safe to call at every start."""
    engine = create_engine(URL.create("sqlite", database=str(path)))
    try:
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
