"""Subjects over HTTP: found, looked at, forgotten only when that was meant."""

NAME = {"kind": "office", "id": "Asia/Tokyo"}


async def test_a_person_is_found_and_forgotten(house):
    async def ask(method, path, status=200, **more):
        return await house.as_person("admin", method, path, status, **more)

    found = await ask("POST", "/v1/subjects/find", json=NAME)
    assert found["state"] == "kept" and found["events"] >= 1 and "Tokyo" not in str(found)
    assert await ask("POST", "/v1/subjects/erase", json=NAME) == found
    erased = await ask("POST", "/v1/subjects/erase", json={**NAME, "confirm": True})
    assert (erased["id"], erased["state"]) == (found["id"], "erased")
    assert await ask("GET", f"/v1/subjects/{found['id']}") == erased
    assert await ask("POST", "/v1/subjects/erase", json={"id": found["id"], "confirm": True}) == erased
    await ask("POST", "/v1/subjects/find", 404, json=NAME)
    assert (await ask("GET", "/v1/erasures"))["items"] == [erased]
    assert (await ask("POST", "/v1/record/verify"))["problems"] == []
    events = (await ask("GET", "/v1/record/events?type=subject.erased"))["items"]
    assert [one["data"]["subject"] for one in events] == [found["id"]]


async def test_whoever_has_not_the_right_neither_looks_nor_forgets(house):
    for path in ("find", "erase"):
        await house.as_person("auditor", "POST", f"/v1/subjects/{path}", 403, json=NAME)
