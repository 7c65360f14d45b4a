import pytest

from bailiwick.core.limit import Limit, Op, compile_limit
from bailiwick.core.path import ABSENT
from bailiwick.core.uniqueness import MOST_VALUES, sameness


@pytest.mark.parametrize(
    "one, other",
    [
        ("ana@acme.example", "ANA@Acme.example"),
        (" ana@acme.example", "ana@acme.example "),
        ("ａｎａ@acme.example", "ana@acme.example"),
        (7, "7"),
        (["x"], "x"),
    ],
)
def test_another_spelling_does_not_make_a_value_new(one, other):
    assert sameness(one) == sameness(other)


def test_different_values_are_different():
    assert len(set(sameness(["a", "b", 1, 2]))) == 4


@pytest.mark.parametrize(
    "value", [None, True, 1.0, float("nan"), {}, {"a": 1}, [], [[]], [None], ["a", 1.5], "", "  ", ["a", "A"]]
)
def test_what_cannot_be_looked_up_is_refused(value):
    with pytest.raises(ValueError, match=r"must be|is empty|holds"):
        sameness(value)
    assert compile_limit(Limit("to", Op.UNIQUE_WITHIN, 1))(value)


def test_more_values_than_the_writer_looks_up_are_refused():
    check = compile_limit(Limit("to", Op.UNIQUE_WITHIN, 1))
    assert check([str(at) for at in range(MOST_VALUES)]) is None
    assert "the most is 1,000" in check([str(at) for at in range(MOST_VALUES + 1)])


@pytest.mark.parametrize("optional, good", [(True, True), (False, False)])
def test_an_absent_argument_is_unique_only_where_it_is_optional(optional, good):
    assert (compile_limit(Limit("to", Op.UNIQUE_WITHIN, 1, optional))(ABSENT) is None) is good
