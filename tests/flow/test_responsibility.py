"""Nothing is granted of a connector that nobody answers for."""

import pytest

from bailiwick.flow.connector import AddConnector, ReviewConnector
from bailiwick.flow.source import SourceError
from tests.flow.house import CHARTER, OPS, REVIEW

WIDER = CHARTER.replace("limits: {budget: {max: 500}}", "limits: {budget: {max: 400}}")
DAY_MIN = 24 * 60


async def changed(house, **more):
    said = {"vendor": "Acme", "responsible": OPS, "review_by": REVIEW} | more
    by = house.people["admin"]
    await house.commit(AddConnector("crm", "http", by=by, url=house.server.url, **said))


@pytest.mark.parametrize("more, said", [({"review_by": ""}, "reviewed next"), ({"data_terms": " "}, "agreed on data")])
async def test_what_nobody_said_keeps_a_charter_from_being_published(house, more, said):
    await changed(house, **more)
    with pytest.raises(SourceError) as caught:
        await house.publish(WIDER)
    first = caught.value.problems[0]
    assert said in first.message and "`bailiwick connector" in first.message and first.line == 7


async def test_a_review_that_is_past_keeps_it_from_being_published_until_somebody_looked(house):
    await changed(house, review_by="2027-01-15")
    await house.publish(WIDER)
    house.clock.advance(DAY_MIN)
    with pytest.raises(SourceError, match="was due on 2027-01-15"):
        await house.publish(CHARTER)
    await house.commit(ReviewConnector("crm", "2027-06-30", house.people["admin"]))
    assert (await house.publish(CHARTER))["status"] == "published"
