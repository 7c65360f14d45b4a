"""What the conformance suite cannot do itself: carry a bearer token, and call tools by their gateway names.

The suite calls `test_simple_text`; through Bailiwick that tool is `fixture__test_simple_text`. The shim
adds the token, maps the name in `tools/call` (body and `Mcp-Name` header) and in the `tools/list` reply, and
leaves every other byte alone, so that what the suite judges is the gateway.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from bench.passthrough import Headers, PassThrough

Token = Callable[[], Awaitable[str]]
Rename = Callable[[str], str]


class Shim(PassThrough):
    """A pass-through to a gateway: `connector` prefixes its tools, `token` gives a valid bearer token."""

    def __init__(self, gateway: str, connector: str, token: Token) -> None:
        super().__init__(gateway)
        self._prefix = f"{connector}__"
        self._token = token
        self._own: set[str] = set()  # the gateway's own tools: listed without a prefix, so called without one

    async def request(self, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        """Adds the token; maps the tool's name where the message is a `tools/call`."""
        sent = [*headers, ("authorization", f"Bearer {await self._token()}")]
        return rename_call(sent, body, lambda name: name if name in self._own else self._prefix + name)

    def reply(self, request: bytes, media: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Maps the listed names back; any reply but the one to `tools/list` streams through unread."""
        if _message(request).get("method") != "tools/list":
            return chunks
        return rename_list(media, chunks, self._listed)

    def _listed(self, name: str) -> str:
        if not name.startswith(self._prefix):
            self._own.add(name)
        return name.removeprefix(self._prefix)


def rename_call(headers: Headers, body: bytes, rename: Rename) -> tuple[Headers, bytes]:
    """A `tools/call` with its tool renamed in body and header; any other message comes back untouched.

    White space around the header's value stays: whether the receiver trims it is part of what is tested.
    """
    message = _message(body)
    if message.get("method") != "tools/call":
        return headers, body
    parameters = message.get("params")
    if isinstance(parameters, dict) and isinstance(parameters.get("name"), str):
        parameters["name"] = rename(parameters["name"])
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return [(k, _around(v, rename) if k.lower() == "mcp-name" else v) for k, v in headers], body


async def rename_list(media: str, chunks: AsyncIterator[bytes], rename: Rename) -> AsyncIterator[bytes]:
    """A `tools/list` reply, JSON or an event stream, with every tool renamed."""
    whole = b"".join([chunk async for chunk in chunks])
    if media != "text/event-stream":
        yield _renamed(whole, rename)
        return
    for line in whole.splitlines(keepends=True):
        if not line.startswith(b"data:"):
            yield line
            continue
        data = line[5:].strip()
        yield b"data: " + _renamed(data, rename) + line[len(line.rstrip(b"\r\n")) :]


def _renamed(data: bytes, rename: Rename) -> bytes:
    message = _message(data)
    result = message.get("result")
    if not isinstance(result, Mapping) or not isinstance(result.get("tools"), list):
        return data
    for tool in result["tools"]:
        tool["name"] = rename(tool["name"])
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _around(value: str, rename: Rename) -> str:
    name = value.strip(" \t")
    return value.replace(name, rename(name)) if name else value


def _message(body: bytes) -> dict[str, Any]:
    try:
        message = json.loads(body)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
