"""Versions over HTTP: comparing, agreeing, taking back, going back and tags."""

import pytest

from bench.seeded import AGENT, CHARTER

WIDER = CHARTER.replace("Asia/Tokyo]", "Asia/Tokyo, America/Lima]")
NARROWER = CHARTER.replace(", Asia/Tokyo]", "]")
AT = f"/v1/charters/{AGENT}"


async def publish(house, source, who="admin", note="as agreed"):
    return await house.as_person(who, "POST", "/v1/charters", 201, json={"source": source, "note": note})


async def compare(house, before, after, status=200):
    return await house.as_person(
        "auditor", "POST", "/v1/charters/compare", status, json={"before": before, "after": after}
    )


async def test_a_comparison_has_a_call_for_each_direction(house):
    found = await compare(house, {"version": AGENT}, {"source": WIDER})
    assert (found["relation"], found["needs_both"], found["before"]) == ("wider", True, f"{AGENT}@1")
    (changed,) = [one for one in found["actions"] if one["relation"] != "same"]
    (example,) = changed["examples"]
    assert (changed["action"], example["direction"]) == ("time.clock.read", "wider")
    assert example["arguments"]["timezone"] == "America/Lima"
    assert (example["before"]["verdict"], example["after"]["verdict"]) == ("deny", "allow")
    assert example["sentence"].startswith("Before: denied") and "After: allowed" in example["sentence"]
    assert {line["change"] for line in found["lines"]} == {"added", "removed", "same"}


async def test_narrower_needs_nobody(house):
    found = await compare(house, {"source": CHARTER}, {"source": NARROWER})
    assert (found["relation"], found["needs_both"]) == ("narrower", False)


@pytest.mark.parametrize(
    "before, status",
    [
        ({}, 422),
        ({"version": AGENT, "source": CHARTER}, 422),
        ({"version": "nobody"}, 404),
        ({"version": f"{AGENT}@9"}, 404),
        ({"source": "charter: x"}, 422),
        ({"source": CHARTER.replace("charter: clock-keeper", "charter: other")}, 422),
    ],
    ids=str,
)
async def test_a_side_that_names_no_version_is_refused(house, before, status):
    await compare(house, before, {"source": CHARTER}, status)


async def test_both_owners_agree_to_what_they_have_read(house):
    row = await publish(house, WIDER)
    assert (row["status"], row["relation"], row["consents"]) == ("proposed", "wider", [])
    digest = {"digest": row["digest"]}
    await house.as_person("director", "POST", f"{AT}/second", 403, json=digest)
    await house.as_person("ana", "POST", f"{AT}/second", 409, json={"digest": "sha256:" + "0" * 64})
    assert (await house.as_person("ana", "POST", f"{AT}/second", json=digest))["status"] == "proposed"
    await house.as_person("ana", "POST", f"{AT}/second", 409, json=digest)
    done = await house.as_person("it-ops", "POST", f"{AT}/second", json=digest)
    assert (done["status"], done["version"]) == ("published", 2)
    await house.as_person("ana", "POST", f"{AT}/second", 404, json=digest)


async def test_a_proposal_is_taken_back_by_an_owner_and_not_by_others(house):
    await publish(house, WIDER)
    await house.as_person("director", "POST", f"{AT}/withdraw", 403)
    assert (await house.as_person("it-ops", "POST", f"{AT}/withdraw"))["status"] == "withdrawn"
    assert (await house.as_person("ana", "GET", AT))["proposed"] is None


async def test_going_back_is_one_call_and_asks_both_owners_where_it_is_wider(house):
    assert (await publish(house, NARROWER))["status"] == "published"
    row = await house.as_person("ana", "POST", f"{AT}/rollback", json={"version": "1"})
    assert (row["status"], row["note"], row["consents"]) == (
        "proposed",
        "rollback to version 1",
        [house.acme.people["ana"]],
    )
    done = await house.as_person("it-ops", "POST", f"{AT}/second", json={"digest": row["digest"]})
    assert (done["status"], done["version"]) == ("published", 3)
    back = await house.as_person("admin", "POST", f"{AT}/rollback", json={"version": "2"})
    assert (back["status"], back["relation"]) == ("published", "narrower")


async def test_a_tag_points_at_a_published_version_and_can_be_moved(house):
    await publish(house, NARROWER)
    moved = await house.as_person("admin", "PUT", f"{AT}/tags/stable", json={"version": "1"})
    assert (moved["version"], moved["tag"]) == (1, "stable")
    found = await compare(house, {"version": f"{AGENT}@stable"}, {"version": f"{AGENT}@2"})
    assert (found["before"], found["relation"]) == (f"{AGENT}@1", "narrower")
    await house.as_person("admin", "PUT", f"{AT}/tags/stable", json={"version": moved["digest"][7:20]})
    await house.as_person("admin", "PUT", f"{AT}/tags/stable", json={"version": "2"})
    (tag,) = (await house.as_person("director", "GET", f"{AT}/tags"))["items"]
    assert tag["version"] == 2
    await house.as_person("director", "PUT", f"{AT}/tags/stable", 403, json={"version": "1"})
    await house.as_person("admin", "PUT", f"{AT}/tags/Stable!", 422, json={"version": "1"})
    await house.as_person("admin", "PUT", f"{AT}/tags/12345678", 422, json={"version": "1"})
