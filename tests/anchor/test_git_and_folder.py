import os
import shutil
import subprocess

import pytest

from bailiwick.anchor.folder import FolderAnchorer
from bailiwick.anchor.git import GitAnchorer
from bailiwick.core.refusal import Refusal
from bailiwick.ports.anchor import AnchorAlarm, AnchorAway, Place
from tests.anchor.grown import FORK, KEY, LOG, head


def git(*arguments, cwd):
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    done = subprocess.run(["git", *arguments], cwd=cwd, capture_output=True, check=True, env=quiet)
    return done.stdout


@pytest.fixture
def there(tmp_path):
    """Somebody else's repository, with a file of its own on the branch."""
    path = tmp_path / "there.git"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(path), cwd=tmp_path)
    return path


@pytest.fixture
def anchorer(tmp_path):
    return GitAnchorer(KEY.vkey, tmp_path / "ours")


def place(anchorer, path):
    return Place("mirror", anchorer.check({"url": str(path)}))


async def test_every_head_is_a_commit_on_the_branch(anchorer, there):
    for size in (5, 100, 100, 400):
        found = await anchorer.anchor(place(anchorer, there), head(size), LOG)
        assert git("show", "main:checkpoint", cwd=there) == head(size).note
        assert git("rev-parse", "main", cwd=there).strip() in found.proof
        assert anchorer.holds({}, found.note, found.proof) == ""
        assert "another checkpoint" in anchorer.holds({}, head(7).note, found.proof)
        assert "does not have the id" in anchorer.holds({}, found.note, found.proof.replace(b"entries", b"entry"))
    told = git("log", "--format=%s", "main", cwd=there).decode().splitlines()
    assert told == ["The record at 400 entries", "The record at 100 entries", "The record at 5 entries"]


async def test_other_files_of_the_branch_stay(anchorer, there, tmp_path):
    clone = tmp_path / "clone"
    git("clone", "--quiet", str(there), str(clone), cwd=tmp_path)
    (clone / "read me.txt").write_text("ours\n")
    git("add", ".", cwd=clone)
    git("-c", "user.name=Ana", "-c", "user.email=ana@acme.example", "commit", "--quiet", "-m", "first", cwd=clone)
    git("push", "--quiet", "origin", "HEAD:refs/heads/main", cwd=clone)
    found = await anchorer.anchor(place(anchorer, there), head(5), LOG)
    assert git("show", "main:read me.txt", cwd=there) == b"ours\n"
    assert anchorer.holds({}, found.note, found.proof) == ""


async def test_a_repository_that_holds_more_than_the_log_raises_an_alarm(anchorer, there):
    await anchorer.anchor(place(anchorer, there), head(100), LOG)
    with pytest.raises(AnchorAlarm, match="holds 100 entries of this log, and here are 50: its end was cut off"):
        await anchorer.anchor(place(anchorer, there), head(50), LOG)
    with pytest.raises(AnchorAlarm, match="another root over the first 100 entries: the log was rewritten"):
        await anchorer.anchor(place(anchorer, there), head(200, FORK), FORK)
    assert git("show", "main:checkpoint", cwd=there) == head(100).note


async def test_a_repository_that_is_away_is_tried_later(anchorer, tmp_path):
    with pytest.raises(AnchorAway, match=r"`git ls-remote` fails: fatal: .*nowhere"):
        await anchorer.anchor(place(anchorer, tmp_path / "nowhere"), head(5), LOG)


async def test_no_hook_and_no_configuration_of_the_server_takes_part(anchorer, there, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody else")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    await anchorer.anchor(place(anchorer, there), head(5), LOG)
    monkeypatch.delenv("GIT_DIR")
    assert git("log", "--format=%an", "main", cwd=there) == b"Bailiwick\n"


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"url": "ext::sh -c touch% /tmp/x"},
        {"url": "--upload-pack=touch /tmp/x"},
        {"url": "relative/path"},
        {"url": "/a", "branch": "--force"},
        {"url": "/a", "branch": "a..b"},
        {"url": "/a", "depth": "1"},
    ],
)
def test_an_address_that_could_be_a_command_is_refused(anchorer, settings):
    with pytest.raises(Refusal):
        anchorer.check(settings)


# --------------------------------------------------------------------------------------------- the folder


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "vault").mkdir()
    return tmp_path / "vault"


def held(folder):
    anchorer = FolderAnchorer(KEY.vkey)
    return anchorer, Place("vault", anchorer.check({"path": str(folder)}))


async def test_every_head_is_a_file_that_cannot_be_written(folder):
    anchorer, at = held(folder)
    for size in (5, 100, 100):
        assert (await anchorer.anchor(at, head(size), LOG)).note == head(size).note
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["00000000000000000005.note", "00000000000000000100.note"]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o444, 0o444]
    assert files[1].read_bytes() == head(100).note


async def test_a_folder_that_holds_more_or_other_than_the_log_raises_an_alarm(folder):
    anchorer, at = held(folder)
    await anchorer.anchor(at, head(100), LOG)
    with pytest.raises(AnchorAlarm, match=r"holds 100 entries .* here are 50: its end was cut off"):
        await anchorer.anchor(at, head(50), LOG)
    with pytest.raises(AnchorAlarm, match="rewritten"):
        await anchorer.anchor(at, head(200, FORK), FORK)
    (folder / "00000000000000000200.note").write_bytes(b"something else")
    with pytest.raises(AnchorAlarm, match="another checkpoint of the same size"):
        await anchorer.anchor(at, head(200), LOG)


async def test_a_folder_that_went_away_is_tried_later(folder):
    anchorer, at = held(folder)
    shutil.rmtree(folder)
    with pytest.raises(AnchorAway, match="cannot be written"):
        await anchorer.anchor(at, head(5), LOG)
    with pytest.raises(Refusal, match="absolute path of a folder"):
        anchorer.check({"path": str(folder)})
    with pytest.raises(Refusal, match="one setting"):
        anchorer.check({"path": "/", "more": "x"})
