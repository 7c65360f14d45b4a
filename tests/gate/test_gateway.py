"""What an agent meets at the gateway, in both eras, over real sockets on both sides."""

import asyncio

import pytest
from mcp.shared.exceptions import MCPError

from bailiwick.flow.enrol import RevokeAgent
from bailiwick.flow.run import EndRun
from bailiwick.gate.answer import DECISION_META
from tests.gate.conftest import LEGACY, MODERN

ERAS = pytest.mark.parametrize("era", [MODERN, LEGACY])
CLIENTS = pytest.mark.parametrize("mode", [MODERN, "legacy", "auto"])
GRANTED = ["crm__launch", "crm__manage", "crm__note", "crm__pause", "crm__query", "await_approval"]


# ------------------------------------------------------------------------------------------ real clients


@CLIENTS
async def test_a_client_of_either_era_lists_and_calls(door, mode):
    async with door.client(mode) as client:
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == GRANTED
        result = await client.call_tool("crm__note", {"text": "call back"})
    assert not result.is_error and result.structured_content == {"records": [], "tool": "note"}
    assert result.meta[DECISION_META] == door.house.events("action.intended")[0]["action"]
    assert len(door.house.crm.journal) == 1


@CLIENTS
async def test_a_client_of_either_era_asks_waits_and_repeats(door, mode):
    arguments = {"campaign": "spring", "budget": 5}
    async with door.client(mode) as client:
        asked = await client.call_tool("crm__launch", arguments)
        body = asked.structured_content
        assert asked.is_error and body["status"] == "pending_approval"
        assert body["approval_id"] in asked.content[0].text and "await_approval" in asked.content[0].text
        approval = {"approval_id": body["approval_id"]}
        waited = await client.call_tool("await_approval", approval | {"wait_s": 0})
        assert not waited.is_error and waited.structured_content["status"] == "pending_approval"
        await door.house.approve(body["approval_id"])
        waited = await client.call_tool("await_approval", approval)
        assert waited.structured_content["status"] == "approved"
        ran = await client.call_tool("crm__launch", arguments)
        assert not ran.is_error and len(door.house.crm.journal) == 1
        waited = await client.call_tool("await_approval", approval | {"wait_s": 0})
        assert waited.structured_content["status"] == "consumed"


@CLIENTS
async def test_a_refusal_can_be_read_by_a_model(door, mode):
    async with door.client(mode) as client:
        denied = await client.call_tool("crm__query", {"object_type": "contacts", "fields": ["credit"]})
    assert denied.is_error and denied.structured_content["code"] == "data-ceiling"
    assert "restricted" in denied.content[0].text


@CLIENTS
async def test_an_unknown_tool_is_an_invalid_parameter(door, mode):
    async with door.client(mode) as client:
        with pytest.raises(MCPError) as caught:
            await client.call_tool("crm__nonsense", {})
    assert caught.value.error.code == -32602 and "Unknown tool" in caught.value.error.message
    assert door.house.events("action.denied")[0]["data"]["code"] == "unlisted"


async def test_progress_of_a_call_reaches_a_client_and_its_result_too(door):
    async with door.client() as client:
        result = await client.call_tool("crm__note", {"text": "x"}, progress_callback=_ignore)
    assert not result.is_error


async def _ignore(progress, total, message):
    pass


# ------------------------------------------------------------------------------------------ what is listed


@ERAS
async def test_only_granted_tools_are_listed_with_their_own_definitions(door, era):
    tools = (await door.ask("tools/list", era)).json()["result"]["tools"]
    assert [tool["name"] for tool in tools] == GRANTED
    by_name = {tool["name"]: tool for tool in tools}
    given = {tool["name"]: tool for tool in door.house.server.tools}
    assert by_name["crm__note"] == given["note"] | {"name": "crm__note"}
    assert not {"crm__drop", "crm__wipe"} & by_name.keys()


@ERAS
@pytest.mark.parametrize(
    "name", ["crm__wipe", "crm__", "__note", "note", "crm_note", "CRM__note", "hr__fire", "", "crm__Note"]
)
async def test_a_tool_that_nobody_catalogued_does_not_exist(door, era, name):
    answer = await door.call(name, era)
    assert answer["error"]["code"] == -32602
    assert door.house.crm.journal == []


@ERAS
async def test_a_reviewed_tool_that_the_charter_forbids_is_refused_with_the_reason(door, era):
    answer = await door.call("crm__drop", era, ids=["con-1"])
    assert answer["result"]["isError"] and answer["result"]["structuredContent"]["code"] == "cannot"


@ERAS
async def test_a_revoked_agent_sees_nothing(door, era):
    asked = await door.call("crm__pause", era, campaign="spring")
    approval = asked["result"]["structuredContent"]["approval_id"]
    token = door.house.token()
    await door.house.commit(RevokeAgent("router", door.house.people["admin"]))
    assert "error" in (await door.ask("tools/list", era, token=token)).json()
    waited = await door.call("await_approval", era, token=token, approval_id=approval, wait_s=0)
    assert "error" in waited or waited["result"]["isError"]


# ------------------------------------------------------------------------------------------ approvals


@ERAS
async def test_another_agents_approval_is_unknown(door, era):
    asked = await door.call("crm__launch", era, campaign="spring", budget=5)
    approval = asked["result"]["structuredContent"]["approval_id"]
    for name in (approval, "apr-none", "x" * 10_000):
        answer = await door.call("await_approval", era, token=door.house.token("other"), approval_id=name, wait_s=0)
        assert answer["result"]["isError"] and answer["result"]["structuredContent"]["status"] == "unknown"
    assert approval not in str(await door.call("await_approval", era, token=door.house.token("other"), approval_id="x"))


@ERAS
@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"approval_id": 7},
        {"approval_id": "a", "wait_s": 26},
        {"approval_id": "a", "wait_s": -1},
        {"approval_id": "a", "wait_s": True},
        {"approval_id": "a", "wait_s": 1.5},
    ],
    ids=str,
)
async def test_waiting_takes_an_id_and_a_short_time(door, era, arguments):
    answer = await door.call("await_approval", era, **arguments)
    assert answer["result"]["isError"] and answer["result"]["structuredContent"]["status"] == "invalid"


async def test_waiting_ends_when_people_have_decided(door):
    asked = await door.call("crm__launch", campaign="spring", budget=5)
    approval = asked["result"]["structuredContent"]["approval_id"]
    waiting = asyncio.ensure_future(door.call("await_approval", approval_id=approval, wait_s=25))
    await asyncio.sleep(0)
    await door.house.vote(approval, "director", "deny")
    assert (await waiting)["result"]["structuredContent"]["status"] == "denied"


# ------------------------------------------------------------------------------------------ runs


@ERAS
async def test_a_token_bound_to_a_run_acts_in_it_until_it_ends(door, era):
    run = await door.house.open_run()
    token = door.house.token(run=run)
    await door.call("crm__note", era, token=token, text="x")
    assert door.house.events("action.intended")[0]["run"] == run
    await door.house.commit(EndRun(run, "router"))
    answer = await door.call("crm__note", era, token=token, text="y")
    assert answer["result"]["structuredContent"]["code"] == "run-ended" and len(door.house.crm.journal) == 1


async def test_a_token_bound_to_another_agents_run_does_not_act_in_it(door):
    run = await door.house.open_run(agent="other")
    await door.call("crm__note", token=door.house.token(run=run), text="x")
    assert all(leaf["run"] != run for leaf in door.house.events("action.intended"))


async def test_a_parent_step_counts_within_the_same_tree_of_runs_only(door):
    run, elsewhere = await door.house.open_run(), await door.house.open_run()
    first = (await door.call("crm__note", token=door.house.token(run=run), text="1"))["result"]["_meta"][DECISION_META]
    for home in (run, elsewhere):
        params = {"name": "crm__note", "arguments": {"text": home}, "_meta": {"bailiwick/parent": first}}
        await door.ask("tools/call", token=door.house.token(run=home), **params)
    _, inside, outside = door.house.events("action.intended")
    assert inside["data"]["parent"] == first and "parent" not in outside["data"]


# ------------------------------------------------------------------------------------------ two roads, one answer

SAME = [
    ("crm__query", {"object_type": "contacts", "fields": ["segment"], "ids": ["con-1"]}),
    ("crm__query", {"object_type": "contacts", "fields": ["credit"]}),
    ("crm__launch", {"campaign": "spring", "budget": 5}),
    ("crm__nonsense", {}),
    ("crm__wipe", {}),
    ("crm__note", {"text": 7}),
    ("await_approval", {"approval_id": "apr-none", "wait_s": 0}),
]


def told(answer):
    """What is said, without the ids that differ."""
    text = answer.json()
    for place in (text.get("result", {}).get("_meta", {}), text.get("error", {}).get("data", {}) or {}):
        place.pop(DECISION_META, None)
    text.get("result", {}).get("structuredContent", {}).pop("decision", None)
    return answer.status_code, text


@pytest.mark.parametrize("name, arguments", SAME, ids=str)
async def test_the_straight_road_and_the_librarys_road_give_the_same_answer(door, name, arguments):
    straight = await door.ask("tools/call", name=name, arguments=arguments)
    # an origin of our own is nothing unusual, but enough to take the other road
    message = door.message("tools/call", name=name, arguments=arguments)
    headers = door.headers(message, MODERN) | {"Origin": door.house.url}
    assert told(await door.send(message, headers)) == told(straight)


# ------------------------------------------------------------------------------------------ how it ended


@ERAS
@pytest.mark.parametrize("mood, status", [("hang up", "unknown"), ("fail", None), ("refuse", "error")])
async def test_an_agent_learns_how_it_really_ended(door, era, mood, status):
    door.house.crm.mood["note"] = mood
    answer = await door.call("crm__note", era, text="x")
    if status == "error":
        assert answer["error"]["code"] == -32050 and answer["error"]["data"]["day"] == 7
        assert DECISION_META in answer["error"]["data"]
        return
    assert answer["result"]["isError"] and DECISION_META in answer["result"]["_meta"]
    if status:
        assert answer["result"]["structuredContent"]["status"] == status
        assert "do not repeat" in answer["result"]["content"][0]["text"]


async def test_an_agent_that_hangs_up_does_not_stop_a_write_in_flight(door):
    door.house.crm.mood["note"] = "wait"
    calling = asyncio.ensure_future(door.call("crm__note", text="x"))
    await door.house.crm.entered.wait()
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)
    door.house.crm.go.set()
    await door.house.acting.drain(20)
    assert door.house.kinds() == ["intended", "succeeded"]


async def test_nothing_of_the_agents_own_request_but_the_arguments_reaches_the_upstream(door):
    token = door.house.token()
    params = {"name": "crm__note", "arguments": {"text": "x"}, "_meta": {"acme/trace": "zzmetazz"}}
    await door.ask("tools/call", token=token, **params)
    (sent,) = door.house.server.calls()
    assert token not in str(sent.headers) and b"zzmetazz" not in sent.body
    assert "authorization" not in sent.headers
