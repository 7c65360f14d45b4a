import pytest

from bench.seeded import CATALOGUE

SETTINGS = {"transport": "http", "url": "http://127.0.0.1:9/mcp", "vendor": "Acme", "responsible": "it-ops"}


async def test_a_connector_is_added_then_changed(house):
    added = await house.as_person("admin", "PUT", "/v1/connectors/crm", 201, json=SETTINGS)
    assert (added["secret_set_us"], added["catalogue"], added["environment"]) == (None, None, {})
    changed = await house.as_person("admin", "PUT", "/v1/connectors/crm", 200, json=SETTINGS | {"vendor": "Other"})
    assert changed["vendor"] == "Other"
    (item,) = (await house.as_person("ana", "GET", "/v1/attention"))["items"]
    assert (item["kind"], item["subject"]) == ("catalogue", "crm")


async def test_a_secret_goes_in_and_never_comes_out(house):
    await house.as_person("admin", "PUT", "/v1/connectors/crm", 201, json=SETTINGS)
    set_ = await house.as_person(
        "admin", "PUT", "/v1/connectors/crm/secret", json={"values": {"bearer": "s3cr3t-of-acme"}}
    )
    assert set_["secret_expires_us"] - set_["secret_set_us"] == 90 * 86_400_000_000
    assert house.here.vault.secret("crm")["bearer"] == "s3cr3t-of-acme"
    everything = await house.as_person("admin", "GET", "/v1/connectors")
    events = await house.as_person("admin", "GET", "/v1/record/events")
    assert "s3cr3t" not in str(everything) + str(events)


@pytest.mark.parametrize("values", [{"token": "x"}, {"bearer": "two\nlines"}, {"bearer": ""}])
async def test_a_secret_that_could_not_be_sent_is_refused(house, values):
    await house.as_person("admin", "PUT", "/v1/connectors/crm", 201, json=SETTINGS)
    refused = await house.as_person("admin", "PUT", "/v1/connectors/crm/secret", 422, json={"values": values})
    assert "two" not in str(refused)


async def test_tools_are_shown_beside_what_was_reviewed(house):
    body = await house.as_person("admin", "GET", "/v1/connectors/time/tools")
    assert {tool["name"]: tool["state"] for tool in body["items"]} == {
        "convert_time": "reviewed",
        "get_current_time": "reviewed",
    }
    assert "time.get_current_time:" in body["draft"]
    only = CATALOGUE[: CATALOGUE.index("  time.clock.convert")]
    imported = await house.as_person("admin", "PUT", "/v1/connectors/time/catalogue", json={"source": only})
    assert (imported["reviewed"], imported["quarantined"]) == (["get_current_time"], ["convert_time"])
    body = await house.as_person("admin", "GET", "/v1/connectors/time/tools")
    assert {tool["state"] for tool in body["items"]} == {"reviewed", "quarantined"}
    acted = await house.acme.act("convert_time", {})
    assert acted.decision.verdict.code == "unlisted"


async def test_a_catalogue_with_a_flaw_names_its_line(house):
    wrong = CATALOGUE.replace("effect: read", "effect: look")
    refused = await house.as_person("admin", "PUT", "/v1/connectors/time/catalogue", 422, json={"source": wrong})
    assert refused["error"]["problems"][0]["line"] == 7
    assert (await house.as_person("ana", "GET", "/v1/connectors/time/catalogue"))["source"] == CATALOGUE


async def test_a_system_that_does_not_answer_is_named_as_the_trouble(house):
    await house.as_person("admin", "PUT", "/v1/connectors/crm", 201, json=SETTINGS)
    refused = await house.as_person("admin", "GET", "/v1/connectors/crm/tools", 502)
    assert refused["error"]["code"] == "upstream"
    await house.as_person("admin", "GET", "/v1/connectors/nothing/tools", 404)
    await house.as_person("admin", "GET", "/v1/connectors/crm/catalogue", 404)


@pytest.mark.parametrize(
    "question, verdict, code",
    [
        ({"tool": "time__get_current_time", "arguments": {"timezone": "Asia/Tokyo"}}, "allow", None),
        ({"tool": "time__get_current_time", "arguments": {"timezone": "America/Lima"}}, "deny", "limit"),
        ({"tool": "time__get_current_time", "arguments": {}}, "deny", "schema"),
        ({"tool": "time__get_current_tim", "arguments": {}}, "deny", "unlisted"),
        ({"tool": "nothing__at_all", "arguments": {}}, "deny", "unlisted"),
        (
            {"tool": "time__get_current_time", "arguments": {"timezone": "Asia/Tokyo"}, "calls": 400},
            "deny",
            "run-limit",
        ),
    ],
)
async def test_a_made_up_request_gets_the_verdict_it_would_get(house, question, verdict, code):
    before = house.here.reader.size()
    for under in ({"agent": "clock-keeper"}, {"charter": "clock-keeper"}):
        answer = await house.as_person("ana", "POST", "/v1/charters/explain", json=question | under)
        assert (answer["verdict"], answer["code"]) == (verdict, code)
    assert house.here.reader.size() == before


async def test_a_made_up_request_names_who_would_be_asked(house):
    arguments = {"source_timezone": "Europe/Madrid", "target_timezone": "Asia/Tokyo", "time": "09:00"}
    text = (await house.as_person("ana", "GET", "/v1/charters/clock-keeper"))["source"]
    question = {"tool": "time__convert_time", "arguments": arguments, "source": text, "at": "2026-11-22T09:00:00Z"}
    answer = await house.as_person("ana", "POST", "/v1/charters/explain", json=question)
    assert (answer["verdict"], answer["approvers"], answer["measures"]) == (
        "ask",
        ["marketing-director"],
        {"meetings": 1},
    )
    assert answer["facts"]["at_us"] == 1_795_338_000_000_000
    both = question | {"charter": "clock-keeper"}
    refused = await house.as_person("ana", "POST", "/v1/charters/explain", 422, json=both)
    assert "name a published charter or send a text, not both" in refused["error"]["message"]
    await house.as_person("ana", "POST", "/v1/charters/explain", 422, json=question | {"at": "soon"})
    await house.as_person("ana", "POST", "/v1/charters/explain", 422, json=question | {"tool": "time"})


async def test_a_recorded_action_is_asked_about_with_its_own_facts_and_with_others(house):
    run = house.here.reader.rows("run", limit=1)[0]["id"]
    denied = house.here.reader.rows("action", {"run": run, "code": "limit"}, limit=1)[0]["id"]
    told = await house.as_person("ana", "POST", "/v1/charters/explain", json={"action": denied})
    assert (told["verdict"], told["basis"], told["recorded"]["same"]) == ("deny", "recorded", True)
    objected = [step for step in told["steps"] if step["state"] == "objected"]
    assert [step["rule"] for step in objected] == ["can[time.clock.read].limits.timezone.one_of"]
    assert "timezone: {one_of" in told["source"].splitlines()[objected[0]["line"] - 1]
    other = {"action": denied, "arguments": {"timezone": "Asia/Tokyo"}, "at": "sat 22:30 Europe/Madrid"}
    again = await house.as_person("ana", "POST", "/v1/charters/explain", json=other)
    assert (again["verdict"], again["recorded"]["same"]) == ("allow", False)
    await house.as_person("ana", "POST", "/v1/charters/explain", 404, json={"action": "act-none"})


async def test_templates_are_there_to_start_from(house):
    names = [item["name"] for item in (await house.as_person("ana", "GET", "/v1/personas"))["items"]]
    assert "lead-router" in names
    assert "charter: lead-router" in (await house.as_person("ana", "GET", "/v1/personas/lead-router"))["source"]
    await house.as_person("ana", "GET", "/v1/personas/nobody", 404)
