"""People read, question and change what agents may do, in a real browser, against a real server and a real agent."""

import re

import pytest
from playwright.sync_api import expect

from bench.seeded import AGENT, CHARTER

pytestmark = pytest.mark.journey

NARROW, WIDE = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
MORE = "Asia/Tokyo, America/Lima]"


@pytest.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"])
def size(request):
    return request.param


def fits(page):
    """Nothing sticks out of the page to the right."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_a_charter_is_read_as_sentences_that_lead_to_the_lines_that_make_them(town, visit, size):
    window = visit("director", viewport=size)
    page = window.page
    window.go("/")
    page.get_by_role("link", name="Charters", exact=True).click()
    window.look()
    page.get_by_role("link", name=AGENT, exact=True).first.click()
    words = page.get_by_role("region", name="What it may and may not do")
    expect(words).to_contain_text("May tell the time in another office (timezone: ")
    expect(words).to_contain_text("May fix a meeting time across zones, but must ask first every time.")
    expect(words).to_contain_text("May not touch anything in billing.")
    fits(page)
    window.look()
    words.get_by_role("link", name=re.compile("line")).first.click()
    line = page.locator(".yaml-line:target")
    expect(line).to_contain_text("time.clock.read")
    expect(line).to_be_in_viewport()


def test_why_shows_the_rule_that_objected_and_what_would_have_been_otherwise(town, visit, size):
    run = town.open("what is the time in Lima")
    town.call(run, "get_current_time", {"timezone": "America/Bogota"})
    window = visit("director", viewport=size)
    page = window.page
    window.go(f"/runs/{run.id}")
    page.get_by_role("link", name=re.compile(r"^why\?")).first.click()
    page.wait_for_url("**/why?action=*")
    expect(page.get_by_text("The record says the same")).to_be_visible()
    objected = page.locator(".rules .objected")
    expect(objected).to_have_count(1)
    expect(objected).to_contain_text("timezone")
    expect(page.locator(".rules .unreached").first).to_be_visible()
    fits(page)
    window.look()
    objected.get_by_role("link").click()
    expect(page.locator(".yaml-line.marked")).to_be_in_viewport()

    # other arguments: the answer follows the form, and the address keeps the question
    page.get_by_label("With these arguments").fill('{"timezone": "Asia/Tokyo"}')
    page.get_by_label("With these arguments").blur()
    expect(page.get_by_text("On the record it came out otherwise")).to_be_visible()
    expect(page.locator(".rules .objected")).to_have_count(0)
    window.look()
    page.reload()
    expect(page.get_by_text("On the record it came out otherwise")).to_be_visible()

    # another charter: its hours, in its own zone
    page.get_by_text("A charter's text that nobody published yet").click()
    night = CHARTER.replace("cannot:", 'when: {days: mon-fri, hours: "07:00-20:00", zone: Asia/Tokyo}\ncannot:')
    page.get_by_label("Paste it here").fill(night)
    page.get_by_label("Day", exact=True).select_option("Saturday")
    page.get_by_label("Time", exact=True).fill("22:30")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".rules .objected")).to_contain_text("Monday to Friday, 07:00 to 20:00, Asia/Tokyo time")
    window.look()


def test_a_request_nobody_made_starts_from_a_template_and_can_be_typed_wrong(town, visit):
    window = visit("auditor")
    page = window.page
    window.go("/why")
    page.get_by_label("As which agent").select_option(AGENT)
    page.get_by_label("What is asked").select_option(label="fix a meeting time across zones (time.clock.convert)")
    expect(page.locator(".rules .asked")).to_contain_text("Marketing-director must say yes within 4 hours")
    expect(page.get_by_label("With these arguments")).to_have_value(re.compile("source_timezone"))
    window.look()
    page.get_by_text("Where the run stands, and sums so far").click()
    page.get_by_label("Calls the run has made").fill("400")
    page.get_by_label("Calls the run has made").blur()
    expect(page.locator(".rules .objected")).to_contain_text("this run has used its 400 calls")
    page.get_by_label("With these arguments").fill("{")
    page.get_by_label("With these arguments").blur()
    expect(page.get_by_text("this is no JSON")).to_be_visible()
    expect(page.get_by_label("With these arguments")).to_have_value("{")
    window.look()


def test_the_table_of_roles_and_actions_is_walked_by_keys_and_narrowed(town, visit, size):
    window = visit("auditor", viewport=size)
    page = window.page
    window.go("/matrix")
    fits(page)
    marks = page.locator("[data-cell]")
    assert marks.count() >= 2
    marks.first.focus()
    page.keyboard.press("ArrowRight")
    expect(marks.nth(1)).to_be_focused()
    page.keyboard.press("Home")
    expect(marks.first).to_be_focused()
    assert page.locator('[data-cell][tabindex="0"]').count() == 1
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "time.clock.convert" in download.value.path().read_text()
    marks.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Rule by rule")).to_be_visible()


def test_every_page_of_charters_works_without_script(town, visit):
    window = visit("director", java_script_enabled=False)
    page = window.page
    page.goto(f"{town.url}/why?agent={AGENT}&what=time.clock.read")
    page.get_by_label("With these arguments").fill('{"timezone": "America/Lima"}')
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".rules .objected")).to_contain_text("timezone")
    page.goto(f"{town.url}/matrix")
    expect(page.locator("[data-cell]").first).to_be_visible()
    page.goto(f"{town.url}/unused-grants?show=all")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="Unused grants")).to_be_visible()


def test_what_is_wider_is_published_when_both_owners_have_agreed_and_what_is_narrower_at_once(town, visit):
    reader = town.acme.installation.reader
    before = reader.row("charter", AGENT)
    ana, ops = visit("ana"), visit("it-ops")
    page = ana.page
    ana.go(f"/charters/{AGENT}")
    page.get_by_role("link", name="Next version").click()
    page.wait_for_url("**/edit")
    ana.look()
    page.get_by_label("Charter", exact=True).fill(before["source"].replace("Asia/Tokyo]", MORE))
    page.get_by_role("button", name="See what it says").click()
    expect(page.get_by_text("This text allows more than now.")).to_be_visible()
    expect(page.get_by_text("Both owners of the version in force have to agree to it.")).to_be_visible()
    ana.look()
    page.get_by_label("What this version changes").fill("Lima has an office now")
    page.get_by_role("button", name="Publish or propose").click()
    page.wait_for_url("**/compare")
    expect(page.get_by_text("Both owners have to agree").first).to_be_visible()
    expect(page.locator(".examples").first).to_contain_text("America/Lima")
    ana.look()
    assert reader.row("charter", AGENT)["digest"] == before["digest"]

    # one owner alone changes nothing, however often; the other one publishes it
    if page.get_by_role("button", name=re.compile("^Agree to version")).count():
        page.get_by_role("button", name=re.compile("^Agree to version")).click()
        expect(page.get_by_role("button", name=re.compile("^Agree to version"))).to_have_count(0)
    assert reader.row("charter", AGENT)["digest"] == before["digest"]
    ops.go(f"/charters/{AGENT}")
    ops.page.get_by_role("link", name="Compare it with the version in force").click()
    ops.look()
    ops.page.get_by_role("button", name=re.compile("^Agree to version")).click()
    ops.page.wait_for_url(f"**/charters/{AGENT}")
    expect(ops.page.get_by_text("Published. It decides from the next action on.")).to_be_visible()
    wider = reader.row("charter", AGENT)
    assert wider["version"] == before["version"] + 1 and "America/Lima" in wider["source"]
    run = town.open("the time in Lima, now that it may")
    assert not town.call(run, "get_current_time", {"timezone": "America/Lima"}).get("isError")

    # the way back is narrower, so one owner is enough
    ana.go(f"/charters/{AGENT}/edit")
    page.get_by_label("Charter", exact=True).fill(before["source"])
    page.get_by_label("What this version changes").fill("Lima has closed again")
    page.get_by_role("button", name="Publish or propose").click()
    page.wait_for_url(f"**/charters/{AGENT}")
    assert reader.row("charter", AGENT)["digest"] == before["digest"]


def test_an_agents_page_shows_its_limits_their_use_and_what_can_be_taken_back(town, visit, size):
    run = town.open("a run that stays open")
    town.call(run, "get_current_time", {"timezone": "Asia/Tokyo"})
    window = visit("director", viewport=size)
    page = window.page
    window.go(f"/agents/{AGENT}")
    limits = page.get_by_role("region", name="Limits, and what is used")
    expect(limits).to_contain_text("In one run: at most 400 calls in 10 minutes")
    expect(limits).to_contain_text("1 of 400 calls")
    undo = page.get_by_role("region", name="What can be taken back")
    expect(undo).to_contain_text("Reversible")
    fits(page)
    town.wait_for(run.close("finished"))


def test_unused_grants_say_what_is_too_new_to_tell(town, visit, size):
    window = visit("auditor", viewport=size)
    page = window.page
    window.go("/unused-grants")
    expect(page.get_by_text("Every grant is in use")).to_be_visible()
    page.get_by_label("Grants", exact=True).select_option("All of them")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("group", name=f"Grants of {AGENT}")).to_contain_text("time.clock.convert")
    fits(page)
    window.look()
    window.go(f"/charters/{AGENT}/trim?action=time.clock.convert")
    expect(page.get_by_role("region", name="What it may do no longer")).to_contain_text("fix a meeting time")
    expect(page.locator(".tag", has_text="Narrower")).to_be_visible()
