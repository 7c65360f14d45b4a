import stat
import subprocess
import sys
import threading

import pytest

from bailiwick.ports.vault import BEARER, Vault
from bailiwick.store.private_file import PrivateFileError
from bailiwick.store.vault import FileVault, VaultError

SECRET = "crm-s3cr3t-value"


@pytest.fixture
def place(tmp_path):
    return tmp_path / "vault.sealed", tmp_path / "vault.key"


def test_a_secret_is_there_at_once_and_after_a_restart(place):
    vault: Vault = FileVault(*place)
    assert dict(vault.secret("crm")) == {}
    FileVault(*place).set("crm", BEARER, SECRET, 5)
    vault = FileVault(*place)
    vault.set("desk", "DESK_TOKEN", "ä ☃", 7)
    for opened in (vault, FileVault(*place)):
        assert dict(opened.secret("crm")) == {BEARER: SECRET}
        assert dict(opened.secret("desk")) == {"DESK_TOKEN": "ä ☃"}
        assert opened.names() == {"crm": {BEARER: 5}, "desk": {"DESK_TOKEN": 7}}


def test_a_replaced_secret_is_gone_and_a_removed_connector_has_none(place):
    vault = FileVault(*place)
    vault.set("crm", BEARER, "old", 1)
    vault.set("crm", BEARER, "new", 2)
    assert vault.secret("crm")[BEARER] == "new"
    vault.remove("crm")
    vault.remove("never-there")
    assert dict(FileVault(*place).secret("crm")) == {}


def test_the_age_is_that_of_the_oldest_secret(place):
    vault = FileVault(*place)
    assert vault.age_us("crm", 100) is None
    vault.set("crm", "A", "x", 10)
    vault.set("crm", "B", "y", 60)
    assert vault.age_us("crm", 100) == 90
    vault.set("crm", "A", "z", 99)
    assert vault.age_us("crm", 100) == 40


def test_the_files_are_private_and_show_neither_secret_nor_connector(place):
    FileVault(*place).set("crm-of-acme", BEARER, SECRET, 1)
    for path in place:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert SECRET.encode() not in path.read_bytes()
        assert b"crm-of-acme" not in path.read_bytes()


def test_no_repr_shows_a_secret(place):
    vault = FileVault(*place)
    vault.set("crm", BEARER, SECRET, 1)
    found = vault.secret("crm")
    assert SECRET not in f"{vault!r} {vault} {found!r} {found} {[found]}"
    assert BEARER in repr(found)


def test_a_secret_handed_out_cannot_be_changed_in_the_vault(place):
    vault = FileVault(*place)
    vault.set("crm", BEARER, SECRET, 1)
    with pytest.raises(TypeError):
        vault.secret("crm")[BEARER] = "other"


@pytest.mark.parametrize("value", ["", "a\nb", "a\r", "\0", "\ud800", "x" * 65_537])
def test_a_secret_that_could_break_out_of_its_header_is_refused_and_not_quoted(place, value):
    vault = FileVault(*place)
    with pytest.raises(VaultError, match="one line") as refusal:
        vault.set("crm", BEARER, value, 1)
    assert not value or value not in str(refusal.value)
    assert dict(vault.secret("crm")) == {}


@pytest.mark.parametrize("name", ["", "crm\n", "é", "x" * 201])
def test_a_connector_or_secret_needs_a_plain_name(place, name):
    for names in ((name, BEARER), ("crm", name)):
        with pytest.raises(VaultError, match="printable ascii"):
            FileVault(*place).set(*names, SECRET, 1)


def test_every_changed_byte_of_the_vault_is_noticed(place):
    path, _ = place
    FileVault(*place).set("crm", BEARER, SECRET, 1)
    good = path.read_bytes()
    for at in range(len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises(VaultError, match="restore"):
            FileVault(*place)
    for length in (0, 5, len(good) - 1):
        path.write_bytes(good[:length])
        with pytest.raises(VaultError, match="restore"):
            FileVault(*place)


def test_a_vault_whose_key_is_lost_does_not_get_a_new_one(place):
    path, key_path = place
    FileVault(*place).set("crm", BEARER, SECRET, 1)
    key_path.unlink()
    with pytest.raises(VaultError, match="restore the key"):
        FileVault(*place)
    assert not key_path.exists()
    assert path.exists()


def test_a_key_of_another_vault_opens_nothing(place, tmp_path):
    FileVault(*place).set("crm", BEARER, SECRET, 1)
    other = tmp_path / "other.key"
    FileVault(tmp_path / "other.sealed", other)
    place[1].write_bytes(other.read_bytes())
    with pytest.raises(VaultError, match="same backup"):
        FileVault(*place)


@pytest.mark.parametrize("which", [0, 1])
def test_a_file_that_others_can_read_is_refused_with_the_fix(place, which):
    FileVault(*place).set("crm", BEARER, SECRET, 1)
    place[which].chmod(0o644)
    with pytest.raises(PrivateFileError, match="chmod 600"):
        FileVault(*place)


def test_a_shortened_key_is_refused(place):
    FileVault(*place)
    place[1].write_bytes(b"short")
    with pytest.raises(VaultError, match="32 bytes"):
        FileVault(*place)


def test_a_failed_write_leaves_memory_and_disk_as_they_were(place):
    path, _ = place
    vault = FileVault(*place)
    vault.set("crm", BEARER, "old", 1)
    good = path.read_bytes()
    path.unlink()
    path.mkdir()
    with pytest.raises(PrivateFileError):
        vault.set("crm", BEARER, "new", 2)
    assert vault.secret("crm")[BEARER] == "old"
    path.rmdir()
    path.write_bytes(good)
    path.chmod(0o600)
    assert FileVault(*place).secret("crm")[BEARER] == "old"


def test_threads_and_another_process_lose_no_change(place):
    vault = FileVault(*place)
    code = (
        "import sys, pathlib\n"
        "from bailiwick.store.vault import FileVault\n"
        "vault = FileVault(*map(pathlib.Path, sys.argv[1:]))\n"
        "for n in range(8): vault.set(f'other-{n}', 'bearer', 'x', n)\n"
    )
    threads = [threading.Thread(target=vault.set, args=(f"mine-{n}", BEARER, "x", n)) for n in range(8)]
    with subprocess.Popen([sys.executable, "-c", code, *map(str, place)]) as other:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert other.returncode == 0
    expected = {f"{who}-{n}" for who in ("mine", "other") for n in range(8)}
    assert set(FileVault(*place).names()) == expected
