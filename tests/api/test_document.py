"""The API's own document says what is enforced, in words that JSON Schema knows."""

from collections.abc import Iterator

import pytest

from bailiwick.api.app import create_api
from bench.seeded import seeded

KEYWORDS = {
    *("$ref", "additionalProperties", "allOf", "anyOf", "const", "default", "description", "discriminator", "enum"),
    *("examples", "exclusiveMaximum", "exclusiveMinimum", "format", "items", "maxItems", "maxLength", "maxProperties"),
    *("maximum", "minItems", "minLength", "minProperties", "minimum", "oneOf", "pattern", "prefixItems", "properties"),
    *("propertyNames", "required", "title", "type", "uniqueItems", "contentMediaType", "patternProperties", "not"),
}


def schemas(node: object) -> Iterator[dict[str, object]]:
    """Every schema of the components, however deep; the names of properties are no keywords."""
    if isinstance(node, list):
        for one in node:
            yield from schemas(one)
    elif isinstance(node, dict):
        yield node
        for word, inner in node.items():
            if word in ("properties", "patternProperties") and isinstance(inner, dict):
                yield from schemas(list(inner.values()))
            elif word not in ("examples", "default", "enum", "const", "discriminator", "required"):
                yield from schemas(inner)


@pytest.fixture(name="document")
async def _document(tmp_path):
    async with seeded(tmp_path / "data") as acme:
        return create_api(acme.installation).openapi()


async def test_every_bound_is_one_that_readers_of_the_document_know(document):
    found = list(schemas(list(document["components"]["schemas"].values())))
    assert len(found) > 500
    assert set().union(*found) - KEYWORDS == set()


async def test_a_whole_number_has_its_bounds_in_the_document(document):
    whatif = document["components"]["schemas"]["NewWhatif"]["properties"]
    assert (whatif["days"]["minimum"], whatif["days"]["maximum"]) == (1, 3650)
