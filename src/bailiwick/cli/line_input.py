"""Lines from standard input, read beside an event loop."""

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Final

LONGEST_LINE: Final = 8 * 1024 * 1024
"""Bytes after which a line is cut; the rest of it is dropped."""


def read_in_thread(source: int, lines: "asyncio.Queue[bytes | None]", loop: asyncio.AbstractEventLoop) -> None:
    """Put each line into the queue, None at the end; a daemon thread, since a blocked read cannot be called off.

    It reads the descriptor itself: a thread that waits inside `sys.stdin` makes the interpreter abort at its end.
    """

    def put(line: bytes | None) -> None:
        asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()

    def read() -> None:
        with contextlib.suppress(RuntimeError, OSError):  # the loop or the input has closed: nobody reads any more
            for line in split_lines(source):
                put(line)
            put(None)

    threading.Thread(target=read, name="bridge-reader", daemon=True).start()


def split_lines(source: int) -> Iterator[bytes]:
    """Lines of a descriptor without their ends, empty ones left out; of one too long only the start comes."""
    rest = bytearray()
    skipping = False
    while chunk := os.read(source, 65_536):
        rest += chunk
        if b"\n" in chunk:
            *whole, tail = bytes(rest).split(b"\n")
            rest = bytearray(tail)
            yield from (line.rstrip(b"\r") for line in whole[skipping:] if line.strip())
            skipping = False
        if len(rest) > LONGEST_LINE:
            if not skipping:
                yield bytes(rest)
            skipping = True
            rest.clear()
    if rest.strip() and not skipping:
        yield bytes(rest)
