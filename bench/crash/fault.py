"""Faults of the machine under a running server: no room on the disk, an fsync that fails, files that cannot be written.

All of them are real: the kernel refuses, on a process that knows nothing of the test. What needs rights or tools that
are missing here says so in `MISSING`.
"""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final

from bailiwick.store.place import STORE_FILE

SMALL_DISK: Final = 64 * 1024 * 1024
Fault = Callable[[int, Path], AbstractContextManager[None]]
_PATIENCE_S: Final = 10.0
_IMMUTABLE: Final = (STORE_FILE, f"{STORE_FILE}-wal")
"""Not the shared index: it is mapped into memory, and a page that may not be written any more ends the process."""


@contextmanager
def no_room(pid: int, _data: Path) -> Iterator[None]:
    """No file that the server writes may reach beyond its first byte: every write fails, as on a full disk."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    soft = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))[0]
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def full_disk(_pid: int, data: Path) -> Iterator[None]:
    """Somebody else fills the file system to its last byte; only for a small one made for it."""
    ballast, room = data.parent / "ballast", os.statvfs(data)
    assert room.f_blocks * room.f_frsize <= SMALL_DISK
    try:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(65_536))
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"0")
        yield
    finally:
        ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of `SMALL_DISK` bytes on `folder`."""
    subprocess.run(("mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)), check=True)
    try:
        yield
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)


@contextmanager
def failing_fsync(pid: int, _data: Path) -> Iterator[None]:
    """Every fsync and fdatasync of the server fails with an input/output error."""
    calls = "fsync,fdatasync"
    command = ("strace", "-f", "-o", os.devnull, "-e", f"trace={calls}", "-e", f"inject={calls}:error=EIO")
    tracer = subprocess.Popen((*command, "-p", str(pid)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _await_tracer(pid, tracer)
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=_PATIENCE_S)


@contextmanager
def immutable(_pid: int, data: Path) -> Iterator[None]:
    """The store's database and its log may not be changed any more, not even by whoever has them open."""
    files = [str(data / name) for name in _IMMUTABLE if (data / name).exists()]
    subprocess.run(("chattr", "+i", *files), check=True)
    try:
        yield
    finally:
        subprocess.run(("chattr", "-i", *files), check=True)


def _await_tracer(pid: int, tracer: "subprocess.Popen[bytes]") -> None:
    """Return once every thread of the process is traced."""
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and tracer.poll() is None:
        tasks = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
        if tasks and all(f"TracerPid:\t{tracer.pid}\n" in task for task in tasks):
            return
        time.sleep(0.02)
    raise RuntimeError(f"strace does not trace process {pid}")


def _can_mount() -> bool:
    """Whether it works here: a container's root may be forbidden to."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder)):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


def _can_make_immutable() -> bool:
    return os.geteuid() == 0 and shutil.which("chattr") is not None


FAULTS: Final[Mapping[str, Fault]] = {
    "full-disk": full_disk,
    "no-room": no_room,
    "failing-fsync": failing_fsync,
    "immutable": immutable,
}
MISSING: Final[Mapping[str, str]] = {
    name: what
    for name, what, there in (
        ("full-disk", "only root may mount a file system", _can_mount()),
        ("failing-fsync", "strace is not installed", shutil.which("strace") is not None),
        ("immutable", "only root may make a file immutable", _can_make_immutable()),
    )
    if not there
}
"""Faults that cannot be made on this machine, and why."""
