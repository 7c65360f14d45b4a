"""`GET /metrics`: for whoever has the scrape token, and for nobody while there is none."""

import asyncio
import hmac
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

PATH: Final = "/metrics"
_TEXT: Final = "text/plain; charset=utf-8"
_OFF: Final = b"metrics are off; set BAILIWICK_METRICS_TOKEN and send it as a bearer token\n"
_WRONG: Final = b"send the scrape token as `Authorization: Bearer ...`\n"


class Scrape:
    """An ASGI app. Loopback is no credential: a proxy on the same machine calls from there for everybody."""

    def __init__(self, registry: CollectorRegistry, token: str) -> None:
        self._registry, self._token = registry, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._token:
            await _answer(send, 404, _OFF)
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"GET only\n", (b"allow", b"GET, HEAD"))
        elif not self._admits(headers.get("authorization", "")):
            await _answer(send, 401, _WRONG, (b"www-authenticate", b"Bearer"))
        else:
            encode, media = choose_encoder(headers.get("accept", ""))
            body = await asyncio.to_thread(encode, self._registry)
            await _answer(send, 200, b"" if scope["method"] == "HEAD" else body, media=media)

    def _admits(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token)


async def _answer(send: Send, status: int, body: bytes, *more: tuple[bytes, bytes], media: str = _TEXT) -> None:
    headers = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
