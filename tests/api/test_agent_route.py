import pytest

from bailiwick.flow.es256 import SigningKey
from bench.seeded import AGENT, CHARTER

KEY = SigningKey.from_random(b"5" * 48).public.jwk()
NEW = {"name": "clock-reader", "charter": AGENT, "jwk": KEY}


async def open_run(house, **more):
    async with house.client(await house.agent_token()) as agent:
        body = {"intent": "find a time for the call", "workflow": "timekeeping"} | more
        return await agent.post("/v1/runs", json=body)


async def test_an_agent_is_enrolled_with_a_key_of_its_own(house):
    enrolled = await house.as_person("admin", "POST", "/v1/agents", 201, json=NEW)
    assert (enrolled["state"], enrolled["key"], enrolled["enrolled_by_name"]) == ("active", KEY["kid"], "Ada Admin")
    again = await house.as_person("admin", "POST", "/v1/agents", 409, json=NEW | {"name": "another-reader"})
    assert "key of its own" in again["error"]["message"]


@pytest.mark.parametrize(
    "change, status",
    [
        ({"charter": "nowhere"}, 422),
        ({"jwk": KEY | {"d": "x"}}, 400),
        ({"jwk": KEY | {"x": KEY["y"], "kid": None}}, 422),
        ({"name": "Clock Reader"}, 400),
    ],
)
async def test_an_enrolment_that_cannot_hold_is_refused(house, change, status):
    await house.as_person("admin", "POST", "/v1/agents", status, json=NEW | change)


async def test_an_agents_page_says_what_it_has_used(house):
    agent = await house.as_person("ana", "GET", f"/v1/agents/{AGENT}")
    assert (agent["allowed"], agent["asked"], agent["denied"]) == (1, 0, 2)
    assert agent["limits"]["calls"] == 400
    (use,) = agent["open_runs"]
    assert (use["run"], use["calls"], use["most_calls"]) == (house.acme.run, 1, 400)


async def test_a_revoked_agent_is_out_and_its_past_stays(house):
    token = await house.agent_token()
    revoked = await house.as_person("admin", "DELETE", f"/v1/agents/{AGENT}")
    assert revoked["state"] == "revoked"
    async with house.client(token) as agent:
        answer = await agent.post("/v1/runs", json={"intent": "go on", "workflow": "timekeeping"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unsigned")
    assert (await house.ask_token()).status_code == 401
    assert (await house.as_person("ana", "GET", f"/v1/runs?agent={AGENT}"))["items"]


async def test_a_run_comes_with_a_token_that_acts_in_it_only(house):
    opened = (await open_run(house, requester="ana@acme.example")).json()
    token = house.here.verifier.verify(opened["access_token"], house.here.clock.now_us())
    assert (token.agent, token.run) == (AGENT, opened["run"])
    async with house.client(opened["access_token"]) as agent:
        other = await agent.post("/v1/runs", json={"intent": "another", "workflow": "timekeeping"})
        foreign = await agent.post(f"/v1/runs/{house.acme.run}/close", json={})
        closed = await agent.post(f"/v1/runs/{opened['run']}/close", json={"outcome": "finished"})
    assert (other.status_code, foreign.status_code, closed.status_code) == (403, 403, 200)
    assert closed.json() == {"run": opened["run"], "status": "ended", "outcome": "finished"}
    found = await house.as_person("ana", "GET", f"/v1/runs/{opened['run']}")
    assert (found["run"]["state"], found["run"]["requester_name"]) == ("finished", "Ana Ruiz")


@pytest.mark.parametrize(
    "more, status",
    [
        ({"workflow": "lead-routing"}, 422),
        ({"intent": " "}, 422),
        ({"intent": ""}, 400),
        ({"parent": "run-of-nobody"}, 422),
        ({"requester": "nobody@acme.example"}, 422),
    ],
)
async def test_a_run_that_means_nothing_is_not_opened(house, more, status):
    assert (await open_run(house, **more)).status_code == status


async def test_a_halted_scope_is_lifted_by_somebody_else(house):
    halted = await house.as_person("ana", "PUT", f"/v1/halts/agent:{AGENT}", 201, json={"reason": "wrong times"})
    assert (halted["scope"], halted["set_by_name"]) == (f"agent:{AGENT}", "Ana Ruiz")
    assert (await house.as_person("ana", "GET", f"/v1/agents/{AGENT}"))["state"] == "halted"
    acted = await house.acme.act("get_current_time", {"timezone": "Asia/Tokyo"})
    assert acted.decision.verdict.code == "halted"
    assert house.here.stops.covers(AGENT, "timekeeping", "time")
    (item,) = (await house.as_person("director", "GET", "/v1/attention"))["items"]
    assert (item["kind"], item["subject"]) == ("halt", f"agent:{AGENT}")
    lift = f"/v1/halts/agent:{AGENT}/lift"
    await house.as_person("ana", "POST", lift, 403, json={"reason": "all good"})
    await house.as_person("director", "POST", lift, json={"reason": "all good"})
    assert (await house.as_person("ana", "GET", "/v1/halts"))["items"] == []
    assert not house.here.stops.covers(AGENT, "timekeeping", "time")


async def test_an_unknown_outcome_is_settled_by_who_looked(house):
    action = await house.acme.lose()
    assert (await house.as_person("ana", "GET", f"/v1/actions/{action}"))["trouble"] == "no answer came"
    body = {"outcome": "failed", "note": "the clock on the wall stands still"}
    await house.as_person("ana", "POST", f"/v1/actions/{action}/reconcile", 403, json=body)
    settled = await house.as_person("change", "POST", f"/v1/actions/{action}/reconcile", json=body)
    assert settled["state"] == "failed"
    await house.as_person("change", "POST", f"/v1/actions/{action}/reconcile", 409, json=body)


async def test_a_charter_is_checked_published_and_seconded(house):
    async def send(who, status, source, path="/v1/charters", **more):
        return await house.as_person(who, "POST", path, status, json={"source": source} | more)

    broken = CHARTER.replace("tier: low", "tier: lowish").replace("can:", "kan:")
    checked = await send("ana", 200, broken, "/v1/charters/check")
    assert not checked["publishable"] and checked["text"] is None
    assert {problem["line"] for problem in checked["problems"]} >= {7}
    refused = await send("admin", 422, broken, note="a try")
    assert refused["error"]["problems"][0]["line"] > 0

    wider = CHARTER.replace("cannot: [billing.*]", "cannot: []")
    fine = await send("ana", 200, wider, "/v1/charters/check")
    assert fine["publishable"] and "May tell the time" in fine["text"]["may"][0]
    proposed = await send("admin", 201, wider, note="billing may be asked about")
    assert (proposed["status"], proposed["version"]) == ("proposed", 2)
    (waiting,) = (await house.as_person("ana", "GET", "/v1/attention"))["items"]
    assert waiting["kind"] == "proposal"
    assert (await house.as_person("ana", "GET", f"/v1/charters/{AGENT}"))["proposed"] == 2

    await send("change", 403, wider, note="agreed")  # neither an administrator nor an owner
    assert (await send("ana", 201, wider, note="agreed"))["consents"] == [house.acme.people["ana"]]
    assert (await send("it-ops", 201, wider, note="agreed"))["status"] == "published"
    versions = (await house.as_person("ana", "GET", f"/v1/charters/{AGENT}/versions"))["items"]
    assert [(version["version"], version["status"]) for version in versions] == [(2, "published"), (1, "published")]


async def test_an_agent_shows_what_it_used_of_its_limits_and_what_can_be_taken_back(house):
    found = await house.as_person("ana", "GET", "/v1/agents/clock-keeper/limits")
    assert (found["agent"], found["uses"]) == ("clock-keeper", [])  # no limit of its charter adds up
    assert {line["action"]: line["undo"] for line in found["undo"]} == {
        "time.clock.read": "none",
        "time.clock.convert": "reversible",
    }
    await house.as_person("ana", "GET", "/v1/agents/nobody/limits", 404)
