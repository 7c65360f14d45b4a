"""Where the console hands out what others verify: the proof of one event, and the whole record as evidence."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_event_s_page_hands_out_its_proof_and_says_how_to_check_it(door):
    async with door.signed_in("ana") as client:
        page = (await client.get("/record/3")).text
    assert 'href="/v1/record/events/3/proof" download="event-3.tlog-proof"' in page
    assert f"bailiwick record verify-proof event-3.tlog-proof --key {door.here.log_key}" in page.replace("&#43;", "+")


async def test_the_record_s_page_hands_out_the_evidence(door):
    async with door.signed_in("auditor") as client:
        page = (await client.get("/record")).text
    assert 'href="/v1/record/bundle"' in page
    assert "bailiwick record bundle ./evidence" in page
