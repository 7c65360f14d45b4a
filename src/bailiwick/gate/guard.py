"""The door of the gateway: every body is parsed strictly and every caller authenticated before any library sees it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson
from mcp.shared.exceptions import MCPError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bailiwick.flow.jws import TokenError
from bailiwick.flow.token import AgentToken
from bailiwick.gate.straight import MODERN, is_plain_call, reply
from bailiwick.ledger import canonical

MAX_BODY: Final = 1_048_576
_SINGLE: Final = frozenset({"authorization", "content-length", "content-type", "host", "origin"})
TOKEN: Final = "bailiwick.token"  # noqa: S105  # a key of the request's state
MESSAGE: Final = "bailiwick.message"
_PARSE_ERROR: Final = -32700
_INVALID: Final = -32600
_HEADER_MISMATCH: Final = -32020
TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
_VERSION_META: Final = "io.modelcontextprotocol/protocolVersion"


@dataclass(frozen=True, slots=True)
class _Refused(Exception):  # an answer on its way out
    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """ASGI: hands `inner` a replayed body, the parsed message and the verified token in the request's state."""

    streaming: ASGIApp
    plain: ASGIApp
    verify: Callable[[str], AgentToken]
    metadata_url: str
    hosts: frozenset[str]
    call: Callable[[AgentToken, dict[str, Any]], Awaitable[dict[str, Any] | MCPError]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            message, body, token, headers = await self._admit(scope, receive)
        except _Refused as refused:
            await _answer(send, refused)
            return
        if TRACEPARENT in headers:
            _adopt_trace(message, headers)
        if is_plain_call(message, headers, self.hosts):
            await reply(send, message["id"], await self.call(token, message))
            return
        state = scope.setdefault("state", {})
        state[TOKEN], state[MESSAGE] = token, message
        # optional white space around a value is no part of it (RFC 9110, section 5.5)
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        inner = self.streaming if _wants_progress(message) else self.plain
        await inner(scope, _replay(body, receive), send)

    async def _admit(self, scope: Scope, receive: Receive) -> tuple[dict[str, Any], bytes, AgentToken, dict[str, str]]:
        if scope["method"] != "POST":
            raise _Refused(405, b'{"error":"the gateway takes POST only"}', ((b"allow", b"POST"),))
        headers = _headers(scope)
        token = self._authenticate(headers)
        body = await _read(headers, receive)
        message = _parse(body)
        _agree(headers, message)
        return message, body, token, headers

    def _authenticate(self, headers: dict[str, str]) -> AgentToken:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise self._unauthorised(None, "send the run's access token as `Authorization: Bearer …`")
        try:
            return self.verify(token.strip())
        except TokenError as error:
            raise self._unauthorised("invalid_token", error.sentence) from None

    def _unauthorised(self, code: str | None, sentence: str) -> _Refused:
        challenge = f'Bearer resource_metadata="{self.metadata_url}"'
        if code:
            challenge += f', error="{code}"'
        body = orjson.dumps({"error": code or "unauthorized", "error_description": sentence})
        return _Refused(401, body, ((b"www-authenticate", challenge.encode()),))


def _headers(scope: Scope) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").lower()
        if name in headers and (name in _SINGLE or name.startswith("mcp-")):
            raise _Refused(400, _rpc_error(_HEADER_MISMATCH, f"the header `{name}` appears more than once"))
        headers[name] = value.decode("latin-1").strip(" \t")
    return headers


async def _read(headers: dict[str, str], receive: Receive) -> bytes:
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MAX_BODY:
        raise _too_large()
    parts, size = [], 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise _Refused(400, _rpc_error(_PARSE_ERROR, "the body ended early"))
        part = event.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise _too_large()
        parts.append(part)
        if not event.get("more_body"):
            return b"".join(parts)


def _too_large() -> _Refused:
    return _Refused(413, _rpc_error(_PARSE_ERROR, f"the body is larger than {MAX_BODY} bytes"))


def _parse(body: bytes) -> dict[str, Any]:
    try:
        message = canonical.decode_strict(body, max_bytes=MAX_BODY)
    except canonical.CanonicalError as error:
        raise _Refused(400, _rpc_error(_PARSE_ERROR, str(error))) from None
    if not isinstance(message, dict):
        raise _Refused(400, _rpc_error(_INVALID, "send one JSON-RPC message as an object; batches are not taken"))
    # INVARIANT: whoever asks is answered; a request whose `id` cannot be read is no notification that runs unseen
    if "id" in message and type(message["id"]) not in (int, str):
        raise _Refused(400, _rpc_error(_INVALID, "`id` must be text or a whole number"))
    if "id" not in message and not str(message.get("method")).startswith("notifications/"):
        raise _Refused(400, _rpc_error(_INVALID, "a request needs an `id`"))
    return message


def _agree(headers: dict[str, str], message: dict[str, Any]) -> None:
    """Header and body must say the same in both eras; a modern body is not let in under a legacy header."""
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    said = headers.get("mcp-protocol-version")
    if isinstance(meta, dict) and _VERSION_META in meta and said != meta[_VERSION_META]:
        raise _mismatch(message, "MCP-Protocol-Version does not match the message")
    if said == MODERN:
        return  # the protocol library compares the other headers of this era
    if "mcp-method" in headers and headers["mcp-method"] != message.get("method"):
        raise _mismatch(message, "Mcp-Method does not match the message")
    if "mcp-name" in headers and isinstance(params, dict) and headers["mcp-name"] != params.get("name"):
        raise _mismatch(message, "Mcp-Name does not match the message")


def _adopt_trace(message: dict[str, Any], headers: dict[str, str]) -> None:
    """A trace in the headers is taken for the call's own, unless the message names one itself."""
    params = message.get("params")
    if message.get("method") != "tools/call" or not isinstance(params, dict):
        return
    meta = params.setdefault("_meta", {})
    if isinstance(meta, dict) and TRACEPARENT not in meta:
        meta |= {name: headers[name] for name in (TRACEPARENT, TRACESTATE) if name in headers}


def _mismatch(message: dict[str, Any], sentence: str) -> _Refused:
    return _Refused(400, _rpc_error(_HEADER_MISMATCH, sentence, message.get("id")))


def _rpc_error(code: int, sentence: str, request_id: object = None) -> bytes:
    known = request_id if isinstance(request_id, str | int) else None
    return orjson.dumps({"jsonrpc": "2.0", "id": known, "error": {"code": code, "message": sentence}})


def _wants_progress(message: dict[str, Any]) -> bool:
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    return isinstance(meta, dict) and "progressToken" in meta


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _answer(send: Send, refused: _Refused) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(refused.body)).encode())]
    await send({"type": "http.response.start", "status": refused.status, "headers": [*headers, *refused.headers]})
    await send({"type": "http.response.body", "body": refused.body})
