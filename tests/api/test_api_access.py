import pytest

from bailiwick.flow.secret_token import Kind
from bench.seeded import CHARTER

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGES = [
    ("POST", "/v1/people", {"email": "x@acme.example", "name": "X"}),
    ("PUT", "/v1/installation/mode", {"mode": "solo"}),
    ("PUT", "/v1/connectors/time/secret", {"values": {"A": "b"}}),
    ("POST", "/v1/charters", {"source": CHARTER.replace("calls: 400", "calls: 399"), "note": "x"}),
    ("DELETE", "/v1/agents/clock-keeper", None),
    ("POST", "/v1/actions/act-x/reconcile", {"outcome": "failed", "note": "x"}),
]


@pytest.mark.parametrize("path", ["/v1/me", "/v1/people", "/v1/runs", "/v1/record/events", "/v1/approvals"])
async def test_nobody_reads_without_signing_in(shared, path):
    async with shared.client() as nobody:
        answer = await nobody.get(path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["error"]["code"] == "unsigned"


@pytest.mark.parametrize("token", ["x", "bwk_cli_" + "0" * 49, "Ω", "a" * 9000])
async def test_a_token_that_nobody_minted_is_refused(shared, token):
    async with shared.client() as nobody:
        answer = await nobody.get("/v1/me", headers=[(b"authorization", b"Bearer " + token.encode())])
    assert answer.status_code == 401


async def test_an_agents_token_is_refused_where_people_work(shared):
    async with shared.client(await shared.agent_token()) as agent:
        for method, path, body in [("GET", "/v1/me", None), *CHANGES]:
            answer = await agent.request(method, path, json=body)
            assert answer.status_code == 403, path
            assert "an agent's token" in answer.json()["error"]["message"]


async def test_a_persons_token_opens_no_run(shared):
    body = {"intent": "work as an agent", "workflow": "timekeeping"}
    refused = await shared.as_person("admin", "POST", "/v1/runs", 403, json=body)
    assert "never acts as an agent" in refused["error"]["message"]
    await shared.as_person("admin", "POST", f"/v1/runs/{shared.acme.run}/close", 403, json={})


async def test_the_consoles_cookie_reads_and_changes_nothing(shared):
    cookie = await shared.acme.sign_in("admin", Kind.SESSION)
    async with shared.client(Cookie=f"bailiwick_session={cookie}") as console:
        assert (await console.get("/v1/me")).status_code == 200
        for method, path, body in CHANGES:
            answer = await console.request(method, path, json=body)
            assert answer.status_code == 403, path
            assert "only reads" in answer.json()["error"]["message"]


async def test_a_console_session_is_no_bearer_token(shared):
    async with shared.client(await shared.acme.sign_in("admin", Kind.SESSION)) as console:
        assert (await console.get("/v1/me")).status_code == 401


async def test_a_personal_token_is_no_console_session(shared):
    async with shared.client(Cookie=f"bailiwick_session={shared.acme.tokens['admin']}") as console:
        assert (await console.get("/v1/me")).status_code == 401


@pytest.mark.parametrize("method, path, body", CHANGES)
async def test_a_change_needs_a_role_that_may(shared, method, path, body):
    refused = await shared.as_person("director", method, path, 403, json=body)
    assert "only administrator" in refused["error"]["message"]


async def test_only_who_may_export_the_record_gets_it(shared):
    refused = await shared.as_person("director", "GET", "/v1/record/export", 403)
    assert "auditor" in refused["error"]["message"]


async def test_somebody_who_left_is_out_at_once(shared):
    token = await shared.acme.sign_in("change")
    path = f"/v1/people/{shared.acme.people['change']}"
    await shared.as_person("admin", "PATCH", path, json={"active": False})
    async with shared.client(token) as left:
        assert (await left.get("/v1/me")).status_code == 401
        await shared.as_person("admin", "PATCH", path, json={"active": True})
        assert (await left.get("/v1/me")).status_code == 401
    shared.acme.tokens["change"] = await shared.acme.sign_in("change")
