"""What an agent has used of each limit that adds up, over a real store."""

from bailiwick.flow.limit_use import AgentLimits, agent_limits
from tests.flow.house import CHARTER, House

BUDGET = CHARTER.replace("cannot:", "budget: {per_run: {calls: 5, records: 9}, per_day: {records: 20}}\ncannot:")
BY_RUN = CHARTER.replace("day.records", "run.records")


def limits(house: House, agent: str = "router") -> AgentLimits:
    here = house.installation
    return agent_limits(here.reader, here.policies, agent, house.clock.at_us)


async def update(house: House, run: str, *ids: str):
    return await house.act("crm__manage", run, object_type="contacts", ids=list(ids), properties={"a": 1})


async def test_a_days_sum_grows_with_each_action_and_starts_anew_the_next_day(house: House) -> None:
    run = await house.open_run()
    await update(house, run, "con-1", "con-2", "con-3")
    use = limits(house).uses[0]
    assert (use.rule, use.run, use.used, use.most, use.alone) == ("can[crm.contact.update].tier", None, 3, 8, 4)
    assert use.words == "3 of 8 records"
    house.clock.advance(24 * 60)
    assert limits(house).uses[0].used == 0
    assert limits(house, "other").uses[0].used == 0


async def test_each_open_run_has_its_own_sums_and_budgets(house: House) -> None:
    await house.publish(BUDGET)
    first, second = await house.open_run(), await house.open_run()
    await update(house, first, "con-1", "con-2")
    await update(house, second, "con-3")
    found = {(use.rule, use.run): use.used for use in limits(house).uses}
    assert found[("budget.per_run.calls", first)] == 1
    assert found[("budget.per_run.records", first)] == 2
    assert found[("budget.per_run.records", second)] == 1
    assert found[("budget.per_day.records", None)] == 3
    await house.publish(BY_RUN)
    sums = {use.run for use in limits(house).uses}
    assert sums == {first, second}


async def test_what_can_be_taken_back_is_said_of_every_action_it_may_do(house: House) -> None:
    lines = {line.action: line for line in limits(house).undo}
    assert set(lines) == {
        *("crm.contact.read", "crm.contact.update", "crm.note.add"),
        *("crm.campaign.launch", "crm.campaign.pause"),
    }
    assert (lines["crm.contact.update"].tier, lines["crm.contact.update"].most) == ("medium", "never")
    assert lines["crm.note.add"].undo == "none"


async def test_an_agent_without_a_charter_has_no_limits(house: House) -> None:
    assert limits(house, "nobody").uses == ()
