"""The signer's side of the socket: it knows one key and what it signed, and takes nobody's word for anything."""

import asyncio
import os
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.growth import ForkError
from bailiwick.ledger.note import Signer
from bailiwick.signer.pen import Pen
from bailiwick.signer.wire import MAX_LINE, WireError, proof_of, read_line, text_of, write_line

IDLE_S: Final = 30.0
_SHARD: Final = re.compile(r"/[1-9][0-9]{0,8}")

log = structlog.get_logger("signer")


class Desk:
    """Answers for the log `origin` and its shards `origin/1`, `origin/2`, …, each with a last head of its own.

    `read` gives the last signed head of a log and `keep` makes one that, durably; both raise what they like, and
    then nothing is signed.
    """

    def __init__(
        self,
        origin: str,
        seed: bytes,
        read: Callable[[str], Checkpoint | None],
        keep: Callable[[Checkpoint], None],
    ) -> None:
        self._origin, self._seed, self._read, self._keep = origin, seed, read, keep
        self._pens: dict[str, Pen] = {}

    def answer(self, line: bytes) -> bytes:
        """The answer to one line. Blocks while the disk is written."""
        try:
            message = read_line(line)
            asked = text_of(message, "ask")
            if asked == "last":
                return write_line(self._last(text_of(message, "origin")))
            if asked == "sign":
                return write_line(self._sign(Checkpoint.parse(text_of(message, "head")), proof_of(message)))
            if asked == "state":
                return write_line(self._state(text_of(message, "origin"), text_of(message, "text")))
            raise WireError("`ask` is none of last, sign and state")
        except (WireError, CheckpointError, ForkError, ValueError) as error:
            log.warning("signer.refused", reason=str(error))
            return write_line({"refused": str(error)})

    def _last(self, origin: str) -> dict[str, object]:
        pen = self._pen(origin)
        return {"vkey": pen.key.vkey, "last": pen.last.format() if pen.last else ""}

    def _sign(self, head: Checkpoint, proof: list[bytes]) -> dict[str, object]:
        note = self._pen(head.origin).sign(head, proof)
        return {"note": note.decode()}

    def _state(self, origin: str, text: str) -> dict[str, object]:
        return {"note": self._pen(origin).state(text).decode()}

    def _pen(self, origin: str) -> Pen:
        if origin not in self._pens:
            shard = origin.removeprefix(self._origin)
            if not origin.startswith(self._origin) or (shard and _SHARD.fullmatch(shard) is None):
                raise WireError(f"this signer signs for `{self._origin}` and its shards, not for `{origin}`")
            self._pens[origin] = Pen(Signer(origin, self._seed), self._read(origin), self._keep)
        return self._pens[origin]


async def serve(desk: Desk, path: Path, mode: int, started: Callable[[], None]) -> None:
    """Answer on a unix socket until cancelled; `mode` says which users may connect. One question at a time."""
    turn = asyncio.Lock()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, TimeoutError, asyncio.CancelledError):
            while line := await asyncio.wait_for(reader.readline(), IDLE_S):
                async with turn:
                    told = await asyncio.to_thread(desk.answer, line)
                writer.write(told)
                await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(talk, sock=_listener(path, mode), limit=MAX_LINE) as server:
        started()
        await server.serve_forever()


def _listener(path: Path, mode: int) -> socket.socket:
    """A socket that is connected to under `path`; one left by a signer that was killed gives way."""
    path.unlink(missing_ok=True)
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o777 & ~mode)
    try:
        found.bind(str(path))
    finally:
        os.umask(before)
    return found
