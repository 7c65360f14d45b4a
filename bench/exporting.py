"""A million events as a Parquet file: the CPU time to write and to check it, and whether memory stays flat."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bailiwick.flow.parquet import parquet_chunks, verify_parquet
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.note import Signer, sign
from bailiwick.ports.reader import SignedHead
from bailiwick.store.reader import SqliteReader
from bench.measurement import measurement
from bench.questions import EVENTS, recorded

KEY = Signer("acme.example/log", bytes(range(32)))
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Exported:
    """The CPU time that writing and checking took; `growth_mb` is what the second half needed beyond the first."""

    write_us: float
    verify_us: float
    growth_mb: float
    size: int


class Signed:
    """A reader of leaves that were written in bulk, with the checkpoint that their signer would have written."""

    def __init__(self, reader: SqliteReader) -> None:
        self._reader = reader
        frontier = Frontier()
        for leaf in reader.leaves(EVENTS):
            frontier.append(leaf_hash(leaf))
        text = Checkpoint(KEY.name, EVENTS, frontier.root()).format()
        self._head = SignedHead(EVENTS, frontier.root(), sign(text, KEY), 0)

    def head(self) -> SignedHead:
        return self._head

    def leaves(self, size: int) -> Iterator[bytes]:
        return self._reader.leaves(size)


@cache
def exported() -> Exported:
    """Written and checked once a run; RuntimeError when the file does not hash to the root of its checkpoint."""
    with _reading() as reader, tempfile.TemporaryDirectory(prefix="bailiwick-parquet-") as folder:
        path, used = Path(folder) / "record.parquet", []
        signed = Signed(reader)
        start = time.process_time()
        with path.open("wb") as file:
            for piece in parquet_chunks(signed, KEY.vkey):  # type: ignore[arg-type]  # it reads head and leaves only
                file.write(piece)
                used.append(_memory_mb())
        written = time.process_time()
        report = verify_parquet(path, KEY.vkey)
        verified = time.process_time()
        head = report.head
        if report.findings or head is None or (head.size, head.root) != (EVENTS, signed.head().root):
            raise RuntimeError(f"the file does not hold: {report.findings}")
        half = len(used) // 2
        growth = max(used[half:]) - max(used[:half])
        took = ((written - start) / EVENTS * 1e6, (verified - written) / EVENTS * 1e6)
        return Exported(*took, growth, path.stat().st_size)


@contextmanager
def _reading() -> Iterator[SqliteReader]:
    reader = SqliteReader(recorded())
    try:
        yield reader
    finally:
        reader.close()


def _memory_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6


@measurement("parquet_write_us", unit="us CPU an event", against="absolute")
def parquet_write_us() -> float:
    return exported().write_us


@measurement("parquet_verify_us", unit="us CPU an event", against="absolute")
def parquet_verify_us() -> float:
    return exported().verify_us


@measurement("parquet_growth_mb", unit="MB in the second half", against="absolute", aim=30)
def parquet_growth_mb() -> float:
    return exported().growth_mb
