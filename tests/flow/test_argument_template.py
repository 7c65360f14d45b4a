"""Arguments to start from mean the action, fit the tool, and are what the charter allows."""

import json
from pathlib import Path

import pytest

import bailiwick
from bailiwick.core.catalogue_form import parse_catalogue
from bailiwick.core.limit import Limit, Op
from bailiwick.flow.argument_template import argument_template
from bailiwick.flow.schema_check import SchemaCheck
from bailiwick.flow.source import read_charter, read_source

ROOM = Path(bailiwick.__file__).parent
PERSONAS = [path for path in sorted((ROOM / "persona").glob("*.yaml")) if not path.stem.endswith("_test")]
# What only people know: a number of a ticket or a contact, which a pattern of the tool asks for.
BY_HAND = {"desk.configuration.change", "crm.lead.assign"}


def tools():
    found = {}
    for path in sorted((ROOM / "demo" / "catalogue").glob("*.yaml")):
        definitions = json.loads(path.with_suffix(".tools.json").read_text())["tools"]
        catalogue = parse_catalogue(read_source(path.read_bytes()).document, definitions)
        for entry in catalogue.actions:
            found[entry.name] = (catalogue, entry, catalogue.tools[entry.tool].input_schema)
    return found


TOOLS = tools()


@pytest.mark.parametrize("path", PERSONAS, ids=lambda path: path.stem)
def test_every_grant_of_every_role_has_a_start_that_means_it_and_fits_the_tool(path) -> None:
    for grant in read_charter(path.read_text())[0].grants:
        catalogue, entry, schema = TOOLS[grant.action]
        arguments = argument_template(schema, entry, grant.limits)
        assert catalogue.resolve(entry.tool, arguments) is entry
        trouble = SchemaCheck(schema).trouble(arguments)
        assert trouble is None or grant.action in BY_HAND, (grant.action, arguments, trouble)


@pytest.mark.parametrize(
    "limit, value",
    [
        (Limit("word", Op.ONE_OF, ("beta", "staff")), "beta"),
        (Limit("word", Op.STARTS_WITH, ("INV-",)), "INV-…"),
        (Limit("word", Op.MATCHES, ("INV-##?*",)), "INV-11a1"),
        (Limit("word", Op.DOMAIN, ("acme.example",)), "name@acme.example"),
        (Limit("names", Op.ONLY, ("a", "b")), ["a", "b"]),
        (Limit("names", Op.DOMAIN, ("acme.example",)), ["name@acme.example"]),
        (Limit("count", Op.MAX, 7), 7),
        (Limit("inner.word", Op.ONE_OF, ("deep",)), {"word": "deep"}),
    ],
)
def test_a_limited_argument_starts_with_a_value_that_keeps_its_limit(limit, value) -> None:
    schema = {
        "properties": {
            "word": {"type": "string"},
            "names": {"type": "array", "items": {"type": "string"}},
            "count": {"type": ["null", "integer"]},
            "inner": {"type": "object"},
        }
    }
    found = argument_template(schema, None, [limit])
    assert found == {limit.argument.partition(".")[0]: value}


@pytest.mark.parametrize("schema", [{}, {"properties": True}, {"properties": {"a": False}, "required": ["a"]}])
def test_a_schema_that_says_little_gives_a_start_all_the_same(schema) -> None:
    assert argument_template(schema, None) in ({}, {"a": "example"})
