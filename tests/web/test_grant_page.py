"""The pages of grants over a real store: the table and its exports, what nobody uses, one change that takes it away."""

import csv
import html
import io
import re

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_table_and_its_exports_say_the_same(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/matrix")).text
        assert "clock-keeper, tell the time in another office: low risk" in shown
        assert "clock-keeper, fix a meeting time across zones: high risk, asks first" in shown
        answer = await client.get("/matrix.csv")
        assert answer.headers["content-disposition"] == 'attachment; filename="matrix.csv"'
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert rows[0] == ["charter", "agents", "time.clock.convert", "time.clock.read"]
        assert rows[1] == ["clock-keeper", "clock-keeper", "high", "low"]
        found = (await client.get("/matrix.json")).json()
        assert [cell["kind"] for cell in found["rows"][0]["cells"]] == rows[1][2:]


async def test_the_table_is_narrowed_by_its_address_and_so_are_its_exports(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/matrix?connector=none")).text
        assert "Nothing is left in the table" in shown
        assert "/matrix.csv?connector=none" in shown
        assert (await client.get("/matrix.json?connector=none")).json()["actions"] == []


async def test_every_mark_leads_to_the_rules_behind_it(door):
    async with door.signed_in("auditor") as client:
        links = re.findall(r'<a href="([^"]+)"[^>]*data-cell', (await client.get("/matrix")).text)
        assert len(links) == 2
        for link in links:
            assert "Rule by rule" in (await client.get(html.unescape(link))).text


async def test_what_is_too_new_to_tell_is_not_called_unused(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/unused-grants")).text
        assert "Every grant is in use" in shown
        every = (await client.get("/unused-grants?show=all")).text
        assert "Too new" in every and "Used" in every and 'type="checkbox" name="action"' not in every
        wrong = await client.get("/unused-grants?days=x")
        assert wrong.status_code == 422 and "is no number of days" in wrong.text


async def test_grants_are_taken_out_by_one_change_that_was_looked_at(door):
    path = "/charters/clock-keeper/trim"
    page = f"{path}?action=time.clock.read"
    before = door.here.reader.row("charter", "clock-keeper")
    async with door.signed_in("admin") as client:
        shown = (await client.get(page)).text
        assert "May tell the time in another office" in shown
        source = html.unescape(re.search(r'name="source" value="([^"]*)"', shown)[1])
        form = {"action": "time.clock.read", "source": source, "note": "nobody asks for the time"}
        stale = await door.send(client, page, path, {**form, "source": source + "# later"})
        assert stale.status_code == 409 and "The charter changed while you were reading" in stale.text
        empty = await door.send(client, page, path, {**form, "note": " "})
        assert empty.status_code == 422 and "Say in a note what this version changes" in empty.text
        done = await door.send(client, page, path, form)
        assert (done.status_code, done.headers["location"]) == (303, "/charters/clock-keeper")
        after = door.here.reader.row("charter", "clock-keeper")
        assert after["version"] == before["version"] + 1
        assert "# Tells the time; converting one is a decision for people." in after["source"]
        assert "time.clock.read" not in after["source"]
        assert "nobody asks for the time" in (await client.get("/charters/clock-keeper")).text
        old = (await client.get("/charters/clock-keeper?version=1")).text
        assert "time.clock.read" in old and "does not decide anything" in old
        gone = await client.get(page)
        assert gone.status_code == 422


async def test_who_may_not_publish_sees_who_may_and_a_forged_form_is_refused(door):
    path = "/charters/clock-keeper/trim"
    page = f"{path}?action=time.clock.convert"
    before = door.here.reader.row("charter", "clock-keeper")["version"]
    async with door.signed_in("auditor") as client:
        shown = (await client.get(page)).text
        assert "may publish charters" in shown
        assert f'action="{path}"' not in shown
        form = {"action": "time.clock.convert", "source": "x", "note": "because"}
        assert (await door.send(client, "/account", path, form)).status_code == 403
        assert (await client.get("/charters/none/trim?action=a.b")).status_code == 404
        assert (await client.get(path)).status_code == 422
    assert door.here.reader.row("charter", "clock-keeper")["version"] == before
