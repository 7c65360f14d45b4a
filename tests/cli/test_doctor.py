"""`bailiwick doctor` on folders with one thing wrong each."""

import shutil
import socket
import sqlite3

import pytest

from bailiwick.cli import examination
from bailiwick.settings import Settings


@pytest.fixture(scope="module")
def healthy(house, tmp_path_factory):
    """A copy of a working data folder, taken through SQLite while its server runs."""
    folder = tmp_path_factory.mktemp("doctor") / "data"
    folder.mkdir(mode=0o700)
    for name in ("log-key.pem", "token-key.pem", "vault.key", "payload-keys.db", "payload-master.key"):
        shutil.copy2(house.served.data / name, folder / name)
    with (
        sqlite3.connect(house.served.data / "bailiwick.db") as source,
        sqlite3.connect(folder / "bailiwick.db") as copy,
    ):
        source.backup(copy)
    source.close()
    copy.close()
    return folder


@pytest.fixture
def data(healthy, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(healthy, folder)
    folder.chmod(0o700)
    return folder


def states(nobody, data, *more):
    ran = nobody.run("doctor", "--data", str(data), "--port", "0", "--json", *more)
    checks = {check["name"]: check for check in ran.document["checks"]}
    assert ran.code == (0 if ran.document["ok"] else 1)
    assert ran.document["ok"] is all(check["state"] != "fail" for check in checks.values())
    for check in checks.values():
        assert bool(check["fix"]) is (check["state"] != "ok"), check
    return {name: check["state"] for name, check in checks.items()}


def test_a_healthy_folder_and_a_running_server_are_all_ok(nobody, house, data):
    found = states(nobody, data, "--server", house.url)
    assert set(found.values()) == {"ok"}
    assert {"python", "data folder", "disk", "keys", "store", "clock", "record", "port", "server"} == found.keys()


def test_people_read_one_line_a_check_and_the_fix(nobody, data):
    data.chmod(0o755)
    ran = nobody.run("doctor", "--data", str(data), "--port", "0")
    assert ran.code == 1
    assert "fail  data folder: " in ran.out
    assert f"run `chmod 700 {data}`" in ran.out


def test_a_folder_that_is_not_there_yet_is_only_a_warning(nobody, tmp_path):
    found = states(nobody, tmp_path / "none")
    assert (found["data folder"], found["server"]) == ("warn", "warn")


def test_a_key_that_others_can_read_fails(nobody, data):
    (data / "log-key.pem").chmod(0o644)
    assert states(nobody, data)["keys"] == "fail"


def test_a_missing_key_fails(nobody, data):
    (data / "token-key.pem").unlink()
    assert states(nobody, data)["keys"] == "fail"


def test_a_store_that_is_no_database_fails(nobody, data):
    (data / "bailiwick.db").write_bytes(b"x" * 4096)
    assert states(nobody, data)["store"] == "fail"


@pytest.mark.parametrize("changed", ["CAST(replace(body, 'system', 'sistem') AS BLOB)", "'no longer bytes'"])
def test_a_changed_leaf_fails(nobody, data, changed):
    with sqlite3.connect(data / "bailiwick.db") as connection:
        connection.execute(f"UPDATE log_entry SET body = {changed} WHERE seq = 0")
    connection.close()
    assert states(nobody, data)["record"] == "fail"


def test_a_clock_behind_the_record_fails(nobody, data):
    with sqlite3.connect(data / "bailiwick.db") as connection:
        connection.execute("UPDATE checkpoint SET at_us = at_us + 3600000000")
    connection.close()
    assert states(nobody, data)["clock"] == "fail"


def test_a_port_in_use_by_somebody_else_fails(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        checks = examination.examine(Settings(data=tmp_path, port=port), "http://127.0.0.1:1")
    (check,) = (check for check in checks if check.name == "port")
    assert (check.state, "address already in use" in check.what) == ("fail", True)
