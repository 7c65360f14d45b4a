"""One HTTP POST of one JSON-RPC message, and the proof whether any of it was sent."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bailiwick.ports.upstream import UpstreamUnavailable, UpstreamUncertain
from bailiwick.upstream.address import Address, UnsendableError, parse_address
from bailiwick.upstream.connection import Connection, connect
from bailiwick.upstream.event_stream import EventStream
from bailiwick.upstream.frame import parse
from bailiwick.upstream.response import MalformedResponseError

OnMessage = Callable[[dict[str, Any]], Awaitable[None]]

# uvicorn closes an idle connection after 5 s. Ours must go first: a request written to a connection that the
# other side is just closing is an action with an unknown outcome.
_KEEP_ALIVE_S = 4.0
_CONNECTIONS = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status, the JSON-RPC response and the session id if there were any."""

    status: int
    message: dict[str, Any] | None
    session: str | None


class Poster:
    """Kept-alive connections to one URL, without cookies, redirects or proxies of the environment.

    At most 256 requests are on their way at a time, each on a connection of its own; the next waits its turn.
    """

    def __init__(self, url: str, reply_max: int) -> None:
        self._url = url
        self._reply_max = reply_max
        self._address: Address | None = None
        self._tls: ssl.SSLContext | None = None
        self._turns = asyncio.Semaphore(_CONNECTIONS)
        self._open: set[Connection] = set()
        self._idle: dict[Connection, float] = {}  # since when, the longest idle first
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    async def post(
        self,
        data: bytes,
        headers: Mapping[str, str],
        rpc_id: int | None,
        deadline: float,
        on_message: OnMessage | None = None,
        look: Callable[[], None] | None = None,
    ) -> Answer:
        """Send `data` once and wait until `deadline` (loop time) for the response to `rpc_id`.

        Other messages of an event stream go to `on_message` in order. `look` is called when the connection is
        up, right before `data` is written; what it raises, an `UpstreamError`, is raised. Raises
        `UpstreamUnavailable` only when no byte of `data` was handed to the network, `UpstreamUncertain` for
        every other failure.
        """
        sent = False
        try:
            async with asyncio.timeout_at(deadline):
                request = self._found().request("POST", headers, data)
                connection = await self._lease(deadline)
                try:
                    if look is not None:
                        look()
                    # INVARIANT: nothing is awaited since the connection was leased; this is the only write of
                    # `data`, and `sent` is set before its first byte is written.
                    sent = True
                    connection.send(request)
                    await connection.answered()
                    return await self._read(connection, rpc_id, on_message)
                finally:
                    self._release(connection)
        # RuntimeError: what uvloop raises of a socket that it cannot use
        except (OSError, ValueError, RuntimeError) as error:
            if not sent:
                raise UpstreamUnavailable(
                    f"no connection to the upstream ({_what(error)}); nothing was sent"
                ) from error
            raise UpstreamUncertain(
                f"the request was sent and no answer came ({_what(error)}); look at the upstream's own journal"
            ) from error

    async def _read(self, connection: Connection, rpc_id: int | None, on_message: OnMessage | None) -> Answer:
        response = connection.response
        if response.streams:
            message = await self._read_events(connection, rpc_id, on_message)
            return Answer(response.status, message, response.session)
        body = response.take()
        message = parse(body) if body else None
        # One POST carries one request, so an error is about it even where the server did not repeat the id.
        if message is not None and "error" not in message and not _answers(message, rpc_id):
            message = None
        return Answer(response.status, message, response.session)

    async def _read_events(
        self, connection: Connection, rpc_id: int | None, on_message: OnMessage | None
    ) -> dict[str, Any] | None:
        events = EventStream()
        while part := await connection.part():
            for data in events.feed(part):
                message = parse(data)
                if message is None:
                    continue
                if "method" in message:
                    if on_message is not None:
                        await on_message(message)
                elif _answers(message, rpc_id):
                    return message
        return None

    async def delete(self, headers: Mapping[str, str], timeout_s: float) -> None:
        """End a legacy session, best effort."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                request = self._found().request("DELETE", headers)
                connection = await self._lease(deadline)
                try:
                    connection.send(request)
                    await connection.answered()
                finally:
                    self._release(connection)
        except (OSError, ValueError, RuntimeError, UpstreamUnavailable, UpstreamUncertain):
            return  # the upstream forgets an idle session by itself

    async def close(self) -> None:
        """Close every connection; a request in flight fails as by a broken connection."""
        self._closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        connections = list(self._open)
        for connection in connections:
            connection.abort()
        if connections:
            await asyncio.wait([connection.closed for connection in connections])

    def _found(self) -> Address:
        if self._address is None:
            address = parse_address(self._url)
            if address.tls:
                self._tls = ssl.create_default_context()
                self._tls.set_alpn_protocols(["http/1.1"])
            self._address = address
        return self._address

    async def _lease(self, deadline: float) -> Connection:
        """A connection for one request; whoever has it gives it back with `_release`.

        INVARIANT: nothing is awaited between the last look at the connection and the return, so a request is
        never written to one that is known to be lost, nor after the gateway began to shut down.
        """
        await self._turns.acquire()
        try:
            now = asyncio.get_running_loop().time()
            if now >= deadline:
                raise TimeoutError
            self._go_on()
            connection = self._kept(now) or await self._connected()
            if not connection.alive:
                raise MalformedResponseError("the upstream closed the connection at once")
        except BaseException:
            self._turns.release()
            raise
        return connection

    def _kept(self, now: float) -> Connection | None:
        """The connection that became idle last, so that those that are not needed grow old."""
        while self._idle:
            connection, since = self._idle.popitem()
            if connection.alive and now < since + _KEEP_ALIVE_S:
                return connection
            connection.close()
        return None

    async def _connected(self) -> Connection:
        connection = await connect(self._found(), self._reply_max, self._tls)
        self._open.add(connection)
        connection.closed.add_done_callback(lambda _: self._forget(connection))
        if self._closed:
            connection.abort()
            self._go_on()
        return connection

    def _go_on(self) -> None:
        if self._closed:
            raise UpstreamUnavailable("the gateway is shutting down; nothing was sent")

    def _release(self, connection: Connection) -> None:
        """INVARIANT: only a connection that can carry a whole new exchange is kept, and never over 4 s idle."""
        self._turns.release()
        if self._closed or not connection.reusable:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        self._idle[connection] = loop.time()
        if self._sweeping is None:
            self._sweeping = loop.call_later(_KEEP_ALIVE_S, self._sweep)

    def _sweep(self) -> None:
        self._sweeping = None
        loop = asyncio.get_running_loop()
        for connection, since in list(self._idle.items()):
            if since + _KEEP_ALIVE_S > loop.time():
                self._sweeping = loop.call_at(since + _KEEP_ALIVE_S, self._sweep)
                return
            del self._idle[connection]
            connection.close()

    def _forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._idle.pop(connection, None)


def _answers(message: Mapping[str, Any], rpc_id: int | None) -> bool:
    found = message.get("id")
    return rpc_id is not None and type(found) is int and found == rpc_id


def _what(error: Exception) -> str:
    """What happened, in words or by the error's type; texts that are not ours may hold anything."""
    if isinstance(error, MalformedResponseError | UnsendableError):
        return str(error)
    return "no answer in time" if isinstance(error, TimeoutError) else f"`{type(error).__name__}`"
