import pytest

from bailiwick.flow.invitation import invite
from bailiwick.flow.secret_token import Kind
from bench.seeded import PASSWORD


async def sign_in(house, status=201, **body):
    async with house.client() as nobody:
        answer = await nobody.post("/v1/sessions", json=body)
    assert answer.status_code == status, answer.text
    return answer


@pytest.mark.parametrize("part", ["whole", "token"])
async def test_a_link_signs_in_once(house, part):
    url = (await invite(house.here, house.acme.people["ana"])).url
    link = url if part == "whole" else url.rpartition("/")[2]
    session = (await sign_in(house, link=link)).json()
    assert session["person"]["email"] == "ana@acme.example"
    async with house.client(session["token"]) as ana:
        assert (await ana.get("/v1/me")).json()["name"] == "Ana Ruiz"
    again = await sign_in(house, 403, link=link)
    assert "used already" in again.json()["error"]["message"]


async def test_a_password_signs_in_and_signing_out_ends_it(house):
    token = (await sign_in(house, email="Ana@Acme.example", password=PASSWORD)).json()["token"]
    async with house.client(token) as ana:
        assert (await ana.delete("/v1/sessions/current")).status_code == 204
        assert (await ana.get("/v1/me")).status_code == 401


async def test_guessing_locks_the_address_and_no_other(house):
    for _ in range(5):
        await sign_in(house, 403, email="ana@acme.example", password="a wrong password")
    locked = await sign_in(house, 429, email="ANA@acme.example", password=PASSWORD)
    assert 0 < int(locked.headers["Retry-After"]) <= 60
    await sign_in(house, 403, email="director@acme.example", password=PASSWORD)


async def test_a_new_password_asks_for_the_one_before(house):
    new = "a clock that is sometimes wrong"
    await house.as_person("ana", "PUT", "/v1/me/password", 403, json={"password": new})
    await house.as_person("ana", "PUT", "/v1/me/password", 204, json={"password": new, "current": PASSWORD})
    await sign_in(house, email="ana@acme.example", password=new)
    await house.as_person("change", "PUT", "/v1/me/password", 204, json={"password": new})
    await house.as_person("auditor", "PUT", "/v1/me/password", 400, json={"password": "short"})


async def test_a_new_password_ends_every_other_session_and_keeps_this_one(house):
    others = [await house.acme.sign_in("ana", Kind.PERSONAL) for _ in range(2)]
    stranger = await house.acme.sign_in("auditor", Kind.PERSONAL)
    new = {"password": "a clock that is sometimes wrong", "current": PASSWORD}
    await house.as_person("ana", "PUT", "/v1/me/password", 403, json={**new, "current": "a wrong one"})
    assert len(house.here.reader.rows("session", {"person": house.acme.people["ana"]})) == 3
    await house.as_person("ana", "PUT", "/v1/me/password", 204, json=new)
    for token, status in ((house.acme.tokens["ana"], 200), (others[0], 401), (others[1], 401), (stranger, 200)):
        async with house.client(token) as client:
            assert (await client.get("/v1/me")).status_code == status


async def test_guessing_the_current_password_locks_the_address_too(house):
    for _ in range(5):
        guess = {"password": "a clock that is sometimes wrong", "current": "a wrong password"}
        await house.as_person("ana", "PUT", "/v1/me/password", 403, json=guess)
    await house.as_person("ana", "PUT", "/v1/me/password", 429, json={**guess, "current": PASSWORD})
    await sign_in(house, 429, email="ana@acme.example", password=PASSWORD)


async def test_an_administrator_adds_a_person_and_hands_over_a_link(house):
    new = {"email": "Rosa@acme.example", "name": "Rosa Vidal", "roles": ["sales"]}
    person = await house.as_person("admin", "POST", "/v1/people", 201, json=new)
    assert (person["email"], person["has_password"]) == ("rosa@acme.example", False)
    await house.as_person("admin", "POST", "/v1/people", 409, json=new)
    link = await house.as_person("admin", "POST", f"/v1/people/{person['id']}/link", 201)
    assert link["url"].startswith(f"{house.url}/sign-in/link/bwk_link_")
    assert (await sign_in(house, link=link["url"])).json()["person"]["id"] == person["id"]


async def test_a_list_goes_on_where_the_page_ended(house):
    first = await house.as_person("admin", "GET", "/v1/people?limit=5")
    second = await house.as_person("admin", "GET", f"/v1/people?limit=5&cursor={first['next']}")
    assert (len(first["items"]), len(second["items"]), second["next"]) == (5, 3, None)
