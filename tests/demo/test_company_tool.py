import pytest

from bailiwick.demo.company.journal import journal
from bailiwick.demo.company.mail import mail

TOOLS = {
    "crm": {"query", "manage_objects", "assign_lead", "count_segment", "export_contacts"},
    "email": {"send_message", "schedule_campaign", "cancel_scheduled", "list_scheduled"},
    "ads": {
        "list_campaigns",
        "create_campaign",
        "set_budget",
        "launch_campaign",
        "pause_campaign",
        "add_funds",
    },
    "desk": {
        "search",
        "get_record",
        "create_ticket",
        "update_record",
        "change_configuration",
        "add_comment",
        "grant_access",
    },
}


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
@pytest.mark.parametrize("name", TOOLS)
async def test_every_tool_is_listed_with_a_closed_schema_and_its_hints_in_both_eras(office, dial, name, mode):
    async with dial(office.branches[name], mode) as client:
        listed = (await client.list_tools()).tools
    assert {tool.name for tool in listed} == TOOLS[name]
    for tool in listed:
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations.read_only_hint is not None
        assert tool.annotations.destructive_hint is not None
        assert tool.annotations.idempotent_hint is not None


@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
def test_plain_http_gets_one_json_answer_in_both_eras(office, post, era):
    given = [f"Bearer {office.crm.secret}"]
    params = {"name": "count_segment", "arguments": {"segment": "beta"}}
    status, headers, body = post(office.crm, "tools/call", params, authorization=given, era=era)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert body["result"]["structuredContent"] == {"segment": "beta", "count": 40}


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_an_update_changes_the_named_campaign_alone_and_is_journalled_under_its_action(office, call, mode):
    everything = {"object_type": "campaigns", "fields": ["subject"]}
    before = (await call(office.crm, "query", everything)).structured_content["records"]
    change = {
        "object_type": "campaigns",
        "operation": "update",
        "ids": ["cmp-spring"],
        "properties": {"subject": f"Changed in {mode}"},
    }
    result = await call(office.crm, "manage_objects", change, action=f"act-{mode}", mode=mode)
    after = (await call(office.crm, "query", everything)).structured_content["records"]
    expected = [
        {"id": row["id"], "subject": f"Changed in {mode}"} if row["id"] == "cmp-spring" else row for row in before
    ]
    assert after == expected
    last = journal(office.crm.database)[-1]
    assert last["result"] == result.structured_content
    assert (last["tool"], last["action"], last["effect"]) == ("manage_objects", f"act-{mode}", True)
    assert last["arguments"] == change


async def test_a_query_returns_the_fields_asked_for_and_without_any_all_of_them(office, call):
    some = await call(office.crm, "query", {"object_type": "contacts", "fields": ["language"], "limit": 1})
    assert set(some.structured_content["records"][0]) == {"id", "language"}
    every = await call(office.crm, "query", {"object_type": "contacts", "limit": 1})
    assert "credit_limit" in every.structured_content["records"][0]


async def test_five_thousand_contacts_can_really_be_updated_in_one_call(office, call):
    ids = [f"con-{number:04}" for number in range(501, 5_501)]
    change = {"object_type": "contacts", "operation": "update", "ids": ids, "properties": {"owner": "all"}}
    assert (await call(office.crm, "manage_objects", change)).structured_content["count"] == 5_000
    owned = await call(office.crm, "query", {"object_type": "contacts", "where": {"owner": "all"}, "limit": 1})
    assert owned.structured_content["total"] == 5_000


async def test_records_can_be_created_and_deleted(office, call):
    record = {"name": "Nia Okoro", "email": "nia@example.com", "consent": True}
    create = {"object_type": "contacts", "operation": "create", "records": [record]}
    (key,) = (await call(office.crm, "manage_objects", create)).structured_content["ids"]
    one = {"object_type": "contacts", "ids": [key]}
    assert (await call(office.crm, "query", one)).structured_content["records"][0]["name"] == "Nia Okoro"
    assert not (await call(office.crm, "manage_objects", one | {"operation": "delete"})).is_error
    assert (await call(office.crm, "query", one)).is_error


async def test_a_lead_is_assigned_to_a_salesperson(office, call):
    lead = {"contact_id": "con-0100", "owner": "tom@acme.example"}
    assert not (await call(office.crm, "assign_lead", lead)).is_error
    one = {"object_type": "contacts", "ids": ["con-0100"], "fields": ["owner", "status"]}
    (row,) = (await call(office.crm, "query", one)).structured_content["records"]
    assert row == {"id": "con-0100", "owner": "tom@acme.example", "status": "assigned"}


@pytest.mark.parametrize(
    "name, asked, sentence",
    [
        ("crm", ("assign_lead", {"contact_id": "con-0070", "owner": "eve@acme.example"}), "sells nothing"),
        ("crm", ("assign_lead", {"contact_id": "con-0070"}), "required"),
        ("crm", ("manage_objects", {"object_type": "contacts", "operation": "update"}), "required"),
        (
            "crm",
            ("manage_objects", {"object_type": "contacts", "operation": "delete", "ids": ["con-0001", "con-9999"]}),
            "no `con-9999`",
        ),
        (
            "email",
            (
                "schedule_campaign",
                {"campaign_id": "cmp-spring", "list": "beta", "send_at": "2027-03-01T09:00:00Z", "recipients": 41},
            ),
            "has 40 readers",
        ),
        (
            "email",
            ("schedule_campaign", {"campaign_id": "cmp-spring", "list": "beta", "send_at": "soon", "recipients": 4}),
            "offset",
        ),
        (
            "email",
            ("send_message", {"to": ["a@example.com"], "subject": "x\r\nBcc: b@example.com", "body": "x"}),
            "subject",
        ),
        ("ads", ("launch_campaign", {"campaign_id": "ads-spring"}), "daily_budget_micros"),
        ("ads", ("launch_campaign", {"campaign_id": "ads-spring", "daily_budget_micros": 9000000000}), "add funds"),
        ("ads", ("pause_campaign", {"campaign_id": "ads-spring", "invented": 1}), "invented"),
        (
            "desk",
            ("update_record", {"record_type": "incident", "id": "inc-0001", "changes": {"queue": "web"}}),
            "no `queue`",
        ),
        ("desk", ("add_comment", {"record_type": "ticket", "id": "tkt-9999", "text": "x"}), "tkt-9999"),
    ],
)
async def test_a_call_the_vendor_will_not_do_is_an_error_result_without_effect(office, call, name, asked, sentence):
    tool, arguments = asked
    result = await call(office.branches[name], tool, arguments)
    assert result.is_error
    assert sentence in result.content[0].text
    last = journal(office.branches[name].database)[-1]
    assert (last["tool"], last["arguments"], last["effect"]) == (tool, arguments, False)
    assert sentence in last["result"]["error"]


async def test_half_of_a_refused_deletion_does_not_stand(office, call):
    gone = {"object_type": "contacts", "operation": "delete", "ids": ["con-0002", "con-9999"]}
    assert (await call(office.crm, "manage_objects", gone)).is_error
    assert not (await call(office.crm, "query", {"object_type": "contacts", "ids": ["con-0002"]})).is_error


@pytest.mark.parametrize("era", ["2025-11-25", "2026-07-28"])
def test_an_unknown_tool_is_a_protocol_error(office, post, era):
    given = [f"Bearer {office.crm.secret}"]
    params = {"name": "drop_everything", "arguments": {}}
    _, _, body = post(office.crm, "tools/call", params, authorization=given, era=era)
    assert body["error"]["code"] == -32602
    assert "unknown tool `drop_everything`" in body["error"]["message"]


async def test_a_launch_costs_money_and_the_same_action_again_costs_it_again(office, call):
    async def balance():
        return (await call(office.ads, "list_campaigns", {})).structured_content["account"]["balance_micros"]

    start = await balance()
    launch = {"campaign_id": "ads-spring", "daily_budget_micros": 30_000_000}
    for _ in range(2):
        await call(office.ads, "launch_campaign", launch, action="act-twice")
    assert await balance() == start - 60_000_000
    twice = [entry for entry in journal(office.ads.database) if entry["action"] == "act-twice"]
    assert [entry["effect"] for entry in twice] == [True, True]


async def test_a_campaign_starts_as_a_draft_and_spends_nothing(office, call):
    draft = {"name": "Bulbs", "audience": "gardeners", "landing_url": "https://acme.example/bulbs"}
    key = (await call(office.ads, "create_campaign", draft)).structured_content["campaign_id"]
    await call(office.ads, "set_budget", {"campaign_id": key, "daily_budget_micros": 5_000_000})
    found = await call(office.ads, "list_campaigns", {"campaign_id": key})
    (campaign,) = found.structured_content["campaigns"]
    assert (campaign["status"], campaign["daily_budget_micros"]) == ("draft", 5_000_000)
    assert campaign["spent_micros"] == 0


async def test_a_drifted_configuration_can_be_brought_back_to_its_baseline(office, call):
    item = {"record_type": "configuration_item", "id": "ci-mail-relay"}
    record = (await call(office.desk, "get_record", item)).structured_content["record"]
    assert record["settings"] != record["baseline"]
    await call(office.desk, "change_configuration", {"ci": "ci-mail-relay", "settings": record["baseline"]})
    record = (await call(office.desk, "get_record", item)).structured_content["record"]
    assert record["settings"] == record["baseline"]


async def test_a_ticket_that_was_created_can_be_found_and_moved(office, call):
    ticket = {"title": "Zeppelin printer is empty", "description": "No more cyan."}
    key = (await call(office.desk, "create_ticket", ticket)).structured_content["id"]
    found = (await call(office.desk, "search", {"query": "zeppelin"})).structured_content["records"]
    assert [row["id"] for row in found] == [key]
    move = {"record_type": "ticket", "id": key, "changes": {"queue": "hardware"}}
    moved = (await call(office.desk, "update_record", move)).structured_content
    assert (moved["before"], moved["queue"]) == ({"queue": "triage"}, "hardware")


async def test_a_message_really_arrives_at_the_relay(office, call):
    message = {"to": ["li@example.com", "jo@example.com"], "subject": "Grüße", "body": "Hello from Acme."}
    sent = await call(office.email, "send_message", message, action="act-mail")
    assert sent.structured_content["status"] == "sent"
    last = mail(office.sink.database)[-1]
    assert (last["recipients"], last["subject"]) == (message["to"], "Grüße")
    assert last["body"].strip() == "Hello from Acme."
    assert journal(office.email.database)[-1]["result"] == sent.structured_content


async def test_a_scheduled_mailing_stands_on_the_calendar_until_it_is_cancelled(office, call):
    mailing = {
        "campaign_id": "cmp-autumn",
        "list": "newsletter",
        "send_at": "2027-03-01T09:00:00+01:00",
        "recipients": 5_000,
    }
    key = (await call(office.email, "schedule_campaign", mailing)).structured_content["schedule_id"]
    await call(office.email, "cancel_scheduled", {"schedule_id": key})
    calendar = await call(office.email, "list_scheduled", {"campaign_id": "cmp-autumn"})
    assert calendar.structured_content["scheduled"] == [{"schedule_id": key, **mailing, "status": "cancelled"}]
