import httpx2
import pytest

from bailiwick.sdk import AgentError
from bailiwick.sdk.mcp_auth import NO_ANSWER, RunAuth, connect


async def test_the_mcp_librarys_own_client_works_in_a_run_and_outlives_its_token(acme, run):
    async with connect(run, mode="2026-07-28") as client:
        for _ in range(3):
            result = await client.call_tool("acme__echo", {"n": 1})
            assert not result.is_error
            acme.clock.advance(6)
        acme.epoch = 1
        assert not (await client.call_tool("acme__echo", {"n": 2})).is_error
    assert {seen for seen, _, _ in acme.calls} == {"run-1"}
    assert len(acme.calls) == 4


async def test_the_mcp_client_finds_out_the_era_by_itself(run):
    async with connect(run) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["acme__echo"]


async def test_the_mcp_client_survives_silence_and_a_revoked_agent_with_a_sentence(acme, run):
    async with connect(run, mode="2026-07-28") as client:
        acme.silent = True
        with pytest.raises(Exception, match="look whether it was done") as failure:
            await client.call_tool("acme__echo", {})
        assert failure.value.error.code == NO_ANSWER
        acme.silent = False
        acme.broken = True
        acme.clock.advance(10)
        with pytest.raises(Exception, match="gave no answer"):
            await client.call_tool("acme__echo", {})
        acme.broken = False
        assert not (await client.call_tool("acme__echo", {})).is_error


async def test_a_runs_token_is_never_sent_to_another_host(run):
    async with httpx2.AsyncClient(auth=RunAuth(run)) as client:
        with pytest.raises(AgentError, match="not the gateway"):
            await client.post("http://127.0.0.1:1/mcp")
