"""One HTTP POST of one JSON-RPC message, and the proof whether any of it was sent.

aiohttp repeats a request on a broken keep-alive connection only for idempotent methods, never for a POST; the
tests hold it to that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from bailiwick.ports.upstream import UpstreamTooLarge, UpstreamUnavailable, UpstreamUncertain
from bailiwick.upstream.event_stream import EventStream
from bailiwick.upstream.frame import parse

OnMessage = Callable[[dict[str, Any]], Awaitable[None]]

# uvicorn closes an idle connection after 5 s. Ours must go first: a request written to a connection that the
# other side is just closing is an action with an unknown outcome.
_KEEP_ALIVE_S = 4.0
_CONNECTIONS = 256


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status, the JSON-RPC response and the session id if there were any."""

    status: int
    message: dict[str, Any] | None
    session: str | None


class _WithdrawnError(ConnectionError):
    pass


class _Body(Payload):
    """A request body that knows whether a byte of it can have left.

    INVARIANT: `sent` is set before the first byte of the body is handed to the transport, with no await
    between, and `withdraw` makes that handing over impossible. aiohttp writes the headers together with the
    body; even if it did not, a request without its declared body cannot be executed.
    """

    _value: bytes
    _autoclose = True

    def __init__(self, value: bytes) -> None:
        super().__init__(value, content_type="application/json")
        self._size = len(value)
        self.sent = False
        self.withdrawn = False

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._value.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        transport = getattr(writer, "transport", None)
        if self.withdrawn or transport is None or transport.is_closing():
            raise _WithdrawnError("the connection was closed before the request was written")
        self.sent = True
        await writer.write(self._value)

    def withdraw(self) -> bool:
        """Whether nothing was sent; if so, nothing will be."""
        self.withdrawn = not self.sent
        return self.withdrawn


class Poster:
    """Kept-alive connections to one URL, without cookies, redirects or proxies of the environment."""

    def __init__(self, url: str, reply_max: int) -> None:
        self._url = url
        self._reply_max = reply_max
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise UpstreamUnavailable("the gateway is shutting down; nothing was sent")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=False,
            )
        return self._session

    async def post(
        self,
        data: bytes,
        headers: Mapping[str, str],
        rpc_id: int | None,
        deadline: float,
        on_message: OnMessage | None = None,
    ) -> Answer:
        """Send `data` once and wait until `deadline` (loop time) for the response to `rpc_id`.

        Other messages of an event stream go to `on_message` in order. Raises `UpstreamUnavailable` only when
        no byte of `data` was handed to the network, `UpstreamUncertain` for every other failure.
        """
        session, body = self._open(), _Body(data)
        try:
            async with (
                asyncio.timeout_at(deadline),
                session.post(self._url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                return await self._read(response, rpc_id, on_message)
        # ValueError: a URL or header value aiohttp will not write; RuntimeError: the session was just closed
        except (aiohttp.ClientError, OSError, ValueError, RuntimeError) as error:
            what = "no answer in time" if isinstance(error, TimeoutError) else f"`{type(error).__name__}`"
            if body.withdraw():
                raise UpstreamUnavailable(f"no connection to the upstream ({what}); nothing was sent") from error
            raise UpstreamUncertain(
                f"the request was sent and no answer came ({what}); look at the upstream's own journal"
            ) from error

    async def _read(self, response: aiohttp.ClientResponse, rpc_id: int | None, on_message: OnMessage | None) -> Answer:
        session = response.headers.get("Mcp-Session-Id")
        if (response.content_length or 0) > self._reply_max:
            raise self._too_large(response)
        if response.content_type == "text/event-stream":
            message = await self._read_events(response, rpc_id, on_message)
            return Answer(response.status, message, session)
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._reply_max:
                raise self._too_large(response)
        message = parse(body) if body else None
        # One POST carries one request, so an error is about it even where the server did not repeat the id.
        if message is not None and "error" not in message and not _answers(message, rpc_id):
            message = None
        return Answer(response.status, message, session)

    async def _read_events(
        self, response: aiohttp.ClientResponse, rpc_id: int | None, on_message: OnMessage | None
    ) -> dict[str, Any] | None:
        events, total = EventStream(), 0
        async for chunk in response.content.iter_any():
            total += len(chunk)
            if total > self._reply_max:
                raise self._too_large(response)
            for data in events.feed(chunk):
                message = parse(data)
                if message is None:
                    continue
                if "method" in message:
                    if on_message is not None:
                        await on_message(message)
                elif _answers(message, rpc_id):
                    return message
        return None

    def _too_large(self, response: aiohttp.ClientResponse) -> UpstreamTooLarge:
        response.close()
        return UpstreamTooLarge(
            f"the upstream answered more than {self._reply_max} bytes; look at its own journal, ask for less"
        )

    async def delete(self, headers: Mapping[str, str], timeout_s: float) -> None:
        """End a legacy session, best effort."""
        if self._session is None:
            return
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._session.delete(self._url, headers=headers, allow_redirects=False),
            ):
                pass
        except (aiohttp.ClientError, OSError, ValueError, RuntimeError):
            return  # the upstream forgets an idle session by itself

    async def close(self) -> None:
        """Close every connection; a request in flight fails as by a broken connection."""
        self._closed = True
        if self._session is not None:
            await self._session.close()


def _answers(message: Mapping[str, Any], rpc_id: int | None) -> bool:
    found = message.get("id")
    return rpc_id is not None and type(found) is int and found == rpc_id
