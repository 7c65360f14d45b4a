"""The vendor's door: nobody passes without the vendor's own credential."""

import hmac
import json
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send


async def answer(send: Send, status: int, body: dict[str, Any], *headers: tuple[bytes, bytes]) -> None:
    """Sends one JSON reply over plain ASGI."""
    data = json.dumps(body).encode()
    length = (b"content-length", str(len(data)).encode())
    fixed = [(b"content-type", b"application/json"), length]
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
    await send({"type": "http.response.body", "body": data})


class Bearer:
    """Lets a request through only with `Authorization: Bearer <secret>`, in constant time (RFC 6750).

    The secret is the vendor's own: a token that somebody else issued, however valid there, is 401.
    """

    def __init__(self, app: ASGIApp, secret: str, realm: str) -> None:
        if not secret:
            raise ValueError(f"`{realm}` has no secret; refusing to serve without one")
        self._app = app
        self._expected = b"bearer " + secret.encode()
        self._realm = realm

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(given) == 1 and self._accepts(given[0]):
            await self._app(scope, receive, send)
            return
        error, sentence = "invalid_token", f"this credential is not one that {self._realm} issued"
        if not given:
            error, sentence = "missing_token", f"send a bearer credential that {self._realm} issued"
        challenge = f'Bearer realm="{self._realm}", error="{error}"'.encode()
        await answer(send, 401, {"error": error, "error_description": sentence}, (b"www-authenticate", challenge))

    def _accepts(self, given: bytes) -> bool:
        scheme, _, token = given.partition(b" ")
        return hmac.compare_digest(scheme.lower() + b" " + token, self._expected)
