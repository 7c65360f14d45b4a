from bench.seeded import AGENT, CHARTER

ASK = {"source_timezone": "Europe/Madrid", "target_timezone": "Asia/Tokyo"}


async def vote(house, who, approval, digest, status=201, word="approve", comment="a good time"):
    body = {"vote": word, "comment": comment, "digest": digest}
    return await house.as_person(who, "POST", f"/v1/approvals/{approval}/votes", status, json=body)


async def test_a_card_says_what_will_change_and_who_may_decide(house):
    approval, digest = await house.acme.ask(9 * 60)
    card = await house.as_person("ana", "GET", f"/v1/approvals/{approval}")
    assert card["title"] == f"{AGENT} wants to fix a meeting time across zones"
    assert (card["status"], card["digest"], card["tier"]) == ("open", digest, "high")
    assert card["arguments"] == ASK | {"time": "09:00"}
    assert {"path": "time", "value": "09:00", "kind": "authority"} in card["changes"]
    assert card["measures"] == {"meetings": 1}
    assert [voter["email"] for voter in card["voters"]] == ["director@acme.example"]
    assert card["excluded_names"] == ["Ana Ruiz", "Ines Ops"]
    assert (await house.as_person("ana", "GET", "/v1/approvals?status=open"))["items"] == [card]


async def test_a_vote_lets_exactly_this_action_run_once(house):
    approval, digest = await house.acme.ask(9 * 60)
    done = await vote(house, "director", approval, digest)
    assert (done["status"], done["votes"][0]["name"]) == ("approved", "Dora Director")
    acted = await house.acme.act("convert_time", ASK | {"time": "09:00"})
    assert acted.state == "succeeded"
    card = await house.as_person("ana", "GET", f"/v1/approvals/{approval}")
    assert (card["status"], card["used_by"]) == ("consumed", acted.decision.action)
    run = await house.as_person("ana", "GET", f"/v1/runs/{house.acme.run}")
    told = [statement["text"] for statement in run["summary"]]
    assert "It asked to fix a meeting time across zones; Dora Director approved it." in told


async def test_who_may_not_vote_is_told_why(house):
    approval, digest = await house.acme.ask(9 * 60)
    assert "own the agent" in (await vote(house, "ana", approval, digest, 403))["error"]["message"]
    assert "do not have that role" in (await vote(house, "auditor", approval, digest, 403))["error"]["message"]
    other = "sha256:" + "0" * 64
    assert "reload" in (await vote(house, "director", approval, other, 409))["error"]["message"]
    assert "say why" in (await vote(house, "director", approval, digest, 422, comment=" "))["error"]["message"]
    await vote(house, "director", approval, digest, word="deny")
    assert "no more votes" in (await vote(house, "director", approval, digest, 409))["error"]["message"]
    await vote(house, "director", "apr-of-nobody", digest, 404)


async def test_a_consent_that_would_not_count_says_so(house):
    approval, _ = await house.acme.ask(9 * 60)
    source = CHARTER.replace("calls: 400", "calls: 300")
    await house.as_person("admin", "POST", "/v1/charters", 201, json={"source": source, "note": "fewer calls"})
    card = await house.as_person("ana", "GET", f"/v1/approvals/{approval}")
    assert "the charter has changed" in card["superseded"]


async def test_approvals_come_in_pages(house):
    asked = [(await house.acme.ask(minute))[0] for minute in range(3)]
    first = await house.as_person("ana", "GET", "/v1/approvals?limit=2&status=open")
    second = await house.as_person("ana", "GET", f"/v1/approvals?limit=2&status=open&cursor={first['next']}")
    assert [card["id"] for card in first["items"] + second["items"]] == asked[::-1]
    assert second["next"] is None
    assert (await house.as_person("ana", "GET", "/v1/approvals?status=expired"))["items"] == []
