"""What the caretaker reports, read line by line with a deadline."""

import json
import os
import select
import time
from typing import IO, Any


class Notices:
    """Keeps notices that nobody waited for yet, so servers may come up in any order."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._pending = b""
        self._kept: list[dict[str, Any]] = []

    def wait(self, kind: str, name: str, patience_s: float) -> dict[str, Any] | None:
        """The next notice of that kind about `name`.

        None when the time is up, the caretaker has ended, or the server is `gone` instead of `ready`.
        """
        deadline = time.monotonic() + patience_s
        while True:
            for notice in self._kept:
                if notice.get(kind) == name or notice.get("gone") == name:
                    self._kept.remove(notice)
                    return notice if kind in notice else None
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(left):
                return None

    def forget(self, name: str) -> None:
        """Drops what was said about an earlier process of that name."""
        while self._read(0):
            pass
        self._kept = [notice for notice in self._kept if name not in notice.values()]

    def close(self) -> None:
        self._stream.close()

    def _read(self, patience_s: float) -> bool:
        readable, _, _ = select.select([self._stream], [], [], patience_s)
        if not readable:
            return False
        read = os.read(self._stream.fileno(), 65_536)
        *lines, self._pending = (self._pending + read).split(b"\n")
        self._kept += [json.loads(line) for line in lines]
        return bool(read)
