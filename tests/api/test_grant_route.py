"""The table of roles and actions, unused grants and trimming, over HTTP."""


async def test_the_matrix_has_every_charter_and_action_and_can_be_narrowed(house):
    found = await house.as_person("ana", "GET", "/v1/matrix")
    assert [row["charter"] for row in found["rows"]] == ["clock-keeper"]
    assert [cell["kind"] for cell in found["rows"][0]["cells"]] == ["high", "low"]
    assert found["rows"][0]["cells"][0]["by_size"] is False
    assert (await house.as_person("ana", "GET", "/v1/matrix?connector=none"))["actions"] == []
    assert (await house.as_person("ana", "GET", "/v1/matrix?charter=none&granted=true"))["rows"] == []


async def test_grants_say_when_they_were_last_used(house):
    found = await house.as_person("auditor", "GET", "/v1/grants?days=7")
    assert found["days"] == 7
    states = {grant["action"]: (grant["state"], grant["last_us"] is not None) for grant in found["grants"]}
    assert states["time.clock.read"] == ("used", True)
    assert found["tools"] == []
    await house.as_person("ana", "GET", "/v1/grants?charter=none", 404)
    await house.as_person("ana", "GET", "/v1/grants?days=0", 400)


async def test_a_text_is_trimmed_and_nothing_is_stored(house):
    before = house.here.reader.size()
    path = "/v1/charters/clock-keeper/trim"
    found = await house.as_person("ana", "POST", path, json={"actions": ["time.clock.convert"]})
    assert "time.clock.convert" not in found["source"]
    assert found["source"].startswith("# Tells the time; converting one is a decision for people.")
    assert found["publishable"] is True
    assert house.here.reader.size() == before
    refused = await house.as_person("ana", "POST", path, 422, json={"actions": ["time.clock.wind"]})
    assert "`time.clock.wind` is not granted" in refused["error"]["message"]
    await house.as_person("ana", "POST", "/v1/charters/none/trim", 404, json={"actions": ["a.b"]})
    await house.as_person("ana", "POST", path, 400, json={"actions": []})
