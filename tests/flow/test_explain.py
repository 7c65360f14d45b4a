"""Asking why: a recorded action answers as it was answered, and changes only where something about it is changed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.flow.explain import explain
from bailiwick.flow.question import Question, Stated
from bailiwick.flow.source import SourceError
from bailiwick.flow.week_time import WeekTime, read_week_time
from tests.flow.house import CHARTER, House

HOURS = CHARTER.replace("cannot:", 'when: {days: mon-fri, hours: "07:00-20:00", zone: Europe/Madrid}\ncannot:')


def ask(house: House, stated: Stated | None = None, **question):
    here = house.installation
    return explain(Question(**question), stated or Stated(), here.reader, here.policies, house.clock.at_us)


async def lead(house: House) -> list[str]:
    """A morning's work: allowed, asked, denied for several reasons, and a call that nothing lists."""
    run = await house.open_run()
    calls = [
        ("crm__query", {"object_type": "contacts", "fields": ["segment"]}),
        ("crm__query", {"object_type": "contacts", "fields": ["credit"]}),
        ("crm__manage", {"object_type": "contacts", "ids": ["con-1", "con-2"], "properties": {"a": 1}}),
        ("crm__launch", {"campaign": "spring", "budget": 900}),
        ("crm__launch", {"campaign": "spring", "budget": 100}),
        ("crm__drop", {"ids": ["con-1"]}),
        ("crm__wipe", {}),
        ("hr__fire", {"all": True}),
        ("crm__note", {"text": 5}),
    ]
    for name, arguments in calls:
        await house.act(name, run, **arguments)
    return [row["id"] for row in house.reader.rows("action", limit=100, ascending=True)]


async def test_every_recorded_action_answers_as_it_did(house: House) -> None:
    for action in await lead(house):
        told, row = ask(house, action=action), house.reader.row("action", action)
        assert told.recorded is not None and told.recorded.same, (row, told)
        assert (told.verdict, list(told.rules), told.basis) == (row["verdict"], row["rules"], "recorded")
        answers = [step for step in told.steps if step.state in ("objected", "asked")]
        assert len(answers) == (told.verdict != "allow")


async def test_the_rule_that_objected_names_its_line_in_the_charter(house: House) -> None:
    actions = await lead(house)
    told = ask(house, action=actions[3])
    objected = next(step for step in told.steps if step.state == "objected")
    assert objected.rule == "can[crm.campaign.launch].limits.budget.max"
    assert "crm.campaign.launch" in told.source.splitlines()[objected.line - 1]
    stops = [step for step in told.steps if step.rule in ("revoked", "halt", "run", "schema[launch]")]
    assert [step.line for step in stops] == [0, 0, 0, 0]


async def test_an_action_asked_about_long_afterwards_knows_what_was_known_then(house: House) -> None:
    actions = await lead(house)
    await house.halt("all")
    await house.publish(CHARTER.replace("budget: {max: 500}", "budget: {max: 1000}"))
    assert ask(house, action=actions[3]).recorded.same  # type: ignore[union-attr]  # it is on the record
    wider = ask(house, action=actions[3], charter="lead-router")
    assert (wider.verdict, wider.version, wider.recorded.same) == ("ask", 2, False)  # type: ignore[union-attr]
    assert ask(house, action=actions[3], charter="lead-router", version=1).verdict == "deny"
    pasted = ask(house, action=actions[3], source=CHARTER.replace("max: 500", "max: 800"))
    assert (pasted.verdict, pasted.version) == ("deny", None)


async def test_the_sums_of_a_recorded_action_can_be_changed(house: House) -> None:
    actions = await lead(house)
    more = ask(house, Stated(totals={"day.records": 3}), action=actions[2])
    assert (more.verdict, more.tier) == ("ask", "high")
    assert ask(house, Stated(totals={"day.records": 7}), action=actions[2]).code == "never"
    assert ask(house, Stated(calls=6), action=actions[2]).rules == ("run.calls",)
    assert ask(house, Stated(elapsed_us=600_000_000), action=actions[2]).rules == ("run.seconds",)


async def test_another_charters_sums_that_nobody_recorded_are_taken_as_nothing_and_named(house: House) -> None:
    action = (await lead(house))[2]
    tree = CHARTER.replace("day.records", "tree.records")
    assert ask(house, action=action, source=tree).assumed == ("tree.records",)
    told = ask(house, Stated(totals={"tree.records": 3}), action=action, source=tree)
    assert (told.assumed, told.verdict) == ((), "ask")


async def test_another_time_is_looked_at_in_the_charters_zone(house: House) -> None:
    action = (await lead(house))[0]
    by_hours = ask(house, action=action, source=HOURS)
    assert by_hours.verdict == "allow"
    late = ask(house, Stated(week_time=read_week_time("sat 10:00 Europe/Madrid")), action=action, source=HOURS)
    assert (late.verdict, late.code) == ("deny", "window")
    found = next(step for step in late.steps if step.rule == "when")
    assert HOURS.splitlines()[found.line - 1].startswith("when:")


async def test_other_arguments_are_another_call_and_know_nothing_of_the_first_ones_consent(house: House) -> None:
    action = (await lead(house))[4]
    assert ask(house, action=action).verdict == "ask"
    other = ask(house, action=action, arguments={"campaign": "spring", "budget": 501})
    assert other.rules == ("can[crm.campaign.launch].limits.budget.max",)
    assert other.facts["approval"] is None


async def test_a_request_as_an_agent_meets_the_facts_of_now(house: House) -> None:
    run = await house.open_run()
    await house.act("crm__manage", run, object_type="contacts", ids=["con-1", "con-2"], properties={"a": 1})
    two = {"ids": ["con-3", "con-4", "con-5"]}
    standing = ask(house, tool="crm.contact.update", arguments=two, agent="router")
    assert (standing.basis, standing.verdict, standing.facts["totals"]) == ("standing", "ask", {"day.records": 2})
    assert standing.arguments["object_type"] == "contacts"
    fresh = ask(house, tool="crm.contact.update", arguments=two, agent="router", fresh=True)
    assert (fresh.basis, fresh.verdict) == ("fresh", "allow")
    assert ask(house, tool="crm.contact.update", arguments=two, agent="router", run=run).facts["run"][1] == 1
    await house.halt("agent:router")
    assert ask(house, tool="crm.contact.update", arguments=two, agent="router").code == "halted"
    assert ask(house, tool="crm.contact.update", arguments=two, agent="other").verdict == "allow"


async def test_asking_leaves_no_trace(house: House) -> None:
    action = (await lead(house))[4]
    size = house.reader.size()
    ask(house, action=action, agent="other")
    ask(house, tool="crm__launch", arguments={"campaign": "spring", "budget": 5}, agent="router")
    assert house.reader.size() == size


@pytest.mark.parametrize(
    "question, code, words",
    [
        ({"action": "act-none"}, "unknown", "no decision on an action `act-none`"),
        ({}, "invalid", "name what is asked"),
        ({"tool": "crm__query"}, "invalid", "name an agent, a charter, or the text of one"),
        ({"tool": "query", "agent": "router"}, "invalid", "`query` is no action and no tool"),
        ({"tool": "crm__query", "agent": "nobody-here"}, "unknown", "not enrolled"),
        ({"tool": "crm__query", "charter": "none"}, "unknown", "there is no charter `none`"),
        ({"tool": "crm__query", "charter": "lead-router", "version": 9}, "unknown", "`lead-router` version 9"),
        ({"tool": "crm__query", "agent": "router", "run": "run-none"}, "unknown", "there is no run `run-none`"),
    ],
)
async def test_what_cannot_be_asked_says_what_to_name(house: House, question, code, words) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        ask(house, **question)
    assert caught.value.code == code


async def test_a_pasted_text_that_is_no_charter_names_its_lines(house: House) -> None:
    with pytest.raises(SourceError, match="line 1"):
        ask(house, tool="crm__query", source="charter: [")


@pytest.mark.parametrize(
    "text, words", [("xyz 10:00 UTC", "is no day"), ("sat 25:00 UTC", "no time of day"), ("sat 10:00 Mars/X", "zone")]
)
def test_a_time_of_the_week_that_is_none_is_refused(text, words) -> None:
    with pytest.raises(Refusal, match=words):
        read_week_time(text)


def test_a_time_of_the_week_is_the_next_one_and_skips_what_the_clocks_leave_out() -> None:
    friday = datetime(2027, 1, 15, 8, tzinfo=UTC)
    us = int(friday.timestamp()) * 1_000_000
    assert WeekTime(4, 9 * 60, "Europe/Madrid").next_us(us) == us
    assert WeekTime(4, 8 * 60, "Europe/Madrid").next_us(us) - us == (7 * 24 - 1) * 3_600_000_000
    spring = int(datetime(2027, 3, 26, tzinfo=UTC).timestamp()) * 1_000_000
    gap = WeekTime(6, 150, "Europe/Madrid").next_us(spring)  # 02:30 on 28 March 2027 does not exist
    assert datetime.fromtimestamp(gap / 1e6, UTC).date().isoformat() == "2027-04-04"
    assert replace(WeekTime(6, 150, "UTC"), weekday=0).next_us(spring) > spring
    assert read_week_time("2027-01-15T09:00:00Z") is None
