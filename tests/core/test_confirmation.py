import pytest

from bailiwick.core.catalogue import Confirm
from bailiwick.core.confirmation import confirm_arguments, unconfirmed

CONFIRM = Confirm(
    "query",
    {"object_type": "contacts", "ids": "$ids", "one": ["$first"], "limit": "$limit"},
    {"records.*.id": "$ids", "records.*": "$properties", "total": 2},
)
ARGUMENTS = {"ids": ["a", "b"], "first": "a", "properties": {"status": "new", "consent": True}}
RECORDS = [{"id": "b", "status": "new", "consent": True, "x": 1}, {"id": "a", "status": "new", "consent": True}]


def test_the_read_back_asks_with_the_arguments_of_the_action():
    assert confirm_arguments(CONFIRM, ARGUMENTS) == {"object_type": "contacts", "ids": ["a", "b"], "one": ["a"]}


def test_an_effect_that_shows_is_confirmed():
    assert unconfirmed(CONFIRM, ARGUMENTS, {"records": RECORDS, "total": 2}) == []


@pytest.mark.parametrize(
    "result, missing",
    [
        ({"records": RECORDS, "total": 3}, ["total"]),
        ({"records": RECORDS, "total": 2.0}, ["total"]),
        ({"records": RECORDS[:1], "total": 2}, ["records.*.id"]),
        ({"records": [RECORDS[0], RECORDS[1] | {"status": "old"}], "total": 2}, ["records.*"]),
        ({"records": [RECORDS[0], RECORDS[1] | {"consent": 1}], "total": 2}, ["records.*"]),
        ({"records": [], "total": 2}, ["records.*.id", "records.*"]),
        ({"records": None}, ["records.*.id", "records.*", "total"]),
        (None, ["records.*.id", "records.*", "total"]),
        ("done", ["records.*.id", "records.*", "total"]),
    ],
)
def test_an_answer_that_does_not_show_the_effect_names_what_is_missing(result, missing):
    assert unconfirmed(CONFIRM, ARGUMENTS, result) == missing


def test_an_expected_argument_that_was_not_sent_confirms_nothing():
    assert unconfirmed(Confirm("t", {}, {"a": "$b"}), {}, {"a": 1}) == ["a"]
