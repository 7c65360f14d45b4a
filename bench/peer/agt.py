"""Microsoft's Agent Governance Toolkit: installed once under build/, pinned by hash, asked over a pipe.

It is kept out of the development environment because it needs an older `cryptography` than we accept and brings
two dozen top-level packages. The version is what `pip install agent-governance-toolkit` gives.
"""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Final, Self, cast

PINNED: Final = Path(__file__).with_name("agt.txt")
ROOT: Final = Path(__file__).resolve().parents[2] / "build" / "agt"


def install() -> Path:
    """The folder it is installed in; downloads it when build/ does not hold what is pinned."""
    stamp, digest = ROOT / "installed", hashlib.sha256(PINNED.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != digest:
        stamp.unlink(missing_ok=True)
        quiet = ["-qq", "--disable-pip-version-check", "--no-input", "--upgrade"]
        exact = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
        pip = [sys.executable, "-m", "pip", "install", *quiet, *exact, "--target", str(ROOT), "-r", str(PINNED)]
        subprocess.run(pip, check=True)
        stamp.write_text(digest)
    return ROOT


class Toolkit:
    """A running worker; a context manager that ends it."""

    def __init__(self) -> None:
        worker = Path(__file__).with_name("agt_worker.py")
        # -S: none of our packages; its own come first and alone
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-W", "ignore", str(worker)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(install())},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        for stream in (self._process.stdin, self._process.stdout):
            cast(IO[str], stream).close()

    def run(self, engine: str, rules: int, numbers: list[int]) -> list[float]:
        """Microseconds of each call."""
        order, replies = cast(IO[str], self._process.stdin), cast(IO[str], self._process.stdout)
        order.write(json.dumps({"engine": engine, "rules": rules, "numbers": numbers}) + "\n")
        order.flush()
        reply = replies.readline()
        if not reply:
            raise RuntimeError("the toolkit's process ended; run bench/peer/agt_worker.py by hand to see why")
        return [float(each) for each in json.loads(reply)]
