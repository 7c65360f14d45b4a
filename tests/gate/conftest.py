"""The gateway on a real uvicorn server over a small real installation, and ways to call it."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from bailiwick.gate.app import Gate
from tests.flow.house import House, open_house

MODERN, LEGACY = "2026-07-28", "2025-11-25"
PREFIX = "io.modelcontextprotocol/"


@dataclass
class Door:
    """A served gateway."""

    house: House
    http: httpx2.AsyncClient

    @property
    def url(self) -> str:
        return self.house.url + "/mcp"

    def headers(self, message: dict[str, Any], era: str, token: str | None = None) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        headers |= {"MCP-Protocol-Version": era, "Authorization": f"Bearer {token or self.house.token()}"}
        if era == MODERN:
            headers["Mcp-Method"] = message["method"]
            if "name" in message.get("params", {}):
                headers["Mcp-Name"] = message["params"]["name"]
        return headers

    def message(self, method: str, era: str = MODERN, **params: Any) -> dict[str, Any]:
        if era == MODERN:
            meta = {PREFIX + "protocolVersion": era, PREFIX + "clientCapabilities": {}}
            params["_meta"] = meta | params.get("_meta", {})
        return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}

    async def send(self, body: Any, headers: dict[str, str], method: str = "POST") -> httpx2.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.request(method, self.url, content=content, headers=headers)

    async def ask(self, method: str, era: str = MODERN, *, token: str | None = None, **params: Any) -> httpx2.Response:
        message = self.message(method, era, **params)
        return await self.send(message, self.headers(message, era, token))

    async def call(self, name: str, era: str = MODERN, *, token: str | None = None, **arguments: Any) -> dict[str, Any]:
        answer = await self.ask("tools/call", era, token=token, name=name, arguments=arguments)
        found: dict[str, Any] = answer.json()
        return found

    @contextlib.asynccontextmanager
    async def client(self, mode: str = MODERN, token: str | None = None, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token or self.house.token()}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=20) as http,
            Client(streamable_http_client(self.url, http_client=http), mode=mode, **more) as client,
        ):
            yield client


@contextlib.asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Door]:
    """A gateway on a free port, closed at the end."""
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    async with open_house(folder, url=url) as house:
        gate = Gate(house.installation)
        config = uvicorn.Config(gate.app, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
        server, ready = uvicorn.Server(config), asyncio.Event()

        async def serve() -> None:
            async with gate.running():  # entered and left in one task, as the library demands
                ready.set()
                await server.serve(sockets=[listening])

        serving = asyncio.create_task(serve())
        await ready.wait()
        async with httpx2.AsyncClient(timeout=20) as http:
            yield Door(house, http)
        server.should_exit = True
        await serving
    listening.close()


@pytest.fixture
async def door(tmp_path):
    async with served(tmp_path) as opened:
        yield opened
