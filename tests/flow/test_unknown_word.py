"""Whatever a charter names that nobody knows is refused when it is published, with its line and what was meant."""

import pytest

from bailiwick.flow.catalogue_import import review
from bailiwick.flow.source import SourceError
from tests.flow.house import CATALOGUE, CHARTER, DEFINITIONS

MORE = """\
order:
  - {before: crm.contact.update, require: crm.note.add}
budget:
  per_day: {records: 500}
"""


@pytest.mark.parametrize(
    "what, right, wrong, message",
    [
        ("key", "purpose:", "purpos:", "unknown key `purpos`; did you mean `purpose`?"),
        ("key of a grant", "tier: {by", "teir: {by", "unknown key `teir`; did you mean `tier`?"),
        ("key of a step", "{max: 4, is: medium}", "{max: 4, as: medium}", "unknown key `as`"),
        ("operator", "budget: {max: 500}", "budget: {maxx: 500}", "unknown key `maxx`; did you mean `max`?"),
        ("tier", "tier: high, limits", "tier: hihg, limits", "`hihg` is no tier"),
        ("action", "do: crm.note.add", "do: crm.note.ad", "unknown action `crm.note.ad`; did you mean `crm.note.add`?"),
        ("connector", "do: crm.note.add", "do: crn.note.add", "unknown connector `crn`; did you mean `crm`?"),
        ("field", "{budget: {max", "{bugdet: {max", "no argument or measure `bugdet`; did you mean `budget`?"),
        ("measure", "by: day.records", "by: day.record", "no measure `record`; did you mean `records`?"),
        ("size", "by: day.records", "by: recordz", "no argument or measure `recordz`; did you mean `records`?"),
        ("data class", "public, internal, cust", "publik, internal, cust", "unknown data class `publik`; did you mean"),
        ("role", "role: it-change", "role: it-chnge", "nobody can approve as `it-chnge`; did you mean `it-change`?"),
        ("excluded", "not: [requester, owner]", "not: [requester, ovner]", "`ovner` cannot be excluded"),
        ("ordered action", "require: crm.note.add", "require: crm.note.ad", "did you mean `crm.note.add`?"),
        ("key of an order", "before: crm", "befor: crm", "unknown key `befor`; did you mean `before`?"),
        ("period", "per_day: {rec", "per_week: {rec", "unknown key `per_week`: known are per_day, per_run"),
        ("unit", "{records: 500}", "{recordz: 500}", "uses any `recordz`, so nobody can count it; did you mean"),
        ("run limit", "run: {calls", "run: {cals", "unknown key `cals`; did you mean `calls`?"),
        ("time", "within: 4h", "within: 4 hours", "is no time span"),
    ],
)
async def test_a_charter_that_names_what_nobody_knows_is_not_published(house, what, right, wrong, message):
    source = CHARTER + MORE
    assert source.count(right) == 1, what
    await house.publish(source + "sla: gold\n")
    spoiled = source.replace(right, wrong)
    line = spoiled.count("\n", 0, spoiled.index(wrong)) + 1
    with pytest.raises(SourceError) as caught:
        await house.publish(spoiled)
    flaws = [flaw for flaw in caught.value.problems if flaw.severity == "error"]
    assert any(message in flaw.message and flaw.line == line and flaw.column > 0 for flaw in flaws), flaws


@pytest.mark.parametrize(
    "right, wrong, message",
    [
        ("effect: spend", "efect: spend", "unknown key `efect`; did you mean `effect`?"),
        ("effect: spend", "effect: spends", "`spends` is not one of read, write, send, spend"),
        ("floor: medium\n", "floor: medum\n", "`medum` is not one of low, medium, high, never; did you mean `medium`?"),
        ("tool: pause", "tool: pauze", "the connector has no tool `pauze`; did you mean `pause`?"),
        ("{length_of: ids}", "{lenght_of: ids}", "unknown key `lenght_of`; did you mean `length_of`?"),
        ("{value_of: budget}", "{value_of: bugdet}", "tool `launch` has no argument `bugdet`; did you mean `budget`?"),
        ("{options.notify: false}", "{option.notify: false}", "tool `note` has no argument `option.notify`"),
        ("ids: $ids}\n", "ids: $idz}\n", "tool `manage` has no argument `idz`; did you mean `ids`?"),
    ],
)
def test_a_catalogue_that_names_what_nobody_knows_is_not_imported(right, wrong, message):
    assert CATALOGUE.count(right) == 1
    spoiled = CATALOGUE.replace(right, wrong)
    line = spoiled.count("\n", 0, spoiled.index(wrong)) + 1
    with pytest.raises(SourceError) as caught:
        review("crm", spoiled, DEFINITIONS)
    assert any(message in flaw.message and flaw.line == line for flaw in caught.value.problems), caught.value
