"""A person of the company at Bailiwick's HTTP API, with a token of their own."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

_PATIENCE_S: Final = 60.0


class CallerError(Exception):
    """The API did not do what the demo needs; the text is the server's own sentence."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """A reply as it came."""

    status: int
    body: bytes

    def document(self) -> dict[str, Any]:
        """The JSON object of the reply, empty if it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def sentence(self) -> str:
        """What the server says is wrong, with the places of the flaws if it names them."""
        error = self.document().get("error")
        if not isinstance(error, dict):
            return self.body[:300].decode(errors="replace")
        flaws = [f"line {flaw.get('line')}: {flaw.get('message')}" for flaw in error.get("problems") or ()]
        return "; ".join([str(error.get("message")), *flaws])


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls one installation; an empty token sends none."""

    url: str
    token: str = ""

    def ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> ApiAnswer:
        """Send one request; any status is an answer. Raises OSError when nobody is there."""
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        sent = {"Accept": "application/json", **(headers or {})}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = HTTPConnection(parts.hostname, parts.port, timeout=_PATIENCE_S)
        try:
            connection.request(method, path, data, sent)
            reply = connection.getresponse()
            return ApiAnswer(reply.status, reply.read())
        except HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def need(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """The answer's object; anything but success is a `CallerError`."""
        answer = self.ask(method, path, body)
        if not 200 <= answer.status < 300:
            raise CallerError(f"{method} {path} was answered {answer.status}: {answer.sentence()}")
        return answer.document()
