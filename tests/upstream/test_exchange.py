"""One POST on a real connection: when a connection is used again, and what is known when it fails."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bailiwick.ports.upstream import UpstreamUnavailable, UpstreamUncertain, UpstreamWithheld
from bailiwick.upstream import post as post_module
from bailiwick.upstream.post import Answer, Poster

MESSAGE = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
RESULT = b'{"jsonrpc":"2.0","id":1,"result":{"n":%d}}'


def answer(n: int = 0, more: str = "", body: bytes | None = None) -> bytes:
    body = RESULT % n if body is None else body
    return f"HTTP/1.1 200 OK\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(message: Any) -> bytes:
    return b"data: " + json.dumps(message).encode() + b"\n\n"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"


@dataclass
class Line:
    """One connection as the server sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def request(self) -> bytes:
        """The next request, head and body; empty when the client closed instead."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0] or 0)
        return head + await self.reader.readexactly(length)

    async def gone(self) -> None:
        """Wait until the client closed its side."""
        with contextlib.suppress(ConnectionError):
            assert await self.reader.read() == b""

    def say(self, data: bytes) -> None:
        self.writer.write(data)


Play = Callable[[Line], Awaitable[None]]


@dataclass
class Stage:
    """A server that plays the next scene on each new connection, and the poster to it."""

    scenes: list[Play]
    poster: Poster = field(init=False)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        scene = self.scenes[min(self.connections, len(self.scenes) - 1)]
        self.connections += 1
        try:
            await scene(Line(reader, writer))
        finally:
            writer.close()

    async def post(self, s: float = 30, **more: Any) -> Answer:
        loop = asyncio.get_running_loop()
        return await self.poster.post(json.dumps(MESSAGE).encode(), {}, 1, loop.time() + s, **more)

    async def n(self) -> Any:
        message = (await self.post()).message
        return message and message["result"]["n"]


@pytest.fixture
async def play() -> AsyncIterator[Callable[..., Awaitable[Stage]]]:
    async with contextlib.AsyncExitStack() as stack:

        async def build(*scenes: Play, reply_max: int = 1 << 20) -> Stage:
            stage = Stage(list(scenes))
            server = await asyncio.start_server(stage.serve, "127.0.0.1", 0)
            stage.poster = Poster(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp", reply_max)
            stack.callback(server.close)
            stack.push_async_callback(stage.poster.close)
            return stage

        yield build


Theatre = Callable[..., Awaitable[Stage]]


async def answers(line: Line) -> None:
    while await line.request():
        line.say(answer())


async def hangs(line: Line) -> None:
    await line.request()
    await line.gone()


def says(*parts: bytes, closes: bool = True) -> Play:
    async def scene(line: Line) -> None:
        await line.request()
        for part in parts:
            line.say(part)
            await line.writer.drain()
        if not closes:
            await line.gone()

    return scene


# When a connection is used again


async def test_one_connection_carries_one_request_after_another(play: Theatre) -> None:
    stage = await play(answers)
    for _ in range(5):
        await stage.post()
    assert stage.connections == 1


async def test_requests_at_the_same_time_have_connections_of_their_own_and_leave_them_to_the_next(
    play: Theatre,
) -> None:
    everybody = asyncio.Barrier(8)

    async def scene(line: Line) -> None:
        while await line.request():
            await everybody.wait()
            line.say(answer())

    stage = await play(scene)
    for _ in range(3):
        await asyncio.gather(*(stage.post() for _ in range(8)))
    assert stage.connections == 8


@pytest.mark.parametrize("goodbye", [
    pytest.param(lambda line: line.writer.close(), id="closed"),
    pytest.param(lambda line: line.writer.write_eof(), id="half closed"),
    pytest.param(lambda line: line.say(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"), id="a timeout"),
    pytest.param(lambda line: line.say(answer(666)), id="an answer to nothing"),
    pytest.param(lambda line: line.say(b"\r\n"), id="an empty line"),
])  # fmt: skip
async def test_an_idle_connection_that_says_anything_is_dropped_before_the_next_request(
    play: Theatre, goodbye: Callable[[Line], None]
) -> None:
    received, dropped = asyncio.Event(), asyncio.Event()

    async def first(line: Line) -> None:
        await line.request()
        line.say(answer(1))
        await received.wait()
        goodbye(line)
        await line.gone()
        dropped.set()

    stage = await play(first, says(answer(2), closes=False))
    assert await stage.n() == 1
    received.set()
    await dropped.wait()
    assert await stage.n() == 2


@pytest.mark.parametrize("data", [
    answer(1) + answer(666), answer(1) + b"HTTP", answer(1) + b"garbage", answer(1, "Connection: close\r\n"),
    answer(1).replace(b"HTTP/1.1", b"HTTP/1.0"), answer(1) + EVENTS,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(RESULT % 1) + LAST + answer(666),
], ids=[
    "two responses", "half a second one", "garbage", "close", "HTTP/1.0", "a stream behind it", "chunked and another",
])  # fmt: skip
async def test_a_connection_that_cannot_carry_another_exchange_is_closed_by_this_side(
    play: Theatre, data: bytes
) -> None:
    stage = await play(says(data, closes=False), says(answer(2), closes=False))
    assert await stage.n() == 1
    assert await stage.n() == 2
    assert stage.connections == 2


async def test_a_connection_whose_request_was_answered_before_it_was_read_is_not_used_again(play: Theatre) -> None:
    read = asyncio.Event()

    async def first(line: Line) -> None:
        await line.reader.readuntil(b"\r\n\r\n")
        line.say(answer(1))
        await read.wait()

    stage = await play(first, says(answer(2), closes=False))
    deadline = asyncio.get_running_loop().time() + 30
    first_answer = await stage.poster.post(b"x" * (32 << 20), {}, 1, deadline)
    assert first_answer.message is not None
    assert first_answer.message["result"]["n"] == 1
    assert await stage.n() == 2
    read.set()


async def test_an_idle_connection_is_closed_after_a_while(play: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_module, "_KEEP_ALIVE_S", 0.02)
    closed: asyncio.Queue[None] = asyncio.Queue()

    async def scene(line: Line) -> None:
        await answers(line)
        closed.put_nowait(None)

    stage = await play(scene)
    await asyncio.gather(stage.post(), stage.post(), stage.post())
    for _ in range(stage.connections):
        await closed.get()


async def test_a_connection_that_was_idle_too_long_is_not_used_even_if_it_is_still_open(
    play: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = await play(answers)
    await stage.post()
    monkeypatch.setattr(post_module, "_KEEP_ALIVE_S", 0.0)
    await stage.post()
    assert stage.connections == 2


# What a response may look like


@pytest.mark.parametrize("parts", [
    [b"HTTP/1.1 100 Continue\r\n\r\n", answer(3)],
    [b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/event-stream\r\nContent-Length: 9\r\n\r\n" + answer(3)],
    [CHUNKED, chunk((RESULT % 3)[:5]), chunk((RESULT % 3)[5:]), LAST],
    [b"HTTP/1.1 200 OK\r\n\r\n", RESULT % 3],
    [b"HTTP/1.0 200 OK\r\n\r\n" + RESULT % 3],
    [bytes([byte]) for byte in answer(3)],
], ids=["100", "103", "chunked", "until closed", "until closed 1.0", "byte by byte"])  # fmt: skip
async def test_a_response_in_any_shape_is_read(play: Theatre, parts: list[bytes]) -> None:
    stage = await play(says(*parts))
    assert await stage.n() == 3


@pytest.mark.parametrize("data", [
    b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n", answer()[:-1], b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n",
    CHUNKED + chunk(RESULT % 1), CHUNKED + chunk(RESULT % 1) + b"0\r\n", CHUNKED + b"ff\r\n" + RESULT % 1,
    b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000,
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"Content-Length: 2\r\n\r\n{}", EVENTS, EVENTS + chunk(b": hi\n\n"),
    EVENTS + chunk(event({"id": 1, "result": {}})[:-1]),
], ids=[
    "nothing", "half a head", "short body", "no body", "no last chunk", "half a last chunk", "short chunk", "only 100",
    "101", "a huge header", "many headers, no end", "many headers", "an empty stream", "a comment", "half an event",
])  # fmt: skip
async def test_a_response_that_is_cut_off_is_uncertain_and_not_asked_for_again(play: Theatre, data: bytes) -> None:
    stage = await play(says(data))
    with pytest.raises(UpstreamUncertain, match="was sent"):
        await stage.post()
    assert stage.connections == 1


@pytest.mark.parametrize("data", [
    EVENTS + chunk(event({"id": 2, "result": {}})) + LAST, EVENTS + LAST, answer(body=b""), answer(body=b"[]"),
    answer(body=b"\x1f\x8b\x08\x00compressed", more="Content-Encoding: gzip\r\n"), answer(body=b'{"id":2,"result":{}}'),
], ids=["stream for another", "empty stream", "empty", "a list", "compressed", "for another"])  # fmt: skip
async def test_a_whole_response_without_the_answer_is_one_without_a_message(play: Theatre, data: bytes) -> None:
    stage = await play(says(data))
    assert await stage.post() == Answer(200, None, None)
    assert stage.connections == 1


async def test_events_are_handed_on_in_order_as_they_come(play: Theatre) -> None:
    heard: list[Any] = []
    came = asyncio.Event()

    async def scene(line: Line) -> None:
        await line.request()
        line.say(EVENTS + chunk(event({"method": "a"})))
        await came.wait()  # the first was handed on before the second was sent
        tail = event({"method": "b"}) + b": comment\n\n" + event({"id": 1, "result": {"n": 4}})
        for byte in tail:
            line.say(chunk(bytes([byte])))
        await line.gone()

    async def on_message(message: dict[str, Any]) -> None:
        heard.append(message["method"])
        came.set()

    stage = await play(scene)
    found = (await stage.post(on_message=on_message)).message
    assert found == {"id": 1, "result": {"n": 4}}
    assert heard == ["a", "b"]


async def test_a_stream_read_to_its_end_leaves_its_connection_to_the_next(play: Theatre) -> None:
    async def scene(line: Line) -> None:
        while await line.request():
            line.say(EVENTS + chunk(event({"id": 1, "result": {"n": 5}})) + LAST)

    stage = await play(scene)
    assert [await stage.n() for _ in range(3)] == [5, 5, 5]
    assert stage.connections == 1


async def test_an_upstream_that_streams_faster_than_anybody_reads_has_to_wait(play: Theatre) -> None:
    stuck = asyncio.Event()

    async def scene(line: Line) -> None:
        await line.request()
        line.say(EVENTS)
        for _ in range(64):
            line.say(chunk(event({"method": "x" * (1 << 20)})))
            try:
                await asyncio.wait_for(line.writer.drain(), 0.0 if stuck.is_set() else 0.3)
            except TimeoutError:
                stuck.set()
                await line.writer.drain()
        line.say(chunk(event({"id": 1, "result": {"n": 6}})) + LAST)
        await line.gone()

    async def on_message(message: dict[str, Any]) -> None:
        await stuck.wait()

    stage = await play(scene, reply_max=128 << 20)
    found = (await stage.post(on_message=on_message)).message
    assert found == {"id": 1, "result": {"n": 6}}


# What is known when it fails


async def test_a_kept_connection_that_dies_before_a_byte_of_the_answer_is_uncertain_and_not_repeated(
    play: Theatre,
) -> None:
    seen: list[bytes] = []

    async def scene(line: Line) -> None:
        seen.append(await line.request())
        line.say(answer())
        seen.append(await line.request())

    stage = await play(scene)
    await stage.post()
    with pytest.raises(UpstreamUncertain):
        await stage.post()
    assert stage.connections == 1
    assert all(seen)


async def test_a_cancelled_request_closes_its_connection(play: Theatre) -> None:
    heard, gone = asyncio.Event(), asyncio.Event()

    async def first(line: Line) -> None:
        await line.request()
        heard.set()
        await line.gone()
        gone.set()

    stage = await play(first, answers)
    task = asyncio.create_task(stage.post())
    await heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone.wait()
    await stage.post()
    assert stage.connections == 2


async def test_no_answer_until_the_deadline_is_uncertain_and_closes_the_connection(play: Theatre) -> None:
    gone = asyncio.Event()

    async def scene(line: Line) -> None:
        await line.request()
        line.say(answer())
        await hangs(line)
        gone.set()

    stage = await play(scene)
    await stage.post()
    with pytest.raises(UpstreamUncertain, match="in time"):
        await stage.post(s=0.5)
    await gone.wait()


async def test_the_deadline_also_ends_a_listener_that_hangs(play: Theatre) -> None:
    async def scene(line: Line) -> None:
        await line.request()
        line.say(answer())
        await line.request()
        line.say(EVENTS + chunk(event({"method": "a"})))
        await line.gone()

    async def on_message(message: dict[str, Any]) -> None:
        await asyncio.Event().wait()

    stage = await play(scene)
    await stage.post()
    with pytest.raises(UpstreamUncertain, match="in time"):
        await stage.post(s=0.5, on_message=on_message)


@pytest.mark.parametrize("kept", [False, True])
async def test_past_its_deadline_nothing_is_sent(play: Theatre, kept: bool) -> None:
    asked = 0

    async def scene(line: Line) -> None:
        nonlocal asked
        while await line.request():
            asked += 1
            line.say(answer())

    stage = await play(scene)
    if kept:
        await stage.post()
    with pytest.raises(UpstreamUnavailable, match="in time"):
        await stage.post(s=0)
    await stage.post()
    assert asked == kept + 1


async def test_who_objects_at_the_last_look_sends_nothing_and_the_connection_stays(play: Theatre) -> None:
    def look() -> None:
        raise UpstreamWithheld("the stop was pulled")

    stage = await play(answers)
    await stage.post()
    with pytest.raises(UpstreamWithheld, match="pulled"):
        await stage.post(look=look)
    await stage.post()
    assert stage.connections == 1


async def test_one_request_more_than_there_are_connections_waits_its_turn_and_sends_nothing_until_then(
    play: Theatre,
) -> None:
    full, free = asyncio.Event(), asyncio.Event()
    asked = 0

    async def scene(line: Line) -> None:
        nonlocal asked
        while await line.request():
            asked += 1
            if asked == 256:
                full.set()
            await free.wait()
            line.say(answer())

    stage = await play(scene)
    many = [asyncio.create_task(stage.post()) for _ in range(256)]
    await full.wait()
    with pytest.raises(UpstreamUnavailable, match="in time"):
        await stage.post(s=0.05)
    patient = asyncio.create_task(stage.post())
    free.set()
    await asyncio.gather(patient, *many)
    assert asked == 257
    assert stage.connections == 256


async def test_closing_fails_what_is_on_its_way_and_refuses_what_comes_later(play: Theatre) -> None:
    heard = asyncio.Event()

    async def scene(line: Line) -> None:
        await line.request()
        heard.set()
        await line.gone()

    stage = await play(scene)
    task = asyncio.create_task(stage.post())
    await heard.wait()
    await stage.poster.close()
    with pytest.raises(UpstreamUncertain):
        await task
    with pytest.raises(UpstreamUnavailable, match="shutting down"):
        await stage.post()
    assert stage.connections == 1


async def test_a_session_is_ended_without_a_word_about_failure(play: Theatre) -> None:
    seen: list[bytes] = []

    async def scene(line: Line) -> None:
        while request := await line.request():
            seen.append(request)
            line.say(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")

    stage = await play(scene, hangs)
    await stage.poster.delete({"Mcp-Session-Id": "s-1"}, 30)
    await stage.poster.delete({"Mcp-Session-Id": "s-2\r\n"}, 30)
    assert [request.partition(b" ")[0] for request in seen] == [b"DELETE"]
    assert b"Mcp-Session-Id: s-1\r\n" in seen[0]
