"""The API as commands use it: values in, JSON values out, every failure a `CommandError`."""

import io
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, Final
from urllib.parse import quote, urlsplit

import httpx2

from bailiwick.cli.closing import AT_END
from bailiwick.cli.login_file import read_logins
from bailiwick.cli.trouble import CommandError, ExitCode, usage

Document = dict[str, Any]
PAGE: Final = 200
_TIMEOUT: Final = httpx2.Timeout(60, connect=10)


def place(*parts: str) -> str:
    """A path of the API; each part is quoted, so a name can never climb to another path."""
    return "/".join(quote(part, safe="") for part in ("", "v1", *parts))


class ApiClient:
    """One server, with or without a personal token."""

    def __init__(self, server: str, token: str | None) -> None:
        self.server = check_address(server)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = AT_END.enter_context(httpx2.Client(base_url=self.server, headers=headers, timeout=_TIMEOUT))

    def get(self, path: str, **query: Any) -> Document:
        """Read one thing; query values that are None are left out."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", path, params=wanted)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Document:
        return self._send("POST", path, json=dict(body or {}))

    def put(self, path: str, body: Mapping[str, Any]) -> Document:
        return self._send("PUT", path, json=dict(body))

    def patch(self, path: str, body: Mapping[str, Any]) -> Document:
        return self._send("PATCH", path, json=dict(body))

    def delete(self, path: str) -> Document:
        return self._send("DELETE", path)

    def items(self, path: str, limit: int | None = None, **query: Any) -> Iterator[Document]:
        """The items of a list, page after page, at most `limit`."""
        cursor: str | None = None
        left = limit
        while left is None or left > 0:
            page = self.get(path, limit=min(PAGE, left or PAGE), cursor=cursor, **query)
            found = page["items"] if left is None else page["items"][:left]
            yield from found
            cursor = page.get("next")
            if cursor is None:
                return
            left = None if left is None else left - len(found)

    def download(self, path: str, progress: Callable[[int], None] | None = None) -> bytes:
        """A reply as bytes; `progress` hears how many have come."""
        whole = io.BytesIO()
        self.save(path, whole, progress)
        return whole.getvalue()

    def save(
        self,
        path: str,
        sink: BinaryIO,
        progress: Callable[[int], None] | None = None,
        query: Mapping[str, str | None] | None = None,
    ) -> int:
        """Write a reply to `sink` as it comes, however long it is; how many bytes it had."""
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        size = 0
        try:
            with self._http.stream("GET", path, params=wanted) as response:
                if response.status_code >= 400:
                    response.read()
                    raise _refused(response)
                for chunk in response.iter_bytes():
                    sink.write(chunk)
                    size += len(chunk)
                    if progress is not None:
                        progress(size)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._unreachable(error) from None
        return size

    def post_for_text(self, path: str) -> str:
        """Have something made that comes as text."""
        try:
            response = self._http.post(path)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._unreachable(error) from None
        if response.status_code >= 300:
            raise _refused(response)
        return response.text

    def _send(self, method: str, path: str, **how: Any) -> Document:
        try:
            response = self._http.request(method, path, **how)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._unreachable(error) from None
        if response.status_code >= 300:
            raise _refused(response)
        if response.status_code == 204 or not response.content:
            return {}
        return _object(response)

    def _unreachable(self, error: Exception) -> CommandError:
        sentence = f"`{self.server}` does not answer ({type(error).__name__}); is `bailiwick up` running there?"
        return CommandError(sentence, ExitCode.UNREACHABLE, tag="unreachable")


def connect(server: str) -> ApiClient:
    """A client for `server`, or for the one last signed in to, with its personal token."""
    kept = read_logins()
    address = check_address(server) if server else kept.current
    token = os.environ.get("BAILIWICK_TOKEN")
    login = kept.logins.get(address)
    if token is None and login is None:
        sentence = f"you are not signed in to `{address}`; run `bailiwick login --link …`"
        raise CommandError(sentence, ExitCode.SIGNED_OUT, tag="unsigned")
    return ApiClient(address, token or (login.token if login else None))


def check_address(server: str) -> str:
    """The address without a trailing slash; anything that is no http address is a usage error."""
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise usage(f"`{server}` is not the address of a server; write one like http://127.0.0.1:8700")
    return server.rstrip("/")


def _object(response: httpx2.Response) -> Document:
    try:
        document = response.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        sentence = f"`{response.url.host}` answered something that is not Bailiwick's; is the address right?"
        raise CommandError(sentence, ExitCode.UNREACHABLE, tag="unreachable")
    return document


def _refused(response: httpx2.Response) -> CommandError:
    status = response.status_code
    error = _object(response).get("error")
    told = error if isinstance(error, dict) else {}
    problems = told.get("problems") or []
    sentence = str(told.get("message") or f"the server answered {status} and gave no reason")
    if status in (401, 403):
        code = ExitCode.SIGNED_OUT
    elif status in (502, 503, 504):
        code = ExitCode.UNREACHABLE
    elif problems:
        code = ExitCode.INVALID
    else:
        code = ExitCode.REFUSED
    return CommandError(sentence, code, tag=str(told.get("code") or status), problems=problems)
