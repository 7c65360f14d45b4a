"""What nobody uses, over a real store: since when a grant could be used, and when it last was."""

import pytest

from bailiwick.flow.enrol import EnrolAgent
from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.grant_use import DAY_US, grant_uses
from tests.flow.house import CHARTER, House

DAY = 24 * 60


def uses(house: House, days: int = 30, **more):
    here = house.installation
    return grant_uses(here.reader, here.policies, house.clock.at_us, days, **more)


def states(house: House, days: int = 30) -> dict[str, str]:
    return {grant.action: grant.state for grant in uses(house, days).grants}


async def test_a_grant_is_unused_once_it_was_there_for_so_many_days_and_nobody_called_it(house: House) -> None:
    assert set(states(house).values()) == {"new"}
    house.clock.advance(31 * DAY)
    assert set(states(house).values()) == {"unused"}
    assert set(states(house, 32).values()) == {"new"}


async def test_a_call_that_was_allowed_or_asked_is_a_use_and_a_denied_one_is_not(house: House) -> None:
    house.clock.advance(29 * DAY)
    run = await house.open_run()
    await house.act("crm__query", run, object_type="contacts", fields=["segment"])
    await house.act("crm__launch", run, campaign="spring", budget=5)
    await house.act("crm__manage", run, object_type="contacts", properties={"a": 1})
    house.clock.advance(2 * DAY)
    assert states(house) == {
        "crm.contact.read": "used",
        "crm.campaign.launch": "used",
        "crm.contact.update": "unused",
        "crm.note.add": "unused",
        "crm.campaign.pause": "unused",
    }
    tried = next(grant for grant in uses(house).grants if grant.action == "crm.contact.update")
    assert (tried.last_us, tried.refused_us is not None) == (None, True)
    house.clock.advance(31 * DAY)
    assert set(states(house).values()) == {"unused"}
    read = next(grant for grant in uses(house).grants if grant.action == "crm.contact.read")
    assert read.last_us is not None and house.clock.at_us - read.last_us > 30 * DAY_US


async def test_a_grant_that_came_with_a_later_version_is_younger_than_its_charter(house: House) -> None:
    house.clock.advance(31 * DAY)
    await house.publish(CHARTER.replace("max: 500", "max: 400"))
    assert states(house)["crm.campaign.launch"] == "unused"
    without = CHARTER.replace("  - {do: crm.note.add, tier: medium}\n", "")
    await house.publish(without)
    await house.publish(CHARTER)
    assert states(house)["crm.note.add"] == "new"
    assert states(house)["crm.campaign.launch"] == "unused"


async def test_a_charter_is_as_young_as_the_first_agent_under_it(house: House) -> None:
    await house.publish(CHARTER.replace("charter: lead-router", "charter: second"))
    house.clock.advance(40 * DAY)
    key = SigningKey.from_random(b"third".ljust(48, b"-"))
    await house.commit(EnrolAgent("third", "second", key.public.jwk(), house.people["admin"]))
    found = {grant.charter: grant.state for grant in uses(house).grants}
    assert found == {"lead-router": "unused", "second": "new"}
    assert {grant.charter for grant in uses(house, charter="second").grants} == {"second"}


async def test_any_agent_under_the_charter_keeps_its_grants_in_use(house: House) -> None:
    house.clock.advance(31 * DAY)
    await house.act("crm__query", None, agent="other", object_type="contacts", fields=["segment"])
    assert states(house)["crm.contact.read"] == "used"


async def test_a_tool_that_no_charter_grants_is_named_with_who_prohibits_it(house: House) -> None:
    tools = uses(house).tools
    assert [(tool.connector, tool.tool, tool.total) for tool in tools] == [("crm", "drop", 6)]
    assert [(action.action, action.prohibited) for action in tools[0].actions] == [("crm.contact.drop", 1)]


async def test_every_grant_leads_to_its_line_and_its_words(house: House) -> None:
    for grant in uses(house).grants:
        assert grant.action in CHARTER.splitlines()[grant.line - 1]
        assert grant.says.startswith("May ")


@pytest.mark.parametrize("days", [1, 3650])
async def test_the_report_says_what_it_was_asked(house: House, days: int) -> None:
    assert uses(house, days).days == days
