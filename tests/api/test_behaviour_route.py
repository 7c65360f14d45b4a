"""Behaviour versions over the API: registered by people, named by agents when they open a run."""

import pytest

from bench.seeded import AGENT

PROMPT = {"kind": "prompt", "name": "system", "value": "Say the time."}
MODEL = {"kind": "model", "name": "main", "value": {"id": "example-large-2", "parameters": {"warmth": 0.2}}}
PATH = f"/v1/agents/{AGENT}/behaviours"


async def tell_time(acme, run):
    """Something the run can be judged by."""
    acme.run = run
    acted = await acme.act("get_current_time", {"timezone": "Asia/Tokyo"})
    assert acted.state == "succeeded"


async def test_a_version_is_registered_tested_by_a_run_and_put_in_force(house):
    body = {"components": [PROMPT, MODEL], "note": "first"}
    made = await house.as_person("admin", "POST", PATH, 201, json=body)
    assert (made["number"], made["status"], sorted(made["components"])) == (
        1,
        "registered",
        ["model/main", "prompt/system"],
    )
    assert (await house.as_person("admin", "POST", PATH, 409, json=body))["error"]["code"] == "conflict"
    path = f"/v1/behaviours/{made['digest']}"
    await house.as_person("admin", "POST", f"{path}/activate", 409, json={"note": "now"})
    async with house.client(await house.agent_token()) as agent:
        wanted = {"intent": "try it", "workflow": "timekeeping", "behaviour": made["digest"]}
        assert (await agent.post("/v1/runs", json=wanted)).status_code == 409
        opened = (await agent.post("/v1/runs", json=wanted | {"acceptance": True})).json()
    await tell_time(house.acme, opened["run"])
    async with house.client(opened["access_token"]) as agent:
        await agent.post(f"/v1/runs/{opened['run']}/close", json={"outcome": "finished"})
    checks = [{"name": "says the zone", "passed": True}]
    tested = await house.as_person("admin", "POST", f"{path}/acceptance", json={"run": opened["run"], "checks": checks})
    assert tested["status"] == "accepted"
    active = await house.as_person("admin", "POST", f"{path}/activate", json={"note": "tested"})
    assert active["status"] == "active"
    async with house.client(await house.agent_token()) as agent:
        run = (await agent.post("/v1/runs", json={"intent": "work", "workflow": "timekeeping"})).json()["run"]
    versions = await house.as_person("ana", "GET", f"/v1/runs/{run}/versions")
    assert versions["behaviour"]["digest"] == made["digest"]
    component = await house.as_person("ana", "GET", f"/v1/components/{made['components']['model/main']}")
    assert component["value"] == MODEL["value"]
    assert (await house.as_person("ana", "GET", f"{path}/difference"))["before"] is None


@pytest.mark.parametrize(
    "change, status, why",
    [
        ({"components": []}, 400, "components"),
        ({"components": [PROMPT | {"kind": "song"}]}, 400, "kind"),
        ({"components": [PROMPT, PROMPT]}, 422, "listed twice"),
        ({"components": [PROMPT | {"value": 3}]}, 422, "a prompt is text"),
        ({"components": [MODEL | {"value": {"name": "x"}}]}, 422, "a mapping with its `id`"),
        ({"components": [PROMPT | {"name": "Not A Name"}]}, 422, "is no name"),
        ({"note": " "}, 422, "say in a note"),
    ],
)
async def test_a_version_that_means_nothing_is_refused_with_its_place(house, change, status, why):
    body = {"components": [PROMPT], "note": "first"} | change
    answer = await house.as_person("admin", "POST", PATH, status, json=body)
    assert why in str(answer["error"])


async def test_who_may_not_release_registers_nothing(house):
    body = {"components": [PROMPT], "note": "first"}
    assert (await house.as_person("director", "POST", PATH, 403, json=body))["error"]["code"] == "forbidden"
    assert (await house.as_person("director", "GET", PATH))["items"] == []
