"""A log to verify: events that our real store appended, laid out as files, with the proofs that verifiers ask for."""

import asyncio
import base64
import hashlib
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bailiwick.core.event import Actor, Event, EventType
from bailiwick.flow.export import export_stream
from bailiwick.ledger import proof
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import Signer, sign
from bailiwick.ports.reader import SignedHead
from bailiwick.ports.store import Shelf
from bench.populated import PopulatedStore, open_populated

BATCH: Final = 64
IN_FLIGHT: Final = 64
PROVED: Final = 4242
"""The entry whose proof is a file of its own."""


@dataclass(frozen=True, slots=True)
class Visits:
    """Somebody who signs in `count` times: events without payloads."""

    person: str
    count: int

    def step(self, shelf: Shelf) -> None:
        for _ in range(self.count):
            shelf.append(Event(EventType.PERSON_SIGNED_IN, Actor("person", self.person), {"by": "password"}))


@dataclass(frozen=True, slots=True)
class OutsideLog:
    """The log as files in `folder`, and as a tree with the heads that were signed while it grew."""

    folder: Path
    tree: Tree
    heads: tuple[SignedHead, ...]
    vkey: str

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self.heads[-1].size


def make_log(folder: Path, sizes: Iterable[int]) -> OutsideLog:
    """Let a real store grow to each of these sizes, sign it there, and lay it out in `folder`.

    Beside the export folder: `older` (the checkpoint before the last) with `growth` (the proof from it), `proofs`
    (the inclusion of every entry, a line each) and `entry.tlog-proof`.
    """
    with tempfile.TemporaryDirectory() as kept:
        return asyncio.run(_make(Path(kept), folder, list(sizes)))


async def _make(kept: Path, folder: Path, sizes: list[int]) -> OutsideLog:
    made = await open_populated(kept)
    try:
        heads = [await grown(made, size) for size in sizes]
        for path, data in export_stream(made.reader, made.log_key, heads[-1]):
            write(folder / path, data)
        tree = Tree(map(leaf_hash, made.reader.leaves(sizes[-1])))
        leaf = next(leaf for index, leaf in enumerate(made.reader.leaves(sizes[-1])) if index == PROVED % sizes[-1])
    finally:
        made.close()
    last, older = heads[-1], heads[-2]
    write(folder / "older", older.note)
    write(folder / "growth", b"\n".join(map(base64.b64encode, tree.consistency(older.size, last.size))) + b"\n")
    lines = (b" ".join(map(base64.b64encode, tree.inclusion(index, last.size))) for index in range(last.size))
    write(folder / "proofs", b"".join(line + b"\n" for line in lines))
    index = PROVED % last.size
    write(folder / "entry.tlog-proof", proof.make(index, tree.inclusion(index, last.size), last.note, leaf))
    return OutsideLog(folder, tree, tuple(heads), made.log_key)


async def grown(made: PopulatedStore, size: int) -> SignedHead:
    """Append events until there are exactly `size`, many at once, and have them signed."""
    person = made.people["ana@acme.example"]
    while (left := size - made.reader.size()) > 0:
        whole, rest = divmod(min(left, BATCH * IN_FLIGHT), BATCH)
        counts = [BATCH] * whole + ([rest] if rest else [])
        await asyncio.gather(*(made.store.commit(Visits(person, count)) for count in counts))
    if left < 0:
        raise ValueError(f"the store has {size - left} entries before any visit; ask for more than {size}")
    await made.store.checkpoint()
    head = made.reader.head()
    assert head is not None
    assert head.size == size
    return head


def forked(log: OutsideLog, signer: Signer) -> tuple[Tree, SignedHead]:
    """The same log with its tenth entry rewritten and one more at its end, signed with the real key."""
    hashes = log.tree.hashes(0, 0, log.size)
    hashes[9] = hashlib.sha256(b"\x00a rewritten entry").digest()
    tree = Tree([*hashes, leaf_hash(b"{}")])
    note = sign(Checkpoint(signer.name, tree.size, tree.root()).format(), signer)
    return tree, SignedHead(tree.size, tree.root(), note, log.heads[-1].at_us)


def flipped(log: OutsideLog, folder: Path, name: str, place: Callable[[bytes], int], bit: int) -> Path:
    """A copy of the log's folder in which one bit of one file is another; all other files are links."""
    for path in log.folder.rglob("*"):
        if path.is_file():
            copy = folder / path.relative_to(log.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(path.resolve())
    data = bytearray((folder / name).read_bytes())
    data[place(bytes(data))] ^= 1 << bit
    (folder / name).unlink()
    (folder / name).write_bytes(data)
    return folder


def write(path: Path, data: bytes) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
