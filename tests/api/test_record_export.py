"""The record handed out in other people's formats, to whoever may."""

import json

import pytest

from bailiwick.flow.parquet import verify_parquet
from bench.seeded import AGENT, INTENT

FORMATS = ("parquet", "cloudevents", "cloudevents-batch", "ocsf")


async def fetched(house, nick, path, status=200):
    async with house.person(nick) as client:
        answer = await client.get(f"/v1/record/export/{path}")
    assert answer.status_code == status, answer.text
    return answer


@pytest.mark.parametrize("form", FORMATS)
async def test_only_whoever_may_export_the_record_gets_it(house, form):
    await fetched(house, "ana", form, 403)
    async with house.client() as nobody:
        assert (await nobody.get(f"/v1/record/export/{form}")).status_code == 401
    answer = await fetched(house, "auditor", form)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="record.')
    assert answer.content


async def test_the_parquet_file_verifies_with_the_key_of_the_log(house, tmp_path):
    path = tmp_path / "record.parquet"
    path.write_bytes((await fetched(house, "auditor", "parquet")).content)
    report = verify_parquet(path, house.here.log_key)
    assert report.findings == ()
    assert report.rows == house.here.reader.size()


@pytest.mark.parametrize("query", ["type=action.denied", "payloads=true", "since=2026-01-01"])
async def test_a_parquet_file_is_the_whole_record(house, query):
    refused = (await fetched(house, "auditor", f"parquet?{query}", 422)).json()
    assert "narrow it where you read it" in refused["error"]["message"]


async def test_events_are_narrowed_as_in_the_list(house):
    listed = await house.as_person("auditor", "GET", f"/v1/record/events?agent={AGENT}&verdict=deny&limit=200")
    lines = (await fetched(house, "auditor", f"ocsf?agent={AGENT}&verdict=deny")).text.splitlines()
    assert [json.loads(line)["metadata"]["uid"] for line in lines] == [one["id"] for one in listed["items"][::-1]]


async def test_what_agents_sent_leaves_only_when_it_is_asked_for(house):
    for form in ("cloudevents", "cloudevents-batch", "ocsf"):
        assert INTENT not in (await fetched(house, "auditor", form)).text
        assert INTENT in (await fetched(house, "auditor", f"{form}?payloads=true")).text


@pytest.mark.parametrize("query, status", [("csv", 400), ("ocsf?since=soon", 422), ("ocsf?type=nothing", 400)])
async def test_a_format_or_a_filter_that_means_nothing_is_refused(house, query, status):
    await fetched(house, "auditor", query, status)


async def test_a_batch_says_what_it_is(house):
    answer = await fetched(house, "auditor", "cloudevents-batch")
    assert answer.headers["Content-Type"] == "application/cloudevents-batch+json"
    assert len(answer.json()) == house.here.reader.size()
