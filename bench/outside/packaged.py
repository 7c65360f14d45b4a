"""Verifies a log with a package that others wrote: `python packaged.py metamorphic|scitt FOLDER`.

It runs with that package alone and imports nothing of ours; the entries and proofs are read here, and judged there.
"""

import base64
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path


def entries(folder: Path, size: int) -> Iterator[bytes]:
    """The entries in order (C2SP tlog-tiles)."""
    for start in range(0, size, 256):
        index, width = start // 256, min(256, size - start)
        place = f"{index % 1000:03d}"
        while index := index // 1000:
            place = f"x{index % 1000:03d}/{place}"
        data, at = (folder / f"tile/entries/{place}{f'.p/{width}' if width < 256 else ''}").read_bytes(), 0
        while at < len(data):
            begin, at = at + 2, at + 2 + int.from_bytes(data[at : at + 2], "big")
            yield data[begin:at]


def proofs(folder: Path) -> Iterator[list[bytes]]:
    """The inclusion proof of each entry."""
    for line in (folder / "proofs").read_bytes().split(b"\n")[:-1]:
        yield [base64.b64decode(one) for one in line.split(b" ")] if line else []


def growth(folder: Path) -> list[bytes]:
    """The consistency proof from the older checkpoint."""
    return [base64.b64decode(line) for line in (folder / "growth").read_bytes().split()]


def metamorphic(folder: Path) -> int:
    """metamorphic-log (Rust): both checkpoints, the inclusion of every entry, and the growth between them."""
    import metamorphic_log as theirs  # noqa: PLC0415  # only the one that is asked for is there

    keys = [(folder / "log.vkey").read_text().strip()]
    note, older = ((folder / name).read_bytes().decode() for name in ("checkpoint", "older"))
    head = theirs.checkpoint_verify(note, keys)
    theirs.checkpoint_verify(older, keys)
    count = 0
    for leaf, proof in zip(entries(folder, head.size), proofs(folder), strict=True):
        hashed = hashlib.sha256(b"\x00" + leaf).digest()
        theirs.verify_inclusion(count, head.size, hashed, proof, bytes(head.root))
        count += 1
    theirs.checkpoint_verify_consistency(older, note, keys, growth(folder))
    return _all(count, head.size)


def scitt(folder: Path) -> int:
    """scitt-cose: the root made anew from all entries, the inclusion of every one, and the growth.

    It reads no signed notes: what the checkpoint states is taken as it stands.
    """
    import scitt_cose as theirs  # noqa: PLC0415  # likewise

    (older_size, older_root), (size, root) = (_stated(folder / name) for name in ("older", "checkpoint"))
    leaves = [leaf.hex() for leaf in entries(folder, size)]
    if theirs.merkle_root(leaves) != root:
        raise ValueError("the entries do not make up the root that the checkpoint states")
    for index, (leaf, proof) in enumerate(zip(leaves, proofs(folder), strict=True)):
        if not theirs.verify_inclusion(leaf, index, size, [one.hex() for one in proof], root):
            raise ValueError(f"entry {index} is not proved")
    grown = [one.hex() for one in growth(folder)]
    if not theirs.verify_consistency(older_root, root, older_size, size, grown):
        raise ValueError("the growth is not proved")
    return _all(len(leaves), size)


def _stated(path: Path) -> tuple[int, str]:
    lines = path.read_bytes().decode().split("\n")
    return int(lines[1]), base64.b64decode(lines[2], validate=True).hex()


def _all(count: int, size: int) -> int:
    if count != size:
        raise ValueError(f"{count} entries, not {size}")
    return count


if __name__ == "__main__":
    try:
        print(f"{globals()[sys.argv[1]](Path(sys.argv[2]))} entries")
    except Exception as error:  # noqa: BLE001  # whatever theirs raises is its way to refuse
        print(str(error) or type(error).__name__)
        sys.exit(1)
