"""Asking for what was denied: the AuthZEN Access Request and Approval Profile 1.0, draft 1."""

import json

import pytest

from bailiwick.flow.export import export_files
from bailiwick.flow.jws import unverified_claim
from bailiwick.flow.recheck import recheck
from bailiwick.flow.run import OpenRun
from tests.api.interop_house import FILE_GRANTS, charter, open_interop

ALMA = {"type": "agent", "id": "alma"}
TOOL = {"type": "tool", "id": "file__publish"}
REQUEST_ERROR = "urn:openid:authzen:access-request:error:"


def publishing(file="spring", **context):
    action = {"name": "file.page.publish", "properties": {"arguments": {"file": file}}}
    return {"subject": ALMA, "action": action, "resource": TOOL} | ({"context": context} if context else {})


@pytest.fixture
async def interop(tmp_path):
    async with open_interop(tmp_path, FILE_GRANTS) as found:
        yield found


async def denied(interop, question, **who):
    answer = await interop.ask("evaluation", question, **who)
    assert answer["decision"] is False and answer["context"]["reason"] == "approval_required"
    return answer["context"]


def submission(question, context):
    hint = context["access_request"]
    denial = {"binding_token": hint["binding_token"], "expires_at": hint["expires_at"]}
    return question | {"denial": denial | {"evaluation_id": context["evaluation_id"]}}


async def submitted(interop, question, **who):
    """Deny, ask, and the task."""
    asked = submission(question, await denied(interop, question, **who))
    return (await interop.ask("requests", asked, 202, **who))["task"]


async def polled(interop, task, **who):
    answer = await interop.send("GET", f"/access/v1/requests/{task['id']}", **who)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def approved(interop, question):
    task = await submitted(interop, question)
    await interop.house.vote(task["id"], "director")
    return (await polled(interop, task))["result"]["approval"]


async def refusal(interop, body, status=400, **who):
    answer = await interop.send("POST", "/access/v1/requests", json=body, **who)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status and answer.json()["detail"]
    return answer.json()["type"].removeprefix(REQUEST_ERROR)


async def test_a_denial_that_people_can_lift_says_how_to_ask_them(interop):
    context = await denied(interop, publishing())
    hint = context["access_request"]
    assert hint["endpoint"] == f"{interop.house.url}/access/v1/requests"
    assert hint["template"] == "file.page.publish" and hint["expires_at"] == "2027-01-15T08:10:00Z"
    assert context["evaluated_at"] == "2027-01-15T08:00:00Z" and context["evaluation_id"].startswith("evl-")
    assert unverified_claim(hint["binding_token"], "aud") == hint["endpoint"]
    assert "marketing-director" in hint["display"]["description"]


@pytest.mark.parametrize(
    "action, arguments",
    [("file.page.delete", {"soft": False}), ("file.page.publish", {"ghost": 1}), ("file.page.write", {})],
)
async def test_no_other_answer_can_be_asked_for(interop, action, arguments):
    question = publishing() | {"action": {"name": action, "properties": {"arguments": arguments}}}
    question["resource"] = {"type": "connector", "id": "file"}
    answer = await interop.ask("evaluation", question)
    assert "access_request" not in answer["context"]
    body = submission(question, await denied(interop, publishing()))
    assert await refusal(interop, body) == "invalid_denial_binding"


async def test_a_request_opens_the_approval_that_the_gateway_would_have_opened(interop):
    house = interop.house
    why = {"business_justification": "the campaign starts on Monday"}
    body = submission(publishing(), await denied(interop, publishing())) | {"context": why}
    answer = await interop.send("POST", "/access/v1/requests", json=body)
    task = answer.json()["task"]
    assert answer.status_code == 202 and answer.headers["location"] == task["status_endpoint"]
    assert task["status"] == "pending" and task["links"]["review"] == f"{house.url}/approvals/{task['id']}"
    assert house.kinds("approval") == ["opened"] and house.kinds() == ["asked"]
    (asked,) = house.events("action.asked")
    assert asked["data"]["person"] == house.people["ana"] and asked["actor"] == {"kind": "agent", "id": "alma"}
    acted = await house.act("file__publish", None, agent="alma", file="spring")
    assert acted.decision.approval == task["id"] and house.kinds("approval") == ["opened"]


async def test_asking_twice_is_asking_once(interop):
    question = publishing()
    body = submission(question, await denied(interop, question))
    tasks = {(await interop.ask("requests", body, 202))["task"]["id"] for _ in range(3)}
    tasks.add((await submitted(interop, question))["id"])
    assert len(tasks) == 1 and interop.house.kinds("approval") == ["opened"]


async def test_whoever_asks_may_not_consent(interop):
    task = await submitted(interop, publishing(), who="director")
    assert interop.house.people["director"] in interop.house.reader.row("approval", task["id"])["excluded"]


async def test_a_task_settles_once_and_is_then_evaluated_again(interop):
    house, question = interop.house, publishing()
    task = await submitted(interop, question)
    pending = await interop.send("GET", f"/access/v1/requests/{task['id']}")
    assert pending.headers["retry-after"] == "5" and pending.json()["task"]["status"] == "pending"
    assert "result" not in pending.json()
    await house.vote(task["id"], "director")
    done = await polled(interop, task)
    assert done["task"]["status"] == "approved" and done["result"]["mode"] == "reevaluate"
    approval = done["result"]["approval"]
    again = await interop.ask("evaluation", publishing(approval=approval))
    assert again["decision"] is True
    assert again["context"]["approval"] == {"id": task["id"], "approved_until": approval["approved_until"]}
    body = submission(question, {"access_request": {"binding_token": "x", "expires_at": ""}, "evaluation_id": ""})
    assert await refusal(interop, body) == "invalid_denial_binding"


async def test_an_evaluation_never_uses_an_approval_up(interop):
    house, approval = interop.house, await approved(interop, publishing())
    for _ in range(3):
        assert (await interop.ask("evaluation", publishing(approval=approval)))["decision"] is True
    assert house.approval(approval["id"]) == "approved" and house.kinds() == ["asked"]
    await house.act("file__publish", None, agent="alma", file="spring")
    assert house.approval(approval["id"]) == "consumed"
    answer = await interop.ask("evaluation", publishing(approval=approval))
    assert answer["decision"] is False and answer["context"]["reason"] == "approval_required"
    after = await polled(interop, {"id": approval["id"]})
    assert after["task"]["status"] == "approved"  # a settled task stays as it settled


async def test_an_approval_id_alone_authorises_nothing(interop):
    approval = await approved(interop, publishing("spring"))
    for question in (publishing("summer", approval=approval), publishing("spring", approval={"id": "apr-made-up"})):
        answer = await interop.ask("evaluation", question)
        assert answer["decision"] is False
    assert answer["context"]["reason"] == "approval_mismatch"
    run = await interop.house.commit(OpenRun("alma", 1, "another intent", "keeping-alma"))
    answer = await interop.ask("evaluation", publishing(approval=approval, run=run["id"]))
    assert answer["decision"] is False and answer["context"]["reason"] == "approval_required"


async def test_an_approval_counts_until_its_time_and_as_long_as_its_charter(interop):
    house, approval = interop.house, await approved(interop, publishing())
    house.clock.advance(4 * 60 + 1)
    answer = await interop.ask("evaluation", publishing(approval=approval))
    assert answer["decision"] is False and "has expired" in answer["context"]["reason_user"]["en"]
    approval = await approved(interop, publishing())
    await house.publish(charter("alma", FILE_GRANTS["alma"]).replace("calls: 500", "calls: 400"))
    answer = await interop.ask("evaluation", publishing(approval=approval))
    assert answer["decision"] is False and answer["context"]["reason"] == "approval_required"


async def test_what_a_person_refused_is_refused_and_not_asked_again(interop):
    question = publishing()
    context = await denied(interop, question)
    task = (await interop.ask("requests", submission(question, context), 202))["task"]
    await interop.house.vote(task["id"], "director", "deny")
    assert (await polled(interop, task))["task"]["status"] == "denied"
    answer = await interop.ask("evaluation", question)
    assert answer["context"]["reason"] == "approval-refused" and "access_request" not in answer["context"]
    assert await refusal(interop, submission(question, context)) == "not_requestable"


async def test_a_task_that_nobody_decides_expires(interop):
    task = await submitted(interop, publishing())
    interop.house.clock.advance(4 * 60 + 1)
    done = await polled(interop, task)
    assert done["task"]["status"] == "expired" and "result" not in done


async def test_consent_given_meanwhile_answers_at_once(interop):
    question = publishing()
    late = submission(question, await denied(interop, question))
    approval = await approved(interop, question)
    answer = await interop.send("POST", "/access/v1/requests", json=late)
    assert answer.status_code == 201 and answer.json()["result"]["approval"]["id"] == approval["id"]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": {"type": "identity", "id": "alma"}},
        {"resource": {"type": "connector", "id": "file"}},
        {"action": publishing("summer")["action"]},
        {"action": {"name": "tools/call", "properties": {"arguments": {"file": "spring"}}}},
        {"context": {"run": "run-of-somebody"}},
    ],
)
async def test_a_denial_binds_to_its_own_question(interop, change):
    body = submission(publishing(), await denied(interop, publishing())) | change
    assert await refusal(interop, body) == "invalid_denial_binding"
    assert interop.house.kinds("approval") == []


@pytest.mark.parametrize("spoilt", ["{}AAAA", "", "a.b.c"])
async def test_a_binding_token_is_ours_or_nothing(interop, spoilt):
    context = await denied(interop, publishing())
    context["access_request"]["binding_token"] = spoilt.format(context["access_request"]["binding_token"][:-4])
    assert await refusal(interop, submission(publishing(), context)) == "invalid_denial_binding"


async def test_an_access_token_is_no_binding_token_nor_the_other_way_round(interop):
    context = await denied(interop, publishing())
    token = context["access_request"]["binding_token"]
    answer = await interop.send("POST", "/access/v1/evaluation", token=token, json=publishing())
    assert answer.status_code == 401
    context["access_request"]["binding_token"] = interop.house.token("alma")
    assert await refusal(interop, submission(publishing(), context)) == "invalid_denial_binding"


async def test_an_evaluation_id_alone_binds_nothing(interop):
    body = submission(publishing(), await denied(interop, publishing()))
    del body["denial"]["binding_token"]
    assert await refusal(interop, body) == "invalid_denial_binding"


async def test_a_denial_is_asked_for_within_ten_minutes(interop):
    body = submission(publishing(), await denied(interop, publishing()))
    interop.house.clock.advance(11)
    assert await refusal(interop, body, 410) == "expired_denial"


async def test_what_is_stopped_since_is_not_requestable(interop):
    body = submission(publishing(), await denied(interop, publishing()))
    await interop.house.halt("agent:alma")
    assert await refusal(interop, body) == "not_requestable"
    assert interop.house.kinds("approval") == []


async def test_an_agent_asks_for_itself_and_sees_its_own_tasks_alone(interop):
    token = interop.house.token("alma")
    task = await submitted(interop, publishing(), token=token)
    (asked,) = interop.house.events("action.asked")
    assert "person" not in asked["data"]
    await polled(interop, task, token=token)
    other = interop.house.token("bela")
    hidden = await interop.send("GET", f"/access/v1/requests/{task['id']}", token=other)
    assert hidden.status_code == 404 and hidden.json()["type"] == REQUEST_ERROR + "unknown_task"
    body = submission(publishing(), await denied(interop, publishing()))
    assert (await interop.send("POST", "/access/v1/requests", token=other, json=body)).status_code == 403
    assert (await interop.send("POST", "/access/v1/requests", who=None, json=body)).status_code == 401


async def test_the_recorded_ask_can_be_decided_again_and_keeps_why_it_was_asked(interop):
    why = {"business_justification": "the campaign starts on Monday"}
    context = await denied(interop, publishing())
    await interop.ask("requests", submission(publishing(), context) | {"context": why}, 202)
    (asked,) = interop.house.events("action.asked")
    payload = json.loads(interop.house.reader.payload(asked["payload"]["commitment"]).body)
    note = {"evaluation": context["evaluation_id"], "by": "person", "justification": "the campaign starts on Monday"}
    assert payload["access_request"] == note
    await interop.here.store.checkpoint()
    report = recheck(export_files(interop.here.reader, interop.here.log_key), None)
    assert report.decided == report.identical > 0
