"""A bare HTTP pass-through: raw ASGI in, aiohttp out, bytes unchanged and streamed.

`python -m bench.passthrough http://127.0.0.1:9000/mcp` is the floor that a gateway is measured against.
Subclasses change a request or a reply; whatever they leave alone stays the same bytes.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from bench.process import serve

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[str, str]]

# RFC 9110 section 7.6.1: meant for one connection only; the length is set again by the sender
_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"}
_AUTOMATIC = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class PassThrough:
    """An ASGI application that repeats every request to `upstream` and streams the reply back."""

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._session: aiohttp.ClientSession | None = None

    async def request(self, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        """The request as it goes out."""
        return headers, body

    def reply(self, request: bytes, media: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The reply's body as it goes back; `request` is the body that came in."""
        return chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._repeat(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        connector = aiohttp.TCPConnector(limit=256)
        timeout = aiohttp.ClientTimeout(total=None)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._session.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _repeat(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _whole(receive)
        answer = asyncio.ensure_future(self._answer(scope, body, send))
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                answer.result()
        finally:
            # a caller who left closes the connection upstream as well: that is how a call is cancelled
            answer.cancel()
            gone.cancel()

    async def _answer(self, scope: Scope, body: bytes, send: Send) -> None:
        assert self._session is not None
        incoming = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
        headers, out = await self.request([h for h in incoming if h[0] not in _HOP], body)
        query = scope["query_string"].decode("latin-1")
        target = URL(self._upstream + (f"?{query}" if query else ""), encoded=True)
        try:
            async with self._session.request(
                scope["method"],
                target,
                data=out or None,
                headers=CIMultiDict(headers),
                skip_auto_headers=_AUTOMATIC,
                allow_redirects=False,
            ) as answer:
                await self._give(answer, body, send)
        except aiohttp.ClientConnectionError:
            await send({"type": "http.response.start", "status": 502, "headers": []})
            await send({"type": "http.response.body", "body": b"upstream is not reachable"})

    async def _give(self, answer: aiohttp.ClientResponse, request: bytes, send: Send) -> None:
        kept = [(k.encode("latin-1").lower(), v.encode("latin-1")) for k, v in answer.headers.items()]
        head = [h for h in kept if h[0].decode("latin-1") not in _HOP | {"date", "server"}]
        await send({"type": "http.response.start", "status": answer.status, "headers": head})
        async for chunk in self.reply(request, answer.content_type, answer.content.iter_any()):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


if __name__ == "__main__":
    if len(sys.argv) != 2 or not urlsplit(sys.argv[1]).netloc:
        sys.exit("usage: python -m bench.passthrough URL")
    serve(PassThrough(sys.argv[1]))
