"""A trace goes from the agent's request, by header or in the message, through the gateway to the upstream."""

from contextlib import asynccontextmanager
from dataclasses import replace

import httpx2
import pytest

from bailiwick.gate.app import Gate
from bailiwick.telemetry.wiring import Telemetry
from tests.flow.house import open_house

FIRST = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECOND = "00-11111111111111111111111111111111-2222222222222222-01"
MODERN, LEGACY = "2026-07-28", "2025-11-25"
PREFIX = "io.modelcontextprotocol/"


@pytest.fixture
def opened(tmp_path, collector, plain_environment):
    """A gateway without a socket, over a house whose spans go to the collector."""

    @asynccontextmanager
    async def open_it(otlp=None):
        async with open_house(tmp_path) as house:
            here = house.installation
            url = collector.url if otlp is None else otlp
            telemetry = Telemetry(url, {}, "1.0", here.reader, here.stops, here.clock)
            here.acting.upstreams = telemetry.upstreams(here.upstreams)
            gate = Gate(replace(here, acting=telemetry.acting(here.acting)))
            transport = httpx2.ASGITransport(app=gate.app)
            async with gate.running(), httpx2.AsyncClient(transport=transport, base_url=house.url) as client:
                yield house, client
            telemetry.close()

    return open_it


async def call(house, client, era, meta=None, **headers):
    arguments = {"object_type": "contacts", "ids": ["con-1"], "fields": ["segment"]}
    envelope = {PREFIX + "protocolVersion": era, PREFIX + "clientCapabilities": {}} if era == MODERN else {}
    params = {"name": "crm__query", "arguments": arguments, "_meta": envelope | (meta or {})}
    sent = {
        "Accept": "application/json, text/event-stream",
        "Authorization": f"Bearer {house.token()}",
        "MCP-Protocol-Version": era,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "crm__query",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = await client.post("/mcp", json=message, headers=sent)
    assert answer.status_code == 200, answer.text
    return house.server.calls()[-1]


def trace_of(traceparent):
    return traceparent.split("-")[1]


@pytest.mark.parametrize("era", [MODERN, LEGACY])
@pytest.mark.parametrize(
    "meta, headers, expected",
    [
        ({"traceparent": FIRST}, {}, FIRST),
        ({}, {"traceparent": FIRST}, FIRST),
        ({"traceparent": FIRST}, {"traceparent": SECOND}, FIRST),
    ],
)
async def test_the_upstream_is_told_the_trace_of_the_agent(opened, era, meta, headers, expected):
    async with opened() as (house, client):
        heard = await call(house, client, era, meta, **headers)
    told = heard.message["params"]["_meta"]["traceparent"]
    assert trace_of(told) == trace_of(expected)
    assert told != expected  # the parent is our span of the call, which the collector has
    assert heard.headers["traceparent"] == told


async def test_the_span_that_the_upstream_is_told_of_is_the_one_of_its_call(opened, collector):
    async with opened() as (house, client):
        heard = await call(house, client, MODERN, {"traceparent": FIRST, "tracestate": "acme=1"})
    (span,) = collector.named("tools/call query")
    assert span.span_id.hex() == heard.message["params"]["_meta"]["traceparent"].split("-")[2]
    assert heard.message["params"]["_meta"]["tracestate"] == "acme=1"


@pytest.mark.parametrize("meta", [{"traceparent": 7}, {"traceparent": ["x"]}, {"traceparent": "nonsense\r\nX: y"}])
async def test_what_is_no_trace_reaches_nobody(opened, meta):
    async with opened() as (house, client):
        heard = await call(house, client, MODERN, meta)
    told = heard.message["params"]["_meta"]["traceparent"]
    assert len(told) == len(FIRST)
    assert "x" not in heard.headers


async def test_without_a_collector_no_trace_is_made_up(opened):
    async with opened(otlp="") as (house, client):
        heard = await call(house, client, MODERN, traceparent=FIRST)
    assert "traceparent" not in heard.message["params"]["_meta"]
    assert "traceparent" not in heard.headers
