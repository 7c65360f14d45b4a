"""How long data is kept, over HTTP."""


async def test_a_rule_is_set_listed_and_only_made_longer(house):
    async def ask(method, path, status=200, **more):
        return await house.as_person("admin", method, path, status, **more)

    every = {"data_class": "every", "keep_days": 183, "most_days": 0}
    assert (await ask("GET", "/v1/retention"))["items"] == [every]
    rule = {"keep_days": 200, "most_days": 400}
    assert await ask("PUT", "/v1/retention/customer", json=rule) == {"data_class": "customer", **rule}
    assert len((await ask("GET", "/v1/retention"))["items"]) == 2
    await ask("PUT", "/v1/retention/customer", 422, json=rule | {"keep_days": 190})
    assert (await ask("POST", "/v1/retention/prune", json={}))["periods"] == []
    assert (await ask("POST", "/v1/retention/prune", json={"confirm": True}))["periods"] == []


async def test_whoever_has_not_the_right_changes_nothing(house):
    await house.as_person("auditor", "PUT", "/v1/retention/customer", 403, json={"keep_days": 200, "most_days": 0})
    await house.as_person("auditor", "POST", "/v1/retention/prune", 403, json={"confirm": True})
