"""The five questions: their answers are what was planted, for everything that can be asked about."""

from dataclasses import replace

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.core.touch import Thing
from bailiwick.flow.answer import ask
from bailiwick.flow.inquiry import QUESTIONS, Inquiry, read_inquiry, read_question, read_thing
from bailiwick.flow.run_view import read_runs
from bailiwick.flow.settle import Evidence, SettleAction
from tests.flow.house import open_house
from tests.flow.planted import CATALOGUE, CHARTER, plant


def every(house, inquiry, limit=7):
    found, before = [], None
    while True:
        page = ask(house.installation.index, inquiry, before=before, limit=limit)
        found += page.items
        before = page.next
        if before is None:
            return found


def told(line):
    things = frozenset((one.kind, one.id) for one in line.things)
    return line.action, line.verdict, line.state, line.name, line.reads, line.sends, things


def planted_line(deed):
    return deed.action, deed.verdict, deed.state, deed.name, deed.reads, deed.sends, frozenset(deed.things)


@pytest.mark.parametrize("seed", [1, 2])
async def test_answers_are_what_was_planted(tmp_path, seed):
    async with open_house(tmp_path) as house:
        planted = await plant(house, seed, 60)
        await house.installation.index.catch_up()
        states = {deed.state for deed in planted.deeds}
        assert states == {"denied", "asked", "open", "succeeded", "failed", "unknown"}
        for asked, about in planted.scopes():
            for question in QUESTIONS:
                inquiry = read_inquiry(house.reader, question, asked)
                lines = [line for line in every(house, inquiry) if line.action]
                wanted = [deed for deed in reversed(planted.deeds) if about(deed) and deed.answers(question)]
                assert [told(line) for line in lines] == [planted_line(deed) for deed in wanted], (question, asked)


async def test_a_line_says_who_it_was_for_up_to_the_first_run(house):
    outer = await house.open_run("plan the week", requester="ana@acme.example")
    inner = await house.open_run("look up contacts", "other", parent=outer)
    await house.act("crm__query", inner, agent="other", object_type="contacts", fields=["segment"], ids=["con-1"])
    await house.installation.index.catch_up()
    (line,) = ask(house.installation.index, Inquiry("who", run=outer)).items
    assert [(one.run, one.agent, one.name, one.intent) for one in line.chain] == [
        (inner, "other", "", "look up contacts"),
        (outer, "router", "Ana", "plan the week"),
    ]
    assert ask(house.installation.index, Inquiry("who", person=house.people["ana"])).items == (line,)


async def test_consent_is_told_with_the_action_that_used_it(house):
    await house.catalogue(CATALOGUE)
    await house.publish(CHARTER)
    run = await house.open_run()
    asked = await house.act("crm__launch", run, campaign="cam-1", budget=5)
    await house.approve(asked.decision.approval)
    await house.act("crm__launch", run, campaign="cam-1", budget=5)
    await house.installation.index.catch_up()
    done, waiting = ask(house.installation.index, Inquiry("policy", run=run)).items
    votes = [("Director", "approve"), ("Change", "approve")]
    assert [[(one.name, one.vote) for one in line.consents] for line in (done, waiting)] == [votes, votes]
    assert (done.charter_name, done.charter_version, done.verdict) == ("lead-router", 2, "allow")
    assert "Director" not in [one.name for one in done.chain]


async def test_changes_of_the_rules_are_answers_too(house):
    await house.catalogue(CATALOGUE)
    await house.publish(CHARTER)
    await house.installation.index.catch_up()
    lines = ask(house.installation.index, Inquiry("changed", person=house.people["admin"])).items
    kinds = [line.type for line in lines]
    assert kinds[-1] == "connector.added" and "charter.published" in kinds and "agent.enrolled" in kinds
    assert ask(house.installation.index, Inquiry("who", person=house.people["admin"])).items == ()


async def test_objects_of_a_result_too_long_to_keep_are_found(house):
    await house.catalogue(CATALOGUE)
    house.crm.contacts |= {f"big-{n}": {"note": "x" * 400} for n in range(300)}
    run = await house.open_run()
    ids = [f"big-{n}" for n in range(300)]
    await house.act("crm__query", run, object_type="contacts", fields=["segment"], ids=ids)
    await house.installation.index.catch_up()
    (line,) = ask(house.installation.index, Inquiry("data", thing=Thing("contact", "big-299"))).items
    assert not line.unlisted and sum(one.part == "shown" for one in line.things) == 300


async def test_an_index_made_again_gives_the_same_answers(house):
    planted = await plant(house, 5, 25)
    await house.installation.index.catch_up()
    before = every(house, Inquiry("data"))
    again = replace(house.installation.index, key=b"another key".ljust(32, b"-"), _runs={}, _decided={})
    await again.catch_up()
    object.__setattr__(house.installation, "index", again)
    assert every(house, Inquiry("data")) == before
    assert len(before) == sum(deed.answers("data") for deed in planted.deeds)


LOOKED = """
    before: {tool: query, arguments: {object_type: contacts, ids: $ids}, at: records, only: properties}"""


def looked_at():
    first, last = CATALOGUE.split("  crm.contact.update:", 1)
    entry, rest = last.split("  crm.note.add:", 1)
    told = entry.replace("{tool", "tool", 1).replace(", when", "\n    when", 1)
    for key in ("says", "floor", "effect", "objects"):
        told = told.replace(f", {key}:", f"\n    {key}:", 1)
    told = told.rstrip()[:-1] + LOOKED + "\n"
    return f"{first}  crm.contact.update:{told}  crm.note.add:{rest}"


async def test_what_a_write_altered_is_kept_and_told(house):
    await house.catalogue(looked_at())
    await house.publish(CHARTER)
    house.crm.contacts["con-1"] |= {"owner": "pau", "phone": "555-1234"}
    run = await house.open_run()
    ids = ["con-1", "con-2"]
    acted = await house.act("crm__manage", run, object_type="contacts", ids=ids, properties={"owner": "noor"})
    assert acted.state == "succeeded"
    await house.installation.index.catch_up()
    (line,) = ask(house.installation.index, Inquiry("changed", run=run)).items
    told = [(one.path, one.before, one.after) for one in line.changes]
    assert told == [("con-1.owner", "pau", "noor"), ("con-2.owner", None, "noor")]
    assert line.before == [{"id": "con-1", "owner": "pau"}, {"id": "con-2"}]
    shown = read_runs(house.reader, house.installation.policies, house.clock.now_us()).one(run)
    assert [step.action.changes for step in shown.steps if step.action] == [line.changes]


async def test_a_look_that_fails_keeps_nothing_and_stops_nothing(house):
    await house.catalogue(looked_at())
    await house.publish(CHARTER)
    house.crm.mood["query"] = "fail"
    run = await house.open_run()
    arguments = {"object_type": "contacts", "ids": ["con-1"], "properties": {"owner": "noor"}}
    acted = await house.act("crm__manage", run, **arguments)
    assert acted.state == "succeeded" and house.crm.contacts["con-1"]["owner"] == "noor"
    await house.installation.index.catch_up()
    (line,) = ask(house.installation.index, Inquiry("changed", run=run)).items
    assert line.changes == () and line.before is None


async def test_a_forgotten_object_is_no_longer_in_the_index(house):
    await house.catalogue(CATALOGUE)
    run = await house.open_run()
    for _ in range(3):
        await house.act("crm__query", run, object_type="contacts", fields=["segment"], ids=["con-1", "con-2"])
    index = house.installation.index
    assert await index.forget(Thing("contact", "con-1")) == 3
    assert ask(index, Inquiry("data", thing=Thing("contact", "con-1"))).items == ()
    assert len(ask(index, Inquiry("data", thing=Thing("contact", "con-2"))).items) == 3


async def test_nothing_of_an_object_can_be_read_from_the_index(house):
    await house.catalogue(CATALOGUE)
    run = await house.open_run()
    await house.act("crm__query", run, object_type="contacts", fields=["segment"], ids=["con-1"])
    await house.installation.index.catch_up()
    rows = house.reader.rows("posting", limit=500)
    assert rows and not any("con-1" in str(row) or "contact" in str(row) or "router" in str(row) for row in rows)


async def test_an_index_that_falls_behind_asks_nobody_to_wait_for_it_twice(house):
    run = await house.open_run()
    decision = await house.decide("crm__note", run, text="hello")
    await house.installation.index.catch_up()
    (line,) = ask(house.installation.index, Inquiry("changed", run=run)).items
    assert line.state == "open"
    await house.commit(SettleAction(decision.action, Evidence.NO_ANSWER, {"state": "unknown"}))
    (line,) = ask(house.installation.index, Inquiry("changed", run=run)).items
    assert line.state == "unknown" and line.evidence == "no-answer"


@pytest.mark.parametrize("text", ["4711", "/4711", "contact/", " / "])
def test_an_object_needs_a_kind_and_an_id(text):
    with pytest.raises(Refusal, match="no object"):
        read_thing(text)


def test_an_unknown_question_names_the_five():
    with pytest.raises(Refusal, match="who, policy, data, tool, changed"):
        read_question("when")


async def test_an_unknown_person_is_refused(house):
    with pytest.raises(Refusal, match="nobody here"):
        read_inquiry(house.reader, "who", {"person": "stranger@acme.example"})
