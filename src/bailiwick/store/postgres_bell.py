"""The bell of several servers on one PostgreSQL: a transaction that makes news rings it when it commits (NOTIFY)."""

import contextlib
import threading
from typing import Final

import psycopg

from bailiwick.store.postgres_session import Connection, Unreachable, connect

CHANNEL: Final = "bailiwick_news"
NOTIFY: Final = f"SELECT pg_notify('{CHANNEL}', '')"  # delivered at the commit, or never
"""The statement that rings, sent within the transaction."""


class PostgresBell:
    """Implements `ports.news.Bell` on a connection of its own, made when it is needed and again when it is lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: Connection | None = None
        self._closed = threading.Event()

    def wait(self, seconds: float) -> None:
        try:
            for _ in self._listening().notifies(timeout=seconds, stop_after=1):
                return
        except (psycopg.Error, Unreachable, OSError):
            self._let_go()
            self._closed.wait(seconds)

    def ring(self) -> None:
        """The database has told everybody, this server too."""

    def close(self) -> None:
        self._closed.set()

    def _listening(self) -> Connection:
        if self._closed.is_set():
            self._let_go()
            raise Unreachable("the bell is closed")
        if self._open is None:
            self._open = connect(self._url)
            self._open.execute(f"LISTEN {CHANNEL}")
        return self._open

    def _let_go(self) -> None:
        if self._open is not None:
            with contextlib.suppress(psycopg.Error):
                self._open.close()
        self._open = None
