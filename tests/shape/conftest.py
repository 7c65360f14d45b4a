"""The code as data: every module under src, parsed once."""

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Source:
    """One Python file of the checkout; `name` is its path from the root, `room` its folder in the package."""

    name: str
    room: str
    text: str
    tree: ast.Module


def _read(checkout: Path, path: Path) -> Source:
    text = path.read_text(encoding="utf-8")
    inside = path.relative_to(checkout).parts
    room = inside[2].removesuffix(".py") if inside[0] == "src" else inside[0]
    return Source("/".join(inside), room, text, ast.parse(text))


@pytest.fixture(scope="session")
def package(checkout: Path) -> list[Source]:
    """Every module of the package."""
    return [_read(checkout, path) for path in sorted((checkout / "src").rglob("*.py"))]


@pytest.fixture(scope="session")
def programs(checkout: Path, package: list[Source]) -> list[Source]:
    """Every module that is not a test: the package, the measurements and the tools."""
    others = [path for folder in ("bench", "tools") for path in sorted((checkout / folder).rglob("*.py"))]
    return [*package, *(_read(checkout, path) for path in others)]


@pytest.fixture(scope="session")
def committed(checkout: Path) -> list[Path]:
    """Every file that belongs to the repository, also those not yet committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=checkout, capture_output=True, check=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := checkout / name).is_file()]
