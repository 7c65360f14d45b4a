"""Whose data a call is, as the catalogue declares it."""

import pytest

from bailiwick.core.catalogue_form import CatalogueError, parse_catalogue
from bailiwick.core.custody import SubjectName, SubjectRule, class_of, found_parts, owners_of

A, B = SubjectName("contact", "a"), SubjectName("contact", "b")
IDS = SubjectRule("contact", "arguments", "ids")
RECORDS = SubjectRule("contact", "result", "id", "found.records")


@pytest.mark.parametrize(
    "rule,value,found",
    [
        (IDS, {"ids": ["a", "b"]}, {("ids", 0): (A,), ("ids", 1): (B,)}),
        (IDS, {"ids": "a"}, {("ids",): (A,)}),
        (IDS, {"ids": [7]}, {("ids", 0): (SubjectName("contact", "7"),)}),
        (IDS, {"ids": [None, True, "", 1.5, ["a"]]}, {}),
        (IDS, {"other": 1}, {}),
        (IDS, {"ids": None}, {}),
        (SubjectRule("contact", "arguments", "who.id"), {"who": {"id": "a"}}, {("who", "id"): (A,)}),
        (SubjectRule("contact", "arguments", "who.0"), {"who": ["a"]}, {("who", 0): (A,)}),
        (RECORDS, {"found": {"records": [{"id": "a"}, {}, 5]}}, {("found", "records", 0): (A,)}),
        (RECORDS, {"found": {"records": {"id": "a"}}}, {}),
        (RECORDS, None, {}),
    ],
)
def test_a_rule_finds_whom_it_declares(rule, value, found):
    assert found_parts([rule], rule.side, value) == found


def test_a_rule_of_the_other_side_finds_nobody():
    assert found_parts([IDS], "result", {"ids": ["a"]}) == {}


def test_parts_belong_to_everybody_the_rule_finds():
    rule = SubjectRule("contact", "arguments", "ids", parts=("properties", "absent"))
    found = found_parts([rule], "arguments", {"ids": ["a", "b"], "properties": {"x": 1}}, ("request",))
    assert found[("request", "properties")] == (A, B)
    assert ("request", "absent") not in found


def test_nobody_found_owns_no_parts():
    rule = SubjectRule("contact", "arguments", "ids", parts=("properties",))
    assert found_parts([rule], "arguments", {"ids": [], "properties": {"x": 1}}) == {}


def test_a_part_within_another_goes_with_the_outer_and_both_own_it():
    outer, inner = SubjectRule("contact", "arguments", "id", "rows"), SubjectRule("lead", "arguments", "rows.0.lead")
    found = found_parts([outer, inner], "arguments", {"rows": [{"id": "a", "lead": "x"}]})
    assert found == {("rows", 0): (A, SubjectName("lead", "x"))}
    assert owners_of(found) == (A, SubjectName("lead", "x"))


def test_classes_make_one_name():
    assert (class_of(["b", "a", "b"]), class_of([])) == ("a+b", "other")


TOOL = {
    "name": "query",
    "inputSchema": {"type": "object", "properties": {"ids": {"type": "array"}}},
    "outputSchema": {"type": "object", "properties": {"records": {"type": "array"}}},
}


def catalogue(subjects):
    entry = {"tool": "query", "says": "read", "effect": "read", "reads": "customer", "subjects": subjects}
    return parse_catalogue({"connector": "crm", "actions": {"crm.contact.read": entry}}, [TOOL])


def test_a_catalogue_declares_subjects():
    shown = {"kind": "contact", "in": "result", "each": "records", "id": "id"}
    (entry,) = catalogue([{"kind": "contact", "in": "arguments", "id": "ids"}, shown]).actions
    assert entry.subjects == (IDS, SubjectRule("contact", "result", "id", "records"))


@pytest.mark.parametrize(
    "subjects,trouble",
    [
        ({}, "is not a list"),
        ([], "is not a list"),
        ([{"kind": "contact", "in": "arguments"}], "id"),
        ([{"kind": "contact", "in": "argument", "id": "ids"}], "did you mean `arguments`"),
        ([{"kind": "contact", "in": "arguments", "id": "idz"}], "has no argument `idz`"),
        ([{"kind": "contact", "in": "result", "each": "recordz", "id": "id"}], "has no `recordz`"),
        ([{"kind": "contact", "in": "arguments", "id": "ids", "eech": "x"}], "eech"),
        ([{"kind": "contact", "in": "arguments", "id": "ids", "parts": "x"}], "is not a list"),
        ([{"kind": "Contact!", "in": "arguments", "id": "ids"}], "Contact!"),
    ],
)
def test_what_cannot_be_meant_is_an_error(subjects, trouble):
    with pytest.raises(CatalogueError, match=trouble):
        catalogue(subjects)
