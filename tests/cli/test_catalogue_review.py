"""Looking at what changed in a tool, and accepting it, from the command line."""

import json
import sys

from tests.gate.shop import SERVER, tool

CATALOGUE = """\
connector: shop
actions:
  shop.item.buy: {tool: buy, says: buy an item, floor: medium, effect: spend}
"""


def test_a_changed_tool_is_shown_and_accepted(house, tmp_path):
    admin, tools = house.admin, tmp_path / "tools.json"
    tools.write_text(json.dumps([tool("buy", "item")]))
    settings = ("--vendor", "Acme", "--responsible", "it-ops@acme.example")
    command = (sys.executable, str(SERVER), "stdio", str(tmp_path))
    assert admin.run("connector", "add", "shop", *settings, "--", *command).code == 0
    assert "nobody has said when" in admin.json("connector", "list")["items"][-1]["ungrantable"]
    assert admin.json("connector", "review", "shop", "--next", "180d")["ungrantable"] is None
    (tmp_path / "shop.yaml").write_text(CATALOGUE)
    admin.json("catalogue", "import", "shop", str(tmp_path / "shop.yaml"))
    assert "as it was reviewed" in admin.run("catalogue", "review", "shop").out

    tools.write_text(json.dumps([tool("buy", "item", "bcc")]))
    assert {one["state"] for one in admin.json("connector", "show", "shop")["tools"]} == {"changed"}
    told = admin.run("catalogue", "review", "shop", "buy")
    assert told.code == 0 and '+ bcc: {"type": "string"}' in told.out
    assert admin.run("catalogue", "review", "shop", "sell").code == 1
    again = admin.json("catalogue", "import", "shop", str(tmp_path / "shop.yaml"))
    assert again["held"] == ["buy"]

    done = admin.run("catalogue", "accept", "shop", "buy", "--note", "copies stay optional", "--yes")
    assert done.code == 0 and "Accepted: buy" in done.out
    assert admin.json("catalogue", "review", "shop") == {"items": []}
