"""The data folder, held by one process at a time: a server, or somebody who examines or mends what it left."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOCK_FILE: Final = "lock"


class FolderInUse(Exception):
    """Another process holds the data folder; the message says what to do."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder that a server would hold; raises `FolderInUse` at once when somebody else does."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderInUse(f"a server uses `{folder}`; stop it first, so that nothing changes meanwhile") from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def in_turn(folder: Path, name: str) -> Iterator[None]:
    """Wait until nobody else does what `name` stands for in this folder."""
    descriptor = os.open(folder / f".{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
