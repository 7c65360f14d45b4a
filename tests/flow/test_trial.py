"""A version on trial: what it decides, for whom, until when, and who has to agree."""

import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.core.trial import share_of
from bailiwick.flow.charter_draft import draft_charter
from bailiwick.flow.decide_action import StaleVersion
from bailiwick.flow.export import export_files
from bailiwick.flow.recheck import recheck
from bailiwick.flow.source import SourceError, read_charter
from bailiwick.flow.trial import ChangeTrial, PromoteTrial, StartTrial, StopTrial
from bailiwick.gate.listing import visible_tools
from tests.flow.house import CHARTER

NARROWER = CHARTER.replace(
    "{do: crm.note.add, tier: medium}", "{do: crm.note.add, tier: medium, limits: {text: {one_of: [hello]}}}"
)
DIGEST = read_charter(NARROWER)[2]
DROPPED = CHARTER.replace("cannot: [billing.*, crm.contact.drop]", "cannot: [billing.*]").replace(
    "  - {do: crm.note", "  - {do: crm.contact.drop, tier: high}\n  - {do: crm.note"
)


async def start(house, source=NARROWER, kind="canary", percent=50, by="admin", name="lead-router", note="try it"):
    policies = house.installation.policies
    catalogues = {n: policies.tools(policies.catalogue_in_force(n)).catalogue for n in policies.connectors()}
    row = await house.commit(StartTrial(name, source, kind, percent, house.people[by], note, catalogues))
    policies.forget()
    return row


async def change(house, percent):
    row = await house.commit(ChangeTrial("lead-router", percent, house.people["admin"]))
    house.installation.policies.forget()
    return row


async def stop(house):
    row = await house.commit(StopTrial("lead-router", house.people["admin"]))
    house.installation.policies.forget()
    return row


async def promote(house, by="admin"):
    policies = house.installation.policies
    catalogues = {n: policies.tools(policies.catalogue_in_force(n)).catalogue for n in policies.connectors()}
    row = await house.commit(PromoteTrial("lead-router", house.people[by], "", catalogues))
    policies.forget()
    return row


async def run_below(house, percent, digest=DIGEST):
    """A run that a share of `percent` takes in."""
    while share_of(digest, run := await house.open_run()) >= percent:
        pass
    return run


async def run_above(house, percent, digest=DIGEST):
    while share_of(digest, run := await house.open_run()) < percent:
        pass
    return run


async def word(house, run, text="goodbye"):
    return type((await house.act("note", run, text=text)).decision.verdict).__name__


def charters(house, run):
    return {leaf["data"]["charter"] for leaf in house.events(run=run) if "verdict" in leaf["data"]}


# ------------------------------------------------------------------------------------------ deciding


async def test_a_canary_decides_its_share_of_the_runs_and_no_other(house):
    await start(house)
    inside, outside = await run_below(house, 50), await run_above(house, 50)
    assert (await word(house, inside), await word(house, outside)) == ("Deny", "Allow")
    assert charters(house, inside) == {DIGEST}
    assert charters(house, outside) == {house.reader.row("charter", "lead-router")["digest"]}


async def test_a_shadow_decides_nothing(house):
    await start(house, kind="shadow")
    run = await run_below(house, 1)
    assert await word(house, run) == "Allow"


async def test_a_run_that_was_under_way_keeps_its_version_from_start_to_end(house):
    early = await run_below(house, 10)
    await start(house, percent=10)
    assert await word(house, early) == "Allow"
    middle = await run_above(house, 10)
    while share_of(DIGEST, middle) >= 60:
        middle = await run_above(house, 10)
    await change(house, 60)
    assert await word(house, middle) == "Allow"
    late = await run_below(house, 60)
    assert await word(house, late) == "Deny"
    await change(house, 1)
    assert await word(house, late) == "Deny"


async def test_stopping_takes_effect_on_the_next_action_of_every_run(house):
    await start(house, percent=100)
    run = await house.open_run()
    assert await word(house, run) == "Deny"
    await stop(house)
    assert await word(house, run) == "Allow"
    assert house.kinds("trial") == ["started", "stopped"]


async def test_an_agent_that_opened_no_run_takes_part_by_the_run_it_is_given(house):
    await start(house, percent=100)
    acted = await house.act("note", text="goodbye")
    assert acted.decision.verdict.code.value == "limit"
    assert charters(house, acted.decision.run) == {DIGEST}


async def test_a_call_prepared_before_the_canary_began_is_prepared_again(house):
    run = await run_below(house, 50)
    house.installation.policies.canary_in_force("router")
    by = house.people["admin"]
    await house.commit(StartTrial("lead-router", NARROWER, "canary", 100, by, "try it", await _catalogues(house)))
    fresh = await house.open_run()
    with pytest.raises(StaleVersion):
        await house.decide("note", fresh, text="goodbye")
    assert await word(house, fresh) == "Deny"
    assert await word(house, run) == "Allow"


async def _catalogues(house):
    policies = house.installation.policies
    return {n: policies.tools(policies.catalogue_in_force(n)).catalogue for n in policies.connectors()}


async def test_a_window_that_only_the_canary_has_finds_its_zone_resolved(house):
    text = CHARTER + 'when: {days: mon-fri, hours: "09:00-17:00", zone: Asia/Tokyo}\n'
    await start(house, text, percent=100)
    acted = await house.act("note", await house.open_run(), text="17:00 in Tokyo")
    assert acted.decision.verdict.code.value == "window"


async def test_consent_under_a_canary_is_asked_given_and_used_up_under_it(house):
    await start(house, CHARTER.replace("within: 4h", "within: 2h"), percent=100)
    run = await house.open_run()
    asked = await house.act("pause", run, campaign="spring")
    approval = house.reader.row("approval", asked.decision.approval)
    assert approval["charter"] == house.reader.row("trial", "lead-router")["digest"]
    await house.approve(asked.decision.approval)
    assert (await house.act("pause", run, campaign="spring")).state == "succeeded"


async def test_a_tool_that_only_the_canary_grants_is_listed_in_its_runs(house):
    text = CHARTER.replace("  - {do: crm.campaign.pause, tier: high}\n", "")
    await house.publish(text)
    for owner in ("ana", "it-ops"):
        await start(house, CHARTER, by=owner)
    digest = read_charter(CHARTER)[2]
    inside, outside = await run_below(house, 50, digest), await run_above(house, 50, digest)
    here = house.installation

    def names(run):
        return {tool["name"] for tool in visible_tools(here.policies, "router", here.watch.holds, run)}

    assert "crm__pause" in names(inside)
    assert "crm__pause" not in names(outside) | names(None)


async def test_every_decision_of_a_canary_rechecks_from_the_record(house):
    await start(house, percent=50)
    for _ in range(12):
        await word(house, await house.open_run())
    await change(house, 90)
    await stop(house)
    await house.installation.store.checkpoint()
    report = recheck(export_files(house.reader, house.installation.log_key), None)
    assert (report.decided, report.identical) == (12, 12)


# ------------------------------------------------------------------------------------------ ending


async def test_promoting_publishes_the_version_and_ends_the_trial(house):
    await start(house)
    version = await promote(house)
    assert (version["status"], version["version"], version["digest"]) == ("published", 2, DIGEST)
    assert house.reader.row("trial", "lead-router")["state"] == "promoted"
    assert await word(house, await run_above(house, 50)) == "Deny"
    assert house.events("trial.promoted")[0]["data"] == {"name": "lead-router", "charter": DIGEST, "version": 2}


async def test_publishing_something_else_ends_what_a_canary_decides(house):
    await start(house, percent=100)
    await house.publish(CHARTER.replace("Route the leads", "Route all the leads"))
    assert await word(house, await house.open_run()) == "Allow"
    await stop(house)


async def test_a_shadow_may_become_a_canary_and_a_canary_gives_way_to_nothing(house):
    await start(house, kind="shadow")
    await start(house)
    assert house.kinds("trial") == ["started", "stopped", "started"]
    with pytest.raises(Refusal, match="change its share instead"):
        await start(house, percent=60)
    with pytest.raises(Refusal, match="stop or promote it first"):
        await start(house, CHARTER + "# another\n".replace("#", "sla: gold #"))


@pytest.mark.parametrize("percent", [0, -1, 101])
async def test_a_share_is_one_to_a_hundred(house, percent):
    with pytest.raises(Refusal, match="no share of the runs"):
        await start(house, percent=percent)
    await start(house)
    with pytest.raises(Refusal, match="no share of the runs"):
        await change(house, percent)


async def test_there_is_nothing_to_stop_change_or_promote_without_a_trial(house):
    for unit in (stop(house), change(house, 5), promote(house)):
        with pytest.raises(Refusal, match="trial"):
            await unit
    await start(house, kind="shadow")
    with pytest.raises(Refusal, match="in the shadow"):
        await change(house, 5)


@pytest.mark.parametrize(
    "source, more, said",
    [
        (CHARTER, {}, "already in force"),
        (NARROWER.replace("charter: lead-router", "charter: other"), {}, "is the charter `other`"),
        (NARROWER.replace("workflow: lead-routing", "workflow: mail-routing"), {}, "stays in its workflow"),
        (NARROWER, {"note": " "}, "say in a note"),
        (NARROWER, {"name": "other"}, "there is no charter `other`"),
    ],
)
async def test_what_cannot_be_tried_is_refused(house, source, more, said):
    with pytest.raises(Refusal, match=said):
        await start(house, source, **more)


async def test_a_version_that_could_not_be_published_cannot_be_tried(house):
    with pytest.raises(SourceError, match="unknown action"):
        await start(house, NARROWER.replace("crm.note.add", "crm.note.ad"))


# ------------------------------------------------------------------------------------------ who agrees


async def test_a_wider_canary_decides_nothing_until_both_owners_have_started_the_same(house):
    assert (await start(house, DROPPED, percent=100))["state"] == "proposed"
    assert (await house.act("drop", await house.open_run(), ids=["con-1"])).decision.verdict.code.value == "cannot"
    assert (await start(house, DROPPED, percent=100))["state"] == "proposed"  # the same person is no second
    assert (await start(house, DROPPED, percent=90, by="ana"))["state"] == "proposed"  # another share, another proposal
    row = await start(house, DROPPED, percent=90, by="it-ops")
    assert (row["state"], row["proposed_by"], row["started_by"]) == (
        "running",
        house.people["ana"],
        house.people["it-ops"],
    )
    assert house.kinds("trial") == ["proposed", "proposed", "proposed", "started"]


async def test_the_share_that_two_people_agreed_to_is_lowered_by_one_and_raised_by_nobody_alone(house):
    await start(house, DROPPED, percent=20, by="ana")
    await start(house, DROPPED, percent=20, by="it-ops")
    with pytest.raises(Refusal, match="two people agreed to 20 %"):
        await change(house, 21)
    assert (await change(house, 5))["steps"][-1][1] == 5
    with pytest.raises(Refusal, match="stop the trial"):
        await change(house, 20)


async def test_a_draft_that_another_version_overtook_is_made_again(house):
    here = house.installation
    made = draft_charter(DROPPED, here.reader, here.policies, house.clock.at_us)
    await house.publish(CHARTER.replace("Route the leads", "Route all the leads"))
    unit = StartTrial("lead-router", DROPPED, "canary", 9, house.people["ana"], "x", await _catalogues(house), made)
    row = await house.commit(unit)
    assert (row["state"], row["base"]) == ("proposed", house.reader.row("charter", "lead-router")["digest"])


async def test_a_wider_shadow_needs_nobody(house):
    assert (await start(house, DROPPED, kind="shadow"))["state"] == "running"


async def test_one_person_alone_needs_no_second(solo_house):
    assert (await start(solo_house, DROPPED))["state"] == "running"


async def test_promoting_something_wider_asks_again_and_the_trial_goes_on_meanwhile(house):
    await start(house, DROPPED, kind="shadow")
    assert (await promote(house))["status"] == "proposed"
    assert house.reader.row("trial", "lead-router")["state"] == "running"
    assert (await promote(house, by="ana"))["status"] == "proposed"
    assert (await promote(house, by="it-ops"))["status"] == "published"
    assert house.reader.row("trial", "lead-router")["state"] == "promoted"


async def test_a_proposal_can_be_withdrawn(house):
    await start(house, DROPPED)
    assert (await stop(house))["state"] == "stopped"
    assert (await start(house, DROPPED, by="ana"))["state"] == "proposed"
