"""The table of roles and actions says what is enforced."""

from bailiwick.flow.matrix import matrix
from tests.flow.house import CHARTER, House

SECOND = CHARTER.replace("charter: lead-router", "charter: second").replace(
    "- {do: crm.contact.read, tier: low}", "- {do: crm.contact.read, tier: medium}"
)


def table(house: House, **more):
    here = house.installation
    return matrix(here.reader, here.policies, **more)


def cells(house: House, charter: str = "lead-router", **more) -> dict[str, tuple[str, str]]:
    found = table(house, **more)
    row = next(row for row in found.rows if row.charter == charter)
    return {cell.action: (cell.kind, cell.most) for cell in row.cells}


async def test_a_cell_has_the_risk_of_the_smallest_and_of_the_largest_call(house: House) -> None:
    assert cells(house) == {
        "crm.contact.read": ("low", "low"),
        "crm.contact.update": ("medium", "never"),
        "crm.note.add": ("medium", "medium"),
        "crm.campaign.launch": ("high", "high"),
        "crm.campaign.pause": ("high", "high"),
        "crm.contact.drop": ("never", "never"),
    }


async def test_what_a_charter_does_not_list_is_unlisted_and_the_floor_raises_what_it_lists(house: House) -> None:
    await house.publish(SECOND.replace("  - {do: crm.campaign.pause, tier: high}\n", ""))
    assert cells(house, "second")["crm.campaign.pause"] == ("unlisted", "unlisted")
    assert cells(house, "second")["crm.contact.read"] == ("medium", "medium")
    floors = {action.name: action.floor for action in table(house).actions}
    assert floors["crm.campaign.pause"] == "high" and floors["crm.contact.read"] == "low"


async def test_rows_columns_and_cells_fit_together_however_it_is_narrowed(house: House) -> None:
    await house.publish(SECOND)
    for more in ({}, {"charters": {"second"}}, {"granted": True}, {"connectors": {"crm"}}, {"connectors": {"none"}}):
        found = table(house, **more)
        for row in found.rows:
            assert [cell.action for cell in row.cells] == [action.name for action in found.actions]
    assert [row.charter for row in table(house, charters={"second"}).rows] == ["second"]
    assert "crm.contact.drop" not in cells(house, granted=True)
    assert table(house, connectors={"none"}).actions == ()
    assert table(house).rows[0].agents == ("other", "router")
