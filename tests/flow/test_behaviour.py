"""Behaviour versions: no version works before it is tested, every run says which one it had."""

import pytest

from bailiwick.core.behaviour import AcceptanceCheck, Component, ComponentKind
from bailiwick.core.refusal import Refusal
from bailiwick.flow.behaviour import ActivateBehaviour, RegisterBehaviour, TestBehaviour
from bailiwick.flow.behaviour_view import Behaviours
from bailiwick.flow.export import export_files
from bailiwick.flow.recheck import recheck
from bailiwick.flow.run import EndRun, OpenRun
from bailiwick.ledger import bundle
from bailiwick.ports.reader import EventFilter

GOOD = (AcceptanceCheck("the disclosure line is there", True),)


def parts(prompt="Route the leads.\nBe brief.\n", **parameters):
    model = {"id": "example-large-2", "parameters": parameters}
    prompt_part = Component(ComponentKind.PROMPT, "system", prompt)
    return (prompt_part, Component(ComponentKind.MODEL, "main", model))


async def register(house, *components, note="first"):
    return await house.commit(RegisterBehaviour("router", components or parts(), note, house.people["admin"]))


async def opened(house, behaviour=None, acceptance=False):
    return await house.commit(
        OpenRun("router", 1, "route leads", "lead-routing", behaviour=behaviour, acceptance=acceptance)
    )


async def finished(house, behaviour, count=1):
    """A finished acceptance run that updated `count` contacts."""
    run = await opened(house, behaviour, acceptance=True)
    ids = [f"con-{n}" for n in range(count)]
    acted = await house.act("manage", run["id"], object_type="contacts", ids=ids, properties={"team": "north"})
    assert acted.state == "succeeded"
    await house.commit(EndRun(run["id"], "router"))
    return run["id"]


async def accepted(house, *components, count=1, note="first"):
    row = await register(house, *components, note=note)
    run = await finished(house, row["id"], count)
    return await house.commit(TestBehaviour(row["id"], run, GOOD, house.people["admin"]))


async def activate(house, row, note="tested"):
    return await house.commit(ActivateBehaviour(row["id"], note, house.people["admin"]))


async def test_equal_content_is_one_version_in_whatever_order_it_comes(house):
    row = await register(house, *parts(seed=7, warmth=0.2))
    with pytest.raises(Refusal, match="version 1 of `router`, registered already"):
        await register(house, *reversed(parts(warmth=0.2, seed=7)))
    other = await register(house, *parts(warmth=0.3, seed=7))
    assert (row["number"], other["number"]) == (1, 2)
    assert row["components"]["prompt/system"] == other["components"]["prompt/system"]
    assert row["components"]["model/main"] != other["components"]["model/main"]


@pytest.mark.parametrize("note", ["", "  \n"])
async def test_no_version_is_registered_or_activated_without_notes(house, note):
    with pytest.raises(Refusal, match="say in a note"):
        await register(house, note=note)
    row = await accepted(house)
    with pytest.raises(Refusal, match="say in a note"):
        await activate(house, row, note)


async def test_no_version_comes_into_force_before_its_acceptance_run_has_passed(house):
    row = await register(house)
    with pytest.raises(Refusal, match="has not passed an acceptance run"):
        await activate(house, row)
    run = await finished(house, row["id"])
    failed = (*GOOD, AcceptanceCheck("tone is friendly", False))
    rejected = await house.commit(TestBehaviour(row["id"], run, failed, house.people["admin"]))
    assert rejected["status"] == "rejected"
    with pytest.raises(Refusal, match="has not passed"):
        await activate(house, row)
    await house.commit(TestBehaviour(row["id"], run, GOOD, house.people["admin"]))
    assert (await activate(house, row))["status"] == "active"


async def test_an_acceptance_run_must_be_of_this_version_and_finished_and_have_done_something(house):
    row, other = await register(house), await register(house, *parts("Another prompt."))
    by = house.people["admin"]
    foreign = await finished(house, other["id"])
    with pytest.raises(Refusal, match="was not opened with version 1"):
        await house.commit(TestBehaviour(row["id"], foreign, GOOD, by))
    run = await opened(house, row["id"], acceptance=True)
    with pytest.raises(Refusal, match="still open"):
        await house.commit(TestBehaviour(row["id"], run["id"], GOOD, by))
    await house.commit(EndRun(run["id"], "router"))
    idle = await house.commit(TestBehaviour(row["id"], run["id"], GOOD, by))
    assert (idle["status"], idle["acceptance"]["trouble"]) == ("rejected", "the run did nothing that could be judged")


async def test_an_edited_prompt_cannot_slip_into_ordinary_work(house):
    first = await accepted(house)
    await activate(house, first)
    edited = await register(house, *parts("Route the leads.\nBe bold.\n"), note="bolder")
    with pytest.raises(Refusal, match="version 2 of `router` is not in force"):
        await opened(house, edited["id"])
    with pytest.raises(Refusal, match="no behaviour"):
        await opened(house, "sha256:" + "0" * 64)
    assert (await opened(house, edited["id"], acceptance=True))["behaviour"] == edited["id"]
    assert (await opened(house))["behaviour"] == first["id"]


async def test_every_run_is_pinned_and_going_back_is_one_step(house):
    before = await opened(house)
    first = await accepted(house)
    await activate(house, first)
    second = await accepted(house, *parts("Route the leads of today."), note="of today")
    await activate(house, second)
    during = await opened(house)
    await activate(house, first, "back to the wording of October")
    after = await opened(house)
    pinned = [house.reader.row("run", run["id"])["behaviour"] for run in (before, during, after)]
    assert pinned == [None, second["id"], first["id"]]
    assert house.reader.row("behaviour", second["id"])["status"] == "superseded"
    views = Behaviours.read(house.reader, house.installation.policies)
    assert views.versions_of(during["id"]).behaviour.number == 2
    kinds = [event.leaf["type"] for event in house.reader.events(EventFilter(), limit=500, ascending=True)]
    assert kinds.count("behaviour.activated") == 3 and kinds.count("behaviour.registered") == 2


async def test_a_comparison_shows_the_text_and_what_it_changed_in_the_doing(house):
    first = await accepted(house, count=1)
    await activate(house, first)
    second = await accepted(house, *parts("Route the leads.\nBe thorough.\n"), count=2, note="thorough")
    found = Behaviours.read(house.reader, house.installation.policies).compare(second["id"])
    assert found.before.number == 1
    changes = {change.key: change.change for change in found.components}
    assert changes == {"prompt/system": "changed", "model/main": "same"}
    lines = [(line.change, line.text) for change in found.components for line in change.lines]
    assert lines == [("same", "Route the leads."), ("removed", "Be brief."), ("added", "Be thorough.")]
    (effect,) = found.effects
    assert (effect.action, effect.what, effect.before, effect.after) == ("crm.contact.update", "records", 1, 2)


async def test_the_record_with_behaviours_verifies_and_rechecks(house):
    await activate(house, await accepted(house))
    await house.installation.store.checkpoint()
    files = export_files(house.reader, house.installation.log_key)
    assert bundle.verify(files) == []
    report = recheck(files, None)
    assert (report.decided, report.identical) == (1, 1)


async def test_a_component_beyond_the_largest_is_refused_with_what_to_do(house):
    with pytest.raises(Refusal, match="register its digest, size and place instead"):
        await register(house, Component(ComponentKind.DATASET, "leads", "x" * 600_000))
