"""The page that asks why, over a real store: a recorded decision, another agent, charter, time and sum."""

import re

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


def recorded(door, **where):
    return door.here.reader.rows("action", {"run": door.acme.run, **where}, limit=1)[0]["id"]


def states(text):
    return re.findall(r'<li class="(passed|objected|asked|unreached)">', text)


async def test_every_decision_on_a_page_leads_to_its_rules(door):
    action = recorded(door, code="limit")
    link = f'href="/why?action={action}"'
    async with door.signed_in("auditor") as client:
        for path in (f"/runs/{door.acme.run}", f"/actions/{action}", "/record?verdict=deny", "/why"):
            assert link in (await client.get(path)).text, path


async def test_a_recorded_denial_shows_the_rule_that_objected_and_its_line(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get(f"/why?action={recorded(door, code='limit')}")).text
    assert "The record says the same" in shown
    found = states(shown)
    assert found.count("objected") == 1 and "unreached" in found and "asked" not in found
    marked = re.search(r'class="yaml-line marked" id="line-(\d+)">(.*?)</span>', shown)
    assert marked and "timezone" in marked[2]
    assert f'href="#line-{marked[1]}"' in shown


async def test_other_arguments_come_out_otherwise_and_the_address_keeps_the_question(door):
    action = recorded(door, code="limit")
    async with door.signed_in("auditor") as client:
        form = {"action": action, "arguments": '{"timezone": "Asia/Tokyo"}'}
        answer = await door.send(client, "/why", "/why", form, headers={"hx-request": "true"})
        assert answer.status_code == 200
        assert "On the record it came out otherwise" in answer.text
        assert "objected" not in states(answer.text)
        kept = answer.headers["hx-replace-url"]
        assert "On the record it came out otherwise" in (await client.get(kept)).text


async def test_a_request_starts_from_a_template_that_the_charter_would_allow(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/why?agent=clock-keeper&what=time.clock.read")).text
        assert "Europe/Madrid" in re.search(r'<textarea id="arguments".*?</textarea>', shown, re.DOTALL)[0]
        assert 'name="total.' not in shown
        convert = {"agent": "clock-keeper", "what": "time.clock.convert"}
        text = (await door.send(client, "/why", "/why", convert)).text
        assert "needs the consent of marketing-director" in text
        assert states(text)[-1] == "asked"
        kept = {**convert, "what": "time.clock.read", "filled": "time.clock.convert", "arguments": '{"mine": 1}'}
        assert "&#34;mine&#34;: 1" in (await door.send(client, "/why", "/why", kept)).text


async def test_a_charter_that_nobody_published_can_be_tried_and_has_no_address(door):
    source = door.here.reader.row("charter", "clock-keeper")["source"]
    night = source.replace("cannot:", 'when: {days: mon-fri, hours: "07:00-20:00", zone: Asia/Tokyo}\ncannot:')
    form = {"what": "time.clock.read", "source": night, "day": "sat", "time": "22:30", "zone": "Asia/Tokyo"}
    async with door.signed_in("auditor") as client:
        answer = await door.send(client, "/why", "/why", form, headers={"hx-request": "true"})
        assert "Saturday 22:30 there" not in answer.text  # an objection says so in its own words
        assert "Outside the permitted time" in answer.text
        assert "hx-replace-url" not in answer.headers
        within = await door.send(client, "/why", "/why", {**form, "day": "mon", "time": "09:00"})
        assert "Monday 09:00 there" in within.text


@pytest.mark.parametrize(
    "form, status, why",
    [
        ({"what": "time.clock.read"}, 422, "choose who asks, or a charter below"),
        ({"agent": "clock-keeper", "what": "time.clock.read", "arguments": "{"}, 422, "this is no JSON"),
        ({"agent": "clock-keeper", "what": "time.clock.read", "arguments": "[1]"}, 422, "arguments are a JSON object"),
        ({"agent": "clock-keeper", "what": "time.clock.read", "calls": "-1"}, 422, "is no whole number of 0 or more"),
        ({"agent": "clock-keeper", "what": "time.clock.read", "spent.day.usd": "x"}, 422, "is no amount"),
        ({"agent": "clock-keeper", "what": "time.clock.read", "day": "sat", "time": "99:99"}, 422, "no time of day"),
        ({"agent": "nobody", "what": "time.clock.read"}, 404, "is not enrolled"),
        ({"agent": "clock-keeper", "what": "nothing"}, 422, "is no action and no tool"),
        ({"what": "time.clock.read", "source": "charter: ["}, 422, "line 1"),
        ({"action": "act-none"}, 404, "no decision on an action"),
    ],
)
async def test_a_form_that_cannot_be_answered_says_why_and_keeps_what_was_typed(door, form, status, why):
    async with door.signed_in("auditor") as client:
        answer = await door.send(client, "/why", "/why", form)
    assert answer.status_code == status
    assert why in answer.text
    if "arguments" in form:
        assert f">{form['arguments']}</textarea>" in answer.text


async def test_asking_writes_nothing(door):
    size = door.here.reader.size()
    async with door.signed_in("auditor") as client:
        before = door.here.reader.size()
        await client.get("/why?agent=clock-keeper&what=time.clock.convert")
        await client.get(f"/why?action={recorded(door, code='limit')}&agent=clock-keeper&charter=clock-keeper@1")
        assert door.here.reader.size() == before >= size
