"""Where the command line keeps its personal tokens: one a server, in a file that only its owner can read."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from bailiwick.cli.trouble import CommandError
from bailiwick.store.private_file import PrivateFileError, read_private, replace_private

DEFAULT_SERVER = "http://127.0.0.1:8700"
FILE = "logins.json"


@dataclass(frozen=True, slots=True)
class Login:
    """A personal token for one server; `expires_us` is when the server stops taking it."""

    server: str
    email: str
    expires_us: int
    token: str = field(repr=False)


@dataclass(slots=True)
class LoginFile:
    """All logins; `current` is the server that commands talk to unless they are told otherwise."""

    path: Path
    current: str = DEFAULT_SERVER
    logins: dict[str, Login] = field(default_factory=dict)

    def put(self, login: Login) -> None:
        """Keep a login and make its server the current one."""
        self.logins[login.server] = login
        self.current = login.server
        self._write()

    def drop(self, server: str) -> Login | None:
        """Forget a login."""
        gone = self.logins.pop(server, None)
        if gone is not None:
            self._write()
        return gone

    def _write(self) -> None:
        logins = [asdict(login) for login in self.logins.values()]
        text = json.dumps({"current": self.current, "logins": logins}, indent=2)
        try:
            replace_private(self.path, text.encode() + b"\n")
        except PrivateFileError as error:
            raise CommandError(str(error), tag="login-file") from None


def folder() -> Path:
    """The user's configuration folder; BAILIWICK_CONFIG names another one."""
    chosen = os.environ.get("BAILIWICK_CONFIG")
    return Path(chosen) if chosen else platformdirs.user_config_path("bailiwick")


def read_logins() -> LoginFile:
    """The logins kept on this machine; none when there is no file."""
    path = folder() / FILE
    try:
        data = read_private(path)
    except PrivateFileError as error:
        raise CommandError(str(error), tag="login-file") from None
    if data is None:
        return LoginFile(path)
    try:
        document: dict[str, Any] = json.loads(data)
        found = [Login(**login) for login in document["logins"]]
        return LoginFile(path, str(document["current"]), {login.server: login for login in found})
    except (ValueError, KeyError, TypeError):
        raise CommandError(f"`{path}` is not readable; delete it and sign in again", tag="login-file") from None
