"""`bailiwick record fsck` on the folder of a real server, running and stopped."""

import contextlib
import shutil
import sqlite3
import time

import psycopg
import pytest

from bailiwick.store.transfer import copy_store


@pytest.fixture(scope="module")
def stopped(house, tmp_path_factory):
    """A copy of a working data folder, taken through SQLite while its server runs."""
    folder = tmp_path_factory.mktemp("fsck") / "data"
    folder.mkdir(mode=0o700)
    for found in house.served.data.iterdir():
        if found.suffix in (".pem", ".key"):
            shutil.copy2(found, folder / found.name)
    for name in ("bailiwick.db", "payload-keys.db"):
        with (
            contextlib.closing(sqlite3.connect(house.served.data / name)) as source,
            contextlib.closing(sqlite3.connect(folder / name)) as copy,
        ):
            source.backup(copy)
    return folder


@pytest.fixture
def data(stopped, tmp_path):
    shutil.copytree(stopped, tmp_path / "data")
    return tmp_path / "data"


def change(data, statement, *values):
    with contextlib.closing(sqlite3.connect(data / "bailiwick.db", isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


def test_it_refuses_while_a_server_uses_the_folder(nobody, house):
    ran = nobody.run("record", "fsck", "--data", str(house.served.data), "--json")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "in-use"
    assert "stop it first" in ran.err


def test_a_folder_without_a_store_is_a_wrong_command_line(nobody, tmp_path):
    ran = nobody.run("record", "fsck", "--data", str(tmp_path))
    assert (ran.code, "there is no store" in ran.err) == (2, True)


def test_a_store_that_nobody_touched_holds_and_stays_as_it_is(nobody, data):
    change(data, "PRAGMA wal_checkpoint(TRUNCATE)")
    nobody.run("record", "fsck", "--data", str(data), "--repair")  # the tail may not be signed yet
    ran = nobody.run("record", "fsck", "--data", str(data), "--json")
    assert ran.code == 0, ran
    assert ran.document["ok"] is True
    assert ran.document["entries"] > 10
    assert ran.document["damage"] == []
    said = nobody.run("record", "fsck", "--data", str(data))
    assert said.out.startswith(f"Nothing is wrong: {ran.document['entries']} entries of ")


def test_what_is_wrong_is_said_with_its_entry_and_what_is_derived_is_mended(nobody, data):
    nobody.run("record", "fsck", "--data", str(data), "--repair")
    change(data, "UPDATE log_entry SET tool = 'other' WHERE seq = 5")
    ran = nobody.run("record", "fsck", "--data", str(data))
    assert ran.code == 1
    assert "entry 5, column: its `tool` is `other`" in ran.out
    assert "bailiwick record fsck --repair" in ran.out
    ran = nobody.run("record", "fsck", "--data", str(data), "--repair", "--json")
    assert (ran.code, ran.document["mended"], ran.document["ok"]) == (0, 1, True)
    assert nobody.run("record", "fsck", "--data", str(data)).code == 0


def test_a_damaged_leaf_is_not_mended(nobody, data):
    nobody.run("record", "fsck", "--data", str(data), "--repair")
    (leaf,) = change(data, "SELECT body FROM log_entry WHERE seq = 7")[0]
    change(data, "UPDATE log_entry SET body = ? WHERE seq = 7", leaf.replace(b'"', b"'", 1))
    ran = nobody.run("record", "fsck", "--data", str(data), "--repair", "--json")
    assert (ran.code, ran.document["mended"]) == (1, 0)
    assert {found["seq"] for found in ran.document["damage"] if found["part"] == "leaf"} == {7}
    quick = nobody.run("record", "fsck", "--data", str(data), "--hashes-only", "--json")
    assert [found["seq"] for found in quick.document["damage"]] == [7]


def test_a_file_that_sqlite_cannot_read_is_a_sentence(nobody, data):
    store = data / "bailiwick.db"
    store.write_bytes(store.read_bytes()[:4096] + bytes(store.stat().st_size - 4096))
    ran = nobody.run("record", "fsck", "--data", str(data))
    assert ran.code == 1
    assert "restore it from a backup" in ran.err


def test_a_store_in_a_database_is_examined_too(nobody, data, postgres_url, monkeypatch):
    nobody.run("record", "fsck", "--data", str(data), "--repair")
    copy_store(data / "bailiwick.db", postgres_url, lambda *_: None)
    (data / "bailiwick.db").unlink()
    monkeypatch.setenv("BAILIWICK_STORE", postgres_url)
    ran = nobody.run("record", "fsck", "--data", str(data), "--json")
    assert (ran.code, ran.document["damage"]) == (0, [])
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("UPDATE server SET state = 'live', beat_us = %s", (time.time_ns() // 1000,))
        connection.execute("DELETE FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)")
    assert nobody.run("record", "fsck", "--data", str(data)).code == 0
    refused = nobody.run("record", "fsck", "--data", str(data), "--repair")
    assert (refused.code, "stop them first" in refused.err) == (1, True)
