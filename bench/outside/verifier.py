"""The verifiers, each with the files of a log that it judges."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.outside.equipment import HERE, go_program, node_packages, python_packages

PATIENCE_S: Final = 600


@dataclass(frozen=True, slots=True)
class OutsideVerifier:
    """One program that others wrote; `judges` are the kinds of change that it can see."""

    name: str
    version: str
    judges: tuple[str, ...]
    command: Callable[[], tuple[Sequence[str | Path], dict[str, str]]]

    def accepts(self, folder: Path) -> tuple[bool, str]:
        """Whether it accepts the log in this folder, and its own last words."""
        command, environment = self.command()
        told = subprocess.run(
            [*map(str, command), str(folder)],
            env={"PATH": os.defpath, **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        words = (told.stdout.strip() or told.stderr.strip() or "nothing said").splitlines()[-1]
        if told.returncode not in (0, 1):
            raise RuntimeError(f"{self.name} broke off with status {told.returncode}: {words}")
        return told.returncode == 0, words


def _go() -> tuple[Sequence[str | Path], dict[str, str]]:
    return [go_program()], {}


def _sigstore() -> tuple[Sequence[str | Path], dict[str, str]]:
    node, folder = node_packages()
    return [node, HERE / "sigstore.cjs", folder], {}


def _packaged(name: str) -> tuple[Sequence[str | Path], dict[str, str]]:
    # -S: none of our packages, only theirs
    return [sys.executable, "-S", HERE / "packaged.py", name], {"PYTHONPATH": str(python_packages())}


VERIFIERS: Final = (
    OutsideVerifier("Go x/mod/sumdb", "0.7.0", ("entry", "tile", "root", "signature", "proof file"), _go),
    OutsideVerifier("@sigstore/verify", "3.1.1", ("entry", "proof", "root", "signature"), _sigstore),
    OutsideVerifier(
        "metamorphic-log",
        "0.1.11",
        ("entry", "proof", "growth", "root", "signature"),
        lambda: _packaged("metamorphic"),
    ),
    OutsideVerifier("scitt-cose", "0.5.0", ("entry", "proof", "growth", "root"), lambda: _packaged("scitt")),
)
