"""Taking the record away as evidence, and checking it where nothing of ours is installed."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile

import pytest

from bailiwick.cli.export_folder import MAX_FILE, unpack
from bailiwick.cli.login_file import FILE
from bailiwick.cli.trouble import CommandError
from bailiwick.ledger import tile
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.note import open_note


def audited(*arguments):
    command = [sys.executable, "-I", "-S", *map(str, arguments)]
    return subprocess.run(command, cwd="/", env={}, capture_output=True, text=True, check=False)


def test_the_bundle_of_a_server_verifies_as_a_folder_and_as_a_zip(house, tmp_path):
    auditor = house.people["auditor"]
    folder, packed = tmp_path / "evidence", tmp_path / "evidence.zip"
    told = auditor.json("record", "bundle", str(folder))
    assert told["files"] == sum(path.is_file() for path in folder.rglob("*"))
    assert auditor.json("record", "bundle", "--zip", str(packed))["bytes"] == packed.stat().st_size
    key = (folder / "record/log.vkey").read_text().strip()
    for target in ((folder / "verify.py",), (folder / "verify.py", packed)):
        ran = audited(*target, "--key", key)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert auditor.json("record", "verify", str(folder / "record"), "--key", key)["ok"]
    assert auditor.json("recheck", "--all", "--from", str(folder / "record"))["ok"]
    assert len(auditor.json("record", "list", "--type", "record.bundled")["items"]) >= 2


def test_a_bundle_goes_to_one_new_place(house, nobody, tmp_path):
    auditor = house.people["auditor"]
    (tmp_path / "there.zip").write_bytes(b"x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    for arguments in ([], ["a", "--zip", "b"], ["--zip", str(tmp_path / "there.zip")], [str(tmp_path / "full")]):
        assert auditor.run("record", "bundle", *arguments).code == 2, arguments
    assert house.director.run("record", "bundle", "--zip", str(tmp_path / "no.zip")).code == 3
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix in (".zip", ".part")) == ["there.zip"]


def test_the_log_is_served_as_static_files(house):
    person = house.people["auditor"]
    kept = json.loads((person.config / FILE).read_text())
    (token,) = [login["token"] for login in kept["logins"] if login["server"] == house.url]

    def fetch(path, **headers):
        return urllib.request.urlopen(urllib.request.Request(f"{house.url}/log/{path}", headers=headers))

    signed = {"Authorization": f"Bearer {token}"}
    with fetch("checkpoint", **signed) as answer:
        note = answer.read()
    size = Checkpoint.parse(open_note(note, person.json("record", "verify")["key"])).size
    index, width = list(tile.entry_bundles(size))[-1]
    with fetch(tile.entries_path(index, width), **signed) as answer:
        assert len(tile.decode_entries(answer.read(), width)) == width
    with pytest.raises(urllib.error.HTTPError, match="401"):
        fetch("checkpoint")


def test_a_zip_that_claims_too_much_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("record/checkpoint", b"x")
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2") + 24
    data[at : at + 4] = (MAX_FILE + 1).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(CommandError, match=f"claims {MAX_FILE + 1} bytes"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("end", [0, 20, -1, -20])
def test_a_zip_cut_short_is_refused(end, tmp_path):
    path = tmp_path / "cut.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("record/checkpoint", b"x" * 100)
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(CommandError, match="is not an export"):
        unpack(path, tmp_path / "out")
