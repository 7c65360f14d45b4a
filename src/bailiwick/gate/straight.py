"""The straight road: a plain tool call of the 2026-07-28 era, answered without the protocol library in between.

Everything unusual (another era or method, progress, headers that carry arguments, anything that might be wrong)
takes the road through the library, which knows every rule of the protocol. The two roads must give the same answer;
a test sends the same calls down both.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from starlette.types import Send

MODERN: Final = "2026-07-28"
_PREFIX: Final = "io.modelcontextprotocol/"
_VERSION: Final = _PREFIX + "protocolVersion"
_CAPABILITIES: Final = _PREFIX + "clientCapabilities"
_CLIENT: Final = _PREFIX + "clientInfo"
_KNOWN_META: Final = frozenset({_VERSION, _CAPABILITIES, _CLIENT})
_PARAMS: Final = frozenset({"name", "arguments", "_meta"})


def is_plain_call(message: Mapping[str, Any], headers: Mapping[str, str], hosts: frozenset[str]) -> bool:
    """Whether nothing about the request needs the library: envelope, routing headers and host are just as expected."""
    params = message.get("params")
    if message.get("method") != "tools/call" or message.get("jsonrpc") != "2.0" or not isinstance(params, dict):
        return False
    return (
        type(message.get("id")) in (int, str)
        and message.keys() <= {"jsonrpc", "id", "method", "params"}
        and params.keys() <= _PARAMS
        and isinstance(params.get("name"), str)
        and isinstance(params.get("arguments"), dict)
        and _plain_headers(headers, params["name"], hosts)
        and _plain_meta(params.get("_meta"))
    )


def _plain_headers(headers: Mapping[str, str], name: str, hosts: frozenset[str]) -> bool:
    return (
        headers.get("mcp-protocol-version") == MODERN
        and headers.get("mcp-method") == "tools/call"
        and headers.get("mcp-name") == name
        and headers.get("host") in hosts
        and "origin" not in headers
        and headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        and "application/json" in headers.get("accept", "")
        and not any(header.startswith("mcp-param-") for header in headers)
    )


def _plain_meta(meta: object) -> bool:
    if not isinstance(meta, dict) or "progressToken" in meta:
        return False
    client = meta.get(_CLIENT)
    return (
        meta.get(_VERSION) == MODERN
        and meta.get(_CAPABILITIES) == {}
        and (client is None or _is_client(client))
        and all(key in _KNOWN_META for key in meta if key.startswith(_PREFIX))
    )


def _is_client(client: object) -> bool:
    return (
        isinstance(client, dict)
        and client.keys() <= {"name", "version", "title"}
        and isinstance(client.get("name"), str)
        and isinstance(client.get("version"), str)
    )


async def reply(send: Send, request_id: object, result: dict[str, Any] | MCPError) -> None:
    """Answer with a result, or with an error under the status that the protocol gives its code."""
    status, body = 200, {"jsonrpc": "2.0", "id": request_id}
    if isinstance(result, MCPError):
        error = {"code": result.error.code, "message": result.error.message, "data": result.error.data}
        body["error"] = {key: value for key, value in error.items() if value is not None}
        status = ERROR_CODE_HTTP_STATUS.get(result.error.code, 200)
    else:
        body["result"] = result
    payload = orjson.dumps(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(payload)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": payload})
