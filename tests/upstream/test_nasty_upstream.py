"""Against a socket that does what no decent server does: what was sent, and what may be said about it."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bailiwick.ports.upstream import (
    INPUT_REQUIRED,
    Target,
    UpstreamRefused,
    UpstreamTooLarge,
    UpstreamUnavailable,
    UpstreamUncertain,
)
from tests.upstream.conftest import Heard, RawServer, Setup, answered, free_port, reply

Raw = Callable[..., Awaitable[RawServer]]
Make = Callable[..., Setup]


def say(data: bytes) -> Any:
    async def on_call(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    on_call.__name__ = repr(data)[:90]  # names the case in the report
    return on_call


async def fine(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(answered(heard)))


async def hang(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def close(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def half(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(answered(heard))[:-5])
    writer.close()


async def other_id(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(reply({"jsonrpc": "2.0", "id": 999_999, "result": {"content": []}}))


async def silent_stream(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(reply(b": nothing\n\n", kind="text/event-stream"))


async def huge(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(50):
        writer.write(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")


async def huge_stream(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    for _ in range(50):
        writer.write(b"data: " + b"x" * 0x100000)
        await writer.drain()


@pytest.mark.parametrize("on_call", [
    close, reset, half, other_id, silent_stream,
    say(reply(b"garbage")), say(reply(b"[]")), say(reply({"jsonrpc": "2.0", "id": 4, "result": 5})),
    say(reply(b"down", "500 Internal Server Error", "text/plain")), say(reply(b"", "503 Service Unavailable")),
    say(reply(b"", "502 Bad Gateway")), say(reply(b"", "408 Request Timeout")), say(reply(b"", "202 Accepted")),
    say(reply(b"", "303 See Other", more="Location: /done\r\n")),
    say(reply(b"", "302 Found", more="Location: /done\r\n")), say(b"this is not HTTP\r\n\r\n"),
])  # fmt: skip
async def test_no_readable_answer_after_sending_is_uncertain_and_sent_once(
    raw: Raw, setup: Setup, on_call: Any
) -> None:
    server = await raw(on_call)
    setup.http(server.url)
    with pytest.raises(UpstreamUncertain):
        await setup.call()
    assert len(server.calls()) == 1


async def test_no_answer_in_time_is_uncertain(raw: Raw, setup: Setup) -> None:
    server = await raw(hang)
    setup.http(server.url)
    with pytest.raises(UpstreamUncertain, match="in time"):
        await setup.call(s=0.3)
    assert len(server.calls()) == 1


@pytest.mark.parametrize("on_call", [huge, huge_stream, say(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")])
async def test_a_reply_of_50_mb_is_not_read(raw: Raw, setup: Setup, on_call: Any) -> None:
    server = await raw(on_call)
    setup.http(server.url)
    with pytest.raises(UpstreamTooLarge):
        await setup.call()
    assert len(server.calls()) == 1


@pytest.mark.parametrize("status, code", [
    ("307 Temporary Redirect", 307), ("308 Permanent Redirect", 308), ("401 Unauthorized", 401),
    ("403 Forbidden", 403), ("404 Not Found", 404), ("429 Too Many Requests", 429),
])  # fmt: skip
async def test_a_refusal_without_json_rpc_carries_the_http_status(
    raw: Raw, setup: Setup, status: str, code: int
) -> None:
    server = await raw(say(reply(b"no", status, "text/plain", more="Location: /elsewhere\r\n")))
    setup.http(server.url)
    with pytest.raises(UpstreamRefused) as refused:
        await setup.call()
    assert refused.value.code == code
    assert len(server.calls()) == 1
    assert not [h for h in server.heard if "elsewhere" in h.line]


async def test_a_port_where_nobody_listens_is_unavailable(setup: Setup) -> None:
    setup.http(f"http://127.0.0.1:{free_port()}/mcp")
    with pytest.raises(UpstreamUnavailable, match="nothing was sent"):
        await setup.call()


@pytest.mark.parametrize("url", ["http://no-such-host.invalid/mcp", "nonsense", "", "http://[bad/mcp"])
async def test_a_url_that_leads_nowhere_is_unavailable(setup: Setup, url: str) -> None:
    setup.http(url)
    with pytest.raises(UpstreamUnavailable, match="nothing was sent"):
        await setup.call()


async def test_a_listener_that_never_accepts_is_unavailable(setup: Setup) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        setup.http(f"http://127.0.0.1:{deaf.getsockname()[1]}/mcp")
        with pytest.raises(UpstreamUnavailable, match="nothing was sent"):
            await setup.call(s=0.3)


async def test_a_credential_that_no_header_can_carry_is_unavailable_and_not_shown(raw: Raw, setup: Setup) -> None:
    server = await raw(fine)
    setup.http(server.url)
    setup.secrets.of["x"] = {"bearer": "hush\r\nX-Evil: 1"}
    with pytest.raises(UpstreamUnavailable) as refused:
        await setup.call()
    assert "hush" not in str(refused.value)
    assert not server.heard


async def test_a_kept_connection_that_breaks_is_uncertain_and_never_repeated(raw: Raw, setup: Setup) -> None:
    """The upstream reads the second call on the kept connection and drops it: nobody may try again."""
    answers = iter([fine, close, fine])

    async def on_call(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await next(answers)(heard, reader, writer)

    server = await raw(on_call)
    setup.http(server.url)
    await setup.call()
    assert server.connections == 1
    with pytest.raises(UpstreamUncertain):
        await setup.call()
    assert len(server.calls()) == 2
    await setup.call()
    assert len(server.calls()) == 3


@pytest.mark.parametrize("arguments", [
    b'{"amount":1.0,"big":1e+21,"text":"caf\xc3\xa9 \xf0\x9f\x90\x8e \\u0007"}', b"{}", b'{ "spaced" : [1, 2] }',
    b'{"arguments":{"_meta":{}}}', b'{"n":9007199254740993}',
    pytest.param(b'{"pad":"' + b"y" * 1_500_000 + b'"}', id="1.5 MB"),
])  # fmt: skip
async def test_the_argument_bytes_arrive_verbatim(raw: Raw, setup: Setup, arguments: bytes) -> None:
    server = await raw(fine)
    setup.http(server.url)
    await setup.call(arguments=arguments)
    body = server.calls()[0].body
    assert body.count(b'"arguments":' + arguments + b',"_meta":') == 1
    assert set(json.loads(body)["params"]) == {"name", "arguments", "_meta"}


@pytest.mark.parametrize("arguments", [b"", b"[]", b"null", b'{"a":1', b'"x"'])
async def test_arguments_that_are_no_object_are_not_sent(raw: Raw, setup: Setup, arguments: bytes) -> None:
    server = await raw(fine)
    setup.http(server.url)
    with pytest.raises(ValueError, match="JSON object"):
        await setup.call(arguments=arguments)
    assert not server.calls()


async def test_a_result_is_passed_on_with_every_field(raw: Raw, setup: Setup) -> None:
    extra = {"structuredContent": [1.5, None], "x-unknown": {"deep": ["é"]}, "resultType": "complete"}

    async def on_call(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(answered(heard, **extra)))

    server = await raw(on_call)
    setup.http(server.url)
    assert (await setup.call()).result == {"content": [], **extra}


async def test_meta_cannot_speak_for_the_gateway(raw: Raw, make: Make) -> None:
    setup, server = make(), await raw(fine)
    setup.http(server.url)
    meta = {"io.modelcontextprotocol/clientInfo": "forged", "progressToken": "theirs", "bailiwick/action": "act-9"}
    await setup.pool.call("x", "run-1", "echo", b"{}", meta, 30)
    sent = server.calls()[0].message["params"]["_meta"]
    assert sent["io.modelcontextprotocol/clientInfo"]["name"] == "bailiwick"
    assert sent["io.modelcontextprotocol/clientCapabilities"] == {}
    assert sent["bailiwick/action"] == "act-9"
    assert "progressToken" not in sent


async def test_only_the_connectors_own_bearer_is_sent_and_a_new_one_at_once(raw: Raw, setup: Setup) -> None:
    server = await raw(fine)
    setup.http(server.url)
    await setup.call()
    setup.secrets.of["x"] = {"bearer": "first"}
    await setup.call()
    setup.secrets.of["x"] = {"bearer": "second"}
    await setup.call()
    assert [h.headers.get("authorization") for h in server.calls()] == [None, "Bearer first", "Bearer second"]


async def test_the_modern_era_is_probed_once(raw: Raw, setup: Setup) -> None:
    server = await raw(fine)
    setup.http(server.url)
    await asyncio.gather(*(setup.call() for _ in range(5)))
    assert [h.headers.get("mcp-method") for h in server.heard].count("server/discover") == 1


async def test_headers_mirror_the_body(raw: Raw, setup: Setup) -> None:
    schema = {
        "type": "object",
        "properties": {
            "to": {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}
        },
    }
    server = await raw(fine, tools=[{"name": "größe", "inputSchema": schema}])
    setup.http(server.url)
    await setup.call("größe", b'{"to":{"region":"=?base64?x?="}}')
    headers = server.calls()[0].headers
    assert headers["mcp-protocol-version"] == "2026-07-28"
    assert headers["mcp-method"] == "tools/call"
    assert headers["mcp-name"] == "=?base64?Z3LDtsOfZQ==?="
    assert headers["mcp-param-region"] == "=?base64?PT9iYXNlNjQ/eD89?="


@pytest.mark.parametrize("bad", [
    {"type": "number", "x-mcp-header": "A"}, {"type": "string", "x-mcp-header": "a b"},
    {"type": "string", "x-mcp-header": 1}, {"x-mcp-header": "A"},
], ids=["number", "no token", "no string", "no type"])  # fmt: skip
async def test_an_invalid_header_annotation_gives_no_headers(raw: Raw, setup: Setup, bad: dict[str, Any]) -> None:
    schema = {"properties": {"ok": {"type": "string", "x-mcp-header": "Ok"}, "bad": bad}}
    server = await raw(fine, tools=[{"name": "echo", "inputSchema": schema}])
    setup.http(server.url)
    await setup.call(arguments=b'{"bad":"1","ok":"1"}')
    assert not [name for name in server.calls()[0].headers if name.startswith("mcp-param")]


async def test_asking_for_input_is_refused(raw: Raw, setup: Setup) -> None:
    async def on_call(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(answered(heard, resultType="input_required", inputRequests={})))

    server = await raw(on_call)
    setup.http(server.url)
    with pytest.raises(UpstreamRefused, match="asked for input") as refused:
        await setup.call()
    assert refused.value.code == INPUT_REQUIRED


async def test_a_task_nobody_asked_for_is_uncertain(raw: Raw, setup: Setup) -> None:
    async def on_call(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(answered(heard, resultType="task", taskId="t-1")))

    server = await raw(on_call)
    setup.http(server.url)
    with pytest.raises(UpstreamUncertain, match="`task`"):
        await setup.call()


async def test_a_legacy_upstream_that_asks_inside_its_reply_is_denied_and_still_answers(raw: Raw, setup: Setup) -> None:
    denials: asyncio.Queue[Heard] = asyncio.Queue()

    async def on_call(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        ask = {"jsonrpc": "2.0", "id": "e-1", "method": "elicitation/create", "params": {}}
        writer.write(b"event: message\r\ndata: " + json.dumps(ask).encode() + b"\r\n\r\n")
        while not [h for h in server.heard if h.body and h.message.get("id") == "e-1"]:
            await asyncio.sleep(0.01)
        denials.put_nowait(next(h for h in server.heard if h.body and h.message.get("id") == "e-1"))
        writer.write(b"data: " + json.dumps(answered(heard)).encode() + b"\n\n")

    server = await raw(on_call, legacy=True)
    setup.http(server.url)
    assert (await setup.call()).result == {"content": []}
    denial = denials.get_nowait()
    assert denial.message["error"]["code"] == -32601
    assert denial.headers["mcp-session-id"] == "session-0"


@pytest.mark.parametrize("lost", [
    reply(b"", "404 Not Found"),
    reply({"jsonrpc": "2.0", "id": None, "error": {"code": -32000, "message": "No valid session ID"}}, "400 Bad"),
], ids=["404", "400"])  # fmt: skip
async def test_a_lost_legacy_session_is_opened_again_and_the_refused_call_repeated(
    raw: Raw, setup: Setup, lost: bytes
) -> None:
    async def on_call(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stale = heard.headers["mcp-session-id"] == "session-0" and len(server.calls()) > 1
        writer.write(lost if stale else reply(answered(heard)))

    server = await raw(on_call, legacy=True)
    setup.http(server.url)
    await setup.call()
    await setup.call()
    assert [h.headers["mcp-session-id"] for h in server.calls()] == ["session-0", "session-0", "session-1"]


async def test_runs_share_a_legacy_session_only_where_the_connector_says_so(raw: Raw, setup: Setup) -> None:
    server = await raw(fine, legacy=True)
    setup.http(server.url)
    await setup.call(run="run-1")
    await setup.call(run="run-2")
    assert server.sessions == ["session-0"]
    setup.targets["x"] = Target("x", "http", url=server.url, scope="per_run")
    for run in ("run-1", "run-2", "run-1"):
        await setup.call(run=run)
    assert [h.headers["mcp-session-id"] for h in server.calls()][2:] == ["session-1", "session-2", "session-1"]


async def test_an_upstream_that_changed_its_era_is_found_out_again(raw: Raw, setup: Setup) -> None:
    async def on_call(heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wrong = server.legacy != ("mcp-session-id" in heard.headers)
        writer.write(reply(b"", "400 Bad Request") if wrong else reply(answered(heard)))

    server = await raw(on_call)
    setup.http(server.url)
    assert (await setup.call()).era == "2026-07-28"
    server.legacy = True
    with pytest.raises(UpstreamRefused):
        await setup.call()
    assert (await setup.call()).era == "2025-11-25"


@pytest.mark.parametrize(
    "result",
    [{"tools": "none"}, {"tools": [1]}, {"tools": [], "nextCursor": "again"}, {}],
    ids=["text", "numbers", "cursor for ever", "nothing"],
)
async def test_definitions_that_make_no_sense_are_unavailable(raw: Raw, setup: Setup, result: dict[str, Any]) -> None:
    server = await raw(fine)
    introduce = server._introduce
    server._introduce = lambda method, heard: (  # type: ignore[method-assign]
        reply({"jsonrpc": "2.0", "id": heard.message["id"], "result": result})
        if method == "tools/list"
        else introduce(method, heard)
    )
    setup.http(server.url)
    with pytest.raises(UpstreamUnavailable):
        await setup.pool.definitions("x")


async def test_nothing_is_sent_once_the_pool_is_closed(raw: Raw, setup: Setup) -> None:
    server = await raw(fine)
    setup.http(server.url)
    await setup.call()
    await setup.pool.close()
    with pytest.raises(UpstreamUnavailable):
        await setup.call()
    assert len(server.calls()) == 1
