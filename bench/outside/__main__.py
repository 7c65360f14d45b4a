"""`python -m bench.outside`: a log of our real store, judged by verifiers and a witness that others wrote.

Every verifier must accept the log as it is, and refuse it when one bit is another, wherever it looks; the witness must
cosign growth and refuse a fork signed with the real key. The last line carries the figures; exit status 1 when
anything went otherwise or could not be run.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bailiwick.ledger import tile
from bailiwick.ledger.note import Signer
from bench.outside.equipment import MissingError
from bench.outside.log import OutsideLog, flipped, make_log
from bench.outside.verifier import VERIFIERS, OutsideVerifier
from bench.outside.witness import VERSION, ask_witness
from bench.populated import ORIGIN

ENTRIES: Final = 50_000
LEAST: Final = 1000
SEED: Final = 20_261_122
Row = tuple[str, str, bool, str, float]


def changes(log: OutsideLog, seed: int) -> dict[str, tuple[str, Callable[[bytes], int]]]:
    """For each kind of change the file in which one bit is flipped, and which byte of it.

    In a text the byte is one that stays a letter or digit, so that the verifier sees another hash and no bad base64.
    """
    chance = random.Random(seed)
    index, width = chance.choice(list(tile.entry_bundles(log.size)))
    return {
        "entry": (tile.entries_path(index, width), lambda data: 2 + chance.randrange(int.from_bytes(data[:2], "big"))),
        "tile": (tile.hash_path(0, index, width), lambda data: chance.randrange(len(data))),
        "root": ("checkpoint", lambda data: _letter(data, _line(data, 2), chance)),
        "signature": ("checkpoint", lambda data: _letter(data, data.rindex(b" ") + 10, chance)),
        "proof": ("proofs", lambda data: _letter(data, _line(data, chance.randrange(log.size)), chance)),
        "growth": ("growth", lambda data: _letter(data, 0, chance)),
        "proof file": ("entry.tlog-proof", lambda data: _letter(data, _line(data, 3), chance)),
    }


def _letter(data: bytes, start: int, chance: random.Random) -> int:
    """One of the forty bytes from `start` that is still a letter or digit when its lowest bit is another."""
    return chance.choice([at for at in range(start, start + 40) if bytes([data[at], data[at] ^ 1]).isalnum()])


def _line(data: bytes, number: int) -> int:
    return sum(map(len, data.split(b"\n")[:number])) + number


def examine(verifier: OutsideVerifier, log: OutsideLog, copies: Path) -> list[Row]:
    """What it said of the log as it is, and of the log with one bit flipped, in each file that it judges."""
    start = time.perf_counter()
    good, words = verifier.accepts(log.folder)
    found: list[Row] = [(verifier.name, "as it is", good, words, time.perf_counter() - start)]
    for kind in verifier.judges:
        name, place = changes(log, SEED)[kind]
        folder = copies / f"{verifier.name}-{kind}".replace("/", "-").replace(" ", "-")
        copy = flipped(log, folder, name, place, 0)
        start = time.perf_counter()
        accepted, words = verifier.accepts(copy)
        found.append((verifier.name, f"one bit flipped: {kind}", not accepted, words, time.perf_counter() - start))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.outside", description="judge our log from outside")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--only", help="one verifier by a part of its name, or `witness`")
    options = parser.parse_args(arguments)
    if options.entries < LEAST:
        parser.error(f"at least {LEAST} entries")
    rows: list[Row] = []
    missing: list[str] = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        start = time.perf_counter()
        log = make_log(folder / "log", (options.entries // 50, options.entries // 2, options.entries))
        print(f"a log of {log.size} entries in {time.perf_counter() - start:.1f} s: {log.vkey}")
        for verifier in VERIFIERS:
            if not options.only or options.only in verifier.name:
                try:
                    rows += examine(verifier, log, folder)
                except MissingError as error:
                    missing.append(f"{verifier.name}: {error}")
        if not options.only or options.only in "witness":
            try:
                rows += witnessed(log, folder)
            except MissingError as error:
                missing.append(f"aics-witness: {error}")
    return report(rows, missing)


def witnessed(log: OutsideLog, folder: Path) -> list[Row]:
    """What the witness said."""
    home = folder / "witness"
    home.mkdir()
    signer = Signer(ORIGIN, random.Random(2).randbytes(32))  # as `open_populated` draws it
    assert signer.vkey == log.vkey
    name = f"aics-witness {VERSION}"
    return [(name, one.asked, one.good, one.words, 0.0) for one in ask_witness(log, signer, home)]


def report(rows: Sequence[Row], missing: Sequence[str]) -> int:
    """Print the table and the last line; the exit status."""
    versions = {verifier.name: verifier.version for verifier in VERIFIERS}
    shown = Table("judge", "asked", "", "its words", "s", box=None, pad_edge=False)
    for name, asked, good, words, seconds in rows:
        judge = f"{name} {versions.get(name, '')}".strip()
        shown.add_row(judge, asked, "as it must" if good else "WRONG", words[:70], f"{seconds:.1f}" if seconds else "")
    Console(width=None if sys.stdout.isatty() else 180, soft_wrap=True).print(shown)
    for sentence in missing:
        print(f"MISSING: {sentence}")
    verifiers = {row[0] for row in rows if row[0] in versions}
    accepted = sum(row[2] for row in rows if row[0] in versions and row[1] == "as it is")
    flips = [row[2] for row in rows if row[0] in versions and row[1] != "as it is"]
    asked = [row[2] for row in rows if row[0] not in versions]
    wrong = sum(not row[2] for row in rows)
    print(
        f"outside: {len(verifiers)} verifiers, {accepted} accept the log, {sum(flips)} of {len(flips)} flipped bits "
        f"refused, {sum(asked)} of {len(asked)} answers of the witness as they must be, {len(missing)} missing"
    )
    return 1 if wrong or missing or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
