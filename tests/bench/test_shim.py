import json
from collections.abc import AsyncIterator

import pytest

from bench.shim import Shim, rename_call, rename_list


def prefixed(name: str) -> str:
    return "fixture__" + name


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def test_a_call_is_renamed_in_body_and_header_and_nowhere_else():
    body = b'{"method":"tools/call","params":{"name":"echo","arguments":{"name":"echo","x":1.0}}}'
    headers, sent = rename_call([("mcp-name", "echo"), ("x-other", "echo")], body, prefixed)
    assert headers == [("mcp-name", "fixture__echo"), ("x-other", "echo")]
    assert json.loads(sent)["params"] == {"name": "fixture__echo", "arguments": {"name": "echo", "x": 1.0}}


def test_white_space_around_the_name_is_left_for_the_receiver_to_trim():
    headers, _ = rename_call([("mcp-name", "  echo ")], b'{"method":"tools/call"}', prefixed)
    assert headers == [("mcp-name", "  fixture__echo ")]


@pytest.mark.parametrize("body", [b"", b"[1,", b"[]", b'{"method": "ping" }', b'{"method":"tools/list"}'])
def test_any_other_message_keeps_its_bytes(body: bytes):
    assert rename_call([("mcp-name", "echo")], body, prefixed) == ([("mcp-name", "echo")], body)


@pytest.mark.parametrize(
    "media, before, after",
    [
        ("application/json", b'{"result":{"tools":[{"name":"a"}]}}', b'{"result":{"tools":[{"name":"fixture__a"}]}}'),
        (
            "text/event-stream",
            b'event: message\r\ndata: {"result":{"tools":[{"name":"a"}]}}\r\n\r\n',
            b'event: message\r\ndata: {"result":{"tools":[{"name":"fixture__a"}]}}\r\n\r\n',
        ),
        ("application/json", b'{"error":{"code":-32602}}', b'{"error":{"code":-32602}}'),
        ("text/plain", b"not json", b"not json"),
    ],
)
async def test_listed_tools_are_renamed_whatever_the_reply_looks_like(media: str, before: bytes, after: bytes):
    chunks = [chunk async for chunk in rename_list(media, stream(before[:20], before[20:]), prefixed)]
    assert b"".join(chunks) == after


async def test_a_tool_of_the_gateway_itself_keeps_its_name_once_it_was_listed():
    async def token() -> str:
        return "t"

    shim = Shim("http://127.0.0.1:1/mcp", "fixture", token)
    listing = stream(b'{"result":{"tools":[{"name":"await_approval"},{"name":"fixture__echo"}]}}')
    shown = [part async for part in shim.reply(b'{"method":"tools/list"}', "application/json", listing)]
    assert [tool["name"] for tool in json.loads(shown[0])["result"]["tools"]] == ["await_approval", "echo"]
    for name, sent in (("await_approval", "await_approval"), ("echo", "fixture__echo")):
        headers, _ = await shim.request([("mcp-name", name)], b'{"method":"tools/call"}')
        assert headers == [("mcp-name", sent), ("authorization", "Bearer t")]
