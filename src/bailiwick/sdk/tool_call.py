"""One `tools/call` in the stateless era of MCP (2026-07-28): one POST, one answer, as JSON or event stream.

Small on purpose: no listing, no progress, no `x-mcp-header` parameters. For those use `mcp_auth.connect`.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from typing import cast

from mcp.shared.inbound import encode_header_value

from bailiwick.sdk.bearer import Bearer
from bailiwick.sdk.door import HttpAnswer, HttpDoor, NoAnswerError, RefusedError

ERA = "2026-07-28"
_META = "io.modelcontextprotocol/"


async def call_tool(door: HttpDoor, bearer: Bearer, tool: str, arguments: Mapping[str, object]) -> dict[str, object]:
    """The result of the call; a JSON-RPC error is a RefusedError, silence a NoAnswerError."""
    request = secrets.token_hex(8)
    body = _body(request, tool, arguments)
    fixed = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": ERA,
        "Mcp-Method": "tools/call",
        "Mcp-Name": encode_header_value(tool),
    }
    headers = await bearer.headers()
    answer = await door.post("/mcp", body, fixed | headers)
    if answer.status == 401:  # refused before anything was done, so a second time is safe
        answer = await door.post("/mcp", body, fixed | await bearer.renew(headers))
    return _result(answer, request, tool)


def _body(request: str, tool: str, arguments: Mapping[str, object]) -> bytes:
    meta = {
        _META + "protocolVersion": ERA,
        _META + "clientCapabilities": {},
    }
    params = {"name": tool, "arguments": dict(arguments), "_meta": meta}
    message = {"jsonrpc": "2.0", "id": request, "method": "tools/call", "params": params}
    return json.dumps(message, allow_nan=False).encode("ascii")


def _result(answer: HttpAnswer, request: str, tool: str) -> dict[str, object]:
    for message in _messages(answer):
        result, error = message.get("result"), message.get("error")
        if message.get("id") == request and isinstance(result, dict):
            return cast("dict[str, object]", result)
        # A request refused before its id was read is answered without one.
        if message.get("id") in (request, None) and isinstance(error, dict):
            sentence, code = error.get("message"), error.get("code")
            raise RefusedError(
                f"the call of `{tool}` was refused: {sentence}",
                answer.status,
                code if isinstance(code, int) else None,
            )
    if 200 <= answer.status < 300:
        raise NoAnswerError(f"the call of `{tool}` ended without an answer; look whether it was done before repeating")
    raise RefusedError(f"the call of `{tool}` was refused: the server answered {answer.status}", answer.status)


def _messages(answer: HttpAnswer) -> Iterator[dict[str, object]]:
    texts = _events(answer.body) if answer.content_type == "text/event-stream" else [answer.body]
    for text in texts:
        try:
            message = json.loads(text)
        except ValueError:
            continue
        if isinstance(message, dict):
            yield message


def _events(body: bytes) -> Iterator[bytes]:
    """The data of each event; lines end in CR LF, LF or CR, an empty one ends the event."""
    data: list[bytes] = []
    for line in body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line and data:
            yield b"\n".join(data)
            data = []
