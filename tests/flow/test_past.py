"""Orders, uniqueness and budgets as the writer keeps them, over a real store and a real upstream."""

import asyncio

import pytest

from bailiwick.core.verdict import Allow, Deny, DenyCode
from bailiwick.flow.export import export_files
from bailiwick.flow.recheck import recheck
from bailiwick.flow.settle import Evidence, Reconcile, SettleAction
from tests.flow.house import CHARTER, MINUTE_US

WITH_PAST = (
    CHARTER.replace("calls: 6", "calls: 60").replace("repeats: 3", "repeats: 50")
    + """\
order:
  - {before: crm.contact.update, require: crm.note.add}
  - {after: crm.contact.update, never: crm.campaign.launch}
"""
)
UPDATE = {"object_type": "contacts", "ids": ["con-1"], "properties": {"a": "b"}}
A_DAY_MINUTES = 24 * 60


@pytest.fixture
async def past(house):
    await house.publish(WITH_PAST)
    return house


def word(acted):
    verdict = acted.decision.verdict if hasattr(acted, "decision") else acted.verdict
    return verdict.code.value if isinstance(verdict, Deny) else "allow" if isinstance(verdict, Allow) else "ask"


async def rechecked(house):
    await house.installation.store.checkpoint()
    report = recheck(export_files(house.reader, house.installation.log_key), None)
    assert report.differences == () and report.decided
    return report.decided


# ------------------------------------------------------------------------------------------------- order


async def test_an_action_waits_for_the_success_of_another_in_the_same_tree(past):
    parent = await past.open_run("plan")
    child = await past.open_run("do", parent=parent)
    elsewhere = await past.open_run("something else")
    assert word(await past.act("manage", child, **UPDATE)) == "order"
    assert word(await past.act("note", elsewhere, text="x")) == "allow"
    assert word(await past.act("manage", child, **UPDATE)) == "order"
    assert word(await past.act("note", parent, text="x")) == "allow"
    assert word(await past.act("manage", child, **UPDATE)) == "allow"
    assert await rechecked(past) == 5


async def test_a_try_that_failed_or_is_still_open_is_no_success(past):
    run = await past.open_run()
    past.crm.mood["note"] = "fail"
    assert (await past.act("note", run, text="x")).state == "failed"
    assert word(await past.act("manage", run, **UPDATE)) == "order"
    opened = await past.decide("note", run, text="y")
    assert word(await past.act("manage", run, **UPDATE)) == "order"
    await past.commit(SettleAction(opened.action, Evidence.REPLY, {}))
    assert word(await past.act("manage", run, **UPDATE)) == "allow"


@pytest.mark.parametrize("outcome, then", [("succeeded", "allow"), ("failed", "order")])
async def test_what_a_person_finds_out_about_an_unknown_outcome_counts(past, outcome, then):
    run = await past.open_run()
    opened = await past.decide("note", run, text="x")
    await past.commit(SettleAction(opened.action, Evidence.NO_ANSWER, {}))
    assert word(await past.act("manage", run, **UPDATE)) == "order"
    await past.commit(Reconcile(opened.action, outcome, "asked the CRM team", past.people["admin"]))
    assert word(await past.act("manage", run, **UPDATE)) == then


async def test_a_success_is_not_taken_back_by_a_later_failure(past):
    run = await past.open_run()
    await past.act("note", run, text="x")
    past.crm.mood["note"] = "fail"
    await past.act("note", run, text="y")
    assert word(await past.act("manage", run, **UPDATE)) == "allow"


async def test_never_after_binds_from_the_intent_on_even_if_it_failed(past):
    run = await past.open_run()
    await past.act("note", run, text="x")
    assert word(await past.act("launch", run, campaign="spring", budget=5)) == "ask"
    past.crm.mood["manage"] = "fail"
    assert (await past.act("manage", run, **UPDATE)).state == "failed"
    assert word(await past.act("launch", run, campaign="spring", budget=5)) == "order"
    other = await past.open_run("another piece of work")
    assert word(await past.act("launch", other, campaign="spring", budget=5)) == "ask"


async def test_what_was_done_before_the_order_was_published_counts(house):
    run = await house.open_run()
    await house.act("note", run, text="x")
    await house.publish(WITH_PAST)
    assert word(await house.act("manage", run, **UPDATE)) == "allow"


# ------------------------------------------------------------------------------------------------- budget

BUDGET = (
    CHARTER.replace("calls: 6", "calls: 60").replace("repeats: 3", "repeats: 50")
    + """\
budget: {per_run: {calls: 3}, per_day: {records: 4}}
"""
)


def update(*ids):
    return {"object_type": "contacts", "ids": list(ids), "properties": {"a": "b"}}


async def test_a_days_budget_is_shared_by_all_runs_and_starts_anew_at_midnight_utc(house):
    await house.publish(BUDGET)
    one, two = await house.open_run("one"), await house.open_run("two")
    assert word(await house.act("manage", one, **update("con-1", "con-2", "con-3"))) == "allow"
    assert word(await house.act("manage", two, **update("con-4", "con-5"))) == "budget"
    assert word(await house.act("manage", two, **update("con-4"))) == "allow"
    assert word(await house.act("manage", two, **update("con-6"))) == "budget"
    house.clock.advance(A_DAY_MINUTES)
    assert word(await house.act("manage", await house.open_run("next day"), **update("con-6"))) == "allow"
    assert await rechecked(house) == 5


async def test_a_runs_budget_of_calls_counts_only_what_was_allowed(house):
    await house.publish(BUDGET)
    run = await house.open_run()
    assert [word(await house.act("wipe", run)) for _ in range(4)] == ["unlisted"] * 4
    words = [word(await house.act("note", run, text=str(at))) for at in range(4)]
    assert words == ["allow"] * 3 + ["budget"]
    assert word(await house.act("note", await house.open_run("another"), text="x")) == "allow"


async def test_what_failed_stays_spent(house):
    await house.publish(BUDGET)
    house.crm.mood["manage"] = "fail"
    run = await house.open_run()
    assert (await house.act("manage", run, **update("con-1", "con-2", "con-3", "con-4"))).state == "failed"
    assert word(await house.act("manage", run, **update("con-5"))) == "budget"


async def test_two_agents_each_have_a_day_of_their_own(house):
    await house.publish(BUDGET)
    for agent in ("router", "other"):
        run = await house.open_run("one", agent)
        assert word(await house.act("manage", run, agent, **update("con-1", "con-2", "con-3", "con-4"))) == "allow"


async def test_calls_at_once_never_pass_a_budget_together(house):
    await house.publish(BUDGET)
    runs = [await house.open_run(f"run {at}") for at in range(12)]
    calls = [house.decide("manage", run, **update(f"con-{at}")) for at, run in enumerate(runs)]
    words = [word(decision) for decision in await asyncio.gather(*calls)]
    assert sorted(words) == ["allow"] * 4 + ["budget"] * 8
    assert await rechecked(house) == 12


# ------------------------------------------------------------------------------------------- unique_within

UNIQUE = CHARTER.replace("calls: 6", "calls: 60").replace(
    "{do: crm.note.add, tier: medium}", "{do: crm.note.add, tier: medium, limits: {text: {unique_within: 2d}}}"
).replace("{ids: {required: true}}", "{ids: {unique_within: 4h, matches: 'con-*'}}")  # fmt: skip


async def test_a_value_may_not_come_again_within_its_time_whatever_its_spelling_or_run(house):
    await house.publish(UNIQUE)
    assert word(await house.act("note", await house.open_run("one"), text="Call Bea")) == "allow"
    again = await house.act("note", await house.open_run("two"), text=" call bea ")
    assert word(again) == "limit"
    assert "less than 48 h ago" in again.decision.verdict.sentence
    other = await house.open_run("of another agent", "other")
    assert word(await house.act("note", other, "other", text="Call Bea")) == "allow"
    house.clock.advance(2 * A_DAY_MINUTES)
    assert word(await house.act("note", await house.open_run("later"), text="Call Bea")) == "allow"
    assert await rechecked(house) == 4


async def test_each_item_of_a_list_counts_and_only_what_was_allowed_is_used(house):
    await house.publish(UNIQUE)
    run = await house.open_run()
    assert word(await house.act("manage", run, **update("con-1", "other-2"))) == "limit"
    assert word(await house.act("manage", run, **update("con-1", "con-2"))) == "allow"
    assert word(await house.act("manage", run, **update("con-3", "con-2"))) == "limit"
    assert word(await house.act("manage", run, **update("con-3"))) == "allow"


async def test_two_calls_at_once_cannot_both_be_the_first(house):
    await house.publish(UNIQUE)
    runs = [await house.open_run(f"run {at}") for at in range(6)]
    decided = await asyncio.gather(
        *(house.decide("note", run, text=f"Call {'bea' if at % 2 else 'BEA'}") for at, run in enumerate(runs))
    )
    codes = [word(decision) for decision in decided]
    assert codes.count("allow") == 1 and set(codes) == {"allow", "limit"}


async def test_values_are_kept_as_digests_alone(house):
    await house.publish(UNIQUE)
    await house.act("note", await house.open_run(), text="Call Bea on 555")
    rows = house.reader.rows("seen")
    assert len(rows) == 1 and set(rows[0]) == {"id", "at_us"} and len(rows[0]["id"]) == 64
    assert abs(rows[0]["at_us"] - house.clock.at_us) < MINUTE_US


def test_the_codes_of_a_past_are_tags():
    assert (DenyCode.ORDER, DenyCode.BUDGET) == ("order", "budget")
