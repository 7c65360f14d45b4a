from collections.abc import Iterator

import aiohttp
import pytest
from mcp import Client

from bench.gateway import start_gateway
from bench.load import Generator, Order, quantile
from bench.measurement import REGISTRY, Measurement, measurement, take
from bench.process import Process, hosted
from bench.shim import Shim
from bench.upstream import TOOL


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[str, str]]:
    """The conformance fixture directly, and through a gateway and the shim."""
    with (
        Process("bench.fixture") as fixture,
        start_gateway(fixture.url, "fixture") as gateway,
        hosted(Shim(gateway.url, gateway.connector, gateway.token)) as url,
    ):
        yield fixture.url, url


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy"])
async def test_the_fixture_answers_through_a_gateway_as_it_does_directly(addresses: tuple[str, str], mode: str):
    seen = []
    for address in addresses:
        async with Client(address, mode=mode) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            answer = await client.call_tool("test_multiple_content_types", {})
            seen.append((names, [block.type for block in answer.content]))
    direct, through = seen
    assert direct[0] <= through[0]
    assert direct[1] == through[1] == ["text", "image", "resource"]


async def test_progress_streams_through_instead_of_arriving_with_the_result(addresses: tuple[str, str]):
    wire = "2026-07-28"
    meta = {
        "progressToken": "p",
        "io.modelcontextprotocol/protocolVersion": wire,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    name = "test_tool_with_progress"
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "_meta": meta}}
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": wire,
        "mcp-method": "tools/call",
        "mcp-name": name,
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(addresses[1], json=body, headers=headers) as answer,
    ):
        first = await answer.content.readuntil(b"\r\n\r\n")
        rest = await answer.read()
    assert b'"progress":0' in first
    assert b'"result"' not in first
    assert b'"result"' in rest


def test_the_load_process_times_every_call_and_stops_at_one_without_its_echo():
    with Process("bench.upstream") as upstream, Generator() as generator:
        before = upstream.cpu_ms()
        timing = generator.run(Order(upstream.url, TOOL, concurrency=4, calls=200))
        assert 0 < timing.p50_ms <= timing.p99_ms
        assert upstream.cpu_ms() > before
        with pytest.raises(RuntimeError, match="no tool `other`"):
            generator.run(Order(upstream.url, "other", concurrency=1, calls=1))


@pytest.mark.parametrize("share, expected", [(0.5, 2.0), (0.99, 4.0), (0.25, 1.0), (1.0, 4.0)])
def test_a_quantile_is_one_of_the_values(share: float, expected: float):
    assert quantile([1.0, 2.0, 3.0, 4.0], share) == expected


@pytest.mark.parametrize("aim, met", [(None, None), (2.0, True), (1.9, False)])
def test_an_aim_is_the_most_a_figure_may_be(aim: float | None, met: bool | None):
    assert take(Measurement("m", "ms", "absolute", aim, lambda: 2.0)).met is met


def test_a_name_is_measured_once():
    taken = next(iter(REGISTRY), None) or "again"
    REGISTRY.setdefault(taken, Measurement(taken, "ms", "absolute", None, lambda: 0.0))
    with pytest.raises(ValueError, match="measured twice"):
        measurement(taken, unit="ms", against="absolute")(lambda: 0.0)
