"""The five questions and saved searches, over HTTP."""

import pytest


@pytest.mark.parametrize("question", ["who", "policy", "data", "tool", "changed"])
async def test_each_question_is_answered_about_an_agent(house, question):
    found = await house.as_person("auditor", "GET", f"/v1/questions/{question}?agent=clock-keeper&limit=200")
    assert found["items"] or question == "changed"
    assert all(line["agent"] == "clock-keeper" for line in found["items"])
    states = {line["state"] for line in found["items"]}
    assert question in ("who", "policy", "data") or "denied" not in states


async def test_pages_follow_each_other_without_a_gap(house):
    whole = await house.as_person("ana", "GET", "/v1/questions/who?limit=200")
    first = await house.as_person("ana", "GET", "/v1/questions/who?limit=2")
    second = await house.as_person("ana", "GET", f"/v1/questions/who?limit=200&cursor={first['next']}")
    assert [*first["items"], *second["items"]] == whole["items"] and second["next"] is None


async def test_what_cannot_be_asked_is_refused(house):
    await house.as_person("ana", "GET", "/v1/questions/when", 400)
    await house.as_person("ana", "GET", "/v1/questions/who?thing=4711", 422)
    await house.as_person("ana", "GET", "/v1/questions/who?person=nobody@acme.example", 422)
    await house.as_person("ana", "GET", "/v1/questions/who?cursor=zzz", 400)
    assert (await house.as_person("ana", "GET", "/v1/questions/who?agent=nobody"))["items"] == []


async def test_a_search_is_kept_shared_replaced_and_deleted_by_its_owner_alone(house):
    body = {"name": "Clock  this year", "question": "tool", "asked": {"agent": "clock-keeper", "since_us": 5}}
    saved = await house.as_person("ana", "POST", "/v1/searches", 201, json=body)
    assert (saved["name"], saved["asked"]) == ("Clock this year", {"agent": "clock-keeper", "since_us": 5})
    path = f"/v1/searches/{saved['id']}"
    assert await house.as_person("auditor", "GET", path) == saved
    again = await house.as_person("ana", "POST", "/v1/searches", 201, json=body | {"question": "who"})
    assert (again["id"], again["question"]) == (saved["id"], "who")
    assert [one["id"] for one in (await house.as_person("ana", "GET", "/v1/searches"))["items"]] == [saved["id"]]
    assert (await house.as_person("auditor", "GET", "/v1/searches"))["items"] == []
    await house.as_person("auditor", "DELETE", path, 404)
    await house.as_person("ana", "DELETE", path, 204)
    await house.as_person("ana", "GET", path, 404)


async def test_a_search_for_what_cannot_be_meant_is_not_kept(house):
    path = "/v1/searches"
    wrong = {"name": "x", "question": "who", "asked": {"thing": "4711"}}
    await house.as_person("ana", "POST", path, 422, json=wrong)
    await house.as_person("ana", "POST", path, 422, json={"name": " ", "question": "who"})
    await house.as_person("ana", "POST", path, 400, json={"name": "x", "question": "who", "asked": {"colour": "red"}})


async def test_an_attestation_is_a_signed_note_and_is_recorded(house):
    run = (await house.as_person("ana", "GET", "/v1/runs?limit=1"))["items"][0]["id"]
    before = house.here.reader.size()
    async with house.person("ana") as client:
        answer = await client.post(f"/v1/runs/{run}/attestation")
    assert answer.status_code == 200 and f"\nrun {run}\n" in answer.text
    assert house.here.reader.size() == before + 1
    await house.as_person("ana", "POST", "/v1/runs/run-none/attestation", 404)
