"""One running company for the whole folder, and two ways to call it: the SDK's client and plain HTTP."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection

import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from bailiwick.demo.company.office import HTTP_SERVERS, Office

MODERN = "2026-07-28"


@pytest.fixture(scope="session")
def company(tmp_path_factory):
    with Office(tmp_path_factory.mktemp("acme")) as office:
        yield office


@pytest.fixture
def office(company) -> Iterator[Office]:
    yield company
    for name in HTTP_SERVERS:
        company.clear_faults(name)


@pytest.fixture(scope="session")
def dial():
    @asynccontextmanager
    async def connected(branch, mode=MODERN, patience_s=10.0) -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {branch.secret}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=patience_s) as http,
            Client(streamable_http_client(branch.url, http_client=http), mode=mode) as client,
        ):
            yield client

    return connected


@pytest.fixture(scope="session")
def call(dial):
    async def once(branch, tool, arguments, *, action=None, mode=MODERN):
        meta = {"bailiwick/action": action} if action else None
        async with dial(branch, mode) as client:
            return await client.call_tool(tool, arguments, meta=meta)

    return once


@pytest.fixture(scope="session")
def post():
    """One raw MCP request of either era; returns status, headers and the JSON body."""

    def send(branch, method, params, *, authorization=(), era=MODERN, path="/mcp", patience_s=10.0):
        connection = HTTPConnection(branch.host, branch.port, timeout=patience_s)
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        headers["MCP-Protocol-Version"] = era
        if era == MODERN:
            headers["Mcp-Method"] = method
            meta = {"protocolVersion": era, "clientCapabilities": {}}
            named = {f"io.modelcontextprotocol/{key}": value for key, value in meta.items()}
            params = params | {"_meta": named | params.get("_meta", {})}
            if "name" in params:
                headers["Mcp-Name"] = params["name"]
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        try:
            connection.putrequest("POST", path)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                connection.putheader(name, value)
            for value in authorization:
                connection.putheader("Authorization", value)
            connection.endheaders(body.encode())
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), json.loads(reply.read())
        finally:
            connection.close()

    return send
