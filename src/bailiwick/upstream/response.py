"""One HTTP/1.1 response as its bytes come in (RFC 9112), and whether another may follow on its connection."""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from bailiwick.ports.upstream import UpstreamTooLarge

# Of everything that is no body: the head, interim responses before it, trailers.
_HEAD_MAX = 65_536
_READ = frozenset({b"content-length", b"content-type", b"mcp-session-id", b"transfer-encoding"})


class MalformedResponseError(ConnectionError):
    """No complete response will come; the text says why and holds nothing of what came."""


class IncomingResponse:
    """The bytes of one response after another go in; status, the headers we use and the body come out.

    `streams` says that the head of an event stream is there: its body is worth taking before it is complete.
    """

    status: int
    session: str | None
    streams: bool
    complete: bool
    keep_alive: bool

    def __init__(self, body_max: int) -> None:
        self._body_max = body_max
        self._parser = HttpResponseParser(self)
        self._fields: dict[bytes, bytes] = {}
        self._chunks: list[bytes] = []
        self.expect()

    def expect(self) -> None:
        """Forget the response before; the next bytes begin a new one."""
        self.status = 0
        self.session = None
        self.streams = self.complete = self.keep_alive = False
        self._until_close = False
        self._error: MalformedResponseError | UpstreamTooLarge | None = None
        self._head_size = self._bare_size = self._body_size = self._taken = 0
        self._chunks.clear()

    def feed(self, data: bytes) -> None:
        """Take what came; an error says that nothing readable will."""
        before = self._body_size
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            # INVARIANT: what follows a complete response changes nothing of it; the connection ends with it.
            self.keep_alive = False
            if not self.complete:
                raise self._error or MalformedResponseError("what came back is not HTTP/1.1") from None
        if self._body_size == before and not self.complete:
            self._bare_size += len(data)
            if self._bare_size > _HEAD_MAX:
                raise MalformedResponseError(f"the response has more than {_HEAD_MAX} bytes beside its body")

    def end(self) -> None:
        """The other side will say no more: a body without a length is complete, anything else is cut off."""
        if not self._until_close and not self.complete:
            raise MalformedResponseError("the connection was closed before a response was complete")
        self.complete, self.keep_alive = True, False

    def take(self) -> bytes:
        """The part of the body that came since it was last taken."""
        if len(self._chunks) == 1:
            return self._taking(self._chunks.pop())
        data = b"".join(self._chunks)
        self._chunks.clear()
        return self._taking(data)

    def _taking(self, data: bytes) -> bytes:
        self._taken += len(data)
        return data

    @property
    def waiting(self) -> int:
        """How many bytes of the body are there to be taken."""
        return self._body_size - self._taken

    # What the parser calls. Raising stops it; `feed` then raises what was kept in `_error`.

    def on_message_begin(self) -> None:
        """INVARIANT: a second response to one request is never read."""
        if self.complete:
            raise MalformedResponseError("a second response")
        self._fields.clear()  # what an interim response said is not said by the final one

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; one in a trailer comes too late to mean anything."""
        if self.status:
            return
        self._head_size += len(name) + len(value) + 4  # colon, space, line break
        if self._head_size > _HEAD_MAX:
            self._stop(MalformedResponseError(f"the response has a head of more than {_HEAD_MAX} bytes"))
        name = name.lower()
        if name in _READ:
            known = self._fields.get(name)
            self._fields[name] = value.strip() if known is None else known + b", " + value.strip()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        status = self._parser.get_status_code()
        if status < 200:
            if status == 101:
                self._stop(MalformedResponseError("the upstream wants to speak another protocol"))
            return
        self.status = status
        coding, length = self._fields.get(b"transfer-encoding"), self._fields.get(b"content-length")
        if coding is not None and coding.lower() != b"chunked":
            self._stop(MalformedResponseError("the response has a transfer coding that nobody asked for"))
        if length is not None and int(length) > self._body_max:
            self._stop(self._too_large())
        self._until_close = coding is None and length is None
        session = self._fields.get(b"mcp-session-id")
        self.session = None if session is None else session.decode("latin-1")
        kind = self._fields.get(b"content-type", b"").partition(b";")[0]
        self.streams = kind.strip().lower() == b"text/event-stream"

    def on_body(self, data: bytes) -> None:
        """A part of the body."""
        if not self.status:
            return
        self._body_size += len(data)
        if self._body_size > self._body_max:
            self._stop(self._too_large())
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        """The end of a response, which may be an interim one."""
        if self.status:
            self.complete = True
            self.keep_alive = self._parser.should_keep_alive()

    def _stop(self, error: MalformedResponseError | UpstreamTooLarge) -> None:
        self._error = error
        raise error

    def _too_large(self) -> UpstreamTooLarge:
        return UpstreamTooLarge(
            f"the upstream answered more than {self._body_max} bytes; look at its own journal, ask for less"
        )
