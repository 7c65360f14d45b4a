import pytest

from bailiwick.core.catalogue import Before
from bailiwick.core.value_change import ValueChange, kept_values, value_changes

LOOK = Before("query", {}, "records", "properties")


@pytest.mark.parametrize(
    "before, after, told",
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({}, {"a": {"b": 2}}, [("a", None, {"b": 2})]),
        ({"a": [1, 2]}, {"a": [1, 3, 4]}, [("a.1", 2, 3), ("a.2", None, 4)]),
        ([{"id": "x", "n": 1}, {"id": "y"}], [{"id": "y"}, {"id": "x", "n": 2}], [("x.n", 1, 2)]),
        ([{"id": "x"}, {"id": "x"}], [{"id": "x"}], [("1", {"id": "x"}, None)]),
        ("old", "new", [("", "old", "new")]),
    ],
)
def test_every_difference_is_told_by_its_path(before, after, told):
    assert list(value_changes(before, after)) == [ValueChange(*one) for one in told]


def test_only_what_the_write_names_is_kept():
    result = {"records": [{"id": "c1", "owner": "pau", "phone": "555"}]}
    assert kept_values(LOOK, {"properties": {"owner": "noor"}}, result) == [{"id": "c1", "owner": "pau"}]
    assert kept_values(LOOK, {}, result) == result["records"]
    assert kept_values(LOOK, {}, {"rows": []}) is None
