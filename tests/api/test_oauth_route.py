import pytest

from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.token import TokenVerifier
from bench.seeded import AGENT

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRANGER = SigningKey.from_random(b"9" * 48)


async def test_an_enrolled_agent_gets_a_token_of_five_minutes(shared):
    answer = await shared.ask_token()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 300)
    async with shared.client() as nobody:
        keys = (await nobody.get("/oauth/jwks")).json()
        server = (await nobody.get("/.well-known/oauth-authorization-server")).json()
        resource = (await nobody.get("/.well-known/oauth-protected-resource/mcp")).json()
    verifier = TokenVerifier(keys, server["issuer"], resource["resource"])
    assert verifier.verify(body["access_token"], shared.here.clock.now_us()).agent == AGENT
    assert server["token_endpoint"] == f"{shared.url}/oauth/token"
    assert resource["authorization_servers"] == [server["issuer"]]


async def test_a_token_can_be_bound_to_an_open_run_of_its_own(shared):
    token = await shared.agent_token(run=shared.acme.run)
    assert shared.here.verifier.verify(token, shared.here.clock.now_us()).run == shared.acme.run


async def test_a_lifetime_only_shortens(shared):
    assert (await shared.ask_token(lifetime="2")).json()["expires_in"] == 2
    for lifetime in ("0", "301", "-1", "1.5", "", "1e2", "٣"):
        answer = await shared.ask_token(lifetime=lifetime)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), lifetime


@pytest.mark.parametrize(
    "changes, status, error",
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"client_assertion_type": "urn:x"}, 400, "invalid_request"),
        ({"client_assertion": None}, 400, "invalid_request"),
        ({"client_assertion": "not.a.token"}, 401, "invalid_client"),
        ({"client_id": "somebody-else"}, 401, "invalid_client"),
        ({"resource": "https://elsewhere.example/mcp"}, 400, "invalid_target"),
        ({"run": "run-of-nobody"}, 400, "invalid_grant"),
    ],
)
async def test_a_form_that_is_not_right_is_named(shared, changes, status, error):
    answer = await shared.ask_token(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


@pytest.mark.parametrize(
    "changes",
    [
        {"key": STRANGER},
        {"agent": "somebody-else"},
        {"audience": "https://elsewhere.example/oauth/token"},
        {"now_us": 1_000_000_000_000_000},
        {"ttl_s": 3600},
    ],
)
async def test_an_assertion_that_proves_nothing_gets_nothing(shared, changes):
    answer = await shared.ask_token(client_assertion=shared.assertion(**changes), client_id=None)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_an_assertion_counts_once(shared):
    form = {"client_assertion": shared.assertion()}
    assert (await shared.ask_token(**form)).status_code == 200
    again = await shared.ask_token(**form)
    assert again.status_code == 401
    assert "used already" in again.json()["error_description"]


async def test_a_field_given_twice_is_refused(shared):
    async with shared.client() as nobody:
        body = "grant_type=client_credentials&grant_type=client_credentials"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await nobody.post("/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
