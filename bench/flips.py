"""`python -m bench.flips`: change one byte of an exported record, 2,000 times, and see each found and its file named.

The export is of a real store with agents' work in it, or any export folder (`--from`). Every file is changed at least
once as long as there are more changes than files; the rest falls where the bytes are. The last line carries the
figure; the exit status is 1 when a change was not found, or was found in another file only.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final

from bailiwick.cli.export_folder import read_folder
from bailiwick.ledger import bundle
from bench.populated import populate

CHANGES: Final = 2000
ROUNDS: Final = 6
SEED: Final = 20_261_122
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Flip:
    """One byte of one file, exchanged for another."""

    file: str
    at: int
    mask: int

    def apply(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The files with this byte changed; all other bytes are shared with the originals."""
        data = bytearray(files[self.file])
        data[self.at] ^= self.mask
        return {**files, self.file: bytes(data)}


def flips(files: Mapping[str, bytes], changes: int, seed: int) -> Iterator[Flip]:
    """Changes in a fixed order for a seed: first one in each file, then over all bytes alike."""
    chance = random.Random(seed)
    names = sorted(name for name, data in files.items() if data)
    ends = list(accumulate(len(files[name]) for name in names))
    first = chance.sample(names, len(names))
    for number in range(changes):
        if number < len(first):
            name = first[number]
            at = chance.randrange(len(files[name]))
        else:
            place = chance.randrange(ends[-1])
            which = next(index for index, end in enumerate(ends) if place < end)
            name = names[which]
            at = place - (ends[which] - len(files[name]))
        # half of the changes are single bits: the smallest difference that there is
        mask = 1 << chance.randrange(8) if number % 2 else chance.randrange(1, 256)
        yield Flip(name, at, mask)


def missed(files: Mapping[str, bytes], changes: int, seed: int) -> list[tuple[Flip, list[str]]]:
    """The changes that were not found in their own file, each with the files that were named instead."""
    vkey = files[bundle.VKEY].decode().strip()
    before = bundle.verify(files, vkey)
    if before:
        raise ValueError(f"the export does not verify as it is: {before[0]}")
    wrong = []
    for flip in flips(files, changes, seed):
        named = {finding.file for finding in bundle.verify(flip.apply(files), vkey)}
        if flip.file not in named:
            wrong.append((flip, sorted(named)))
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.flips", description="change bytes of an exported record")
    parser.add_argument("--changes", type=int, default=CHANGES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--from", dest="folder", type=Path, help="an export folder instead of a made-up record")
    options = parser.parse_args(arguments)
    if options.folder is not None:
        files, odd = read_folder(options.folder)
        if odd:
            parser.error(f"`{odd[0].file}`: {odd[0].what}")
    else:
        with tempfile.TemporaryDirectory() as folder:
            decided, files = populate(Path(folder), ROUNDS)
        print(f"a record of {decided} governed actions")
    size = sum(map(len, files.values()))
    print(f"an export of {len(files)} files, {size} bytes, {len(bundle.entries(files))} events; seed {options.seed}")
    wrong = missed(files, options.changes, options.seed)
    for flip, named in wrong[:SHOWN]:
        print(f"NOT found: {flip.file} at {flip.at}, xor {flip.mask:#04x}; named instead: {', '.join(named) or 'none'}")
    print(f"flips: {options.changes} changed, {options.changes - len(wrong)} found and named")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
