"""An administrator has a folder hold the record, and the record's page says up to where, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey


def test_a_record_is_anchored_and_says_so(town, visit, tmp_path):
    window = visit("admin")
    page = window.page
    window.go("/record")
    expect(page.get_by_text("Unanchored", exact=True)).to_be_visible()
    page.get_by_role("link", name="Anchors", exact=True).click()
    page.wait_for_url("**/record/anchors")
    window.look()
    for kind in ("Witnesses", "A timestamp authority", "A git repository", "A write-once folder"):
        page.get_by_role("link", name=kind).click()
        window.look()
    page.get_by_label("Name").fill("vault")
    page.get_by_label("Path").fill("nowhere")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("is not the absolute path")
    window.look()
    (tmp_path / "held").mkdir()
    page.get_by_label("Path").fill(str(tmp_path / "held"))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("The next round gives it the newest checkpoint")).to_be_visible()
    page.get_by_role("button", name="Anchor now at vault").click()
    expect(page.get_by_text("It holds the newest checkpoint now")).to_be_visible()
    expect(page.get_by_text("Holds it", exact=True)).to_be_visible()
    window.look()

    town.wait_for(town.acme.installation.store.checkpoint())
    window.go("/record")
    expect(page.get_by_text(re.compile("Anchored up to event"))).to_be_visible()
    page.get_by_role("button", name="Verify everything").click()
    expect(page.get_by_text(re.compile("above that the record is unanchored"))).to_be_visible()
    window.look()

    window.go("/record/anchors")
    page.get_by_role("button", name="Remove vault").click()
    expect(page.get_by_text("What it holds still counts")).to_be_visible()
    window.look()
