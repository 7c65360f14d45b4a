"""One response as its bytes come in: complete or not, and what may follow. No sockets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ports.upstream import UpstreamTooLarge
from bailiwick.upstream.response import IncomingResponse, MalformedResponseError

OK = b"HTTP/1.1 200 OK\r\n"
BODY_MAX = 1000


def read(*parts: bytes) -> IncomingResponse:
    response = IncomingResponse(BODY_MAX)
    for part in parts:
        response.feed(part)
    return response


@pytest.mark.parametrize("data, body, keep", [
    (OK + b"Content-Length: 2\r\n\r\nhi", b"hi", True),
    (OK + b"content-length:2\r\nConnection: Keep-Alive\r\n\r\nhi", b"hi", True),
    (OK + b"Content-Length: 2\r\nConnection: close\r\n\r\nhi", b"hi", False),
    (OK + b"Transfer-Encoding: Chunked\r\n\r\n1;x=y\r\nh\r\n1\r\ni\r\n0\r\n\r\n", b"hi", True),
    (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nContent-Type: text/event-stream\r\n\r\n", b"hi", True),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
    (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
    (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    (b"HTTP/1.1 202\r\nContent-Length: 0\r\n\r\n", b"", True),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", b"hi", True),
    (b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/event-stream\r\nMcp-Session-Id: wrong\r\n\r\n"
     b"HTTP/1.1 102 Processing\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", b"hi", True),
])  # fmt: skip
@given(data_=st.data())
def test_a_complete_response_is_the_same_however_its_bytes_are_split(
    data: bytes, body: bytes, keep: bool, data_: st.DataObject
) -> None:
    cuts = sorted(data_.draw(st.lists(st.integers(0, len(data)), max_size=8)))
    response = read(*(data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b))
    assert response.complete
    assert response.keep_alive is keep
    assert (response.take(), response.take()) == (body, b"")
    assert not response.streams
    assert response.session is None


def test_the_next_response_is_read_as_if_there_had_been_none_before() -> None:
    first = OK + b"Content-Type: text/event-stream\r\nMcp-Session-Id: s-1\r\nContent-Length: 2\r\n\r\nhi"
    response = read(first)
    assert (response.status, response.session, response.streams, response.waiting) == (200, "s-1", True, 2)
    response.expect()
    response.feed(b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\n")
    assert (response.status, response.session, response.streams, response.complete) == (404, None, False, False)
    response.feed(b"bye")
    assert response.complete
    assert response.take() == b"bye"


@pytest.mark.parametrize("kind, streams", [
    (b"text/event-stream", True), (b"Text/Event-Stream;charset=utf-8", True), (b"application/json", False),
    (b"text/event-stream-not", False), (b"", False),
])  # fmt: skip
def test_an_event_stream_is_known_by_its_type(kind: bytes, streams: bool) -> None:
    response = read(OK + b"Content-Type: " + kind + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert response.streams is streams
    assert not response.complete


@pytest.mark.parametrize("more", [
    OK + b"Content-Length: 4\r\n\r\nevil", b"HTTP/1.1", b"garbage", b"\x00", b"\r\n\r\nHTTP/1.1 200 OK\r\n",
])  # fmt: skip
@pytest.mark.parametrize("framing", [
    b"Content-Length: 2\r\n\r\nhi", b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
])  # fmt: skip
def test_what_follows_a_response_changes_nothing_of_it_and_ends_the_connection(framing: bytes, more: bytes) -> None:
    response = read(OK + b"Mcp-Session-Id: s-1\r\n" + framing + more)
    assert response.complete
    assert not response.keep_alive
    assert (response.status, response.session, response.take()) == (200, "s-1", b"hi")


@pytest.mark.parametrize("data", [
    b"this is not HTTP\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/3 200 OK\r\n\r\n", b"\x16\x03\x01\x02",
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", OK + b"Content-Length: -1\r\n\r\n",
    OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    OK + b"Content-Length: 99999999999999999999\r\n\r\n", OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", OK + b"A: b\r\n c: d\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    OK + b"A: \x00\r\n\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhiho\r\n",
])  # fmt: skip
def test_what_is_not_http_is_unreadable(data: bytes) -> None:
    with pytest.raises(MalformedResponseError):
        read(data)


HEAD = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("start, again", [
    (OK + b"X: ", b"x" * 1024), (OK, b"X: y\r\n" * 200), (OK + b"X", b"x" * 1024), (b"", b"\r\n" * 512),
    (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50), (b"", b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 50),
    (b"HTTP/1.1 110 X\r\nContent-Length: 9999999\r\n\r\n", b"x" * 1024), (HEAD + b"0\r\n", b"X: y\r\n" * 200),
    (HEAD + b"0\r\nX: ", b"x" * 1024), (HEAD + b"5;", b"x" * 1024),
], ids=[
    "value", "headers", "name", "nothing", "continue", "hints", "interim body", "trailers", "trailer",
    "chunk extension",
])  # fmt: skip
def test_what_is_no_body_comes_to_an_end(start: bytes, again: bytes) -> None:
    with pytest.raises(MalformedResponseError, match="65536 bytes"):
        read(*filter(None, [start]), *[again] * 80)


def test_a_head_that_comes_in_one_piece_is_not_spared() -> None:
    with pytest.raises(MalformedResponseError, match="65536 bytes"):
        read(OK + b"X: y\r\n" * 40_000 + b"Content-Length: 2\r\n\r\nhi")


@pytest.mark.parametrize("head, body", [
    (b"Content-Length: 1001\r\n\r\n", b""), (b"Transfer-Encoding: chunked\r\n\r\n", b"3E9\r\n" + b"x" * 1001),
    (b"\r\n", b"x" * 1001), (b"Content-Type: text/event-stream\r\n\r\n", b"x" * 1001),
], ids=["declared", "chunked", "until closed", "events"])  # fmt: skip
def test_a_body_over_the_cap_is_too_large(head: bytes, body: bytes) -> None:
    with pytest.raises(UpstreamTooLarge, match="1000 bytes"):
        read(OK + head, *[body[at : at + 100] for at in range(0, len(body), 100)])


def test_a_body_at_the_cap_is_read() -> None:
    assert read(OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000).take() == b"x" * 1000


def test_a_body_without_a_length_ends_with_the_connection_and_nothing_follows() -> None:
    response = read(OK + b"\r\n", b"h", b"i")
    assert not response.complete
    response.end()
    assert response.complete
    assert not response.keep_alive
    assert response.take() == b"hi"


@pytest.mark.parametrize("data", [
    b"", b"HTTP/1.1 200", OK + b"Content-Length: 2\r\n", OK + b"Content-Length: 2\r\n\r\nh",
    OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
])  # fmt: skip
def test_an_end_in_the_middle_is_no_end(data: bytes) -> None:
    response = read(*filter(None, [data]))
    with pytest.raises(MalformedResponseError, match="closed before"):
        response.end()
