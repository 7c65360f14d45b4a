import asyncio
import base64
import json

import pytest

from bailiwick.flow.es256 import SigningKey
from bailiwick.sdk import AgentError, AgentSession, NoAnswerError, RefusedError

AGENT_KEY = SigningKey.from_random(b"1" * 48)  # the one the server of these tests has enrolled
LEADS = {"intent": "route the leads", "workflow": "lead-routing"}


async def test_a_run_carries_its_intent_and_its_own_token(acme, session):
    run = await session.open_run(
        intent="route the leads", workflow="lead-routing", parent="run-0", requester="ana@acme.example"
    )
    assert run.id == "run-1"
    assert acme.opened == [
        {
            "intent": "route the leads",
            "workflow": "lead-routing",
            "parent": "run-0",
            "requester": "ana@acme.example",
        }
    ]
    assert await run.headers() == {"Authorization": f"Bearer {acme.tokens[-1]}"}


async def test_what_is_not_given_is_not_sent(acme, session):
    await session.open_run(**LEADS)
    assert acme.opened == [{"intent": "route the leads", "workflow": "lead-routing"}]
    assert set(acme.forms[0]) == {
        "grant_type",
        "client_id",
        "client_assertion_type",
        "client_assertion",
        "resource",
    }


async def test_a_token_is_renewed_before_it_expires_and_stays_in_its_run(acme, run):
    first = await run.headers()
    acme.clock.advance(3)
    assert await run.headers() == first
    acme.clock.advance(1)
    second = await run.headers()
    assert second != first
    assert acme.forms[-1]["run"] == "run-1"


async def test_many_callers_at_once_cause_one_renewal(acme, run):
    before = len(acme.tokens)
    acme.clock.advance(10)
    found = await asyncio.gather(*(run.headers() for _ in range(20)))
    assert len(acme.tokens) == before + 1
    assert all(headers == found[0] for headers in found)


async def test_an_outage_of_the_token_endpoint_costs_nothing_while_the_token_holds(acme, run):
    first = await run.headers()
    acme.broken = True
    acme.clock.advance(4)
    assert await run.headers() == first
    acme.clock.advance(1)
    with pytest.raises(NoAnswerError, match="gave no answer"):
        await run.headers()
    acme.broken = False
    assert await run.headers() != first


async def test_a_call_is_exactly_one_request_of_the_stateless_era(acme, run):
    result = await run.call("acme__echo", {"to": "Zoë", "count": 2})
    assert json.loads(result["content"][0]["text"]) == {"to": "Zoë", "count": 2}
    [(seen_run, headers, message)] = acme.calls
    assert seen_run == "run-1"
    assert headers["MCP-Protocol-Version"] == "2026-07-28"
    assert (headers["Mcp-Method"], headers["Mcp-Name"]) == ("tools/call", "acme__echo")
    assert message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] == {}


async def test_a_tool_name_that_no_header_can_hold_is_wrapped(acme, run):
    await run.call("acme__größe", {})
    wrapped = acme.calls[0][1]["Mcp-Name"].removeprefix("=?base64?").removesuffix("?=")
    assert base64.b64decode(wrapped).decode() == "acme__größe"


async def test_an_answer_may_come_as_an_event_stream(acme, run):
    acme.stream = True
    assert (await run.call("acme__echo", {"n": 1}))["isError"] is False


async def test_a_refused_token_is_renewed_once_and_the_call_made_once(acme, run):
    acme.epoch = 1
    await run.call("acme__echo", {})
    assert len(acme.calls) == 1


async def test_a_json_rpc_error_is_a_refusal_in_the_servers_words(run):
    with pytest.raises(RefusedError, match="there is no tool `acme__missing`") as refusal:
        await run.call("acme__missing", {})
    assert (refusal.value.status, refusal.value.code) == (400, -32602)


async def test_a_call_without_an_answer_says_that_it_may_have_happened(acme, run):
    acme.silent = True
    with pytest.raises(NoAnswerError, match="look whether it was done"):
        await run.call("acme__echo", {})


async def test_closing_a_run_tells_its_outcome(acme, run):
    await run.close("finished")
    assert acme.closed == [("run-1", {"outcome": "finished"})]


async def test_a_refused_run_is_a_sentence_of_the_server(session):
    with pytest.raises(RefusedError, match="there is no workflow `unknown`"):
        await session.open_run(intent="x", workflow="unknown")


async def test_a_key_that_was_never_enrolled_gets_no_token_and_is_told_so(acme):
    stranger = SigningKey.from_random(b"3" * 48)
    async with AgentSession(acme.url, "lead-router", stranger, now_us=acme.clock) as session:
        with pytest.raises(RefusedError, match="names no key that is known") as refusal:
            await session.open_run(**LEADS)
    assert (refusal.value.status, refusal.value.code) == (401, "invalid_client")


async def test_a_clock_that_is_wrong_is_named(acme):
    async with AgentSession(acme.url, "lead-router", AGENT_KEY, now_us=lambda: acme.clock() - 60_000_000) as session:
        with pytest.raises(RefusedError, match="check the agent's clock"):
            await session.open_run(**LEADS)


async def test_a_redirect_is_not_followed_with_the_assertion(acme):
    async with AgentSession(acme.url + "/moved", "lead-router", AGENT_KEY, now_us=acme.clock) as session:
        with pytest.raises(RefusedError, match="307"):
            await session.open_run(**LEADS)
    assert acme.forms == []


async def test_a_server_that_is_not_there_is_a_sentence(acme):
    async with AgentSession("http://127.0.0.1:1", "lead-router", AGENT_KEY) as session:
        with pytest.raises(NoAnswerError, match=r"cannot reach `http://127\.0\.0\.1:1`"):
            await session.open_run(**LEADS)


@pytest.mark.parametrize("url", ["", "acme.example", "ftp://acme.example", "http://", "http://acme.example?x=1"])
def test_an_address_that_cannot_be_an_installation_is_refused(url):
    with pytest.raises(AgentError, match="not the address"):
        AgentSession(url, "lead-router", AGENT_KEY)


async def test_a_session_that_is_not_open_says_how_to_open_it(acme):
    with pytest.raises(AgentError, match="async with"):
        await AgentSession(acme.url, "lead-router", AGENT_KEY).open_run(**LEADS)


def test_the_key_comes_from_a_private_file_only(tmp_path):
    path = tmp_path / "lead-router.pem"
    with pytest.raises(AgentError, match="cannot read the key file"):
        AgentSession("http://acme.example", "lead-router", path)
    path.write_bytes(AGENT_KEY.pem())
    path.chmod(0o644)
    with pytest.raises(AgentError, match="chmod 600"):
        AgentSession("http://acme.example", "lead-router", path)
    path.chmod(0o600)
    assert AGENT_KEY.jwk()["d"] not in repr(AgentSession("http://acme.example", "lead-router", str(path)))
    path.write_bytes(b"rubbish")
    with pytest.raises(AgentError, match="not a private key"):
        AgentSession("http://acme.example", "lead-router", path)
