from bailiwick.core.verdict import Allow
from bailiwick.flow.prepare import ToolCall
from bailiwick.flow.run import OpenRun
from bailiwick.flow.run_view import read_runs
from bench.seeded import AGENT, CONNECTOR

TOKYO = {"timezone": "Asia/Tokyo"}


async def act(house, run, parent=None, tool="get_current_time"):
    acted = await house.here.acting.act(ToolCall(AGENT, 1, run, parent, CONNECTOR, tool, TOKYO))
    assert isinstance(acted.decision.verdict, Allow)
    return acted.decision.action


async def test_steps_stand_beneath_what_led_to_them_and_nested_runs_where_they_began(house):
    top = (await house.here.store.commit(OpenRun(AGENT, 1, "plan a call", "timekeeping")))["id"]
    first = await act(house, top)
    nested = OpenRun(AGENT, 1, "look up one office", "timekeeping", top)
    child = (await house.here.store.commit(nested))["id"]
    inner = await act(house, child)
    beneath = await act(house, top, first)
    last = await act(house, top)
    view = read_runs(house.here.reader, house.here.policies, house.here.clock.now_us()).one(top)
    shape = [(step.depth, step.action.id if step.action else step.run.id) for step in view.steps]
    assert shape == [(0, first), (1, beneath), (0, child), (1, inner), (0, last)]
    assert view.steps[1].action.parent == first
    assert not view.cut
    indexes = {index for statement in view.summary for index in statement.events}
    assert indexes <= set(view.events)


async def test_a_parent_of_another_tree_of_runs_does_not_count(house):
    (elsewhere,) = house.here.reader.rows("action", {"state": "succeeded"}, limit=1)
    run = (await house.here.store.commit(OpenRun(AGENT, 1, "plan a call", "timekeeping")))["id"]
    action = await act(house, run, elsewhere["id"])
    view = read_runs(house.here.reader, house.here.policies, house.here.clock.now_us()).one(run)
    assert [(step.action.id, step.action.parent) for step in view.steps] == [(action, None)]
