"""One connection to an HTTP upstream: one request at a time, and only whole responses let it live on."""

import asyncio
import socket
import ssl
from typing import cast

from aiohappyeyeballs import start_connection

from bailiwick.ports.upstream import UpstreamTooLarge
from bailiwick.upstream.address import Address
from bailiwick.upstream.response import IncomingResponse, MalformedResponseError

# The most bytes of an event stream that wait for whoever reads it; then the other side has to wait.
_AHEAD_MAX = 65_536
# A second address of the same name is tried when the first did not answer within this (RFC 8305, section 5).
_NEXT_ADDRESS_S = 0.25


class Connection(asyncio.Protocol):
    """The asyncio protocol of one connection; `closed` is done once it is gone for good."""

    _transport: asyncio.Transport

    def __init__(self, reply_max: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._awaiting = False
        self._ended = False
        self._paused = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.response = IncomingResponse(reply_max)
        self.closed: asyncio.Future[None] = self._loop.create_future()

    @property
    def alive(self) -> bool:
        """Whether, as far as this side can know, a request written now would arrive."""
        return not self._ended and not self._transport.is_closing()

    @property
    def reusable(self) -> bool:
        """Whether the next request may be written.

        INVARIANT: the response before was read to its end and not a byte more came, the other side keeps the
        connection, and the request before has left this side: a response can only be about its own request.
        """
        response = self.response
        whole = response.complete and response.keep_alive and not self._paused
        return whole and self.alive and not self._transport.get_write_buffer_size()

    def send(self, request: bytes) -> None:
        """Hand all of `request` to the transport; from here on it counts as sent."""
        self.response.expect()
        self._awaiting = True
        self._transport.write(request)

    async def answered(self) -> None:
        """Wait for the whole response, or for the head of an event stream."""
        response = self.response
        while not (response.complete or response.streams):
            await self._news()

    async def part(self) -> bytes:
        """The next part of the body of an event stream, empty at its end."""
        response = self.response
        while not response.waiting:
            if response.complete:
                return b""
            await self._news()
        data = response.take()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return data

    async def _news(self) -> None:
        if self._error is not None:
            raise self._error
        self._waiter = self._loop.create_future()
        await self._waiter
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Say goodbye and close."""
        self._ended = True
        self._transport.close()

    def abort(self) -> None:
        """Close at once; what was not yet written is not written any more."""
        self._ended = True
        self._transport.abort()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection, TLS included, is up."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it

    def data_received(self, data: bytes) -> None:
        """Bytes came; INVARIANT: those that nobody waits for end the connection."""
        if not self._awaiting:
            self.abort()
            return
        response = self.response
        try:
            response.feed(data)
        except (MalformedResponseError, UpstreamTooLarge) as error:
            self._fail(error)
            return
        if response.complete:
            self._awaiting = False
            self._wake()
        elif response.streams:
            if response.waiting > _AHEAD_MAX and not self._paused:
                self._paused = True
                self._transport.pause_reading()
            self._wake()

    def eof_received(self) -> None:
        """The other side will say no more. It may still listen, but no answer could come back."""
        self._ended = True
        if self._awaiting:
            self._awaiting = False
            try:
                self.response.end()
            except MalformedResponseError as error:
                self._error = error
            self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone, by whichever side."""
        if self._awaiting:
            self._fail(MalformedResponseError("the connection broke before a response was complete"))
        self._ended = True
        if not self.closed.done():
            self.closed.set_result(None)

    def _fail(self, error: Exception) -> None:
        self._awaiting = False
        self._error = error
        self.abort()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def connect(address: Address, reply_max: int, tls: ssl.SSLContext | None) -> Connection:
    """A new connection, on which nothing was sent yet but what TLS itself needs."""
    assert address.tls == (tls is not None), "never in plain text where the URL says https"
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    sock = await start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS_S)
    _, connection = await loop.create_connection(
        lambda: Connection(reply_max), sock=sock, ssl=tls, server_hostname=address.host if tls else None
    )
    return connection
