"""A whole installation goes from its file to PostgreSQL, or stays where it is."""

import sqlite3
from contextlib import closing

import psycopg
import pytest

from bailiwick.flow.export import export_files
from bailiwick.ledger import bundle
from bailiwick.store.migration import migrate, migrate_postgres
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.reader import PostgresReader, SqliteReader
from bailiwick.store.schema import STATE_TABLES
from bailiwick.store.transfer import TransferError, copy_store
from bench import populated


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("store")
    populated.populate(made, 1)
    return made


@pytest.fixture
def source(folder, tmp_path):
    """A copy of the store, which a test may damage."""
    path = folder / "bailiwick.db"
    with closing(sqlite3.connect(path)) as here, closing(sqlite3.connect(tmp_path / "bailiwick.db")) as there:
        here.backup(there)
    return tmp_path / "bailiwick.db"


@pytest.fixture
def readers(folder, source, postgres_url):
    keys = FilePayloadKeys(folder)
    pair = SqliteReader(source, keys), PostgresReader(postgres_url, keys)
    yield pair
    for reader in pair:
        reader.close()


def quiet(done, total):
    pass


def filled(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT (SELECT count(*) FROM log_entry), (SELECT count(*) FROM person)").fetchone()


def test_every_row_arrives_and_the_record_verifies_with_the_same_root(source, readers, postgres_url):
    told = []
    copied = copy_store(source, postgres_url, lambda done, total: told.append((done, total)))
    here, there = readers
    assert copied.size == here.size() == there.size() > 40
    assert told[-1] == (copied.rows, copied.rows)
    for name in STATE_TABLES:
        assert there.rows(name, limit=100_000) == here.rows(name, limit=100_000), name
    assert there.head() == here.head()
    files = export_files(there, "not checked here")
    assert files == export_files(here, "not checked here")
    assert len(bundle.entries(files)) == there.head().size
    if there.head().size == copied.size:
        assert there.head().root == copied.root


def test_a_database_that_is_not_empty_is_refused_and_left_alone(source, postgres_url):
    copy_store(source, postgres_url, quiet)
    before = filled(postgres_url)
    with pytest.raises(TransferError, match=r"the database is not empty: `.*` has rows; name an empty one"):
        copy_store(source, postgres_url, quiet)
    assert filled(postgres_url) == before


@pytest.mark.parametrize(
    "damage, said",
    [
        ("UPDATE log_entry SET body = body || x'20' WHERE seq = 7", "is not"),
        ("DELETE FROM log_entry WHERE seq = 9", "entry 9 of the log is missing"),
        ("UPDATE log_state SET frontier = x'0000000000000000'", "root is not what the store says"),
        ("UPDATE checkpoint SET root = zeroblob(32)", "is not the signed one"),
        ("UPDATE run SET intent = 'a' || char(0) || 'b'", "NUL"),
        ("UPDATE alembic_version SET version_num = '0000'", "tables of another version"),
    ],
)
def test_a_store_that_does_not_hold_together_is_not_copied(source, postgres_url, damage, said):
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        changed = connection.execute(damage).rowcount
        if "DELETE" in damage:
            connection.execute("DELETE FROM payload WHERE seq = 9")
        connection.commit()
    assert changed
    with pytest.raises(TransferError, match=said):
        copy_store(source, postgres_url, quiet)
    assert filled(postgres_url) == (0, 0)


def test_an_empty_store_is_copied_too_and_nowhere_is_no_place(tmp_path, postgres_url):
    migrate(tmp_path / "bailiwick.db")
    assert copy_store(tmp_path / "bailiwick.db", postgres_url, quiet).rows == 0
    with pytest.raises(TransferError, match="there is no store at"):
        copy_store(tmp_path / "other.db", postgres_url, quiet)
    with pytest.raises(TransferError, match="nothing was copied"):
        copy_store(tmp_path / "bailiwick.db", f"postgresql:///none?host={tmp_path}", quiet)


def test_tables_are_made_where_there_are_none(source, postgres):
    url = postgres.new_database()
    copy_store(source, url, quiet)
    migrate_postgres(url)
    assert filled(url)[0] > 40
    postgres.drop_database(url)
