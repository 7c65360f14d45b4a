import json
import subprocess
import sys
from contextlib import closing
from importlib.resources import files

import pytest

from bailiwick.core.approval_rule import Candidate
from bailiwick.core.confirmation import confirm_arguments, unconfirmed
from bailiwick.core.plain import plain, scope
from bailiwick.core.publish_check import check
from bailiwick.demo.company import ads, cabinet, crm, desk, email
from bailiwick.flow.source import read_catalogue, read_charter

PERSONAS = (
    "campaign-drafter",
    "content-qa-assistant",
    "incident-triage-assistant",
    "knowledge-base-responder",
    "lead-router",
)
PEOPLE = [
    Candidate("director@acme.example", frozenset({"marketing-director"})),
    Candidate("change@acme.example", frozenset({"it-change"})),
    Candidate("ana@acme.example", frozenset()),
    Candidate("it-ops@acme.example", frozenset()),
]
SMTP = {"COMPANY_SMTP_PORT": "1", "COMPANY_SMTP_SECRET": "x"}


def company_definitions(module, environment):
    tools = module.vendor(environment).tools
    return [tool.definition.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]


def stdio_definitions(module):
    """The tools that a server nobody here wrote offers, asked over its own stdio."""
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    requests = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    with subprocess.Popen(
        (sys.executable, "-m", module), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        server.stdin.write("".join(json.dumps(request) + "\n" for request in requests).encode())
        server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
    return answers[1]["result"]["tools"]


@pytest.fixture(scope="module")
def catalogues():
    definitions = {
        "ads": company_definitions(ads, {}),
        "crm": company_definitions(crm, {}),
        "desk": company_definitions(desk, {}),
        "email": company_definitions(email, SMTP),
        "git": stdio_definitions("mcp_server_git"),
        "time": stdio_definitions("mcp_server_time"),
    }
    folder = files("bailiwick") / "demo" / "catalogue"
    return [read_catalogue((folder / f"{name}.yaml").read_bytes(), tools)[0] for name, tools in definitions.items()]


@pytest.fixture(scope="module")
def entries(catalogues):
    return [entry for catalogue in catalogues for entry in catalogue.actions]


def persona(name):
    return read_charter((files("bailiwick") / "persona" / f"{name}.yaml").read_bytes())[0]


@pytest.mark.parametrize("name", PERSONAS)
def test_a_persona_can_be_published_as_it_ships(name, catalogues):
    charter = persona(name)
    assert charter.name == name
    assert check(charter, catalogues, PEOPLE) == ()
    assert charter.approve
    assert charter.cannot


def test_every_catalogue_names_every_tool_of_its_connector_that_is_not_left_out_on_purpose(catalogues):
    assert {c.connector: len(c.tools) for c in catalogues} == {
        "ads": 6,
        "crm": 5,
        "desk": 7,
        "email": 4,
        "git": 12,
        "time": 2,
    }


def test_every_change_that_the_company_can_show_is_read_back(catalogues):
    confirmed = {entry.name for catalogue in catalogues for entry in catalogue.actions if entry.confirm}
    assert {"crm.contact.update", "crm.campaign.update", "ads.campaign.launch", "desk.ticket.update"} <= confirmed


CONTACTS = {"object_type": "contacts", "operation": "update"}
CHANGES = [
    (
        crm,
        "manage_objects",
        CONTACTS | {"ids": ["con-0009", "con-0001"], "properties": {"status": "lost", "consent": True}},
    ),
    (
        crm,
        "manage_objects",
        CONTACTS | {"ids": [f"con-{n:04}" for n in range(1, 121)], "properties": {"language": "pt"}},
    ),
    (crm, "assign_lead", {"contact_id": "con-0070", "owner": "rosa@acme.example"}),
    (
        crm,
        "manage_objects",
        {"object_type": "campaigns", "operation": "update", "ids": ["cmp-spring"], "properties": {"subject": "New"}},
    ),
    (ads, "launch_campaign", {"campaign_id": "ads-spring", "daily_budget_micros": 50_000_000}),
    (ads, "set_budget", {"campaign_id": "ads-spring", "daily_budget_micros": 5_000_000}),
    (ads, "pause_campaign", {"campaign_id": "ads-search"}),
    (desk, "update_record", {"record_type": "ticket", "id": "tkt-0001", "changes": {"status": "resolved"}}),
    (desk, "update_record", {"record_type": "incident", "id": "inc-0001", "changes": {"priority": "low"}}),
    (desk, "update_record", {"record_type": "article", "id": "kb-0001", "changes": {"status": "draft"}}),
    (desk, "change_configuration", {"ci": "ci-shop-db", "settings": {"max_connections": 200}}),
]


@pytest.mark.parametrize(
    "module, tool, arguments", CHANGES, ids=[f"{tool}-{n}" for n, (_, tool, _) in enumerate(CHANGES)]
)
def test_reading_back_shows_a_change_that_was_made_and_none_that_was_not(module, tool, arguments, catalogues, tmp_path):
    vendor = module.vendor({})
    acts = {tool.name: tool for tool in vendor.tools}
    catalogue = next(c for c in catalogues if c.connector == vendor.name)
    confirm = catalogue.resolve(tool, arguments).confirm
    with closing(cabinet.open_cabinet(tmp_path / "cabinet.sqlite")) as db:
        vendor.seed(db)
        question = confirm_arguments(confirm, arguments)
        acts[confirm.tool].check(question)
        assert unconfirmed(confirm, arguments, acts[confirm.tool].act(db, question))
        acts[tool].check(arguments)
        acts[tool].act(db, arguments)
        assert unconfirmed(confirm, arguments, acts[confirm.tool].act(db, question)) == []


@pytest.mark.parametrize(
    "name, sentence",
    [
        (
            "lead-router",
            "May update fields of contacts (properties: only status and language), up to 50 at a time, "
            "and the owner is told; from 51 to 5,000 it must ask; above that never.",
        ),
        ("lead-router", "May not touch anything in email, ads, billing or hr."),
        ("lead-router", "It may read public, internal and customer data and send out no data."),
        (
            "campaign-drafter",
            "May launch a paid campaign (campaign id: ads-spring; daily budget: at most 100.00), but must ask first "
            "every time. For this, marketing-director and it-change must both say yes within 4 hours; the requester "
            "and the agent's owners do not count.",
        ),
        (
            "campaign-drafter",
            "May edit campaigns (ids: only cmp-spring; properties: only name, subject and body); the owner is told.",
        ),
        ("campaign-drafter", "May not send e-mail messages."),
        ("content-qa-assistant", "May read campaigns."),
        ("content-qa-assistant", "May not edit campaigns."),
        (
            "knowledge-base-responder",
            "May send e-mail messages (to: only at acme.example), up to 1 recipient at a time, "
            "and the owner is told; from 2 to 10 it must ask; above that never.",
        ),
        (
            "incident-triage-assistant",
            "In one run: at most 60 calls in 15 minutes, the same call at most 3 times, after a failure twice more.",
        ),
    ],
)
def test_a_persona_reads_in_plain_words(name, sentence, entries):
    assert sentence in plain(persona(name), entries).sentences


@pytest.mark.parametrize("name", PERSONAS)
def test_a_personas_scope_fits_one_paragraph_without_a_technical_word(name, entries):
    text = scope(persona(name), entries)
    assert len(text) < 700
    assert "`" not in text
    assert text.startswith(f"For {persona(name).workflow}, {name} may on its own ")


def test_the_scope_of_the_lead_router_is_this_paragraph(entries):
    assert scope(persona("lead-router"), entries) == (
        "For lead-routing, lead-router may on its own read contacts, count the contacts of a segment, assign a lead "
        "to a salesperson and update fields of contacts (up to 50 at a time). It must ask before it may update "
        "fields of contacts (up to 5,000 at a time). It may read public, internal and customer data and send out no "
        "data."
    )
