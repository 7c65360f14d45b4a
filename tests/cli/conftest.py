"""A real server process, a real MCP server behind it, and the command line as people use it."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bailiwick.__main__ import main

UPSTREAM = Path(__file__).parent.parent / "upstream" / "sdk_server.py"
BAILIWICK = (sys.executable, "-m", "bailiwick")

CATALOGUE = """\
connector: lab
actions:
  lab.text.echo: {tool: echo, says: read a text, floor: low, effect: read, reads: internal, idempotent: true}
  lab.work.follow: {tool: progress, says: follow work, floor: low, effect: read, reads: internal, idempotent: true}
  lab.work.wait: {tool: hang, says: wait, floor: low, effect: read, reads: internal, idempotent: true}
  lab.region.change:
    tool: regional
    says: change a region
    floor: medium
    effect: write
    arguments: {region: authority, count: content}
    measures: {count: {value_of: count}}
    idempotent: true
  lab.thing.break: {tool: fail, says: break a thing, floor: high, effect: write, idempotent: false}
  lab.thing.die: {tool: die, says: stop it, floor: medium, effect: write, idempotent: false}
"""

CHARTER = """\
charter: lab-helper
purpose: Try things in the laboratory.
workflow: trying
owner: {accountable: ana@acme.example, backup: it-ops@acme.example, review_by: 2027-06-30}
data: {may_read: [public, internal], may_send_out: []}
can:
  - {do: lab.text.echo, tier: low}
  - {do: lab.work.follow, tier: low}
  - {do: lab.work.wait, tier: low}
  - {do: lab.region.change, tier: medium, limits: {region: {one_of: [north, süd]}, count: {max: 5, optional: true}}}
  - {do: lab.thing.break, tier: high}
cannot: [lab.thing.die]
approve: {all_of: [{role: director}], not: [requester, owner], within: 4h}
run: {calls: 400, seconds: 6000, repeats: 90, retries: 80}
"""


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Person:
    """The command line of one person: a configuration folder of their own."""

    config: Path
    url: str

    def environment(self) -> dict[str, str]:
        return {"BAILIWICK_CONFIG": str(self.config)}

    def run(self, *arguments: str, stdin: str = "") -> Ran:
        """One command in this process, as `bailiwick …` would run it."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.setattr(sys, "argv", ["bailiwick", *arguments])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            for name, value in self.environment().items():
                patch.setenv(name, value)
            try:
                main()
                code = 0
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
        return Ran(code, out.getvalue(), err.getvalue())

    def json(self, *arguments: str, stdin: str = "") -> Any:
        """The document of a command that must succeed."""
        ran = self.run(*arguments, "--json", stdin=stdin)
        assert ran.code == 0, ran
        return ran.document


class Served:
    """A `bailiwick up` process on a free port; `with` stops it."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.log = data.with_name(f"{data.name}-{time.time_ns()}.log")
        command = [*BAILIWICK, "up", "--data", str(data), "--port", "0", "--json", *arguments]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.log.read_text())
        self.ready = json.loads(line)
        self.url = self.ready["url"]

    def stop(self) -> int:
        """End it as an init system does; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@dataclass
class House:
    """A server with an administrator, a director and an auditor, a connector, a charter and an enrolled agent."""

    served: Served
    folder: Path
    people: dict[str, Person]
    key: Path

    @property
    def url(self) -> str:
        return self.served.url

    @property
    def admin(self) -> Person:
        return self.people["admin"]

    @property
    def director(self) -> Person:
        return self.people["director"]

    def bridge(self, *more: str) -> list[str]:
        """The command of a bridge for the agent."""
        return [*BAILIWICK, "bridge", "--server", self.url, "--agent", "lab-helper", "--key", str(self.key), *more]


def start_house(folder: Path) -> House:
    served = Served(folder / "data")
    admin = Person(folder / "config-admin", served.url)
    admin.json("login", "--link", served.ready["first_link"])
    people = {"admin": admin}
    roles = {"director": "director", "auditor": "auditor", "ana": "workflow-owner", "it-ops": "it-change"}
    for name, role in roles.items():
        added = admin.json("person", "add", f"{name}@acme.example", "--name", name.title(), "--role", role)
        people[name] = Person(folder / f"config-{name}", served.url)
        people[name].json("login", "--link", added["link"]["url"])
    (folder / "lab.yaml").write_text(CATALOGUE)
    (folder / "lab-helper.yaml").write_text(CHARTER)
    settings = ["--vendor", "Acme", "--responsible", "it-ops@acme.example", "--review-by", "180d"]
    ran = admin.run("connector", "add", "lab", "--json", *settings, "--", sys.executable, str(UPSTREAM), "stdio")
    assert ran.code == 0, ran
    admin.json("catalogue", "import", "lab", str(folder / "lab.yaml"))
    admin.json("charter", "publish", str(folder / "lab-helper.yaml"), "--note", "the first version")
    key = folder / "lab-helper.pem"
    admin.json("agent", "enrol", "lab-helper", "--charter", "lab-helper", "--key", str(key))
    return House(served, folder, people, key)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all tests of a worker; a test makes what it changes by itself."""
    built = start_house(tmp_path_factory.mktemp("house"))
    yield built
    assert built.served.stop() == 0


@pytest.fixture
def nobody(tmp_path: Path) -> Person:
    """Somebody who is signed in nowhere."""
    return Person(tmp_path / "config", "http://127.0.0.1:1")


@pytest.fixture(autouse=True)
def _no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "BAILIWICK_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    os.environ.setdefault("NO_COLOR", "1")
