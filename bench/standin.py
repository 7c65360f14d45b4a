"""A stand-in for the gateway that checks the harness itself: prefixed tool names and a bearer token, no rule.

A harness that passes through this one loses nothing on the way: what fails through Bailiwick is Bailiwick's.
"""

import sys
from collections.abc import AsyncIterator

from bench.passthrough import Headers, PassThrough
from bench.process import serve
from bench.shim import rename_call, rename_list

TOKEN = "stand-in"


class StandIn(PassThrough):
    """Presents the upstream's tools as `<connector>__<tool>` to whoever holds the token."""

    def __init__(self, upstream: str, connector: str) -> None:
        super().__init__(upstream)
        self._prefix = f"{connector}__"

    async def request(self, headers: Headers, body: bytes) -> tuple[Headers, bytes]:
        """Without the token the call fails loudly, as an unreachable upstream would."""
        if ("authorization", f"Bearer {TOKEN}") not in headers:
            raise RuntimeError("no token: the shim has to add one to every request")
        kept = [h for h in headers if h[0] != "authorization"]
        return rename_call(kept, body, lambda name: name.removeprefix(self._prefix))

    def reply(self, request: bytes, media: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Prefixes whatever tools are listed."""
        if b'"tools/list"' not in request:
            return chunks
        return rename_list(media, chunks, lambda name: self._prefix + name)


if __name__ == "__main__":
    serve(StandIn(sys.argv[1], sys.argv[2]))
