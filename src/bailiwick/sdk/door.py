"""One installation's HTTP surface as an agent sees it: posts out, objects or sentences back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast
from urllib.parse import urlsplit

import aiohttp

_LARGEST_BYTES = 16 * 1024 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=None, connect=10, sock_read=120)


class AgentError(Exception):
    """Something an agent asked for did not happen; the message is a sentence that says what to do."""


class NoAnswerError(AgentError):
    """Nobody answered. Whether a call that was sent has happened is not known."""


class RefusedError(AgentError):
    """The installation answered no: `status` is the HTTP status, `code` the OAuth or JSON-RPC error."""

    def __init__(self, sentence: str, status: int, code: str | int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A reply as it came, read whole."""

    status: int
    content_type: str
    body: bytes


class HttpDoor:
    """Posts to one base address; follows no redirect, so a credential goes nowhere else."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise AgentError(f"`{url}` is not the address of an installation; give one like https://host:8700")
        self.url = url.rstrip("/")
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # The cookie jar stays empty: an agent has no session but its token.
        self._http = aiohttp.ClientSession(timeout=_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        """Send once, never again: only the caller knows whether a second time is safe."""
        if self._http is None:
            raise AgentError("the session is not open; use it inside `async with AgentSession(...)`")
        try:
            async with self._http.post(
                self.url + path, data=body, headers=dict(headers), allow_redirects=False
            ) as response:
                chunks = bytearray()
                async for chunk in response.content.iter_any():
                    chunks += chunk
                    if len(chunks) > _LARGEST_BYTES:
                        raise NoAnswerError(f"the answer of `{self.url}{path}` is over 16 MiB; ask for less")
                return HttpAnswer(response.status, response.content_type, bytes(chunks))
        except aiohttp.ClientConnectorError:
            raise NoAnswerError(f"cannot reach `{self.url}`; is the server running, and the address right?") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoAnswerError(
                f"`{self.url}{path}` gave no answer ({type(error).__name__}); "
                "look whether it was done before asking again"
            ) from None


def read_object(answer: HttpAnswer, asked: str) -> dict[str, object]:
    """The JSON object of a 2xx answer; any other answer is a RefusedError in the server's own words."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = None
    document = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    if 200 <= answer.status < 300 and document:
        return document
    code, sentence = _refusal(document)
    words = sentence or f"the server answered {answer.status} and gave no reason"
    raise RefusedError(f"{asked} was refused: {words}", answer.status, code)


def _refusal(document: dict[str, object]) -> tuple[str | None, str | None]:
    """Code and sentence of an error: `{"error": {"code", "message"}}` of the API, or RFC 6749's two strings."""
    error = document.get("error")
    if isinstance(error, dict):
        code, words = error.get("code"), error.get("message")
    else:
        code, words = error, document.get("error_description") or error
    return code if isinstance(code, str) else None, words if isinstance(words, str) else None
