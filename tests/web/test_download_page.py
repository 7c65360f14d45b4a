"""The record downloaded from the console, over a real store, without a socket."""

import json

import pytest

from bailiwick.flow.parquet import verify_parquet
from bench.seeded import INTENT

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_parquet_file_from_the_console_verifies(door, tmp_path):
    async with door.signed_in("auditor") as client:
        answer = await client.get("/record/download/file?format=parquet&verdict=deny")
    assert answer.headers["content-disposition"] == 'attachment; filename="record.parquet"'
    path = tmp_path / "record.parquet"
    path.write_bytes(answer.content)
    assert verify_parquet(path, door.here.log_key).findings == ()


async def test_the_search_of_the_record_page_narrows_the_events(door):
    async with door.signed_in("auditor") as client:
        page = await client.get("/record/download?verdict=deny&actor=clock-keeper")
        answer = await client.get("/record/download/file?format=ocsf&verdict=deny&actor=clock-keeper")
    assert '<input type="hidden" name="verdict" value="deny">' in page.text
    kinds = {json.loads(line)["metadata"]["event_code"] for line in answer.text.splitlines()}
    assert kinds == {"action.denied"}


async def test_payloads_leave_only_when_the_box_is_ticked(door):
    async with door.signed_in("auditor") as client:
        plain = await client.get("/record/download/file?format=cloudevents")
        asked = await client.get("/record/download/file?format=cloudevents&payloads=yes")
    assert INTENT not in plain.text
    assert INTENT in asked.text


async def test_whoever_may_not_export_is_told_who_may(door):
    async with door.signed_in("ana") as client:
        page = await client.get("/record/download")
        refused = await client.get("/record/download/file?format=ocsf")
    assert page.status_code == 200
    assert "export the record" in page.text
    assert '<form class="stack"' not in page.text
    assert refused.status_code == 403


@pytest.mark.parametrize("query, status", [("format=csv", 404), ("", 404), ("format=ocsf&since=soon", 422)])
async def test_what_cannot_be_meant_is_said(door, query, status):
    async with door.signed_in("auditor") as client:
        assert (await client.get(f"/record/download/file?{query}")).status_code == status
