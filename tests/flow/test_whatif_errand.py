"""A what-if is answered by whichever server is asked, and the same whichever it is."""

import asyncio
from dataclasses import replace

import pytest

from bailiwick.flow.source import SourceError
from bailiwick.flow.whatif_errand import MOST_KEPT, begin_whatif, whatif_of
from bailiwick.flow.whatif_run import WhatIfs, report_of
from tests.flow.house import CHARTER

NARROWER = CHARTER.replace("ids: {required: true}", "properties: {forbidden: true}")


async def work(house):
    run = await house.open_run()
    await house.act("query", run, object_type="contacts", fields=["segment"])
    await house.act("manage", run, object_type="contacts", ids=["con-1"], properties={"segment": "beta"})


async def test_another_server_gives_the_same_answer(house):
    await work(house)
    here = house.installation
    there = replace(here, whatifs=WhatIfs())
    begun = await begin_whatif(here, "lead-router", NARROWER, 1)
    await begun.wait(60)
    await work(house)  # what happens after the asking is no part of the answer
    found = await whatif_of(there, begun.id)
    await found.wait(60)
    assert (begun.state, found.state) == ("done", "done")
    assert report_of(found.again) == report_of(begun.again) and report_of(found.again).changed == 1
    assert found.changes(0, 9)[0] == begun.changes(0, 9)[0]


async def test_it_is_begun_once_however_many_ask(house):
    await work(house)
    begun = await begin_whatif(house.installation, "lead-router", NARROWER, 1)
    there = replace(house.installation, whatifs=WhatIfs())
    found = await asyncio.gather(*(whatif_of(there, begun.id) for _ in range(8)))
    assert len({id(one) for one in found}) == 1
    await found[0].wait(60)


async def test_a_what_if_that_nobody_asked_for_is_nothing(house):
    assert await whatif_of(house.installation, "whf-none") is None


async def test_a_text_that_cannot_be_read_is_not_kept(house):
    with pytest.raises(SourceError):
        await begin_whatif(house.installation, "lead-router", "charter: [", 1)
    assert house.reader.rows("whatif") == []


async def test_only_the_latest_are_kept(house):
    for _ in range(MOST_KEPT + 3):
        last = await begin_whatif(house.installation, "lead-router", CHARTER, 1)
    await last.wait(60)
    assert len(house.reader.rows("whatif", limit=100)) == MOST_KEPT
