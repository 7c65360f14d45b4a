"""What changed in a tool, through the API: seen, bound to what was looked at, and put right."""

import json
import sys

import pytest

from tests.gate.shop import SERVER, tool

CATALOGUE = """\
connector: shop
actions:
  shop.item.buy: {tool: buy, says: buy an item, floor: medium, effect: spend, arguments: {item: authority}}
  shop.item.look: {tool: look, says: look at an item, floor: low, effect: read, reads: internal}
"""
TOOLS = [tool("buy", "item"), tool("look", "item")]
SETTINGS = {"transport": "stdio", "vendor": "Acme", "responsible": "it-ops@acme.example", "review_by": "2040-01-31"}


@pytest.fixture
async def offer(house, tmp_path):
    """A shop behind the gateway, and how to make it offer something else."""

    def offer(*tools):
        (tmp_path / "new").write_text(json.dumps(tools))
        (tmp_path / "new").replace(tmp_path / "tools.json")

    offer(*TOOLS)
    command = [sys.executable, str(SERVER), "stdio", str(tmp_path)]
    await house.as_person("admin", "PUT", "/v1/connectors/shop", 201, json=SETTINGS | {"command": command})
    await house.as_person("admin", "PUT", "/v1/connectors/shop/catalogue", json={"source": CATALOGUE})
    return offer


async def held(house):
    await house.as_person("admin", "GET", "/v1/connectors/shop/tools")
    items = (await house.as_person("ana", "GET", "/v1/connectors/shop/quarantine"))["items"]
    return {item["tool"]: item for item in items}


async def test_a_change_is_shown_argument_by_argument(house, offer):
    offer(tool("buy", "item", "bcc"), TOOLS[1], tool("wipe"))
    found = await held(house)
    assert (found["buy"]["change"], found["wipe"]["change"]) == ("changed", "appeared")
    assert [(one["path"], one["kind"]) for one in found["buy"]["arguments"]] == [("bcc", "added")]
    assert found["buy"]["before"]["inputSchema"] == TOOLS[0]["inputSchema"] and found["buy"]["problems"] == []
    attention = (await house.as_person("ana", "GET", "/v1/attention"))["items"]
    assert {(one["kind"], one["subject"]) for one in attention} >= {("quarantine", "shop")}
    assert (await house.as_person("ana", "GET", "/v1/connectors/shop"))["held"] == 1


async def test_only_what_was_looked_at_is_accepted_and_only_by_who_may(house, offer):
    offer(tool("buy", "item", "bcc"), TOOLS[1])
    digest = (await held(house))["buy"]["digest"]
    body = {"accept": {"buy": digest}, "note": "copies stay optional"}
    await house.as_person("ana", "POST", "/v1/connectors/shop/accept", 403, json=body)
    offer(tool("buy", "item", "password"), TOOLS[1])
    refused = await house.as_person("admin", "POST", "/v1/connectors/shop/accept", 409, json=body)
    assert "look again" in refused["error"]["message"]
    body["accept"] = {"buy": (await held(house))["buy"]["digest"]}
    done = await house.as_person("admin", "POST", "/v1/connectors/shop/accept", json=body)
    assert done["held"] == [] and await held(house) == {}


async def test_an_import_does_not_accept_what_changed_unless_it_says_so(house, offer):
    offer(tool("buy", "thing"), TOOLS[1])
    (one,) = (await held(house)).values()
    assert "has no argument `item`" in one["problems"][0]
    body = {"accept": {"buy": one["digest"]}, "note": "renamed"}
    await house.as_person("admin", "POST", "/v1/connectors/shop/accept", 422, json=body)
    done = await house.as_person("admin", "PUT", "/v1/connectors/shop/catalogue", json={"source": CATALOGUE})
    assert done["held"] == ["buy"] and set(await held(house)) == {"buy"}
    source = CATALOGUE.replace("item: authority", "thing: authority")
    done = await house.as_person(
        "admin", "PUT", "/v1/connectors/shop/catalogue", json={"source": source, "accept": {"buy": one["digest"]}}
    )
    assert done["held"] == [] and await held(house) == {}


async def test_a_connector_is_reviewed_again_until_a_day_that_lies_ahead(house, offer):
    path = "/v1/connectors/shop/review"
    assert (await house.as_person("admin", "POST", path, json={"next": "2041-06-30"}))["review_by"] == "2041-06-30"
    for day in ("2001-01-01", "soon", "20410630"):
        await house.as_person("admin", "POST", path, 422, json={"next": day})
    await house.as_person("ana", "POST", path, 403, json={"next": "2041-06-30"})
    await house.as_person("admin", "PUT", "/v1/connectors/sh0p", 409, json=SETTINGS | {"command": ["true"]})
