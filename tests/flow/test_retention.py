"""Keeping and letting go: never before the least, never after the most, and every proof stays valid."""

from datetime import UTC, datetime

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.flow.export import export_files
from bailiwick.flow.pruning import prune
from bailiwick.flow.recheck import recheck
from bailiwick.flow.retention import (
    EVERY,
    LEAST_DAYS,
    RetentionRule,
    SetRetention,
    due_periods,
    month_span,
    rule_for,
    rules_set,
)
from bailiwick.flow.run import EndRun
from bailiwick.ledger.bundle import verify
from tests.flow.test_forgetting import office, read_all  # noqa: F401  # a fixture

DAY_MINUTES = 24 * 60


def us(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000


async def keep(house, name, keep_days, most_days):
    return await house.commit(SetRetention(name, keep_days, most_days, house.people["admin"]))


async def verified(house):
    await house.installation.store.checkpoint()
    files = export_files(house.reader, house.installation.log_key)
    assert verify(files, house.installation.log_key) == []
    return files


@pytest.mark.parametrize(
    "data_class,keep_days,most_days",
    [
        ("customer", LEAST_DAYS, 300),
        ("internal", 400, 0),
        ("customer+internal", 400, 431),
        ("unheard-of", 200, 250),
        ("customer+unheard-of", 200, 250),
        ("erasure", LEAST_DAYS, 0),
    ],
)
def test_several_classes_are_kept_as_long_as_any_and_no_longer(data_class, keep_days, most_days):
    rules = {"customer": RetentionRule("customer", LEAST_DAYS, 300), "internal": RetentionRule("internal", 400, 0)}
    rules[EVERY] = RetentionRule(EVERY, 200, 250)
    assert rule_for(data_class, rules) == RetentionRule(data_class, keep_days, most_days)


@pytest.mark.parametrize(
    "now,due",
    [
        (us(2027, 8, 19), []),
        (us(2027, 8, 20), ["customer@2027-01"]),
        (us(2027, 9, 20), ["customer@2027-01", "customer@2027-02"]),
    ],
)
def test_a_month_goes_when_its_oldest_day_has_reached_the_most(now, due):
    rules = {"customer": RetentionRule("customer", LEAST_DAYS, 231)}
    periods = ["customer@2027-02", "customer@2027-01", "internal@2026-01", "erasure@2020-01"]
    assert [name for name, _, _ in due_periods(periods, rules, now)] == due


def test_december_ends_where_january_begins():
    assert month_span("2027-12") == (us(2027, 12, 1), us(2028, 1, 1))


@pytest.mark.parametrize(
    "name,keep_days,most_days,trouble",
    [
        ("customer", 30, 0, "promised"),
        ("customer", LEAST_DAYS, LEAST_DAYS, "a month goes at once"),
        ("customer", LEAST_DAYS, -1, "at most"),
        ("Customer data", LEAST_DAYS, 0, "no data class"),
        ("erasure", LEAST_DAYS, 0, "no data class"),
    ],
)
async def test_what_cannot_be_promised_is_refused(house, name, keep_days, most_days, trouble):
    with pytest.raises(Refusal, match=trouble):
        await keep(house, name, keep_days, most_days)
    assert rules_set(house.reader) == {}


async def test_the_least_can_only_grow_and_every_change_is_on_the_record(house):
    await keep(house, "customer", 300, 400)
    with pytest.raises(Refusal, match="300 days at least was promised"):
        await keep(house, "customer", LEAST_DAYS, 0)
    await keep(house, "customer", 301, 0)
    assert [leaf["data"]["keep_days"] for leaf in house.events("retention.set")] == [300, 301]


async def test_nothing_goes_before_its_time_and_everything_after_it(office):  # noqa: F811
    run = await office.open_run("look at everybody")
    await read_all(office, run)
    await keep(office, "customer", LEAST_DAYS, 231)
    assert (await prune(office.installation, None)).periods == ()
    before = await verified(office)
    office.clock.advance(210 * DAY_MINUTES)
    assert (await prune(office.installation, None)).periods == ()
    office.clock.advance(21 * DAY_MINUTES)
    dry = await prune(office.installation, None, dry=True)
    assert [(one.data_class, one.until_us) for one in dry.periods] == [("customer", us(2027, 2, 1))]
    assert set(await verified(office)) >= set(before) - {"checkpoint"}

    done = await prune(office.installation, office.people["admin"])

    assert done.periods == dry.periods and done.periods[0].payloads > 20
    after = await verified(office)
    assert sum(name.startswith("payload/") for name in before.keys() - after.keys()) == done.periods[0].payloads
    report = recheck(after, None)
    assert report.erased == 1 and report.differences == ()
    assert office.reader.payloads_under("customer@2027-01") == 0
    assert office.reader.names_under("customer@2027-01", 10) == []
    (said,) = office.events("record.pruned")
    assert said["data"] == {"class": "customer", "until_us": us(2027, 2, 1), "payloads": done.periods[0].payloads}
    assert (await prune(office.installation, None)).periods == ()


async def test_a_payload_that_was_taken_away_early_is_missed(office):  # noqa: F811
    await read_all(office)
    await keep(office, "customer", LEAST_DAYS, 231)
    office.clock.advance(231 * DAY_MINUTES)
    await prune(office.installation, None)
    await read_all(office)
    files = await verified(office)
    late = office.events("action.intended")[-1]["payload"]["commitment"]
    del files[f"payload/{late}"]
    assert [finding.file for finding in verify(files, office.installation.log_key)][:1] != []


async def test_rows_that_no_decision_can_read_again_go_and_those_of_open_runs_stay(house):
    ended, going = await house.open_run(), await house.open_run()
    for run in (ended, going):
        await house.act("note", run, text="hello")
        await house.act("manage", run, object_type="contacts", ids=["con-1"], properties={"segment": run})
    await house.commit(EndRun(ended, "router"))
    rows = {table: house.reader.rows(table, limit=100) for table in ("repeat", "tally")}
    assert any(ended in row["id"] for row in rows["repeat"]) and any(ended in row["id"] for row in rows["tally"])
    done = await prune(house.installation, None)
    assert done.rows > 0
    left = [row["id"] for table in ("repeat", "tally", "step") for row in house.reader.rows(table, limit=100)]
    assert not any(ended in name for name in left) and any(going in name for name in left)
    assert any("@2027-01-15" in name for name in left)  # today's sums still count
    house.clock.advance(3 * DAY_MINUTES)
    await prune(house.installation, None)
    assert not any("@2027-01-15" in row["id"] for row in house.reader.rows("tally", limit=100))


async def test_old_intents_and_comments_go_with_the_class_of_the_record(house):
    run = await house.open_run("write to zzsomebodyzz")
    asked = await house.act("launch", run, campaign="spring", budget=1)
    await house.approve(asked.decision.approval)
    await house.act("launch", run, campaign="spring", budget=1)
    await house.commit(EndRun(run, "router"))
    await keep(house, "record", LEAST_DAYS, 231)
    house.clock.advance(232 * DAY_MINUTES)
    done = await prune(house.installation, None)
    assert done.texts == 2
    assert house.reader.row("run", run)["intent"] == "(erased)"
    assert {vote[3] for vote in house.reader.row("approval", asked.decision.approval)["votes"]} == {"(erased)"}
    assert (await prune(house.installation, None)).texts == 0
    await verified(house)
