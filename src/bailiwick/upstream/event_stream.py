"""Server-sent events (WHATWG HTML, section 9.2) as far as MCP uses them."""

from collections.abc import Iterator


class EventStream:
    """An incremental reader: bytes in, the data of each event out; comments and ids are dropped."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The data of the events that `chunk` completes, in order; an event without data is skipped."""
        self._rest += chunk
        if b"\n" not in chunk and b"\r" not in chunk:
            return
        # A lone CR at the very end may be the first half of CR LF, so it waits for the next chunk.
        held = b"\r" if self._rest.endswith(b"\r") else b""
        lines = bytes(self._rest[: len(self._rest) - len(held)])
        lines = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *whole, tail = lines.split(b"\n")
        self._rest = bytearray(tail + held)
        for line in whole:
            if line:
                self._take(line)
            elif self._data:
                data = b"\n".join(self._data)
                self._data.clear()
                if data:
                    yield data

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
