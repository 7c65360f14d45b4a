"""What an AuthZEN question is decided on: the installation as it stands, and nothing that the caller says of it."""

import pytest

from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.enrol import RevokeAgent
from bailiwick.flow.run import EndRun, OpenRun
from bailiwick.flow.trial import StartTrial
from tests.api.interop_house import FILE_GRANTS, charter, open_interop

ROUTER = {"type": "agent", "id": "router"}
CRM = {"type": "connector", "id": "crm"}
NOTE = {"type": "tool", "id": "crm__note"}


@pytest.fixture
async def interop(tmp_path):
    async with open_interop(tmp_path, FILE_GRANTS) as found:
        yield found


def asking(action, resource=CRM, /, context=None, **arguments):
    named = {"name": action, "properties": {"arguments": arguments}}
    return {"subject": ROUTER, "action": named, "resource": resource} | ({"context": context} if context else {})


async def told(interop, question, **who):
    answer = await interop.ask("evaluation", question, **who)
    return answer["decision"], answer["context"]["reason"]


WRITTEN = asking("crm.note.add", text="call back")


async def test_the_answer_is_that_of_the_gateway(interop):
    house = interop.house
    calls = [
        ("note", {"text": "x"}),
        ("note", {}),
        ("note", {"text": "x", "ghost": 1}),
        ("query", {"object_type": "contacts", "fields": ["segment"]}),
        ("query", {"object_type": "contacts", "fields": ["credit"]}),
        ("launch", {"campaign": "spring", "budget": 501}),
        ("manage", {"object_type": "contacts", "ids": ["con-1"], "properties": {}}),
        ("manage", {"object_type": "contacts", "properties": {}}),
        ("drop", {"ids": ["con-1"]}),
    ]
    for name, arguments in calls:
        asked = asking("tools/call", {"type": "tool", "id": f"crm__{name}"}, **arguments)
        answer = await interop.ask("evaluation", asked)
        house.clock.advance(20)  # another implicit run: what this one repeats is not the question
        acted = await house.act(name, None, **arguments)
        verdict = acted.decision.verdict
        assert answer["decision"] is (type(verdict).__name__ == "Allow")
        assert answer["context"]["reason_user"]["en"] == verdict.sentence
        assert answer["context"].get("rules", []) == list(verdict.rules)
        assert answer["context"].get("action") == verdict.action


async def test_nothing_is_recorded_sent_or_used_up(interop):
    house = interop.house
    before = house.reader.size()
    for question in (WRITTEN, asking("crm.campaign.pause", campaign="spring"), asking("crm.contact.drop")):
        for _ in range(9):  # more than a run may call, and more often than it may repeat
            await interop.ask("evaluation", question)
    await interop.ask("search/action", {"subject": ROUTER, "resource": CRM})
    assert house.reader.size() == before and house.crm.journal == []
    assert house.reader.rows("approval") == [] and house.reader.rows("run") == []
    assert await told(interop, WRITTEN) == (True, "permitted")


async def test_a_halt_counts_from_the_next_question_on(interop):
    assert await told(interop, WRITTEN) == (True, "permitted")
    await interop.house.halt("workflow:lead-routing", told=False)
    assert await told(interop, WRITTEN) == (False, "halted")


async def test_a_revoked_agent_may_nothing(interop):
    await interop.house.commit(RevokeAgent("router", interop.house.people["admin"]))
    assert await told(interop, WRITTEN) == (False, "revoked")
    assert (await interop.ask("search/action", {"subject": ROUTER, "resource": CRM}))["results"] == []


async def test_a_new_charter_counts_from_the_next_question_on(interop):
    question = {"subject": {"type": "agent", "id": "bela"}, "action": {"name": "file.page.read"}}
    question["resource"] = {"type": "connector", "id": "file"}
    assert await told(interop, question) == (True, "permitted")
    less = charter("bela", FILE_GRANTS["bela"][1:])
    await interop.house.publish(less, forget=False)  # nobody told the cache: the rows do
    assert await told(interop, question) == (False, "unlisted")


async def test_the_state_of_a_named_run_counts(interop):
    house = interop.house
    run = await house.open_run()
    question = asking("crm.note.add", context={"run": run}, text="a")
    for text in "abcdef":
        assert await told(interop, question) == (True, "permitted")
        await house.act("note", run, text=text)
    assert await told(interop, question) == (False, "run-limit")
    assert await told(interop, asking("crm.note.add", text="a")) == (True, "permitted")
    await house.commit(EndRun(run, "router"))
    assert await told(interop, question) == (False, "run-ended")


async def test_totals_of_the_day_count(interop):
    def update(count):
        return asking("crm.contact.update", ids=[f"con-{n}" for n in range(count)], properties={})

    assert [(await told(interop, update(count)))[1] for count in (4, 5, 9)] == [
        "permitted",
        "approval_required",
        "never",
    ]
    await interop.house.act("manage", None, object_type="contacts", ids=["con-1", "con-2"], properties={})
    assert [(await told(interop, update(count)))[1] for count in (2, 3, 7)] == [
        "permitted",
        "approval_required",
        "never",
    ]


async def test_a_run_of_somebody_else_is_none(interop):
    other = await interop.house.commit(OpenRun("other", 1, "another", "lead-routing"))
    for run in (other["id"], "run-of-nobody"):
        assert await told(interop, asking("crm.note.add", context={"run": run}, text="a")) == (False, "unknown_run")


async def test_a_named_action_implies_what_tells_it_apart(interop):
    question = asking("crm.contact.read", fields=["segment"])
    assert await told(interop, question) == (True, "permitted")
    assert await told(interop, asking("crm.contact.read", object_type="deals")) == (False, "other_action")
    assert await told(interop, asking("crm.contact.read", NOTE)) == (False, "unknown_action")
    assert await told(interop, asking("tools/call")) == (False, "unknown_action")


async def test_an_agent_asks_about_itself_alone(interop):
    token = interop.house.token("router")
    assert await told(interop, WRITTEN, token=token) == (True, "permitted")
    other = WRITTEN | {"subject": {"type": "agent", "id": "other"}}
    await interop.ask("evaluation", other, 403, token=token)
    several = await interop.ask("evaluations", WRITTEN | {"evaluations": [{}, other]}, token=token)
    assert [each["decision"] for each in several["evaluations"]] == [True, False]
    assert several["evaluations"][1]["context"]["error"]["status"] == 403
    searched = {"subject": {"type": "agent"}, "action": {"name": "crm.note.add"}, "resource": CRM}
    own = await interop.ask("search/subject", searched, token=token)
    assert own["results"] == [ROUTER]
    assert len((await interop.ask("search/subject", searched))["results"]) == 2
    await interop.ask("search/action", {"subject": other["subject"], "resource": CRM}, 403, token=token)


async def test_a_token_bound_to_a_run_asks_within_it(interop):
    house = interop.house
    run = await house.open_run()
    token = house.token("router", run)
    for text in "abcdef":
        await house.act("note", run, text=text)
    assert await told(interop, WRITTEN, token=token) == (False, "run-limit")
    await interop.ask("evaluation", WRITTEN | {"context": {"run": "run-other"}}, 403, token=token)


async def test_a_search_finds_what_some_call_may_do_and_on_request_what_people_may_allow(interop):
    asked = {"subject": ROUTER, "resource": CRM}
    names = [each["name"] for each in (await interop.ask("search/action", asked))["results"]]
    assert names == ["crm.contact.read", "crm.contact.update", "crm.note.add"]
    more = await interop.ask("search/action", asked | {"context": {"askable": True}})
    names = [each["name"] for each in more["results"]]
    assert names == [
        "crm.campaign.launch",
        "crm.campaign.pause",
        "crm.contact.read",
        "crm.contact.update",
        "crm.note.add",
    ]


async def test_a_search_with_arguments_is_exact(interop):
    asked = {
        "subject": ROUTER,
        "resource": CRM,
        "context": {"arguments": {"object_type": "contacts", "fields": ["credit"]}},
    }
    assert (await interop.ask("search/action", asked))["results"] == []
    asked["context"]["arguments"]["fields"] = ["segment"]
    assert (await interop.ask("search/action", asked))["results"] == [{"name": "crm.contact.read"}]


async def test_a_search_stops_at_what_is_stopped(interop):
    asked = {"subject": ROUTER, "action": {"name": "tools/call"}, "resource": {"type": "connector"}}
    assert (await interop.ask("search/resource", asked))["results"] == [CRM]
    await interop.house.halt("connector:crm")
    assert (await interop.ask("search/resource", asked))["results"] == []
    assert (await interop.ask("search/resource", asked | {"context": {"askable": True}}))["results"] == []


async def test_what_the_day_has_used_up_is_not_found(interop):
    asked = {"subject": ROUTER, "resource": CRM}
    for ids in (["con-1"] * 4, ["con-1"] * 1):
        acted = await interop.house.act("manage", None, object_type="contacts", ids=ids, properties={})
        if acted.decision.approval:
            await interop.house.approve(acted.decision.approval)
            await interop.house.act("manage", None, object_type="contacts", ids=ids, properties={})
    found = (await interop.ask("search/action", asked))["results"]
    assert {"name": "crm.contact.update"} not in found and {"name": "crm.note.add"} in found


@pytest.mark.parametrize("who", ["ana", "director"])
async def test_everybody_who_is_signed_in_may_ask(interop, who):
    assert await told(interop, WRITTEN, who=who) == (True, "permitted")


async def test_the_cookie_of_the_console_asks_for_nothing(interop):
    async with interop.client(cookie=f"bailiwick_session={interop.tokens['ana']}") as client:
        answer = await client.post("/access/v1/evaluation", json=WRITTEN)
    assert answer.status_code == 401


async def names_of(interop, agent="bela"):
    asked = {"subject": {"type": "agent", "id": agent}, "resource": {"type": "connector", "id": "file"}}
    return [each["name"] for each in (await interop.ask("search/action", asked))["results"]]


async def test_a_search_knows_what_has_to_come_first(interop):
    grants = ["{do: file.page.read, tier: low}", "{do: file.page.write, tier: low}"]
    order = "order: [{before: file.page.write, require: file.page.read}]\n"
    await interop.house.publish(charter("bela", grants) + order)
    assert await names_of(interop) == ["file.page.read"]
    await interop.house.act("file__read", None, agent="bela", file="a")
    assert await names_of(interop) == ["file.page.read", "file.page.write"]


async def test_a_search_knows_what_a_budget_has_left(interop):
    grants = ["{do: file.page.read, tier: low}", "{do: file.page.write, tier: low}"]
    await interop.house.publish(charter("bela", grants) + "budget: {per_day: {calls: 1}}\n")
    assert await names_of(interop) == ["file.page.read", "file.page.write"]
    await interop.house.act("file__read", None, agent="bela", file="a")
    assert await names_of(interop) == []


async def test_a_search_knows_the_hours(interop):
    """It is a Friday, eight in the morning."""
    for days, found in (("mon-fri", ["file.page.read"]), ("sat-sun", [])):
        when = f"when: {{days: {days}, hours: '07:00-20:00', zone: Europe/Madrid}}\n"
        await interop.house.publish(charter("bela", ["{do: file.page.read, tier: low}"]) + when)
        assert await names_of(interop) == found


async def test_a_run_that_takes_part_in_a_trial_is_decided_by_the_version_on_trial(interop):
    house = interop.house
    both = ["{do: file.page.read, tier: low}", "{do: file.page.write, tier: low, limits: {file: {required: true}}}"]
    await house.publish(charter("bela", both))
    known, by = catalogues_in_force(house.installation.policies), house.people["ana"]
    await house.commit(StartTrial("bela-charter", charter("bela", both[1:]), "canary", 100, by, "narrower", known))
    house.installation.policies.forget()
    run = (await house.commit(OpenRun("bela", 1, "tidy the pages", "keeping-bela")))["id"]
    question = {"subject": {"type": "agent", "id": "bela"}, "resource": {"type": "connector", "id": "file"}}
    read = question | {"action": {"name": "file.page.read"}, "context": {"run": run}}
    assert await told(interop, read) == (False, "unlisted")
    found = await interop.ask("search/action", question | {"context": {"run": run}})
    assert found["results"] == [{"name": "file.page.write"}]
