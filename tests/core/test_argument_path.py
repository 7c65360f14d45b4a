import pytest

from bailiwick.core.path import ABSENT, look, with_value
from bailiwick.core.schema_path import schema_has, schema_names

ARGUMENTS = {"a": {"b": [{"c": 1}, None]}, "x.y": 2, "n": None, "t": "text"}


@pytest.mark.parametrize(
    "path, value",
    [
        ("a.b.0.c", 1),
        ("a.b.1", None),
        ("n", None),
        ("a.b.2", ABSENT),
        ("a.b.-1", ABSENT),
        ("a.b.٠", ABSENT),
        ("a.b.c", ABSENT),
        ("x.y", ABSENT),
        ("t.0", ABSENT),
        ("n.x", ABSENT),
        ("", ABSENT),
    ],
)
def test_a_path_leads_to_one_value_or_is_absent(path, value):
    assert look(ARGUMENTS, path) == value


def test_setting_a_path_copies_and_makes_the_objects_on_the_way():
    before = {"a": {"b": 1}}
    assert with_value(before, "a.c.d", 2) == {"a": {"b": 1, "c": {"d": 2}}}
    assert before == {"a": {"b": 1}}
    with pytest.raises(ValueError, match="`b` is not an object"):
        with_value(before["a"], "b.c", 1)


SCHEMA = {
    "type": "object",
    "properties": {
        "ids": {"type": "array", "items": {"type": "object", "properties": {"id": {}}}},
        "filter": {"$ref": "#/$defs/Filter"},
        "free": {"type": "object"},
        "maybe": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"in": {}}}]},
        "closed": {"type": "object", "properties": {}, "additionalProperties": False},
        "map": {"type": "object", "additionalProperties": {"properties": {"v": {}}}},
        "loop": {"$ref": "#/$defs/Loop"},
    },
    "allOf": [{"if": {"properties": {"x": {}}}, "then": {"required": ["ids"]}}, {"properties": {"also": {}}}],
    "$defs": {"Filter": {"properties": {"owner": {"type": "string"}}}, "Loop": {"$ref": "#/$defs/Loop"}},
}


@pytest.mark.parametrize(
    "path, known",
    [
        ("ids", True),
        ("ids.0.id", True),
        ("ids.0.name", False),
        ("filter.owner", True),
        ("filter.ownr", False),
        ("free.anything.at.all", True),
        ("free.anything", True),
        ("maybe.in", True),
        ("maybe.out", False),
        ("closed.x", False),
        ("map.any.v", True),
        ("map.any.w", False),
        ("loop.x", False),
        ("also", True),
        ("x", False),
        ("nothing", False),
    ],
)
def test_a_schema_knows_the_arguments_it_names_or_leaves_open(path, known):
    assert schema_has(SCHEMA, path) is known


def test_a_schema_that_names_nothing_has_no_arguments():
    assert not schema_has({}, "a")
    assert not schema_has({"type": "object"}, "a")
    assert schema_names(SCHEMA)[:2] == ["also", "closed"]
