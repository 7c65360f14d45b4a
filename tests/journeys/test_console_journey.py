"""What people do with the console, in a real browser, against a real server and a real agent."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from bench.seeded import CONNECTOR, PASSWORD

pytestmark = pytest.mark.journey

CONVERT = {"source_timezone": "Europe/Madrid", "target_timezone": "Asia/Tokyo"}
COMMENT = "The Tokyo office agreed to it."


def test_a_person_signs_in_by_a_link_that_a_mail_scanner_opened_before(town, visit):
    link = town.link("it-ops")
    window = visit()
    page = window.page
    for _ in range(2):
        assert page.request.get(link).status == 200
    window.go(link)
    expect(page.get_by_role("heading", name="Welcome, Ines Ops")).to_be_visible()
    page.get_by_role("button", name="Sign in as Ines Ops").click()
    page.wait_for_url("**/account")
    window.look()
    assert page.request.get(link).status == 403

    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your password was saved.")).to_be_visible()
    page.get_by_role("button", name="Ines Ops, menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    window.go("/runs?agent=clock-keeper")
    page.get_by_label("E-mail").fill("it-ops@acme.example")
    page.get_by_label("Password").fill("a clock that is often wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("The address or the password is wrong")
    window.look()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/runs?agent=clock-keeper")


def test_an_approved_action_is_carried_out_once_and_its_run_finishes(town, visit):
    run = town.open("set the Tokyo call")
    approval = town.ask(run, "09:30")
    window = visit("director")
    page = window.page
    window.go("/approvals")
    card = page.locator(f"#{approval}")
    expect(card).to_contain_text("clock-keeper wants to fix a meeting time across zones")
    expect(card).to_contain_text("set the Tokyo call")
    page.get_by_role("link", name=re.compile("^Approvals")).first.click()
    assert re.match(r"\(\d+\) Approvals", page.title())
    counts = page.locator("[data-waiting-count]")
    before = int(counts.first.inner_text())

    card.get_by_role("button", name="Approve", exact=True).click()
    assert card.get_by_label("Comment for the record").evaluate("field => !field.validity.valid")
    card.get_by_label("Comment for the record").fill(COMMENT)
    card.get_by_role("button", name="Approve", exact=True).click()
    expect(card).to_contain_text("Dora Director")
    expect(card.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    expect(counts.first).to_have_text(str(before - 1))
    window.look()

    told = town.call(run, "convert_time", {**CONVERT, "time": "09:30"})
    assert not told.get("isError"), told
    town.wait_for(run.close("finished"))
    window.go(f"/runs/{run.id}")
    expect(page.locator("h1 + .tag")).to_have_text("Finished")
    summary = page.get_by_role("region", name="What happened")
    expect(summary).to_contain_text("Dora Director approved it")
    expect(page.get_by_text(f"Dora Director approved: “{COMMENT}”.")).to_be_visible()
    target = summary.locator("a.ref").nth(1).get_attribute("href")
    expect(page.locator(target)).to_be_visible()
    window.go(f"/approvals/{approval}")
    expect(page.locator(f"#{approval}")).to_contain_text("Approved and used")


def test_nobody_decides_what_they_asked_for_themselves_not_even_by_a_forged_form(town, visit):
    approval = town.ask(town.open("a call for the director", requester="director@acme.example"), "11:00")
    window = visit("director")
    page = window.page
    window.go(f"/approvals/{approval}")
    expect(page.get_by_text("You asked for this or own the agent")).to_be_visible()
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    forged = {
        "csrf": page.locator("input[name=csrf]").first.get_attribute("value"),
        "digest": town.acme.installation.reader.row("approval", approval)["digest"],
        "comment": "I say so",
        "vote": "approve",
    }
    answer = page.request.post(page.url, form=forged)
    assert answer.status == 403
    assert "so somebody else has to decide it" in answer.text()
    assert town.acme.installation.reader.row("approval", approval)["status"] == "open"


def test_a_card_that_somebody_else_has_decided_conflicts_where_it_stands(town, visit):
    approval = town.ask(town.open("a call that two look at"), "12:00")
    first, second = visit("director"), visit("director")
    for window in (first, second):
        window.page.goto(f"{town.url}/approvals/{approval}")
        window.page.get_by_label("Comment for the record").fill(COMMENT)
    first.page.get_by_role("button", name="Deny", exact=True).click()
    expect(first.page.locator("article")).to_contain_text("Denied")
    second.page.get_by_role("button", name="Approve", exact=True).click()
    expect(second.page.get_by_role("alert")).to_contain_text("takes no more votes")
    second.look()


def test_the_console_works_without_script(town, visit):
    approval = town.ask(town.open("a call for a plain browser"), "13:00")
    window = visit("director", java_script_enabled=False)
    page = window.page
    page.goto(f"{town.url}/approvals/{approval}")
    page.get_by_label("Comment for the record").fill(COMMENT)
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_text("Your approval was counted.")).to_be_visible()
    expect(page.locator("article")).to_contain_text("Approved")
    page.goto(f"{town.url}/record")
    page.get_by_role("button", name="Verify everything").click()
    expect(page.get_by_text("Everything checked agrees.")).to_be_visible()


def test_the_record_is_narrowed_by_an_address_that_can_be_kept_and_verifies(town, visit):
    window = visit("auditor")
    page = window.page
    window.go("/record")
    page.get_by_label("Verdict").select_option("Denied")
    page.get_by_label("Agent").select_option("clock-keeper")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**verdict=deny**")
    rows = page.locator("tbody tr")
    assert rows.count() >= 2
    for text in rows.all_inner_texts():
        assert "Denied" in text and "clock-keeper" in text
    expect(page.locator(".elsewhere")).to_contain_text("bailiwick record list --agent clock-keeper --verdict deny")
    kept, shown = page.url, page.locator("tbody a[data-item]").all_inner_texts()
    window.go("/record?actor=aude auditor&type=person.signed_in")
    expect(page.locator("tbody tr").first).to_contain_text("Aude Auditor signed in by password")
    window.go(kept)
    assert page.locator("tbody a[data-item]").all_inner_texts() == shown

    page.get_by_role("button", name="Verify everything").click()
    expect(page.locator("#verified")).to_contain_text("Everything checked agrees.")
    window.look()
    page.locator("tbody a[data-item]").first.click()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    window.look()


def test_a_halt_stops_the_agent_and_a_second_person_resumes_it(town, visit):
    run = town.open("what is the time in Madrid")
    now = {"timezone": "Europe/Madrid"}
    assert not town.call(run, "get_current_time", now).get("isError")
    window = visit("director")
    page = window.page
    window.go("/agents/clock-keeper")
    page.get_by_role("link", name="Stop this agent").click()
    page.get_by_label("Why?").fill("It answers in the wrong zone.")
    page.get_by_label("to confirm").fill("clock")
    page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_text("exactly as it is written here")).to_be_visible()
    window.look()
    page.get_by_label("to confirm").fill("clock-keeper")
    page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_text("Stopped. Everything in this scope is refused from now on.")).to_be_visible()
    window.look()

    refused = town.call(run, "get_current_time", now)
    assert refused["structuredContent"]["code"] == "halted"
    page.get_by_role("link", name=re.compile("^Resume")).first.click()
    expect(page.get_by_text("You stopped it yourself, so a second person has to resume it.")).to_be_visible()

    other = visit("auditor")
    other.go("/")
    expect(other.page.get_by_text("1 halt in force.")).to_be_visible()
    other.page.get_by_role("link", name="See what is stopped").click()
    other.page.get_by_role("link", name=re.compile("^Resume")).click()
    other.page.get_by_label("What was put right?").fill("It reads its zone again.")
    other.page.get_by_label("to confirm").fill("clock-keeper")
    other.page.get_by_role("button", name="Resume", exact=True).click()
    expect(other.page.get_by_text("Resumed. It may act again.")).to_be_visible()
    assert not town.call(run, "get_current_time", now).get("isError")


def test_somebody_who_looked_says_how_an_action_of_unknown_outcome_ended(town, visit):
    action = town.wait_for(town.acme.lose())
    other = visit("director")
    other.go(f"/actions/{action}")
    expect(other.page.get_by_text("Only administrator or it-change may reconcile actions")).to_be_visible()

    window = visit("change")
    page = window.page
    window.go(f"/runs/{town.acme.run}")
    page.get_by_role("link", name="Say how it ended").last.click()
    page.wait_for_url(f"**/actions/{action}")
    expect(page.locator(".elsewhere")).to_contain_text(f"bailiwick reconcile {action} --outcome succeeded")
    window.look()
    page.get_by_role("button", name="It happened", exact=True).click()
    note = page.get_by_label("How did you find out?")
    assert note.evaluate("field => !field.validity.valid")
    note.fill("The clock's own log shows it.")
    page.get_by_role("button", name="It happened", exact=True).click()
    expect(page.get_by_text("The outcome was settled, and your note is on the record.")).to_be_visible()
    expect(page.get_by_role("region", name="On the record")).to_contain_text("“The clock's own log shows it.”")
    window.look()
    assert town.acme.installation.reader.row("action", action)["state"] == "succeeded"


def test_an_administrator_adds_a_person_who_comes_in_with_the_link(town, visit):
    window = visit("admin")
    page = window.page
    window.go("/people")
    page.get_by_label("Name").fill("Nia New")
    page.get_by_label("E-mail").fill("nia@acme.example")
    page.get_by_label("auditor").check()
    page.get_by_role("button", name="Add and make a one-time link").click()
    window.look()
    link = page.locator(".banner .command code").inner_text()
    newcomer = visit()
    newcomer.go(link)
    newcomer.page.get_by_role("button", name="Sign in as Nia New").click()
    newcomer.page.wait_for_url("**/account")
    newcomer.go("/people")
    expect(newcomer.page.get_by_role("heading", name="Add a person")).to_have_count(0)


def test_a_reader_elsewhere_sees_times_in_their_own_zone(town, visit):
    page = visit("auditor", timezone_id="Asia/Tokyo").page
    page.goto(f"{town.url}/runs/{town.acme.run}")
    moment = page.locator(".meta time").first
    utc = datetime.fromisoformat(moment.get_attribute("datetime"))
    expect(moment).to_have_text(f"{utc.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M:%S}")
    assert moment.get_attribute("datetime") in moment.get_attribute("title")


PAGES = [
    *("/", "/approvals", "/runs", "/runs?state=open", "/agents", "/agents/clock-keeper", "/record", "/record/0"),
    "/record/download",
    *("/halt", "/halt?scope=all", f"/halt?scope=connector:{CONNECTOR}", "/people", "/connectors"),
    *(f"/connectors/{CONNECTOR}", "/account"),
]


def test_every_page_is_silent_and_accessible_in_light_and_dark_wide_and_narrow(town, visit):
    window = visit("admin")
    person = town.acme.people["ana"]
    for path in [*PAGES, f"/people/{person}", f"/runs/{town.acme.run}", f"/runs/{town.acme.run}?show=denied"]:
        answer = window.go(path)
        assert answer.status == 200, path
        window.page.set_viewport_size({"width": 390, "height": 844})
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert window.page.evaluate(overflow) == 0, path
        window.page.set_viewport_size({"width": 1280, "height": 900})
    assert window.go("/nowhere").status == 404
