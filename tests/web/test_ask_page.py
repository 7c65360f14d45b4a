"""Asking the record in the console: answers, mistakes, time zones, and searches that are kept and shared."""

import re

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_five_questions_are_cards_and_each_is_answered(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/ask")).text
        links = re.findall(r'href="(/ask\?question=\w+)"', shown)
        assert len(links) == 5 and "None yet" in shown
        for link in links:
            answer = await client.get(link)
            assert answer.status_code == 200 and "About what?" in answer.text
        assert 'href="/ask"' in (await client.get("/record")).text


async def test_answers_lead_to_the_run_and_the_event(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/ask?question=who&agent=clock-keeper")).text
        event = re.search(r'<a href="/record/(\d+)" data-item>', shown)[1]
        assert f'#event-{event}"' in shown and "clock-keeper" in shown
        assert (await client.get(f"/record/{event}")).status_code == 200
        policy = (await client.get("/ask?question=policy&agent=clock-keeper")).text
        assert '<a href="/charters/clock-keeper">' in policy and "/why?action=" in policy


async def test_what_nobody_did_teaches_what_to_do_next(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/ask?question=data&thing=contact/none")).text
        assert "Nothing on the record answers that" in shown
        assert "bailiwick ask data --object contact/none" in shown


@pytest.mark.parametrize(
    "field, value, said",
    [
        ("thing", "4711", "is no object"),
        ("person", "Nobody", "nobody here is known"),
        ("since", "yesterday", "is no time"),
        ("zone", "Mars/Olympus", "is no time zone"),
    ],
)
async def test_a_mistake_is_said_at_its_field(door, field, value, said):
    async with door.signed_in("auditor") as client:
        answer = await client.get(f"/ask?question=who&{field}={value}")
        assert answer.status_code == 422 and said.lower() in answer.text.lower()


async def test_times_are_read_and_shown_in_the_zone_that_is_asked_for(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/ask?question=who&zone=Asia/Tokyo&since=2020-01-01T09:00")).text
        assert " JST</span>" in shown and "--since 2020-01-01T00:00:00Z" in shown
        assert (await client.get("/ask?question=when")).status_code == 404


async def test_a_search_is_kept_shared_and_deleted(door):
    form = {"question": "who", "agent": "clock-keeper", "name": "The clock", "zone": "Europe/Madrid"}
    async with door.signed_in("ana") as client:
        saved = await door.send(client, "/ask?question=who", "/ask/searches", form)
        assert saved.status_code == 303
        link = saved.headers["location"]
        shown = (await client.get(link)).text
        assert "<h1>The clock</h1>" in shown and "agent clock-keeper" in shown
        nameless = await door.send(client, "/ask?question=who", "/ask/searches", {**form, "name": " "})
        assert nameless.status_code == 422 and "give the search a name" in nameless.text.lower()
    async with door.signed_in("auditor") as client:
        assert "<h1>The clock</h1>" in (await client.get(link)).text
        refused = await door.send(client, "/ask?question=who", f"{link}/delete", {})
        assert refused.status_code == 404
    async with door.signed_in("ana") as client:
        assert (await door.send(client, link, f"{link}/delete", {})).status_code == 303
        assert (await client.get(link)).status_code == 404


async def test_a_run_is_attested_from_its_page(door):
    async with door.signed_in("auditor") as client:
        run = re.search(r'href="/runs/(run-\w+)', (await client.get("/runs")).text)[1]
        note = await door.send(client, f"/runs/{run}", f"/runs/{run}/attestation", {})
        assert note.status_code == 200 and note.text.startswith("bailiwick.attestation/1\n")
        assert note.headers["content-disposition"] == f'attachment; filename="{run}.attestation"'
        assert f"/ask?question=data&amp;run={run}" in (await client.get(f"/runs/{run}")).text
