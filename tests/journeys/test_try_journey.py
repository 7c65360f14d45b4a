"""A charter is tried in the console before anybody publishes it."""

import re

import pytest
from playwright.sync_api import expect

from bench.seeded import CHARTER

pytestmark = pytest.mark.journey

NARROWER = CHARTER.replace("[Europe/Madrid, Europe/Berlin, Asia/Tokyo]", "[Europe/Madrid]")


def tell_time(town, office):
    return town.wait_for(town.acme.act("get_current_time", {"timezone": office}))


def test_what_a_change_would_have_done_is_seen_before_it_is_made(town, visit):
    town.wait_for(town.acme.begin())
    tell_time(town, "Asia/Tokyo")
    window = visit("admin")
    page = window.page
    window.go("/charters/clock-keeper")
    page.get_by_role("link", name="Try a change").click()
    page.wait_for_url("**/try")
    window.look()

    page.get_by_label("Charter", exact=True).fill(NARROWER.replace("purpose:", "porpoise:"))
    page.get_by_role("button", name="Decide them again").click()
    expect(page.get_by_role("alert")).to_contain_text("did you mean purpose?")
    window.look()

    page.get_by_label("Charter", exact=True).fill(NARROWER)
    page.get_by_role("button", name="Decide them again").click()
    page.wait_for_url("**/whatifs/*")
    expect(page.get_by_role("heading", name="Result")).to_be_visible()
    changes = page.get_by_role("group", name="Actions that come out differently")
    expect(changes).to_contain_text("timezone must be one of Europe/Madrid")
    window.look()
    changes.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/record/\d+$"))


def test_a_version_runs_in_the_shadow_and_is_stopped(town, visit):
    window = visit("admin")
    page = window.page
    window.go("/charters/clock-keeper/try")
    page.get_by_label("Charter", exact=True).fill(NARROWER)
    page.get_by_label("What is tried").fill("Madrid alone")
    page.get_by_role("button", name="Run it in the shadow").click()
    page.wait_for_url("**/trial")
    expect(page.get_by_text("No action comes out differently")).to_be_visible()
    window.look()

    town.wait_for(town.acme.begin())
    assert tell_time(town, "Europe/Berlin").state == "succeeded"
    window.go("/charters/clock-keeper/trial")
    expect(page.get_by_role("group", name="Actions that come out differently")).to_contain_text("time.clock.read")
    page.get_by_role("button", name="Stop the trial").click()
    expect(page.get_by_text("This trial is over.")).to_be_visible()
    window.look()
