"""The ads account: campaigns that spend real (made-up) money, in integer micros of a euro."""

import sqlite3
from collections.abc import Mapping

from bailiwick.demo.company import cabinet
from bailiwick.demo.company.cabinet import Document
from bailiwick.demo.company.tool import RefusedCallError, Tool
from bailiwick.demo.company.vendor import Vendor

_CAMPAIGN_ID: Document = {"type": "string", "pattern": "^ads-[a-z0-9-]+$", "maxLength": 64}
_DAILY_BUDGET: Document = {
    "type": "integer",
    "minimum": 1_000_000,
    "maximum": 9_007_199_254_740_991,
    "description": "micros: millionths of a euro a day",
}

CAMPAIGNS: dict[str, Document] = {
    "ads-search": {
        "name": "Brand search",
        "audience": "people searching for Acme",
        "landing_url": "https://acme.example/",
        "status": "active",
        "daily_budget_micros": 20_000_000,
        "spent_micros": 20_000_000,
    },
    "ads-spring": {
        "name": "Spring catalogue",
        "audience": "gardeners",
        "landing_url": "https://acme.example/spring",
        "status": "draft",
        "daily_budget_micros": 0,
        "spent_micros": 0,
    },
    "ads-video": {
        "name": "How it is made",
        "audience": "do-it-yourselfers",
        "landing_url": "https://acme.example/film",
        "status": "paused",
        "daily_budget_micros": 45_000_000,
        "spent_micros": 90_000_000,
    },
}


def _campaign(db: sqlite3.Connection, key: str) -> Document:
    found = cabinet.fetch(db, "campaign", [key])
    if key not in found:
        raise RefusedCallError(f"there is no `{key}`; `list_campaigns` names those there are")
    return found[key]


def _account(db: sqlite3.Connection) -> Document:
    return cabinet.fetch(db, "account", ["acme"])["acme"]


def _list_campaigns(db: sqlite3.Connection, arguments: Document) -> Document:
    rows = cabinet.find(db, "campaign", arguments, limit=500)
    return {"account": _account(db), "campaigns": [row for _, row in rows]}


def _create_campaign(db: sqlite3.Connection, arguments: Document) -> Document:
    key = f"ads-{cabinet.next_number(db, 'ads'):04}"
    campaign = {**arguments, "status": "draft", "daily_budget_micros": 0, "spent_micros": 0}
    cabinet.put(db, "campaign", key, {"campaign_id": key, **campaign})
    return {"campaign_id": key, **campaign}


def _set_budget(db: sqlite3.Connection, arguments: Document) -> Document:
    key = arguments["campaign_id"]
    before = _campaign(db, key)
    after = before | {"daily_budget_micros": arguments["daily_budget_micros"]}
    cabinet.put(db, "campaign", key, after)
    return {
        "campaign_id": key,
        "status": after["status"],
        "daily_budget_micros": after["daily_budget_micros"],
        "daily_budget_before_micros": before["daily_budget_micros"],
    }


def _launch_campaign(db: sqlite3.Connection, arguments: Document) -> Document:
    """Starts spending: a day's budget is paid in advance, and a second launch pays a second day."""
    key, price = arguments["campaign_id"], arguments["daily_budget_micros"]
    campaign, account = _campaign(db, key), _account(db)
    if price > account["balance_micros"]:
        balance = account["balance_micros"]
        raise RefusedCallError(f"a day costs {price} micros and the balance is {balance}; add funds first")
    account["balance_micros"] -= price
    campaign |= {
        "status": "active",
        "daily_budget_micros": price,
        "spent_micros": campaign["spent_micros"] + price,
    }
    cabinet.put(db, "account", "acme", account)
    cabinet.put(db, "campaign", key, campaign)
    return {"campaign_id": key, "status": "active", "charged_micros": price, **account}


def _pause_campaign(db: sqlite3.Connection, arguments: Document) -> Document:
    key = arguments["campaign_id"]
    cabinet.put(db, "campaign", key, _campaign(db, key) | {"status": "paused"})
    return {"campaign_id": key, "status": "paused"}


def _add_funds(db: sqlite3.Connection, arguments: Document) -> Document:
    account = _account(db)
    account["balance_micros"] += arguments["amount_micros"]
    cabinet.put(db, "account", "acme", account)
    return account


def _seed(db: sqlite3.Connection) -> None:
    cabinet.put(db, "account", "acme", {"balance_micros": 2_000_000_000, "currency": "EUR"})
    for key, campaign in CAMPAIGNS.items():
        cabinet.put(db, "campaign", key, {"campaign_id": key, **campaign})


TOOLS = (
    Tool(
        name="list_campaigns",
        title="List campaigns",
        description="The account's balance and its campaigns, all or those of one id or status.",
        properties={
            "campaign_id": _CAMPAIGN_ID,
            "status": {"type": "string", "enum": ["draft", "active", "paused"]},
        },
        required=(),
        act=_list_campaigns,
        read_only=True,
    ),
    Tool(
        name="create_campaign",
        title="Create a campaign",
        description="A new campaign as a draft; it spends nothing until it is launched.",
        properties={
            "name": {"type": "string", "minLength": 1, "maxLength": 120},
            "audience": {"type": "string", "minLength": 1, "maxLength": 500},
            "landing_url": {"type": "string", "pattern": "^https://", "maxLength": 500},
        },
        required=("name", "audience", "landing_url"),
        act=_create_campaign,
    ),
    Tool(
        name="set_budget",
        title="Set a daily budget",
        description="Change what a campaign may spend a day, from the next day on.",
        properties={"campaign_id": _CAMPAIGN_ID, "daily_budget_micros": _DAILY_BUDGET},
        required=("campaign_id", "daily_budget_micros"),
        act=_set_budget,
        idempotent=True,
    ),
    Tool(
        name="launch_campaign",
        title="Launch a campaign",
        description="Start showing ads. One day's budget is charged at once, at every launch.",
        properties={"campaign_id": _CAMPAIGN_ID, "daily_budget_micros": _DAILY_BUDGET},
        required=("campaign_id", "daily_budget_micros"),
        act=_launch_campaign,
        destructive=True,
        open_world=True,
    ),
    Tool(
        name="pause_campaign",
        title="Pause a campaign",
        description="Stop showing ads; what is spent stays spent.",
        properties={"campaign_id": _CAMPAIGN_ID},
        required=("campaign_id",),
        act=_pause_campaign,
        idempotent=True,
    ),
    Tool(
        name="add_funds",
        title="Add funds",
        description="Charge the company's card and raise the account's balance.",
        properties={"amount_micros": _DAILY_BUDGET | {"description": "micros: millionths of a euro"}},
        required=("amount_micros",),
        act=_add_funds,
        destructive=True,
        open_world=True,
    ),
)


def vendor(_environment: Mapping[str, str]) -> Vendor:
    """The ads account, which needs no setting of its own."""
    return Vendor("ads", "The paid campaigns of Acme. Money is integer micros of a euro.", _seed, TOOLS)
