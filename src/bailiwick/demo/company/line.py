"""A server connection that can be cut from inside: the reply that never comes."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Line(HttpToolsProtocol):
    """uvicorn's protocol, remembering its open connections by the caller's address and port."""

    _open: ClassVar[dict[tuple[str, int], asyncio.Transport]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            Line._open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            Line._open.pop(self.client, None)
        super().connection_lost(exc)

    @classmethod
    def hang_up(cls, caller: tuple[str, int]) -> None:
        """Resets the connection at once; bytes not yet sent are lost."""
        transport = cls._open.pop(caller, None)
        if transport is not None:
            transport.abort()
