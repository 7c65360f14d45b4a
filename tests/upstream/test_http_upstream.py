"""Against the SDK's own servers over HTTP, in both eras."""

import asyncio
import json

import pytest

from bailiwick.ports.upstream import Notice, UpstreamRefused, UpstreamUnavailable, UpstreamUncertain
from tests.upstream.conftest import Served, Setup

ERAS = [("modern_server", "2026-07-28"), ("legacy_server", "2025-11-25")]


@pytest.fixture(params=ERAS, ids=[era for _, era in ERAS])
def era(request: pytest.FixtureRequest, setup: Setup) -> str:
    name, expected = request.param
    setup.http(request.getfixturevalue(name).url)
    return str(expected)


async def test_a_call_comes_back_in_the_era_the_upstream_speaks(setup: Setup, era: str) -> None:
    reply = await setup.call(arguments=b'{"n":1,"text":"caf\xc3\xa9"}')
    assert reply.era == era
    assert reply.result["structuredContent"]["arguments"] == {"n": 1, "text": "café"}
    assert reply.result["structuredContent"]["meta"]["bailiwick/action"] == "act-1"


async def test_all_pages_of_the_definitions_are_listed(setup: Setup, era: str) -> None:
    names = [tool["name"] for tool in await setup.pool.definitions("x")]
    assert len(names) == 9
    assert names == sorted(names)


async def test_a_name_outside_ascii_reaches_the_tool(setup: Setup, era: str) -> None:
    assert (await setup.call("überweisen")).result["content"][0]["text"] == "überweisen"


@pytest.mark.parametrize("arguments", [
    b'{"count":12,"dry":true,"region":"eu-west"}',
    b'{"count":9007199254740991,"dry":false,"region":" M\xc3\xa1laga "}',
    b'{"region":null}',
    b"{}",
])  # fmt: skip
async def test_annotated_arguments_are_mirrored_as_the_server_checks_them(
    setup: Setup, era: str, arguments: bytes
) -> None:
    reply = await setup.call("regional", arguments)
    assert reply.result["structuredContent"]["arguments"] == json.loads(arguments)


async def test_a_tool_error_is_a_result_like_any_other(setup: Setup, era: str) -> None:
    assert (await setup.call("fail")).result["isError"] is True


async def test_a_json_rpc_error_is_a_refusal_with_its_code(setup: Setup, era: str) -> None:
    with pytest.raises(UpstreamRefused) as refused:
        await setup.call("refuse")
    error = refused.value
    assert (error.code, error.message, error.data) == (-31234, "planted", {"why": "test"})


async def test_progress_is_handed_on_in_order(setup: Setup, legacy_server: Served) -> None:
    setup.http(legacy_server.url)
    notices: list[Notice] = []

    async def note(notice: Notice) -> None:
        notices.append(notice)

    await setup.call("progress", on_notice=note)
    assert [(n.method, n.params["message"]) for n in notices] == [("notifications/progress", "half")]


async def test_a_notice_nobody_can_take_does_not_change_the_outcome(setup: Setup, legacy_server: Served) -> None:
    setup.http(legacy_server.url)

    async def broken(notice: Notice) -> None:
        raise RuntimeError("the agent is gone")

    assert (await setup.call("progress", on_notice=broken)).result["content"]


async def test_calls_in_parallel_get_their_own_answers(setup: Setup, era: str) -> None:
    replies = await asyncio.gather(*(setup.call(arguments=b'{"n":%d}' % n) for n in range(40)))
    assert [r.result["structuredContent"]["arguments"]["n"] for r in replies] == list(range(40))


async def test_a_killed_upstream_is_unavailable_and_recovers_when_it_returns(
    setup: Setup, mortal_server: Served
) -> None:
    setup.http(mortal_server.url)
    before = await setup.call()
    mortal_server.kill()
    # A connection that broke before its end was noticed is honestly uncertain; from then on it is certain.
    with pytest.raises((UpstreamUnavailable, UpstreamUncertain)):
        await setup.call()
    for _ in range(3):
        with pytest.raises(UpstreamUnavailable, match="nothing was sent"):
            await setup.call()
    mortal_server.start()
    after = await setup.call()
    assert after.result["structuredContent"]["pid"] != before.result["structuredContent"]["pid"]


async def test_an_upstream_that_dies_during_the_call_leaves_the_outcome_unknown(
    setup: Setup, mortal_server: Served
) -> None:
    setup.http(mortal_server.url)
    with pytest.raises(UpstreamUncertain):
        await setup.call("die")


async def test_an_upstream_restarted_between_calls_is_not_noticed(setup: Setup, mortal_server: Served) -> None:
    setup.http(mortal_server.url)
    await setup.call()
    mortal_server.kill()
    mortal_server.start()
    await asyncio.sleep(0.1)  # let the loop see the old connections end
    assert (await setup.call()).result["content"]


async def test_a_changed_target_takes_effect_on_the_next_call(setup: Setup, modern_server: Served) -> None:
    setup.http("http://127.0.0.1:9/mcp")
    with pytest.raises(UpstreamUnavailable):
        await setup.call()
    setup.http(modern_server.url)
    assert (await setup.call()).result["content"]


async def test_an_unknown_connector_is_unavailable(setup: Setup) -> None:
    with pytest.raises(UpstreamUnavailable, match="`x`"):
        await setup.call()
