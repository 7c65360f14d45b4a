"""Files that hold secrets: mode 0600, whole or absent, and on the disk before anyone is told so."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from bailiwick.flow.file_mode import trouble


class PrivateFileError(Exception):
    """A secret file cannot be used as it is; the message names the file and the fix, never its content."""


def read_private(path: Path) -> bytes | None:
    """The bytes of a file that only its owner can read or write, None when there is none."""
    try:
        with path.open("rb") as file:
            found = trouble(str(path), os.fstat(file.fileno()).st_mode)
            if found is not None:
                raise PrivateFileError(found)
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PrivateFileError(f"cannot read `{path}`: {_reason(error)}") from None


def create_private(path: Path, data: bytes) -> bool:
    """Write a new file durably; False, and nothing changed, when one is already there."""
    return _write(path, data, replace=False)


def replace_private(path: Path, data: bytes) -> None:
    """Write a file durably over the old one; a reader, or a crash, meets the old bytes or the new ones."""
    _write(path, data, replace=True)


def _write(path: Path, data: bytes, *, replace: bool) -> bool:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _write_durably(draft, data)
            if replace:
                draft.replace(path)
            else:
                path.hardlink_to(draft)  # fails if somebody was faster
        except FileExistsError:
            return False
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
        # INVARIANT: the name is on the disk before anyone is told that the file is written.
        _sync_folder(path.parent)
    except OSError as error:
        raise PrivateFileError(f"cannot write `{path}`: {_reason(error)}; nothing was changed") from None
    return True


def _write_durably(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
