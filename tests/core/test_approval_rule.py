from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.core.approval_rule import ApprovalRule, Candidate, fillable

HOUR = 3_600_000_000


def rule(*roles):
    return ApprovalRule(roles, HOUR)


def person(name, *roles, active=True):
    return Candidate(name, frozenset(roles), active)


@pytest.mark.parametrize(
    "roles, people, excluded, unfilled",
    [
        (["d"], [person("a", "d")], [], []),
        (["d"], [], [], ["d"]),
        (["d"], [person("a", "x")], [], ["d"]),
        (["d"], [person("a", "d")], ["a"], ["d"]),
        (["d"], [person("a", "d", active=False)], [], ["d"]),
        (["d", "c"], [person("a", "d", "c")], [], ["c"]),
        (["d", "c"], [person("a", "d", "c"), person("b", "d")], [], []),
        (["d", "c"], [person("b", "d"), person("a", "d", "c")], [], []),
        (["d", "d"], [person("a", "d")], [], ["d"]),
        (["d", "d"], [person("a", "d"), person("b", "d")], [], []),
        (["d"], [person("a", "d"), person("a", "d")], [], []),
        (["d", "d"], [person("a", "d"), person("a", "d")], [], ["d"]),
    ],
)
def test_each_slot_needs_its_own_active_person_who_is_not_excluded(roles, people, excluded, unfilled):
    assert fillable(rule(*roles), people, excluded) == unfilled


def test_a_rule_that_names_nobody_cannot_be_met():
    assert fillable(rule(), [person("a", "d")], []) != []


ROLES = st.sampled_from(["d", "c", "i"])


@given(
    st.lists(ROLES, min_size=1, max_size=4),
    st.lists(st.frozensets(ROLES), max_size=5),
)
def test_the_matching_agrees_with_trying_every_seating(roles, role_sets):
    people = [Candidate(f"p{n}", held) for n, held in enumerate(role_sets)]
    seated = any(
        all(role in who.roles for role, who in zip(roles, order, strict=True))
        for order in permutations(people, len(roles))
    )
    assert (fillable(rule(*roles), people, []) == []) is seated
