import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSON = b'{"email": "x@acme.example", "name": "X"}'


@pytest.mark.parametrize(
    "body, status, word",
    [
        (b"{", 400, "cannot be taken"),
        (b"\xff\xfe", 400, "cannot be taken"),
        (b'{"name": NaN}', 400, "cannot be taken"),
        (b"[" * 5000 + b"]" * 5000, 400, "deep"),
        (b"[" * 40 + b"]" * 40, 422, "deep"),
        (b'{"name": "a", "name": "b"}', 422, "name"),
        (b'{"n": 9007199254740993}', 422, "9007199254740993"),
        (b'{"email": "\\ud800"}', 422, "surrogate"),
        (b"[]", 400, "does not fit"),
        (b"null", 400, "does not fit"),
        (b"", 400, "does not fit"),
        (b'{"email": "x@acme.example"}', 400, "name"),
        (b'{"email": "x@acme.example", "name": "X", "admin": true}', 400, "admin"),
        (b'{"email": "x@acme.example", "name": 7}', 400, "name"),
        (b'{"email": "x@acme.example", "name": "X", "roles": ["Boss!"]}', 422, "`Boss!`"),
    ],
)
async def test_a_body_with_more_than_one_meaning_or_none_is_refused(shared, body, status, word):
    async with shared.person("admin") as admin:
        answer = await admin.post("/v1/people", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status, answer.text
    assert word in answer.json()["error"]["message"]


async def test_a_body_over_a_megabyte_is_refused_unread(shared):
    async def endless():
        for _ in range(40):
            yield b" " * 65_536

    async with shared.person("admin") as admin:
        announced = await admin.post("/v1/people", content=b"x" * 1_048_577)
        streamed = await admin.post("/v1/people", content=endless())
    assert (announced.status_code, streamed.status_code) == (413, 413)
    assert announced.json()["error"]["code"] == "too-large"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_a_body_of_another_type_is_refused(shared, kind):
    async with shared.person("admin") as admin:
        answer = await admin.post("/v1/people", content=PERSON, headers={"Content-Type": kind})
    assert answer.status_code == 415


async def test_what_is_not_there_is_said_in_the_same_shape(shared):
    async with shared.person("admin") as admin:
        missing, method = await admin.get("/v1/nothing"), await admin.put("/v1/agents", json={})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "unknown")
    assert (method.status_code, method.headers["Allow"]) == (405, "GET, POST")


async def test_a_query_out_of_bounds_is_refused(shared):
    refused = await shared.as_person("admin", "GET", "/v1/runs?limit=201", 400)
    assert "limit" in refused["error"]["problems"][0]["message"]
