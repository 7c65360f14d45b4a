"""Verifying and rechecking from an export folder alone, and from the server."""

import io
import zipfile

import pytest

from bailiwick.cli.export_folder import read_zip
from bailiwick.cli.trouble import CommandError
from bailiwick.core import decide as deciding
from bench import populated


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return populated.populate(tmp_path_factory.mktemp("store"), 1)[1]


@pytest.fixture
def folder(tmp_path, files):
    for name, data in files.items():
        path = tmp_path / "record" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "record"


@pytest.fixture
def key(files):
    return files["log.vkey"].decode().strip()


def findings(ran):
    assert ran.code == 1
    assert ran.document["ok"] is False
    return {finding["file"] for finding in ran.document["findings"]}


def test_an_export_verifies_without_a_server_and_says_it_is_unanchored(nobody, folder, files, key):
    report = nobody.json("record", "verify", str(folder), "--key", key)
    assert (report["ok"], report["files"], report["findings"]) == (True, len(files), [])
    assert (report["key_given"], report["anchored"], report["origin"]) == (True, False, "acme.example/log")
    said = nobody.run("record", "verify", str(folder)).out
    assert f"Verified: {report['size']} events in {len(files)} files, every byte" in said
    assert "the export's own key" in said
    assert "Unanchored" in said


def test_a_changed_byte_is_named_by_file(nobody, folder):
    path = next((folder / "payload").iterdir())
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    name = f"payload/{path.name}"
    assert findings(nobody.run("record", "verify", str(folder), "--json")) == {name}
    ran = nobody.run("record", "verify", str(folder))
    assert ran.code == 1
    assert name in ran.out
    assert "NOT verified: 1 finding" in ran.out


def test_another_key_does_not_verify_and_no_key_is_usage(nobody, folder, tmp_path):
    other = populated.populate(_made(tmp_path / "other"), 0)[1]["log.vkey"].decode().strip()
    assert nobody.json("record", "verify", str(folder), "--key", other)["ok"]  # the same seed, the same key
    wrong = other.replace("acme.example", "emca.example")
    assert nobody.run("record", "verify", str(folder), "--key", wrong).code in (1, 2)
    assert nobody.run("record", "verify", str(folder), "--key", "nonsense").code == 2


def _made(path):
    path.mkdir()
    return path


def test_a_missing_and_an_unknown_file_are_found(nobody, folder):
    (folder / "tile/0").rename(folder / "tile/9")
    named = findings(nobody.run("record", "verify", str(folder), "--json"))
    assert any(name.startswith("tile/0/") for name in named)
    assert any(name.startswith("tile/9/") for name in named)


def test_a_link_is_never_followed(nobody, folder, tmp_path):
    checkpoint = folder / "checkpoint"
    elsewhere = tmp_path / "elsewhere"
    checkpoint.rename(elsewhere)
    checkpoint.symlink_to(elsewhere)
    assert "checkpoint" in findings(nobody.run("record", "verify", str(folder), "--json"))
    (folder / "payload").rename(tmp_path / "payload")
    (folder / "payload").symlink_to(tmp_path / "payload")
    assert "payload" in findings(nobody.run("record", "verify", str(folder), "--json"))
    assert nobody.run("recheck", "--all", "--from", str(folder)).code == 1


def test_an_empty_folder_does_not_verify(nobody, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "checkpoint" in findings(nobody.run("record", "verify", str(tmp_path / "empty"), "--json"))


def test_every_decision_is_made_again_from_the_folder_alone(nobody, folder):
    report = nobody.json("recheck", "--all", "--from", str(folder))
    assert report["ok"] is True
    assert report["decided"] == report["identical"] > 20
    assert nobody.run("recheck", "run-nobody", "--from", str(folder)).code == 1
    said = nobody.run("recheck", "--all", "--from", str(folder)).out
    assert said == f"recheck: {report['decided']} decisions of 2 runs, {report['identical']} identical, 0 different\n"


def test_a_bug_planted_in_the_decision_fails_the_recheck(nobody, folder, monkeypatch):
    kept = tuple(objection for objection in deciding.OBJECTIONS if objection.__name__ != "_data")
    monkeypatch.setattr(deciding, "OBJECTIONS", kept)
    ran = nobody.run("recheck", "--all", "--from", str(folder), "--json")
    assert (ran.code, ran.document["ok"]) == (1, False)
    assert {"index", "action", "field", "recorded", "recomputed"} == ran.document["differences"][0].keys()
    said = nobody.run("recheck", "--all", "--from", str(folder))
    assert said.code == 1
    assert "verdict: recorded 'deny', now 'allow'" in said.out


def test_an_export_that_does_not_verify_is_not_rechecked(nobody, folder):
    path = next((folder / "document").iterdir())
    path.write_bytes(path.read_bytes() + b" ")
    ran = nobody.run("recheck", "--all", "--from", str(folder))
    assert ran.code == 1
    assert f"document/{path.name}" in ran.err


def test_the_server_s_record_is_exported_verified_and_rechecked(house, tmp_path):
    auditor = house.people["auditor"]
    told = auditor.json("record", "export", str(tmp_path / "record"))
    assert told["files"] == sum(path.is_file() for path in (tmp_path / "record").rglob("*"))
    assert auditor.json("record", "verify", str(tmp_path / "record"))["ok"]
    assert auditor.json("record", "verify")["ok"]
    assert auditor.json("recheck", "--all")["ok"]
    again = auditor.run("record", "export", str(tmp_path / "record"))
    assert again.code == 2
    assert "is not an empty folder" in again.err


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip at all"])
def test_what_is_no_zip_is_refused(data):
    with pytest.raises(CommandError, match="is not an export"):
        read_zip(data)


@pytest.mark.parametrize("name", ["../checkpoint", "/checkpoint", "a\\b", "tile/../../x"])
def test_a_zip_cannot_write_outside_its_folder(name):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(CommandError, match="cannot be in an export"):
        read_zip(made.getvalue())
