"""The MCP library's own client inside a run: its tokens renew themselves under it.

async with connect(run) as client:
    await client.call_tool("crm__query", {"object_type": "contacts"})
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from bailiwick.sdk.agent import Run
from bailiwick.sdk.door import AgentError

# Outside the range that JSON-RPC and MCP keep for themselves.
NO_ANSWER = -31_001
_TIMEOUT = httpx2.Timeout(30, read=300)


class RunAuth(httpx2.Auth):
    """A run's bearer token on every request to its gateway, renewed before expiry and once after a 401."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._origin = _origin(httpx2.URL(run.mcp_url))

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Authorise, and repeat a request that was refused before it was read."""
        # INVARIANT: the token goes to the gateway it was issued for and to nobody else.
        if _origin(request.url) != self._origin:
            raise AgentError(f"`{request.url.host}` is not the gateway of this run; its token is not sent there")
        headers = await self._run.headers()
        request.headers.update(headers)
        response = yield request
        if response.status_code == 401:
            request.headers.update(await self._run.renew(headers))
            yield request


class _SentenceClient(httpx2.AsyncClient):
    """Turns silence into a JSON-RPC error: an exception here would end the MCP client for good."""

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        try:
            return await super().send(request, **options)
        except AgentError as error:
            sentence = str(error)
        except httpx2.ConnectError:
            sentence = f"cannot reach `{request.url.host}`; nothing was sent, is the server running?"
        except httpx2.TransportError as error:
            sentence = f"no answer ({type(error).__name__}); look whether it was done before repeating the call"
        failure = {"jsonrpc": "2.0", "id": None, "error": {"code": NO_ANSWER, "message": sentence}}
        return httpx2.Response(503, json=failure, request=request)


@asynccontextmanager
async def connect(run: Run, **options: Any) -> AsyncIterator[Client]:
    """An MCP client in this run; `options` are those of `mcp.client.Client`, such as `mode`."""
    async with (
        _SentenceClient(auth=RunAuth(run), timeout=_TIMEOUT) as http,
        Client(streamable_http_client(run.mcp_url, http_client=http), **options) as client,
    ):
        yield client


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
