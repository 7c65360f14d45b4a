import os
import stat

import pytest

from bailiwick.store.private_file import PrivateFileError, create_private, read_private, replace_private


def test_what_was_written_is_read_back_and_only_the_owner_may(tmp_path):
    path = tmp_path / "data" / "secret"
    previous = os.umask(0)
    try:
        assert create_private(path, b"one")
    finally:
        os.umask(previous)
    assert read_private(path) == b"one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_creating_never_replaces_and_replacing_always_does(tmp_path):
    path = tmp_path / "secret"
    assert create_private(path, b"one")
    assert not create_private(path, b"two")
    assert read_private(path) == b"one"
    replace_private(path, b"three")
    assert read_private(path) == b"three"
    assert [found.name for found in tmp_path.iterdir()] == ["secret"]


def test_a_missing_file_is_none(tmp_path):
    assert read_private(tmp_path / "absent") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o777])
def test_a_file_that_others_can_open_is_refused_with_the_fix(tmp_path, mode):
    path = tmp_path / "secret"
    path.write_bytes(b"s3cr3t")
    path.chmod(mode)
    with pytest.raises(PrivateFileError, match=f"chmod 600 {path}") as refusal:
        read_private(path)
    assert "s3cr3t" not in str(refusal.value)


def test_a_folder_in_the_place_of_the_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(PrivateFileError, match="cannot read"):
        read_private(tmp_path)
    with pytest.raises(PrivateFileError, match="nothing was changed"):
        replace_private(tmp_path, b"")
    assert list(tmp_path.parent.glob(f".{tmp_path.name}.*")) == []
