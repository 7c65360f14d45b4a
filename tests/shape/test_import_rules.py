"""Imports go one way; the rules are in pyproject.toml and are shown here to bite."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# What a pure room may import besides the rooms below it.
PURE = {"core": set(), "ports": set(), "ledger": {"cryptography", "orjson", "rfc8785"}}
# The standard library's own ways out of purity: clocks, chance, sockets, files, processes, threads.
IMPURE = {
    *("asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select"),
    *("shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time"),
    *("urllib", "uuid"),
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    command = [program, "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True, timeout=100)


def test_every_room_keeps_to_the_import_rules(checkout):
    done = lint_imports(checkout)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("room", sorted(PURE))
def test_a_pure_room_imports_only_what_is_listed(package, room):
    found = {
        f"{source.name} imports {name}"
        for source in package
        if source.room == room
        for name in imported(source.tree)
        if name != "bailiwick" and not allowed(name, PURE[room])
    }
    assert found == set()


def allowed(name: str, listed: set[str]) -> bool:
    return name in listed or (name in sys.stdlib_module_names and name not in IMPURE)


def imported(tree: ast.Module) -> set[str]:
    """The top-level names a module imports, wherever in it the import stands."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def test_each_planted_violation_is_found(checkout, tmp_path):
    shutil.copy(checkout / "pyproject.toml", tmp_path)
    shutil.copytree(checkout / "src/bailiwick", tmp_path / "bailiwick")
    planted = {
        "core": "socket",
        "flow": "bailiwick.store.schema",
        "ledger": "bailiwick.core.decide",
        "ports": "sqlalchemy",
        "store": "bailiwick.web",
        "web": "bailiwick.demo",
    }
    for room, name in planted.items():
        (tmp_path / "bailiwick" / room / "planted.py").write_text(f"import {name}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert set(re.findall(r"bailiwick\.(\w+)\.planted", done.stdout)) == set(planted)


def test_settings_are_read_only_where_everything_is_wired(package):
    readers = {
        source.room
        for source in package
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "bailiwick.settings"
    }
    assert readers <= {"__main__", "build", "cli", "demo"}


def test_only_the_command_line_imports_inside_functions(package):
    found = [
        f"{source.name}:{inner.lineno} in {outer.name}"
        for source in package
        if source.room not in {"cli", "__main__"}
        for outer in ast.walk(source.tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert found == []
