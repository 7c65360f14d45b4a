"""JSON-RPC frames of MCP in both eras: bytes out, values in."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import orjson

from bailiwick.ports.upstream import INPUT_REQUIRED, UpstreamRefused, UpstreamUncertain

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
HANDSHAKE_VERSIONS = frozenset({"2024-11-05", "2025-03-26", "2025-06-18", LEGACY})

METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
UNSUPPORTED_VERSION = -32022

_RESERVED = "io.modelcontextprotocol/"
_CLIENT_INFO = {"name": "bailiwick", "version": version("bailiwick")}
# No capability is declared: sampling, elicitation, roots and tasks are not granted to any upstream.
_MODERN_META: dict[str, Any] = {
    f"{_RESERVED}protocolVersion": MODERN,
    f"{_RESERVED}clientInfo": _CLIENT_INFO,
    f"{_RESERVED}clientCapabilities": {},
}
INITIALIZE_PARAMS = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": _CLIENT_INFO}


def request(rpc_id: int, method: str, params: Mapping[str, Any], era: str) -> bytes:
    """A request other than `tools/call`."""
    body = {"_meta": _MODERN_META, **params} if era == MODERN else dict(params)
    return orjson.dumps({"jsonrpc": "2.0", "id": rpc_id, "method": method, "params": body})


def notification(method: str, params: Mapping[str, Any] | None = None) -> bytes:
    """A notification, which expects no answer."""
    return orjson.dumps({"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})})


def call(rpc_id: int, tool: str, arguments: bytes, meta: Mapping[str, Any], *, era: str, progress: bool) -> bytes:
    """A `tools/call` in which `arguments` stand byte for byte.

    The progress token is the request's own id, so tokens of agents that share a child cannot collide.
    """
    if arguments[:1] != b"{" or arguments[-1:] != b"}":
        raise ValueError("`arguments` must be the canonical bytes of one JSON object")
    own = {k: v for k, v in meta.items() if k != "progressToken" and not k.startswith(_RESERVED)}
    if era == MODERN:
        own.update(_MODERN_META)
    if progress:
        own["progressToken"] = rpc_id
    return b"".join(
        (
            b'{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":' % rpc_id,
            orjson.dumps(tool),
            b',"arguments":',
            arguments,
            b',"_meta":',
            orjson.dumps(own),
            b"}}",
        )
    )


def answer_to_server(rpc_id: object, method: str) -> bytes:
    """Our answer to a request an upstream makes of us: a ping is answered, everything else is denied."""
    if method == "ping":
        return orjson.dumps({"jsonrpc": "2.0", "id": rpc_id, "result": {}})
    error = {"code": METHOD_NOT_FOUND, "message": f"denied: `{method[:80]}` is not granted to this upstream"}
    return orjson.dumps({"jsonrpc": "2.0", "id": rpc_id, "error": error})


def parse(data: bytes | bytearray) -> dict[str, Any] | None:
    """One JSON-RPC message, or None when the bytes are anything else."""
    try:
        message = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return message if isinstance(message, dict) else None


def result_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a response, verbatim; its error as `UpstreamRefused`.

    A result that is no final answer is never taken for success: `input_required` is a refusal, because nobody
    may give the upstream input, and any other unknown `resultType` leaves the outcome unknown.
    """
    error = message.get("error")
    if isinstance(error, dict):
        code, text = error.get("code"), error.get("message")
        known = isinstance(code, int) and not isinstance(code, bool)
        raise UpstreamRefused(
            code if known and code is not None else -32603,
            text if isinstance(text, str) else "the upstream answered an error without a message",
            error.get("data"),
        )
    result = message.get("result")
    if not isinstance(result, dict):
        raise UpstreamUncertain("the upstream's answer is not a JSON-RPC response; look at its own journal")
    kind = result.get("resultType", "complete")
    if kind == "input_required":
        raise UpstreamRefused(INPUT_REQUIRED, "the upstream asked for input, which the charter does not grant")
    if kind != "complete":
        raise UpstreamUncertain(f"the upstream answered a result of type `{str(kind)[:80]}`, which was not asked for")
    return result


def speaks_modern(message: Mapping[str, Any] | None) -> bool:
    """Whether the answer to `server/discover` (or a refusal of its version) names the modern revision."""
    if message is None:
        return False
    result, error = message.get("result"), message.get("error")
    if isinstance(result, dict):
        versions = result.get("supportedVersions")
    elif isinstance(error, dict) and error.get("code") == UNSUPPORTED_VERSION:
        data = error.get("data")
        versions = data.get("supported") if isinstance(data, dict) else None
    else:
        return False
    return isinstance(versions, list) and MODERN in versions


def negotiated(result: Mapping[str, Any]) -> str:
    """The version an `initialize` settled on."""
    spoken = str(result.get("protocolVersion"))[:40]
    if spoken not in HANDSHAKE_VERSIONS:
        raise UpstreamUncertain(f"the upstream speaks MCP `{spoken}`; this gateway speaks {MODERN} and {LEGACY}")
    return spoken
