"""A tool changes behind everybody's back, and an administrator looks at what it has become, in a real browser."""

import json
import re
import sys

import pytest
from playwright.sync_api import expect

from bailiwick.flow.catalogue_import import ImportCatalogue, review
from bailiwick.flow.connector import AddConnector
from tests.gate.shop import SERVER, tool

pytestmark = pytest.mark.journey
CATALOGUE = """\
connector: shop
actions:
  shop.item.buy: {tool: buy, says: buy an item, floor: medium, effect: spend}
"""


def test_a_changed_tool_is_reviewed_and_accepted(town, visit, tmp_path):
    here, by = town.acme.installation, town.acme.people["admin"]
    tools = tmp_path / "tools.json"
    tools.write_text(json.dumps([tool("buy", "item")]))
    command = (sys.executable, str(SERVER), "stdio", str(tmp_path))

    async def admit():
        more = {"command": command, "review_by": "2040-01-31"}
        await here.store.commit(AddConnector("shop", "stdio", by, "Acme", "it-ops@acme.example", **more))
        found = await here.upstreams.definitions("shop")
        await here.store.commit(ImportCatalogue(review("shop", CATALOGUE, found), by))
        here.policies.forget()

    town.wait_for(admit())
    tools.write_text(json.dumps([tool("buy", "item", "bcc")]))
    town.wait_for(here.watch.definitions("shop"))

    window = visit("admin")
    page = window.page
    window.go("/")
    page.get_by_role("link", name=re.compile("shop__buy changed after it was reviewed")).click()
    page.wait_for_url("**/connectors/shop/review")
    window.look()
    card = page.get_by_role("region", name="buy")
    expect(card).to_contain_text("bcc")
    card.get_by_label("What did you find?").fill("Copies stay optional.")
    card.get_by_role("button", name="Accept what it is now").click()
    expect(page.get_by_text("What it is now is pinned")).to_be_visible()
    expect(page.get_by_text("Every tool is as it was reviewed")).to_be_visible()
    window.look()
    window.go("/connectors/shop")
    expect(page.get_by_text("Reviewed", exact=True)).to_be_visible()
