"""The page that says how long data is kept, and changes it."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
RULE = {"data_class": "customer", "keep_days": "200", "most_days": "400"}


async def test_a_rule_is_set_and_its_promise_is_kept(door):
    async with door.signed_in("admin") as client:
        done = await door.send(client, "/retention", "/retention", RULE)
        assert (done.status_code, done.headers["location"]) == (303, "/retention")
        shown = (await client.get("/retention")).text
        assert "<strong>customer</strong>" in shown and "400 days" in shown and "every" in shown
        for wrong, why in (
            ({"keep_days": "199"}, "200 days at least was promised"),
            ({"most_days": "x"}, "whole number"),
        ):
            refused = await door.send(client, "/retention", "/retention", RULE | wrong)
            assert refused.status_code == 422 and why in refused.text
        pruned = await door.send(client, "/retention", "/retention/prune", {})
        assert (pruned.status_code, pruned.headers["location"]) == (303, "/retention")


async def test_whoever_has_not_the_right_only_reads(door):
    async with door.signed_in("auditor") as client:
        shown = (await client.get("/retention")).text
        assert "At least" in shown and "data-protection" in shown and 'action="/retention"' not in shown
