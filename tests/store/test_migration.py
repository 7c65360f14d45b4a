"""The migrations make exactly the tables that the code means."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, create_engine, inspect

from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.migration import MIGRATIONS, migrate, migrate_postgres
from bailiwick.store.schema import STATE_TABLES, metadata


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    """A database that was migrated."""
    if request.param == "sqlite":
        path = tmp_path / "bailiwick.db"
        migrate(path)
        engine = create_engine(URL.create("sqlite", database=str(path)))
    else:
        url = request.getfixturevalue("postgres_url")
        migrate_postgres(url)
        engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    yield engine
    engine.dispose()


def test_upgrading_to_head_makes_what_the_metadata_says(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        found = inspect(connection)
        assert set(found.get_table_names()) == {*metadata.tables, "alembic_version"}
        for name, table in metadata.tables.items():
            assert found.get_pk_constraint(name)["constrained_columns"] == [c.name for c in table.primary_key]
            assert {c["name"]: c["nullable"] for c in found.get_columns(name)} == {
                c.name: c.nullable for c in table.columns
            }


def test_text_compares_byte_by_byte_on_postgresql(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        query = "SELECT DISTINCT collation_name FROM information_schema.columns WHERE data_type = 'text' AND"
        found = connection.execute(f"{query} table_schema = 'public' AND table_name <> 'alembic_version'").fetchall()
    assert found == [("C",)]


def test_a_database_that_refuses_is_told_in_a_sentence(postgres):
    url = postgres.new_database()
    with pytest.raises(StoreUnavailable, match=r"the tables cannot be made in PostgreSQL: .*read-only transaction"):
        migrate_postgres(f"{url}&options=-cdefault_transaction_read_only%3Don")
    postgres.drop_database(url)


def test_upgrading_twice_changes_nothing(tmp_path):
    path = tmp_path / "bailiwick.db"
    migrate(path)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO tally VALUES ('a', 1, 1)")
        before = list(connection.iterdump())
    connection.close()
    migrate(path)
    with sqlite3.connect(path) as connection:
        assert list(connection.iterdump()) == before
    connection.close()


def test_migrations_are_numbered_without_a_gap():
    versions = sorted((MIGRATIONS / "versions").glob("*.py"))
    assert [path.name[:4] for path in versions] == [f"{n:04}" for n in range(1, len(versions) + 1)]


def test_every_table_of_state_has_a_text_id():
    assert all(str(table.c.id.type) == "TEXT" and table.c.id.primary_key for table in STATE_TABLES.values())


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event
from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.migration import migrate, migrate_postgres

left = int(sys.argv[2])

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("statement", [4, 7, 40])
def test_a_start_that_is_killed_while_it_migrates_can_be_repeated(tmp_path, statement):
    path = tmp_path / "bailiwick.db"
    killed = subprocess.run([sys.executable, "-c", KILLED_AT, str(path), str(statement)], check=False)
    assert killed.returncode == -signal.SIGKILL
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {*metadata.tables, "alembic_version"}
