"""`bailiwick bridge` as a desktop client meets it: lines on stdio, both revisions of MCP, nothing else on stdout."""

import asyncio
import contextlib
import json
import os
import signal
import threading
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from mcp import StdioServerParameters
from mcp.client import Client

from bailiwick.cli.line_input import split_lines

VERSION = "io.modelcontextprotocol/protocolVersion"
META = {VERSION: "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
INTENT = ("--intent", "bridge a client", "--workflow", "trying")


class Lines:
    """A bridge process spoken to in raw lines."""

    def __init__(self, child):
        self.child = child

    async def send(self, message):
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.child.stdin.write(line + b"\n")
        await self.child.stdin.drain()

    async def line(self):
        return await asyncio.wait_for(self.child.stdout.readline(), 30)

    async def receive(self):
        return json.loads(await self.line())

    async def ask(self, message):
        await self.send(message)
        return await self.receive()

    async def end(self):
        """Close standard input; exit status, the rest of standard output, standard error."""
        self.child.stdin.close()
        out, err = await asyncio.wait_for(self.child.communicate(), 60)
        return self.child.returncode, out, err.decode()


@asynccontextmanager
async def bridged(command):
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        yield Lines(child)
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.communicate()


def modern(number, method, **params):
    return {
        "jsonrpc": "2.0",
        "id": number,
        "method": method,
        "params": params | {"_meta": META | params.pop("_meta", {})},
    }


def tool(number, name, arguments=None, **meta):
    return modern(number, "tools/call", name=name, arguments=arguments or {}, _meta=META | meta)


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": "first",
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "desktop", "version": "1"},
    },
}


@pytest.mark.parametrize("mode", ["auto", "legacy", "2026-07-28"])
async def test_a_stdio_client_works_unchanged_in_both_eras(house, mode):
    command, *arguments = house.bridge(*INTENT)
    async with Client(StdioServerParameters(command=command, args=arguments), mode=mode) as client:
        names = {one.name for one in (await client.list_tools()).tools}
        assert {"lab__echo", "lab__regional", "await_approval"} <= names
        assert "lab__environment" not in names
        done = await client.call_tool("lab__echo", {})
        assert done.structured_content["arguments"] == {}
        refused = await client.call_tool("lab__regional", {"region": "west"})
        assert refused.is_error
        asked = await client.call_tool("lab__fail", {})
        assert asked.structured_content["status"] == "pending_approval"


async def test_a_session_is_one_run_with_its_intent_and_ends_finished(house):
    async with bridged(house.bridge("--intent", "one session", "--workflow", "trying")) as lines:
        decisions = [(await lines.ask(tool(n, "lab__echo")))["result"]["_meta"]["bailiwick/decision"] for n in (1, 2)]
        code, out, err = await lines.end()
    assert (code, out, err) == (0, b"", "")
    runs = [one for one in house.admin.json("run", "list")["items"] if one["intent"] == "one session"]
    assert [one["state"] for one in runs] == ["finished"]
    steps = house.admin.json("run", "show", runs[0]["id"])["steps"]
    assert [step["action"]["id"] for step in steps] == decisions


async def test_without_an_intent_the_run_is_undeclared(house):
    async with bridged(house.bridge()) as lines:
        decision = (await lines.ask(tool(1, "lab__echo")))["result"]["_meta"]["bailiwick/decision"]
        await lines.end()
    event = house.admin.json("record", "list", "--action", decision)["items"][0]
    assert house.admin.json("run", "show", event["run"])["run"]["declared"] is False


@pytest.mark.parametrize("request_id", [7, "seven", "søvn", 0, -1, 9_007_199_254_740_991])
async def test_a_request_s_id_comes_back_as_it_was(house, request_id):
    async with bridged(house.bridge()) as lines:
        assert (await lines.ask(tool(request_id, "lab__echo")))["id"] == request_id
        assert (await lines.ask({"jsonrpc": "2.0", "id": request_id, "method": "no/such"}))["id"] == request_id


async def test_requests_run_at_once_and_are_told_apart(house):
    async with bridged(house.bridge()) as lines:
        await lines.send(tool("slow", "lab__hang"))
        for number in range(20):
            await lines.send(tool(number, "lab__echo"))
        got = [(await lines.receive())["id"] for _ in range(20)]
        assert sorted(got) == list(range(20))


async def test_a_cancelled_request_is_let_go_and_never_answered(house):
    async with bridged(house.bridge()) as lines:
        await lines.send(tool("slow", "lab__hang"))
        cancelled = {"requestId": "slow", "reason": "changed my mind"}
        await lines.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancelled})
        assert (await lines.ask(tool("next", "lab__echo")))["id"] == "next"
        code, out, _ = await lines.end()
    assert (code, out) == (0, b"")


async def test_progress_arrives_before_its_answer(house):
    async with bridged(house.bridge()) as lines:
        await lines.send(tool(1, "lab__progress", progressToken="steps"))
        messages = [await lines.receive()]
        while "id" not in messages[-1]:
            messages.append(await lines.receive())
    assert messages[0]["method"] == "notifications/progress"
    assert messages[0]["params"]["progressToken"] == "steps"
    assert messages[-1]["id"] == 1


async def test_arguments_that_travel_as_headers_are_mirrored_without_being_listed_first(house):
    async with bridged(house.bridge()) as lines:
        done = await lines.ask(tool(1, "lab__regional", {"region": "süd", "count": 3, "dry": True}))
        assert done["result"]["structuredContent"]["arguments"] == {"region": "süd", "count": 3, "dry": True}


async def test_the_legacy_handshake_settles_the_version_of_later_messages(house):
    async with bridged(house.bridge()) as lines:
        settled = await lines.ask(INITIALIZE)
        assert settled["result"]["protocolVersion"] == "2025-11-25"
        await lines.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        listed = await lines.ask({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})
        assert "ttlMs" not in listed["result"]
        assert (await lines.ask({"jsonrpc": "2.0", "id": 3, "method": "ping"}))["result"] == {}


@pytest.mark.parametrize(
    "line, code",
    [
        (b"this is no json", None),
        (b'{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"a","name":"b"}}', -32700),
        (b'{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"x":1e999}}', -32700),
        (b'{"jsonrpc":"2.0","id":5,"method":"x","params":' + b"[" * 70 + b"]" * 70 + b"}", -32700),
        (b'{"jsonrpc":"2.0","id":5,"method":"resources/list"}', -32601),
    ],
)
async def test_a_bad_line_is_answered_and_the_next_one_works(house, line, code):
    async with bridged(house.bridge()) as lines:
        if code is None:
            await lines.send(line)
        else:
            refused = await lines.ask(line)
            assert (refused["id"], refused["error"]["code"]) == (5, code)
        assert (await lines.ask(tool(6, "lab__echo")))["id"] == 6


async def test_a_line_longer_than_anything_is_refused_and_the_next_one_works(house):
    async with bridged(house.bridge()) as lines:
        await lines.send(b'{"id":1,"x":"' + b"a" * (9 * 1024 * 1024) + b'"}')
        assert (await lines.receive())["error"]["code"] == -32700
        assert (await lines.ask(tool(2, "lab__echo")))["id"] == 2


async def test_a_server_that_is_away_is_a_sentence_for_each_request(house):
    command = house.bridge()
    command[command.index("--server") + 1] = "http://127.0.0.1:1"
    async with bridged(command) as lines:
        answer = await lines.ask(tool(1, "lab__echo"))
        assert answer["error"]["code"] == -31001
        assert "cannot reach" in answer["error"]["message"]
        assert (await lines.ask(tool(2, "lab__echo")))["id"] == 2


async def test_an_agent_that_is_not_enrolled_is_told_so_in_the_answer(house):
    command = house.bridge()
    command[command.index("--agent") + 1] = "nobody"
    async with bridged(command) as lines:
        answer = await lines.ask(tool(1, "lab__echo"))
        assert "refused" in answer["error"]["message"]


async def test_a_key_file_that_others_can_read_stops_it_at_once(house, tmp_path):
    key = tmp_path / "open.pem"
    key.write_bytes(house.key.read_bytes())
    key.chmod(0o644)
    async with bridged([*house.bridge()[:-1], str(key)]) as lines:
        code, out, err = await lines.end()
    assert (code, out) == (1, b"")
    assert "chmod 600" in err and "Traceback" not in err


async def test_a_signal_ends_it_in_order_while_it_waits_for_input(house):
    async with bridged(house.bridge("--intent", "stopped by a signal", "--workflow", "trying")) as lines:
        await lines.send(tool(1, "lab__hang"))
        await lines.ask(tool(2, "lab__echo"))
        lines.child.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(lines.child.communicate(), 60)
    assert (lines.child.returncode, out, err) == (0, b"", b"")
    (run,) = [one for one in house.admin.json("run", "list")["items"] if one["intent"] == "stopped by a signal"]
    assert run["state"] == "finished"


@pytest.mark.parametrize(
    "sent, lines",
    [
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\r\n\r\n  \nb", [b"a", b"b"]),
        (b"x" * 70_000 + b"\ny\n", [b"x" * 70_000, b"y"]),
        (b"", []),
    ],
)
def test_input_is_split_into_lines_wherever_it_is_cut(sent, lines):
    out, into = os.pipe()
    writer = threading.Thread(target=lambda: (os.write(into, sent), os.close(into)))
    writer.start()
    assert list(split_lines(out)) == lines
    writer.join()
    os.close(out)


class Fake:
    """A gateway that notes every message byte for byte and answers as it is told."""

    def __init__(self):
        self.seen, self.refuse, self.reply = [], 0, None
        self.tokens = 0

    async def token(self, _):
        self.tokens += 1
        return web.json_response({"access_token": f"token-{self.tokens}", "token_type": "Bearer", "expires_in": 300})

    async def mcp(self, request):
        body = await request.read()
        self.seen.append((dict(request.headers), body))
        if self.refuse:
            self.refuse -= 1
            return web.json_response({"error": "invalid_token", "error_description": "it is stale"}, status=401)
        return await self.reply(request, json.loads(body))


@asynccontextmanager
async def faked(house):
    fake = Fake()
    app = web.Application()
    app.add_routes([web.post("/oauth/token", fake.token), web.post("/mcp", fake.mcp)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    command = house.bridge()
    command[command.index("--server") + 1] = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with bridged(command) as lines:
            yield fake, lines
    finally:
        await runner.cleanup()


async def pong(_, message):
    return web.json_response({"jsonrpc": "2.0", "id": message.get("id"), "result": {}})


async def test_a_message_goes_through_byte_for_byte(house):
    async with faked(house) as (fake, lines):
        fake.reply = pong
        odd = b'{ "method" : "ping",\t"id":1.0, "jsonrpc":"2.0","x":"\\u00e9\xc3\xa9", "y":1e2 }'
        assert await lines.ask(odd) == {"jsonrpc": "2.0", "id": 1.0, "result": {}}
        assert fake.seen[0][1] == odd


async def test_an_answer_comes_back_byte_for_byte_on_one_line(house):
    body = b'{"jsonrpc":"2.0",\r\n "id":1,\n"result":{"a":"\xc3\xa9\\n","n":1.50}}'

    async def reply(*_):
        return web.Response(body=body, content_type="application/json")

    async with faked(house) as (fake, lines):
        fake.reply = reply
        await lines.send({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert await lines.line() == body.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


async def test_a_refused_token_is_renewed_once_and_the_message_sent_again(house):
    async with faked(house) as (fake, lines):
        fake.reply, fake.refuse = pong, 1
        assert (await lines.ask({"jsonrpc": "2.0", "id": 1, "method": "ping"}))["result"] == {}
        assert [headers["Authorization"] for headers, _ in fake.seen] == ["Bearer token-1", "Bearer token-2"]
        fake.refuse = 2
        answer = await lines.ask({"jsonrpc": "2.0", "id": 2, "method": "ping"})
        assert answer["id"] == 2
        assert "it is stale" in answer["error"]["message"]
        assert len(fake.seen) == 4


async def test_a_request_of_the_server_and_the_client_s_answer_pass(house):
    async def reply(request, message):
        if message.get("method") != "tools/call":
            return web.Response(status=202)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        await stream.write(
            b': hello\r\n\r\nevent: message\r\ndata: {"jsonrpc":"2.0","id":"s-1","method":"ping"}\r\n\r\n'
        )
        await stream.write(b'data: {"jsonrpc":"2.0",\ndata: "id":1,"result":{}}\n\n')
        return stream

    async with faked(house) as (fake, lines):
        fake.reply = reply
        assert await lines.ask({"jsonrpc": "2.0", "id": 1, "method": "tools/call"}) == {
            "jsonrpc": "2.0",
            "id": "s-1",
            "method": "ping",
        }
        assert await lines.receive() == {"jsonrpc": "2.0", "id": 1, "result": {}}
        await lines.send({"jsonrpc": "2.0", "id": "s-1", "result": {}})
        code, out, err = await lines.end()
    assert (code, out, err) == (0, b"", "")
    assert json.loads(fake.seen[1][1]) == {"jsonrpc": "2.0", "id": "s-1", "result": {}}


async def test_a_stream_that_ends_early_leaves_nobody_waiting(house):
    async def reply(request, _):
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        return stream

    async with faked(house) as (fake, lines):
        fake.reply = reply
        answer = await lines.ask({"jsonrpc": "2.0", "id": 1, "method": "tools/call"})
    assert (answer["id"], answer["error"]["code"]) == (1, -31001)


@pytest.mark.parametrize(
    "status, body", [(500, b"<h1>no</h1>"), (200, b"[]"), (200, b"not json"), (413, b"{}"), (502, b""), (202, b"")]
)
async def test_whatever_comes_back_the_client_gets_one_answer(house, status, body):
    async def reply(*_):
        return web.Response(status=status, body=body, content_type="text/html")

    async with faked(house) as (fake, lines):
        fake.reply = reply
        answer = await lines.ask({"jsonrpc": "2.0", "id": 1, "method": "ping"})
        assert (answer["id"], answer["error"]["code"]) == (1, -31001)
        code, out, _ = await lines.end()
    assert (code, out) == (0, b"")
