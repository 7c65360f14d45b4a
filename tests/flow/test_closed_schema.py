"""A field that the schema does not name is refused, wherever it stands and however the schema is put together."""

import pytest

from bailiwick.flow.schema_check import SchemaCheck

TEXT = {"type": "string"}


def obj(**properties):
    return {"type": "object", "properties": properties}


ADDRESS = obj(street=TEXT)
TREE = {"$ref": "#/$defs/node", "$defs": {"node": obj(name=TEXT, child={"$ref": "#/$defs/node"})}}

GOOD_AND_GHOST = [
    ("plain", obj(a=TEXT), {"a": "x"}, {"a": "x", "ghost": 1}),
    ("no field at all", {"type": "object"}, {}, {"ghost": 1}),
    ("open at the top", obj(a=TEXT) | {"additionalProperties": True}, {"a": "x"}, {"a": "x", "ghost": 1}),
    ("nested", obj(to=ADDRESS), {"to": {"street": "x"}}, {"to": {"street": "x", "ghost": 1}}),
    ("nested, or null", obj(to=ADDRESS | {"type": ["object", "null"]}), {"to": None}, {"to": {"ghost": 1}}),
    ("nested without a type", obj(to={"properties": {"street": TEXT}}), {"to": {"street": "x"}}, {"to": {"ghost": 1}}),
    ("in a list", obj(to={"type": "array", "items": ADDRESS}), {"to": [{"street": "x"}]}, {"to": [{"ghost": 1}]}),
    ("in a tuple", obj(to={"prefixItems": [ADDRESS]}), {"to": [{"street": "x"}]}, {"to": [{"ghost": 1}]}),
    (
        "in a map",
        obj(to={"type": "object", "additionalProperties": ADDRESS}),
        {"to": {"x": {}}},
        {"to": {"x": {"g": 1}}},
    ),
    ("a choice", obj(to={"anyOf": [TEXT, ADDRESS]}), {"to": {"street": "x"}}, {"to": {"street": "x", "ghost": 1}}),
    ("one of two", obj(to={"oneOf": [obj(a=TEXT), obj(b=TEXT)]}), {"to": {"b": "x"}}, {"to": {"a": "x", "b": "x"}}),
    ("two parts", obj(to={"allOf": [ADDRESS, obj(city=TEXT)]}), {"to": {"street": "x", "city": "y"}}, {"to": {"g": 1}}),
    (
        "a part beside fields",
        obj(to={"allOf": [{"$ref": "#/$defs/a"}], "properties": {"city": TEXT}}) | {"$defs": {"a": ADDRESS}},
        {"to": {"street": "x", "city": "y"}},
        {"to": {"street": "x", "ghost": 1}},
    ),
    (
        "a reference",
        obj(to={"$ref": "#/$defs/a"}) | {"$defs": {"a": ADDRESS}},
        {"to": {"street": "x"}},
        {"to": {"g": 1}},
    ),
    (
        "a reference by anchor",
        obj(to={"$ref": "#there"}) | {"$defs": {"a": ADDRESS | {"$anchor": "there"}}},
        {"to": {"street": "x"}},
        {"to": {"street": "x", "ghost": 1}},
    ),
    ("a tree", TREE, {"child": {"child": {"name": "x"}}}, {"child": {"child": {"ghost": 1}}}),
    (
        "a condition",
        obj(kind=TEXT) | {"if": {"properties": {"kind": {"const": "a"}}}, "then": obj(a=TEXT), "else": obj(b=TEXT)},
        {"kind": "a", "a": "x"},
        {"kind": "a", "b": "x"},
    ),
    (
        "a field that needs another",
        obj(a=TEXT) | {"dependentSchemas": {"a": obj(b=TEXT)}},
        {"a": "x", "b": "y"},
        {"b": "y"},
    ),
    *(
        (f"a field named `{name}`", obj(**{name: ADDRESS}), {name: {"street": "x"}}, {name: {"ghost": 1}})
        for name in ("default", "enum", "const", "examples", "properties", "allOf", "items", "type", "$ref")
    ),
]


@pytest.mark.parametrize("case, schema, good, ghost", GOOD_AND_GHOST, ids=[case[0] for case in GOOD_AND_GHOST])
def test_a_ghost_field_is_refused_and_a_good_call_passes(case, schema, good, ghost):
    check = SchemaCheck(schema)
    assert check.trouble(good) is None
    assert check.trouble(ghost) is not None


@pytest.mark.parametrize(
    "schema",
    [
        obj(data={"type": "object"}),
        obj(data={"type": "object", "additionalProperties": TEXT}),
        obj(data={"type": "object", "patternProperties": {"^x": TEXT}}),
        obj(data=ADDRESS | {"additionalProperties": TEXT}),
        obj(data=True),
        obj(data={}),
        obj(data={"anyOf": [{"type": "object"}, ADDRESS]}),
        obj(data={"$ref": "#/$defs/any"}) | {"$defs": {"any": {"type": "object"}}},
    ],
)
def test_an_object_that_takes_any_field_takes_any(schema):
    assert SchemaCheck(schema).trouble({"data": {"x": "1"}}) is None


@pytest.mark.parametrize(
    "forbidden",
    [
        {"not": obj(to=obj(mode={"const": "all"})) | {"required": ["to"]}},
        {"if": {"properties": {"to": obj(mode={"const": "all"})}, "required": ["to"]}, "then": False},
    ],
    ids=["not", "if"],
)
def test_what_a_schema_forbids_stays_forbidden(forbidden):
    """A closed object inside a question would match less, and so forbid less."""
    schema = obj(to={"type": "object"}) | forbidden
    assert SchemaCheck(schema).trouble({"to": {"mode": "all", "more": 1}}) is not None


def test_values_in_a_schema_are_no_schemas():
    value = {"properties": {"a": 1}}
    schema = obj(a={"const": value}, b={"enum": [value]}, c={"default": value})
    assert SchemaCheck(schema).trouble({"a": value, "b": value, "c": 1}) is None
