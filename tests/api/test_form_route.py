import pytest

from bailiwick.core.catalogue_schema import catalogue_schema
from bailiwick.core.charter_schema import charter_schema


@pytest.mark.parametrize("name, schema", [("charter", charter_schema()), ("catalogue", catalogue_schema())])
async def test_an_editor_reads_a_form_without_signing_in(house, name, schema):
    async with house.client() as nobody:
        answer = await nobody.get(f"/v1/schemas/{name}")
    assert answer.status_code == 200
    assert answer.json() == schema


async def test_there_is_no_form_of_anything_else(house):
    async with house.client() as nobody:
        assert (await nobody.get("/v1/schemas/people")).status_code == 404
