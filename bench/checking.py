"""Checking the bytes of a whole log in a process of its own, so that its CPU time and memory are its own."""

import multiprocessing
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bailiwick.ledger.note import Signer
from bailiwick.store.hash_stage import HashStage
from bailiwick.store.inspection import open_rows

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


@dataclass(frozen=True, slots=True)
class Checked:
    """What it took: CPU time for each event, and the most memory that the process held."""

    size: int
    cpu_us: float
    memory_mb: float


def check_apart(path: Path, signer: Signer) -> Checked:
    """Check leaves, tree and checkpoints as `bailiwick record fsck --hashes-only` does."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    child = spawn.Process(target=_check, args=(path, signer.vkey, signer.name, theirs))
    child.start()
    theirs.close()
    try:
        checked: Checked = ours.recv()
    finally:
        child.join()
        ours.close()
    return checked


def _check(path: Path, vkey: str, origin: str, answer: "Connection[object, object]") -> None:
    engine = open_rows(path)
    with engine.connect() as connection:
        stage = HashStage(connection, vkey, origin)
        start = time.process_time()
        while not stage.finished:
            found = list(stage.step())
            assert not found, found
        spent = time.process_time() - start
    engine.dispose()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.send(Checked(stage.total, spent / stage.total * 1e6, memory))
    answer.close()
