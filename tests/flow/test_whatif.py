"""What-if from the record: what changes, what stays, and what nobody can tell."""

import json
import sqlite3

import pytest

from bailiwick.core.check import Check
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.recall import Past, Recall
from bailiwick.flow.source import read_charter
from bailiwick.flow.whatif import INTENDED, Redeciding, index_at
from tests.flow.house import CHARTER, START_US

SAME = CHARTER.replace("Route the leads", "Route all the leads")  # another version that decides alike
ORDERED = CHARTER.replace("cannot:", "order: [{before: crm.note.add, require: crm.contact.update}]\ncannot:")


def again(house, text, *, since_us=0, base=None, name="lead-router"):
    charter, _, digest = read_charter(text)
    found = Redeciding(house.reader, house.installation.policies, name, charter, digest, since_us, base)
    found.advance(house.reader.size())
    return found


def said(found):
    return [(one.name, one.before, one.after) for one in found.changes]


async def work(house):
    run = await house.open_run()
    await house.act("query", run, object_type="contacts", fields=["segment"])
    await house.act("manage", run, object_type="contacts", ids=["con-1"], properties={"segment": "beta"})
    await house.act("drop", run, ids=["con-1"])
    await house.act("note", run, text="hello")
    return run


async def test_a_charter_that_says_the_same_changes_nothing(house):
    await work(house)
    found = again(house, SAME)
    assert (found.decided, found.changes, found.untold) == (4, [], [])
    assert {name: tally.same for name, tally in found.tallies.items()} == {
        "crm.contact.read": 1,
        "crm.contact.update": 1,
        "crm.contact.drop": 1,
        "crm.note.add": 1,
    }


async def test_what_a_narrower_charter_would_have_refused_is_listed_with_its_sentence(house):
    run = await work(house)
    found = again(house, CHARTER.replace("ids: {required: true}", "properties: {forbidden: true}"))
    assert said(found) == [("crm.contact.update", "allow", "deny")]
    (change,) = found.changes
    assert (change.run, change.agent, change.code, change.kind) == (run, "router", "limit", "verdict")
    assert change.sentence == "`properties` is forbidden by the charter: leave it out"
    assert change.rules == ("can[crm.contact.update].limits.properties.forbidden",)
    assert found.tallies["crm.contact.update"].changes == {"allow → deny": 1}


async def test_what_a_wider_charter_would_have_allowed_is_listed(house):
    await work(house)
    wider = CHARTER.replace("cannot: [billing.*, crm.contact.drop]", "cannot: [billing.*]")
    found = again(
        house, wider.replace("  - {do: crm.note", "  - {do: crm.contact.drop, tier: high}\n  - {do: crm.note")
    )
    assert said(found) == [("crm.contact.drop", "deny", "ask")]


async def test_another_tier_alone_is_a_lesser_change(house):
    await work(house)
    found = again(house, CHARTER.replace("do: crm.contact.read, tier: low", "do: crm.contact.read, tier: medium"))
    assert [(one.kind, one.before_tier, one.after_tier) for one in found.changes] == [("tier", "low", "medium")]


async def test_only_the_days_asked_for_are_decided_again(house):
    await work(house)
    house.clock.advance(60)
    since_us = house.clock.at_us
    await house.act("note", text="later")
    assert again(house, SAME, since_us=since_us).decided == 1
    assert index_at(house.reader, 0) == 0
    assert index_at(house.reader, house.clock.at_us + 1) == house.reader.size()


async def test_decisions_under_another_charter_are_left_alone(house):
    await work(house)
    assert again(house, SAME, name="other").decided == 0
    assert again(house, CHARTER.replace("charter: lead-router", "charter: other")).decided == 4


# ------------------------------------------------------------------------------------------ consent


async def approved(house, run):
    asked = await house.act("pause", run, campaign="spring")
    await house.approve(asked.decision.approval)
    await house.act("pause", run, campaign="spring")


async def test_consent_stands_where_the_same_people_would_have_been_asked(house):
    await approved(house, await house.open_run())
    found = again(house, CHARTER.replace("within: 4h", "within: 2h"))
    assert (found.decided, found.changes) == (2, [])


async def test_consent_of_others_does_not_stand(house):
    await approved(house, await house.open_run())
    found = again(house, CHARTER.replace("[{role: marketing-director}, {role: it-change}]", "[{role: it-change}]"))
    assert [(one.before, one.after, one.kind) for one in found.changes] == [
        ("ask", "ask", "approvers"),
        ("allow", "ask", "verdict"),
    ]


async def test_what_needed_consent_and_would_not_any_more_is_allowed(house):
    run = await house.open_run()
    await house.act("manage", run, object_type="contacts", ids=[f"con-{n}" for n in range(6)], properties={"a": 1})
    found = again(house, CHARTER.replace("{max: 4, is: medium}", "{max: 7, is: medium}"))
    assert said(found) == [("crm.contact.update", "ask", "allow")]


async def test_a_refusal_by_a_person_stands_too(house):
    run = await house.open_run()
    asked = await house.act("pause", run, campaign="spring")
    await house.vote(asked.decision.approval, "director", "deny")
    await house.act("pause", run, campaign="spring")
    assert again(house, SAME).changes == []


# ------------------------------------------------------------------------------------------ made up again


async def test_the_time_in_another_zone_is_worked_out(house):
    await house.act("note", text="a Friday, 08:00 UTC")
    window = 'when: {days: mon-fri, hours: "09:00-17:00", zone: %s}\n'
    assert said(again(house, CHARTER + window % "Europe/Madrid")) == []
    found = again(house, CHARTER + window % "Asia/Tokyo")
    assert said(found) == [("crm.note.add", "allow", "deny")]
    assert found.changes[0].made == ("local.Asia/Tokyo",)


async def test_another_total_is_added_up_from_the_record(house):
    for run in (await house.open_run(), await house.open_run()):
        for _ in range(2):
            await house.act("manage", run, object_type="contacts", ids=["con-1", "con-2"], properties={run: str(_)})
    assert said(again(house, CHARTER.replace("day.records", "run.records"))) == [
        ("crm.contact.update", "ask", "allow"),
        ("crm.contact.update", "ask", "allow"),
    ]


async def test_a_run_under_way_before_the_days_asked_for_is_read_from_its_start(house):
    run = await house.open_run()
    await house.act("manage", run, object_type="contacts", ids=["con-1", "con-2"], properties={"a": "1"})
    since_us = house.clock.at_us
    await house.act("manage", run, object_type="contacts", ids=["con-1"], properties={"a": "2"})
    text = CHARTER.replace("day.records", "run.records").replace("max: 4, is", "max: 2, is")
    assert said(again(house, text, since_us=since_us)) == [("crm.contact.update", "allow", "ask")]


async def test_a_day_is_added_up_from_its_midnight(house):
    run = await house.open_run()
    await house.act("note", run, text="one")
    since_us = house.clock.at_us
    await house.act("note", run, text="two")
    text = CHARTER.replace("run: {calls", "budget: {per_day: {calls: 1}}\nrun: {calls")
    found = again(house, text, since_us=since_us)
    assert (said(found), found.changes[0].made) == ([("crm.note.add", "allow", "deny")], ("spent.day.calls",))
    house.clock.advance(24 * 60)
    since_us = house.clock.at_us
    await house.act("note", text="a new day")
    assert said(again(house, text, since_us=since_us)) == []


async def test_order_is_read_from_what_succeeded_before_in_the_tree(house):
    parent = await house.open_run()
    await house.act("note", parent, text="too early")
    await house.act("manage", parent, object_type="contacts", ids=["con-1"], properties={"segment": "beta"})
    child = await house.open_run(parent=parent)
    since_us = house.clock.at_us
    await house.act("note", child, text="in time")
    assert said(again(house, ORDERED)) == [("crm.note.add", "allow", "deny")]
    assert said(again(house, ORDERED, since_us=since_us)) == []


async def test_a_value_used_long_before_the_days_asked_for_is_found(house):
    await house.act("note", text="hello")
    house.clock.advance(20 * 24 * 60)
    since_us = house.clock.at_us
    await house.act("note", text="HELLO ")
    text = CHARTER.replace("{do: crm.note.add, tier: medium}", "{do: crm.note.add, tier: medium, limits: {text: {%s}}}")
    assert said(again(house, text % "unique_within: 30d", since_us=since_us)) == [("crm.note.add", "allow", "deny")]
    assert said(again(house, text % "unique_within: 10d", since_us=since_us)) == []


FULL = (
    ORDERED.replace(
        "{do: crm.note.add, tier: medium}", "{do: crm.note.add, tier: medium, limits: {text: {unique_within: 9d}}}"
    )
    .replace("day.records", "tree.records")
    .replace(
        "run: {calls: 6",
        "budget: {per_run: {records: 900, calls: 80}, per_day: {calls: 500, records: 999}}\nrun: {calls: 60",
    )
)


async def test_what_is_made_up_again_is_what_the_writer_kept(house):
    await house.publish(FULL)
    for number in range(4):
        run = await house.open_run()
        child = await house.open_run(parent=run)
        for at in (run, child, run):
            ids = [f"con-{n}" for n in range(number + 1)]
            await house.act("note", at, text=f"hello {number // 2}")
            await house.act("manage", at, object_type="contacts", ids=ids, properties={"n": f"{number}{at}"})
        house.clock.advance(13 * 60)
    policies, compared = house.installation.policies, 0
    recall = Recall(house.reader, policies, Past.wanted_by([read_charter(FULL)[0]]), 0, 0)
    for event, body in house.reader.span(
        0, house.reader.size(), (INTENDED, "action.denied", "action.asked", "action.succeeded")
    ):
        leaf = event.leaf
        if leaf["type"] == "action.succeeded":
            recall.succeeded(leaf)
            continue
        document = json.loads(body)
        check = policies.policy(leaf["data"]["charter"], leaf["data"]["catalogue"]).checks[leaf["data"]["name"]]
        empty = document["facts"] | {"totals": {}, "spent": {}, "seen": {}, "done": {}}
        recall.fill(empty, check, Check(check.entry, None, None, (), ()), leaf, document["request"]["arguments"])
        for part in ("totals", "spent", "seen", "done"):
            assert empty[part] == document["facts"][part], (event.index, part)
        compared += 1
        if leaf["type"] == INTENDED:
            recall.intended(leaf, document["request"]["arguments"])
    assert compared >= 20


# ------------------------------------------------------------------------------------------ cannot be told


def erase(house, action):
    (event,) = house.events(action=action, kind="action.intended")
    with sqlite3.connect(house.folder / "bailiwick.db") as connection:
        connection.execute("DELETE FROM payload WHERE id = ?", (event["payload"]["commitment"],))


async def test_an_erased_request_is_listed_as_untold(house):
    done = await house.act("note", text="hello")
    erase(house, done.decision.action)
    found = again(house, SAME)
    assert (found.decided, found.changes) == (1, [])
    assert [(one.name, one.before, one.reason) for one in found.untold] == [
        ("crm.note.add", "allow", "its request was erased, so it cannot be decided again")
    ]


@pytest.mark.parametrize(
    "change",
    [
        ("day.records", "run.records"),
        ("run: {calls", "budget: {per_day: {records: 100}}\nrun: {calls"),
    ],
)
async def test_a_sum_with_an_erased_part_is_not_guessed(house, change):
    run = await house.open_run()
    first = await house.act("manage", run, object_type="contacts", ids=["con-1"], properties={"a": "1"})
    erase(house, first.decision.action)
    await house.act("manage", run, object_type="contacts", ids=["con-2"], properties={"a": "1"})
    found = again(house, CHARTER.replace(*change))
    assert [one.reason for one in found.untold][1:] == [
        f"what `{'run' if 'run.records' in change else 'day'}.records` came to is not known: "
        "an earlier action's arguments were erased"
    ]


async def test_calls_are_counted_even_where_their_arguments_were_erased(house):
    first = await house.act("note", text="one")
    erase(house, first.decision.action)
    await house.act("note", text="two")
    found = again(house, CHARTER.replace("run: {calls", "budget: {per_day: {calls: 1}}\nrun: {calls"))
    assert said(found) == [("crm.note.add", "allow", "deny")]
    assert len(found.untold) == 1


async def test_denials_that_were_only_counted_are_counted_here_too(house):
    run = await house.open_run()
    for number in range(70):
        await house.act("drop", run, ids=[f"con-{number}"])
    house.clock.advance(2)
    await house.act("note", run, text="done")
    found = again(house, SAME)
    assert found.summed > 0
    assert found.decided + found.summed == 71


# ------------------------------------------------------------------------------------------ in parts


async def test_going_on_later_gives_what_one_go_gives(house):
    charter, _, digest = read_charter(CHARTER.replace("day.records", "run.records").replace("max: 4, is", "max: 1, is"))
    parts = Redeciding(house.reader, PolicySource(house.reader), "lead-router", charter, digest, START_US)
    for _ in range(3):
        await work(house)
        house.clock.advance(1)
        parts.advance(house.reader.size())
    whole = Redeciding(house.reader, PolicySource(house.reader), "lead-router", charter, digest, START_US)
    heard = []
    whole.advance(house.reader.size(), lambda done, total: heard.append((done, total)))
    assert parts.changes == whole.changes
    assert parts.tallies == whole.tallies
    assert heard[-1][0] == heard[-1][1] > 0
