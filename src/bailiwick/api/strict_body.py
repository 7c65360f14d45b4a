"""Bodies are read here, whole and strictly, before any library sees them: size, form, and one meaning only."""

import json
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bailiwick.api.fault import fault
from bailiwick.ledger.canonical import CanonicalError, decode_strict

LARGEST: Final = 1_048_576
DECISIONS: Final = "/access/"
"""Below this AuthZEN says what an error is: 400 for whatever does not fit, and a message in plain text."""
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


class StrictBody:
    """ASGI middleware. Below /v1 a body is JSON that two parsers cannot read differently; below /oauth a form."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _read(scope, receive)
        refusal = _refused(scope, body)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await self._app(scope, _replay(body or b"", receive), send)


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """The body; None when it is too large (the rest is not read) or its sender went away."""
    announced = Headers(scope=scope).get("content-length", "")
    if announced.isdigit() and int(announced) > LARGEST:
        return None
    chunks = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks += message.get("body", b"")
        if len(chunks) > LARGEST:
            return None
        if not message.get("more_body", False):
            return bytes(chunks)


def _refused(scope: Scope, body: bytes | None) -> Response | None:
    if body is None:
        return fault(413, "too-large", "the body is over 1 MB; send less at once", headers={"Connection": "close"})
    if scope["method"] in _BODILESS or not body:
        return None
    wanted = _FORM if scope["path"].startswith("/oauth/") else _JSON
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    if kind != wanted and scope["path"].startswith(DECISIONS):
        return PlainTextResponse(f"the body is `{kind or 'of no type'}`; send `{wanted}`", 400)
    if kind != wanted:
        return fault(415, "media-type", f"the body is `{kind or 'of no type'}`; send `{wanted}`")
    if wanted == _FORM:
        return None
    try:
        decode_strict(body, max_bytes=LARGEST)
    except CanonicalError as error:
        if scope["path"].startswith(DECISIONS):
            return PlainTextResponse(f"the body cannot be taken: {error}", 400)
        status = 422 if _readable(body) else 400
        return fault(status, "invalid", f"the body cannot be taken: {error}")
    return None


def _readable(body: bytes) -> bool:
    """Whether it is JSON at all: then the trouble is that it has no one meaning."""
    try:
        json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
