"""What-if, shadow and canary over HTTP, on an installation with one agent that tells the time."""

import pytest

from bailiwick.core.trial import share_of
from bench.seeded import CHARTER

NARROWER = CHARTER.replace("[Europe/Madrid, Europe/Berlin, Asia/Tokyo]", "[Europe/Madrid]")
WIDER = CHARTER.replace("cannot: [billing.*]", "cannot: []")
AT = "/v1/charters/clock-keeper/trial"
READ = {"timezone": "Europe/Berlin"}


async def whatif(house, status=201, who="auditor", **asked):
    return await house.as_person(who, "POST", "/v1/charters/whatif", status, json={"charter": "clock-keeper"} | asked)


async def ended(house, started):
    found = await house.as_person("auditor", "GET", f"/v1/whatifs/{started['id']}?wait_s=20")
    assert found["state"] == "done"
    return found


async def trial(house, who="admin", status=201, **asked):
    body = {"kind": "canary", "source": NARROWER, "note": "fewer offices", "percent": 100} | asked
    return await house.as_person(who, "POST", AT, status, json=body)


async def test_a_what_if_is_started_waited_for_and_paged_through(house):
    earlier = (await ended(house, await whatif(house, source=NARROWER, days=1)))["report"]["changed"]
    await house.acme.begin()
    for _ in range(3):
        await house.acme.act("get_current_time", READ)
    await house.acme.act("get_current_time", {"timezone": "Europe/Madrid"})
    done = await ended(house, await whatif(house, source=NARROWER, days=1))
    assert (done["report"]["changed"], done["report"]["untold"]) == (earlier + 3, 0)
    (action,) = [one for one in done["report"]["actions"] if one["changes"]]
    assert (action["name"], action["changes"]) == ("time.clock.read", {"allow → deny": earlier + 3})
    at = f"/v1/whatifs/{done['id']}/changes"
    first = await house.as_person("ana", "GET", f"{at}?limit=2")
    rest = await house.as_person("ana", "GET", f"{at}?limit=9&cursor={first['next']}")
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, earlier + 1, None)
    assert {one["sentence"] for one in first["items"]} == {"`timezone` must be one of `Europe/Madrid`"}
    assert (await house.as_person("ana", "GET", f"/v1/whatifs/{done['id']}/untold"))["items"] == []


async def test_a_published_version_can_be_asked_about_too(house):
    done = await ended(house, await whatif(house, version=1))
    assert done["report"]["changed"] == 0


@pytest.mark.parametrize(
    "asked, status",
    [
        ({}, 422),
        ({"source": NARROWER, "version": 1}, 422),
        ({"version": 7}, 404),
        ({"charter": "other", "source": NARROWER}, 404),
        ({"source": "charter: x"}, 422),
        ({"source": NARROWER, "days": 0}, 400),
    ],
)
async def test_what_cannot_be_asked_is_refused(shared, asked, status):
    await whatif(shared, status, **asked)


async def test_what_is_not_remembered_is_not_there(shared):
    for path in ("", "/changes", "/untold"):
        await shared.as_person("ana", "GET", f"/v1/whatifs/whf-none{path}", 404)
    await shared.as_person("ana", "GET", AT, 404)


async def test_a_canary_is_started_changed_compared_and_stopped(house):
    row = await trial(house, percent=100)
    assert (row["state"], row["percent"], row["report"]["decided"]) == ("running", 100, 0)
    await house.acme.begin()
    assert (await house.acme.act("get_current_time", READ)).decision.verdict.code.value == "limit"
    row = await house.as_person("admin", "PATCH", AT, json={"percent": 1})
    assert [percent for _, percent in row["steps"]] == [100, 1]
    while share_of(row["digest"], house.acme.run) < 1 or house.here.reader.row("run", house.acme.run)["calls"] == 0:
        await house.acme.begin()
        await house.acme.act("get_current_time", READ)
    row = await house.as_person("auditor", "GET", AT)
    sides = {side["version"]: (side["allow"], side["deny"]) for side in row["sides"]}
    assert sides["old"][0] == 1 and sides["new"][1] >= 1
    changes = (await house.as_person("auditor", "GET", f"{AT}/changes"))["items"]
    assert {(one["before"], one["after"]) for one in changes} == {("allow", "deny")}
    assert len(changes) == row["report"]["changed"] == row["report"]["decided"]
    stopped = await house.as_person("auditor", "POST", f"{AT}/stop")
    assert (stopped["state"], stopped["ended_by_name"]) == ("stopped", "Aude Auditor")
    await house.acme.begin()
    assert (await house.acme.act("get_current_time", READ)).state == "succeeded"
    assert (await house.as_person("auditor", "GET", AT))["report"]["decided"] == row["report"]["decided"]


async def test_a_shadow_is_compared_and_promoted(house):
    await trial(house, kind="shadow")
    await house.acme.begin()
    assert (await house.acme.act("get_current_time", READ)).state == "succeeded"
    row = await house.as_person("ana", "GET", AT)
    assert (row["percent"], row["report"]["changed"], row["overtaken"]) == (0, 1, False)
    version = await house.as_person("admin", "POST", f"{AT}/promote", json={})
    assert (version["status"], version["version"], version["note"]) == ("published", 2, "fewer offices")
    assert (await house.as_person("ana", "GET", AT))["state"] == "promoted"
    assert (await house.acme.act("get_current_time", READ)).decision.verdict.code.value == "limit"


async def test_a_wider_canary_waits_for_a_second_person_and_shows_no_figures(house):
    row = await trial(house, source=WIDER)
    assert (row["state"], row["report"]) == ("proposed", None)
    await house.as_person("ana", "GET", f"{AT}/changes", 404)


async def test_starting_and_promoting_needs_the_right_and_stopping_does_not(house):
    await trial(house, who="director", status=403)
    await trial(house, kind="shadow")
    await house.as_person("director", "PATCH", AT, 403, json={"percent": 5})
    await house.as_person("director", "POST", f"{AT}/promote", 403, json={})
    await house.as_person("ana", "POST", f"{AT}/stop")


async def test_a_document_is_read_by_its_digest(shared):
    head = shared.here.reader.row("charter", "clock-keeper")
    found = await shared.as_person("ana", "GET", f"/v1/documents/{head['digest']}")
    assert found["charter"] == "clock-keeper"
    await shared.as_person("ana", "GET", "/v1/documents/sha256:none", 404)
