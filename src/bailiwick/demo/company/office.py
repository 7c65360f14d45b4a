"""Runs the whole made-up company: every server a process, on free ports, with fresh secrets.

    with Office(Path("build/acme")) as office:
        office.crm.url, office.crm.secret, office.crm.database

Only the standard library is imported here; the servers' libraries load in their own processes.
"""

import json
import secrets
import signal
import smtplib
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bailiwick.demo.company import repository
from bailiwick.demo.company.notices import Notices

HTTP_SERVERS = ("crm", "email", "ads", "desk")
_PATIENCE_S = 30.0


class OfficeError(Exception):
    """A server of the company did not come up; the text quotes the end of its log."""


@dataclass(frozen=True)
class Branch:
    """One running server. `secret` is the bearer credential, for the sink the SMTP password."""

    name: str
    host: str
    port: int
    secret: str = field(repr=False)
    admin_secret: str = field(repr=False)
    database: Path
    pid: int

    @property
    def url(self) -> str:
        """The MCP address; the sink has none."""
        if self.name == "sink":
            raise AttributeError("the mail sink speaks SMTP; use host and port")
        return f"http://{self.host}:{self.port}/mcp"


class Office:
    """The company in one folder. State in the folder survives; secrets and ports are new at every start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._branches: dict[str, Branch] = {}
        self._secrets = {name: secrets.token_urlsafe(32) for name in (*HTTP_SERVERS, "sink")}
        self._admin_secret = secrets.token_urlsafe(32)
        self._caretaker: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def branches(self) -> Mapping[str, Branch]:
        """Every server by name, as it runs now."""
        return self._branches

    @property
    def crm(self) -> Branch:
        return self._branches["crm"]

    @property
    def email(self) -> Branch:
        return self._branches["email"]

    @property
    def ads(self) -> Branch:
        return self._branches["ads"]

    @property
    def desk(self) -> Branch:
        return self._branches["desk"]

    @property
    def sink(self) -> Branch:
        """The mail relay: `host`, `port`, `secret` (any login name), `database` for `mail.mail`."""
        return self._branches["sink"]

    @property
    def git_command(self) -> tuple[str, ...]:
        """The stdio MCP server of the company's repository; run it with `git_environment`."""
        return (sys.executable, "-m", "mcp_server_git", "--repository", str(self.folder / "repository"))

    @property
    def git_environment(self) -> Mapping[str, str]:
        return repository.IDENTITY

    @property
    def time_command(self) -> tuple[str, ...]:
        """The stdio MCP server that tells the time."""
        return (sys.executable, "-m", "mcp_server_time", "--local-timezone", "Europe/Madrid")

    def start(self) -> None:
        """Returns once every server has answered a real request; on failure nothing stays behind."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._caretaker = subprocess.Popen(
            (sys.executable, "-m", "bailiwick.demo.company.caretaker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C on the terminal is for the office alone
        )
        assert self._caretaker.stdout is not None
        self._notices = Notices(self._caretaker.stdout)
        try:
            # INVARIANT: the sink is ready first, since the e-mail service is told its port.
            self._launch("sink")
            for name in ("crm", "ads", "desk"):
                self._launch(name)
            repository.create(self.folder / "repository")
            self._await_ready("sink")
            self._launch("email")
            for name in HTTP_SERVERS:
                self._await_ready(name)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends every server and waits for it; stopping twice is harmless."""
        caretaker, self._caretaker = self._caretaker, None
        if caretaker is None:
            return
        assert caretaker.stdin is not None
        caretaker.stdin.close()
        try:
            caretaker.wait(timeout=10)
        except subprocess.TimeoutExpired:
            caretaker.kill()
            caretaker.wait()
        self._notices.close()

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash would: returns when the process is gone. `bring_back` starts it again."""
        with self._lock:
            self._command(signal=name, number=signal.SIGKILL)
            self._notices.wait("gone", name, _PATIENCE_S)

    def bring_back(self, name: str) -> None:
        """Starts a killed server on its old port with its old secret; faults do not survive."""
        with self._lock:
            self._launch(name)
            self._await_ready(name)

    def restart(self, name: str) -> None:
        """`kill`, then `bring_back`."""
        self.kill(name)
        self.bring_back(name)

    def fault(self, name: str, tool: str, kind: str, *, seconds: int = 30, times: int | None = None) -> None:
        """Switches a fault on, see `fault.FaultKind`; `times` calls meet it, None for all."""
        body = {"tool": tool, "kind": kind, "seconds": seconds}
        self._faults(name, "POST", body if times is None else {**body, "times": times})

    def clear_faults(self, name: str) -> None:
        self._faults(name, "DELETE", None)

    def _faults(self, name: str, method: str, body: dict[str, object] | None) -> None:
        branch = self._branches[name]
        status, answer = _http(branch, method, "/faults", branch.admin_secret, body)
        if status != 200:
            raise OfficeError(f"`{name}` refused the fault: {answer.get('error_description', status)}")

    def _command(self, **command: object) -> None:
        if self._caretaker is None or self._caretaker.stdin is None:
            raise OfficeError("the office is closed; start it first")
        self._caretaker.stdin.write(json.dumps(command).encode() + b"\n")
        self._caretaker.stdin.flush()

    def _launch(self, name: str) -> None:
        known = self._branches.get(name)
        environment = {
            "COMPANY_DATABASE": str(self._database(name)),
            "COMPANY_LOG": str(self.folder / f"{name}.log"),
            "COMPANY_PORT": str(known.port if known else 0),
            "COMPANY_SECRET": self._secrets[name],
            "COMPANY_ADMIN_SECRET": self._admin_secret,
        }
        if name == "email":
            environment["COMPANY_SMTP_PORT"] = str(self.sink.port)
            environment["COMPANY_SMTP_SECRET"] = self.sink.secret
        self._notices.forget(name)
        self._command(start=name, environment=environment)

    def _await_ready(self, name: str) -> None:
        """Listening is not enough: the server must answer one real request."""
        notice = self._notices.wait("ready", name, _PATIENCE_S)
        if notice is None:
            log = self.folder / f"{name}.log"
            tail = log.read_text()[-2_000:] if log.exists() else "it left no log"
            raise OfficeError(f"`{name}` did not come up: {tail}")
        branch = Branch(
            name=name,
            host="127.0.0.1",
            port=notice["port"],
            secret=self._secrets[name],
            admin_secret=self._admin_secret,
            database=self._database(name),
            pid=notice["pid"],
        )
        _greet(branch)
        self._branches[name] = branch

    def _database(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite"


def _greet(branch: Branch) -> None:
    if branch.name == "sink":
        with smtplib.SMTP(branch.host, branch.port, local_hostname="office.acme.example", timeout=10) as smtp:
            smtp.ehlo()
        return
    client = {"protocolVersion": "2025-11-25", "capabilities": {}}
    hello = {**client, "clientInfo": {"name": "office", "version": "1"}}
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    status, answer = _http(branch, "POST", "/mcp", branch.secret, request)
    if status != 200 or "result" not in answer:
        raise OfficeError(f"`{branch.name}` listens but does not answer: {status} {answer}")


def _http(
    branch: Branch, method: str, path: str, secret: str, body: dict[str, Any] | None
) -> tuple[int, dict[str, Any]]:
    connection = HTTPConnection(branch.host, branch.port, timeout=10)
    headers = {
        "Authorization": f"Bearer {secret}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()
