"""The short version of `make arguments`: a handful of questions in the leaderboard's form, and teeth for the check."""

import dataclasses
import json

import pytest

from bench.arguments import KINDS, LEAST_PASSED, Tally, examine, mutants
from bench.bfcl import Entry, entry, schema

SEGMENT = {
    "id": "segment_0",
    "function": [
        {
            "name": "crm.segment.create",
            "description": "Create a segment of contacts.",
            "parameters": {
                "type": "dict",
                "properties": {
                    "name": {"type": "string", "description": "Its name."},
                    "kind": {"type": "string", "enum": ["static", "dynamic"]},
                    "share": {"type": "float", "description": "How much of it, 0 to 1."},
                    "size": {"type": "tuple", "items": {"type": "integer"}},
                    "filter": {
                        "type": "dict",
                        "properties": {
                            "language": {"type": "string", "enum": ["de", "es"]},
                            "tags": {"type": "array", "items": {"type": "string"}},
                            "active": {"type": "boolean"},
                        },
                        "required": ["language"],
                    },
                    "note": {"type": "any", "default": None},
                },
                "required": ["name", "filter"],
            },
        },
        {"name": "crm.ping", "description": "Answers.", "parameters": {"type": "dict", "properties": {}}},
    ],
}
SEGMENT_CALLS = [
    {
        "crm.segment.create": {
            "name": ["spring", "Spring"],
            "kind": ["", "static"],
            "share": [1, 1.0],
            "size": [[10, 20]],
            "filter": [{"language": ["de"], "tags": [["a", "b"]], "active": [True, ""]}],
            "note": ["", "for Monday"],
        }
    },
    {"crm.ping": {}},
]
SCRIPT = {
    "id": "script_0",
    "function": [
        {
            "name": "sendMail",
            "description": "Send a mail.",
            "parameters": {
                "type": "dict",
                "properties": {
                    "to": {"type": "ArrayList", "items": {"type": "String"}},
                    "headers": {"type": "HashMap"},
                    "retries": {"type": "long"},
                    "urgent": {"type": "Boolean"},
                    "mark": {"type": "char"},
                },
                "required": ["to"],
            },
        }
    ],
}
SCRIPT_CALLS = [
    {"sendMail": {"to": [["ana@acme.example"]], "headers": [{"x": ["1"]}], "retries": [3], "urgent": [True, ""]}},
    {"sendMail": {"to": ["recipientList"], "headers": ["headerMap"], "mark": ["c"]}},
]


def sample():
    return [entry(SEGMENT, SEGMENT_CALLS), entry(SCRIPT, SCRIPT_CALLS, by_name=True)]


def test_good_calls_pass_and_every_mutant_is_refused():
    tally = examine(sample())
    assert (tally.stopped, tally.let_through) == ([], [])
    assert tally.good and (tally.questions, tally.calls) == (2, 4)
    assert tally.line.startswith("arguments: 4/4 calls of 2 questions passed (100.00 %), ")
    assert set(tally.mutants) == set(KINDS) and tally.mutants.total() > 100


def test_an_answer_becomes_its_first_value_that_is_not_left_out():
    (_, arguments), (_, none) = entry(SEGMENT, SEGMENT_CALLS).calls
    assert arguments == {
        "name": "spring",
        "kind": "static",
        "share": 1,
        "size": [10, 20],
        "filter": {"language": "de", "tags": ["a", "b"], "active": True},
        "note": "for Monday",
    }
    assert none == {}


@pytest.mark.parametrize(
    "parameter, by_name, expected",
    [
        ({"type": "dict"}, False, "object"),
        ({"type": "HashMap"}, True, ["object", "string"]),
        ({"type": "float"}, False, "number"),
        ({"type": "double"}, True, "number"),
        ({"type": "tuple"}, False, "array"),
        ({"type": "Array"}, True, ["array", "string"]),
        ({"type": "long"}, True, "integer"),
        ({"type": "char"}, True, "string"),
        ({"type": "Boolean"}, True, "boolean"),
        ({"type": "any"}, False, None),
    ],
)
def test_types_of_three_languages_become_those_of_json_schema(parameter, by_name, expected):
    assert schema(parameter, by_name).get("type") == expected


def test_a_mutant_differs_from_its_call_by_one_thing_at_any_depth():
    one = entry(SEGMENT, SEGMENT_CALLS)
    tool, arguments = one.calls[0]
    made = list(mutants(one, tool, arguments))
    places = {(mutant.kind, mutant.place) for mutant in made}
    assert {("wrong type", "filter.tags.0"), ("wrong enum", "filter.language"), ("ghost parameter", "filter")} <= places
    assert ("missing required", "filter.language") in places
    asked = json.dumps([tool, arguments])  # in JSON true is not 1
    assert all(json.dumps([mutant.tool, mutant.arguments]) != asked for mutant in made)


def test_a_mutant_that_gets_through_fails_the_check():
    """A tool that says any argument will do: the check has to notice."""
    one = entry(SEGMENT, SEGMENT_CALLS)
    anything = {
        "type": "object",
        "properties": one.tools[0]["inputSchema"]["properties"],
        "patternProperties": {"": True},
    }
    loose = dataclasses.replace(one, tools=({**one.tools[0], "inputSchema": anything}, one.tools[1]))
    tally = examine([loose])
    assert not tally.good and any("ghost parameter" in text for text in tally.let_through)


def test_a_call_that_its_tool_does_not_take_is_stopped():
    one = entry(SEGMENT, [{"crm.segment.create": {"name": [7], "filter": [{"language": ["de"]}]}}])
    tally = examine([one])
    assert len(tally.stopped) == 1 and "name" in tally.stopped[0] and not tally.good


@pytest.mark.parametrize("passed, good", [(99, True), (98, False)])
def test_the_aim_is_ninety_nine_of_a_hundred(passed, good):
    tally = Tally(1, 100, passed)
    tally.mutants.update(KINDS)
    tally.refused.update(KINDS)
    assert tally.good is good and LEAST_PASSED == 0.99


def test_nothing_checked_is_nothing_shown():
    assert not examine([]).good
    assert not examine([Entry("empty", (), ())]).good
