"""Who gets into the console and how, over a real store, without a socket."""

import re

import httpx2
import pytest

from bailiwick.api.app import create_api
from bailiwick.flow.invitation import invite
from bailiwick.flow.lockout import MOST_FAILURES
from bailiwick.flow.person import ChangePerson
from bailiwick.flow.secret_token import Kind
from bailiwick.web.app import create_console
from bailiwick.web.visit import SESSION_COOKIE, local_path
from bench.seeded import AGENT, PASSWORD

PAGES = ["/", "/approvals", "/runs", f"/agents/{AGENT}", "/record", "/halt", "/people", "/connectors", "/account"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_sees_a_page_before_signing_in(door, path):
    async with door.browser() as client:
        answer = await client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("path", PAGES)
async def test_a_signed_in_person_sees_the_page_under_a_strict_policy(door, path):
    async with door.signed_in("auditor") as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_no_token_of_an_agent_or_a_program_opens_the_console(door):
    token = door.here.issuer.issue(AGENT, door.acme.run, 1, "tok-1", door.here.clock.now_us())
    for bearer in (token, door.acme.tokens["director"], await door.acme.sign_in("director", Kind.SESSION)):
        async with door.browser(authorization=f"Bearer {bearer}") as client:
            assert (await client.get("/approvals")).status_code == 403
    for cookie in (token, door.acme.tokens["director"], "bwk_web_nonsense", ""):
        async with door.browser(cookie) as client:
            assert (await client.get("/approvals")).status_code == 303


async def test_a_session_ends_when_it_is_closed_and_when_its_person_may_not_sign_in(door):
    token = await door.acme.sign_in("change", Kind.SESSION)
    async with door.browser(token) as client:
        assert (await door.send(client, "/account", "/sign-out", {})).status_code == 303
    async with door.browser(token) as client:
        assert (await client.get("/account")).status_code == 303
    async with door.signed_in("change") as client:
        by = door.acme.people["admin"]
        await door.here.store.commit(ChangePerson(door.acme.people["change"], by, active=False))
        assert (await client.get("/account")).status_code == 303
        await door.here.store.commit(ChangePerson(door.acme.people["change"], by, active=True))


@pytest.mark.parametrize(
    "form, headers, why",
    [
        ({"csrf": ""}, {}, "reload the page"),
        ({"csrf": "0" * 64}, {}, "reload the page"),
        ({}, {"sec-fetch-site": "cross-site"}, "another site"),
    ],
)
async def test_a_form_that_cannot_prove_where_it_is_from_changes_nothing(door, form, headers, why):
    async with door.signed_in("director") as client:
        sent = {"scope": "all", "reason": "forged", "typed": "everything", **form}
        answer = await door.send(client, "/halt?scope=all", "/halt", sent, headers=headers)
    assert answer.status_code == 403
    assert why in answer.text
    assert door.here.reader.count("halt") == 0


async def test_a_form_of_another_kind_or_size_is_refused(door):
    async with door.signed_in("director") as client:
        assert (await client.post("/halt", json={"scope": "all"})).status_code == 400
        assert (await client.post("/halt", data={"reason": "x" * 70_000})).status_code == 400
        assert (await client.post("/halt", data={f"n{n}": "x" for n in range(200)})).status_code == 400


async def test_a_link_is_used_by_its_button_alone_and_once(door):
    link = (await invite(door.here, door.acme.people["it-ops"])).url
    token = link.rpartition("/")[2]
    async with door.browser() as client:
        for _ in range(3):
            assert "Welcome, Ines Ops" in (await client.get(link)).text
        first = await door.send(client, link, "/sign-in/link", {"token": token})
        assert first.status_code == 303
        assert "HttpOnly" in first.headers["set-cookie"] and "samesite=lax" in first.headers["set-cookie"].lower()
        assert (await client.get("/account")).status_code == 200
    async with door.browser() as client:
        assert (await client.get(link)).status_code == 403
        again = await door.send(client, "/sign-in", "/sign-in/link", {"token": token})
    assert again.status_code == 403
    assert "used already" in again.text


async def test_five_wrong_passwords_make_an_address_wait_even_with_the_right_one(door):
    async with door.browser() as client:
        for _ in range(MOST_FAILURES):
            form = {"email": "ana@acme.example", "password": "a wrong guess at it"}
            wrong = await door.send(client, "/sign-in", "/sign-in", form)
            assert wrong.status_code == 403
            assert "the address or the password is wrong" in wrong.text.lower()
        right = {"email": "Ana@acme.example ", "password": PASSWORD}
        waiting = await door.send(client, "/sign-in", "/sign-in", right)
    assert waiting.status_code == 429
    assert 0 < int(waiting.headers["retry-after"]) <= 60
    transport = httpx2.ASGITransport(app=create_api(door.here))
    async with httpx2.AsyncClient(transport=transport, base_url=door.here.public_url) as program:
        through_the_api = await program.post("/v1/sessions", json={"email": "ana@acme.example", "password": PASSWORD})
    assert through_the_api.status_code == 429


async def test_a_stranger_is_answered_like_a_friend_with_a_wrong_password(door):
    async with door.browser() as client:
        form = {"email": "nobody@acme.example", "password": "a wrong guess at it"}
        answer = await door.send(client, "/sign-in", "/sign-in", form)
    assert answer.status_code == 403
    assert "the address or the password is wrong" in answer.text.lower()


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", ""])
async def test_signing_in_never_leads_to_another_site(wanted):
    assert local_path(wanted) == "/"


async def test_only_an_administrator_adds_people_or_makes_links(door):
    async with door.signed_in("auditor") as client:
        form = {"email": "eve@acme.example", "name": "Eve", "role": "administrator"}
        assert (await door.send(client, "/account", "/people", form)).status_code == 403
        path = f"/people/{door.acme.people['admin']}"
        assert (await door.send(client, "/account", f"{path}/link", {})).status_code == 403
        assert (await door.send(client, "/account", path, {"active": "no"})).status_code == 403
    assert door.here.reader.row("email", "eve@acme.example") is None


async def test_the_last_administrator_cannot_be_taken_away(door):
    rows = door.here.reader.rows("person", limit=100)
    admins = [row["id"] for row in rows if "administrator" in row["roles"]]
    async with door.signed_in("admin") as client:
        answers = [await door.send(client, "/account", f"/people/{one}", {"active": "no"}) for one in admins[::-1]]
    assert "last active administrator" in answers[-1].text or answers[-1].status_code == 303


async def test_a_vote_for_another_digest_conflicts_and_says_so_in_the_card(door):
    approval, _ = await door.acme.ask(61)
    form = {"vote": "approve", "comment": "agreed", "digest": "sha256:" + "0" * 64}
    async with door.signed_in("director") as client:
        page = f"/approvals/{approval}"
        plain = await door.send(client, page, page, form)
        swapped = await door.send(client, page, page, form, headers={"hx-request": "true"})
    assert (plain.status_code, swapped.status_code) == (409, 409)
    assert "not the action you were shown" in plain.text
    assert swapped.text.lstrip().startswith("<article")
    assert door.here.reader.row("approval", approval)["votes"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/runs/run-none",
        "/agents/none",
        "/approvals/apr-none",
        "/record/99999",
        "/record/x",
        "/halt?scope=no",
    ],
)
async def test_what_is_not_there_is_a_page_that_says_so(door, path):
    async with door.signed_in("director") as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


async def test_a_lost_session_sends_htmx_to_sign_in(door):
    async with door.browser() as client:
        answer = await client.get("/runs", headers={"hx-request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in"


async def test_our_own_mistake_is_a_page_with_a_reference_and_nothing_else(door):
    app = create_console(door.here)
    app.state.reach = None
    cookie = await door.acme.sign_in("director", Kind.SESSION)
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=door.here.public_url) as client:
        client.cookies.set(SESSION_COOKIE, cookie)
        answer = await client.get("/connectors")
    assert answer.status_code == 500
    assert re.search(r"Reference.*err-\w{20}", answer.text, re.DOTALL)
    assert "NoneType" not in answer.text and "Traceback" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
