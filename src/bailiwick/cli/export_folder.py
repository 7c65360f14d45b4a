"""An export of the record as a folder on disk, and as the zip that a server hands out."""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from bailiwick.cli.trouble import CommandError, ExitCode, usage
from bailiwick.ledger.bundle import Finding

Files = dict[str, bytes]
MAX_FILE: Final = 1 << 30


def read_folder(folder: Path) -> tuple[Files, list[Finding]]:
    """The files of an export folder by their path in it, and what is no plain file: that cannot be vouched for."""
    if not folder.is_dir():
        raise usage(f"`{folder}` is no folder; `bailiwick record export` makes one")
    files: Files = {}
    odd: list[Finding] = []
    for above, folders, names in os.walk(folder, followlinks=False):
        # INVARIANT: a link is never followed, so nothing outside the folder is read for something inside
        for name in [*folders, *names]:
            path = Path(above, name)
            place = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                odd.append(Finding(place, "it is no plain file, and is not read"))
                continue
            files[place] = _read(path)
    return files, odd


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            return file.read()
    except OSError as error:
        raise CommandError(f"cannot read `{path}`: {(error.strerror or 'error').lower()}", tag="export") from None


def check_new(folder: Path) -> None:
    """Nothing is written over: raises a usage error unless the folder is new or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise usage(f"`{folder}` is there already and is not an empty folder; choose another")


def write_folder(files: Files, folder: Path) -> None:
    """Write an export into a new or empty folder."""
    check_new(folder)
    try:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        reason = (error.strerror or "error").lower()
        raise CommandError(f"cannot write the export to `{folder}`: {reason}", tag="export") from None


def read_zip(data: bytes) -> Files:
    """The files of a zip; names that would lie outside a folder, or come twice, are refused."""
    with _zip(io.BytesIO(data)) as archive:
        return dict(_members(archive))


def unpack(file: Path, folder: Path) -> tuple[int, int]:
    """Write the files of a zip into a new or empty folder, one at a time: how many, and how many bytes."""
    check_new(folder)
    count = size = 0
    with _zip(file) as archive:
        for name, data in _members(archive):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            count, size = count + 1, size + len(data)
    return count, size


@contextmanager
def _zip(source: Path | IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _not_an_export(str(error)) from None


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or entry.filename in seen:
            raise _not_an_export(f"the name `{entry.filename}` cannot be in an export")
        # INVARIANT: a size is held against the limit before anything is unpacked, and a zip that lies ends there
        if entry.file_size > MAX_FILE:
            raise _not_an_export(f"`{entry.filename}` claims {entry.file_size} bytes; at most {MAX_FILE} are read")
        seen.add(entry.filename)
        yield path.as_posix(), archive.read(entry)


def _not_an_export(reason: str) -> CommandError:
    sentence = f"what the server sent is not an export of the record: {reason}"
    return CommandError(sentence, ExitCode.UNREACHABLE, tag="export")
