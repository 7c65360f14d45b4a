"""`bailiwick anchor` against a real server, and what an export says afterwards."""

import shutil

import pytest

from bailiwick.cli.trouble import ExitCode


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "held").mkdir()
    return tmp_path / "held"


def test_a_place_is_added_asked_listed_and_removed(house, folder, tmp_path):
    ran = house.admin.run("anchor", "add", "vault", "--folder", str(folder))
    assert (ran.code, "anchored at vault (folder) from now on" in ran.out) == (0, True), ran
    held = house.admin.json("anchor", "now", "vault")
    assert held["state"] == "ok" and len(list(folder.iterdir())) >= 1
    listed = house.director.run("anchor", "list").out
    assert "vault" in listed and "folder" in listed

    (kept,) = [file for file in folder.iterdir() if int(file.stem) == held["size"]]
    house.admin.run("record", "export", str(tmp_path / "record"))
    names = {path.name for path in (tmp_path / "record/anchor").iterdir()}
    assert f"{held['size']}-folder-vault.note" in names
    report = house.admin.json("record", "verify", str(tmp_path / "record"), "--against", str(kept))
    assert (report["ok"], report["anchored_size"]) == (True, held["size"])

    shutil.rmtree(folder)
    ran = house.admin.run("anchor", "now", "vault")
    assert (ran.code, "cannot be written" in ran.out) == (ExitCode.REFUSED, True), ran
    assert house.admin.run("anchor", "remove", "vault").code == 0
    assert house.admin.json("anchor", "list")["items"] == []


def test_who_may_not_and_what_cannot_be_meant(house, folder):
    assert house.director.run("anchor", "add", "vault", "--folder", str(folder)).code == ExitCode.SIGNED_OUT
    for words in (
        [],
        ["--folder", str(folder), "--git", "/x"],
        ["--timestamp", "https://tsa.example"],
        ["--ca", "/x", "--folder", str(folder)],
        ["--witness", "/nowhere"],
    ):
        assert house.admin.run("anchor", "add", "vault", *words).code == ExitCode.USAGE, words
    ran = house.admin.run("anchor", "add", "vault", "--git", "ext::sh")
    assert ran.code == ExitCode.REFUSED and "no address of a repository" in ran.err
    assert house.admin.run("anchor", "now", "nowhere").code == ExitCode.REFUSED
