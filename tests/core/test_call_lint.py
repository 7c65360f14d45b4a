"""Grants that no call can meet, and questions that smaller calls get around."""

import pytest

from bailiwick.core.publish_check import check
from tests.core.test_compare import DRAFT, MAIL, READ, SEND, charter, steps, window


def warnings(**changes):
    return [problem for problem in check(charter(**changes), [MAIL]) if problem.severity == "warning"]


NEVER = {
    "limits that exclude each other": {"limits": {"subject": {"one_of": ["a"], "starts_with": ["b"]}}},
    "a pattern that no address is": {"limits": {"subject": {"matches": ["INV-#"], "domain": ["acme.example"]}}},
    "something else than tells it apart": {"limits": {"kind": {"one_of": ["card"]}}},
    "an object without the key it needs": {
        "limits": {"options": {"only": ["trace"]}, "options.track": {"required": True}}
    },
    "more than may be sent at once": {"limits": {"recipients": {"min": 5}}, "budget": {"per_day": {"recipients": 4}}},
    "hours that never meet": {
        "when": window("07:00-09:00", zone="Asia/Tokyo"),
        "more": [],
        "tier": "medium",
        "order": [{"before": SEND.name, "require": DRAFT.name}, {"after": DRAFT.name, "never": SEND.name}],
    },
    "every size refused": {"limits": {"recipients": {"min": 60}}, "tier": steps("recipients", (50, "medium"))},
    "more unique values than there are": {
        "limits": {"to": {"only": ["a", "A"], "unique_within": "1d"}, "recipients": {"min": 2}}
    },
}


@pytest.mark.parametrize("case", NEVER, ids=[name.replace(" ", "-") for name in NEVER])
def test_a_grant_that_no_call_meets_is_told_with_its_place(case):
    told = [one for one in warnings(**NEVER[case]) if "can never run" in one.message]
    assert [one.path[:2] for one in told] == [("can", 0)]


@pytest.mark.parametrize(
    "fine",
    [
        {"limits": {"subject": {"one_of": ["ab"], "starts_with": ["a"]}}},
        {"limits": {"recipients": {"min": 5}}, "budget": {"per_day": {"recipients": 5}}},
        {"action": READ.name, "tier": "low", "limits": {"fields": {"only": ["subject"]}}},
        {"limits": {"options": {"only": ["track"]}, "options.track": {"required": True}}},
    ],
    ids=str,
)
def test_a_grant_that_some_call_meets_is_not(fine):
    assert [one for one in warnings(**fine) if "can never run" in one.message] == []


def test_a_question_that_smaller_calls_get_around_is_told_with_the_way_out():
    (told,) = [one for one in warnings(tier=steps("usd", (50, "medium"), (5000, "high"))) if "pieces" in one.message]
    assert told.path == ("can", 0, "tier", "by")
    assert "100 calls of 50.00 USD make 5,000.00 USD in one run" in told.message
    assert "step by `run.usd` or `day.usd`, or add a budget of `usd`" in told.message


@pytest.mark.parametrize(
    "safe",
    [
        {"tier": steps("day.usd", (50, "medium"), otherwise="high")},
        {"tier": steps("usd", (50, "medium"))},
        {"tier": steps("usd", (50, "medium"), otherwise="high"), "run": {"calls": 1}},
        {"tier": steps("usd", (50, "medium"), otherwise="high"), "budget": {"per_day": {"usd": 50}}},
        {"tier": steps("usd", (50, "high"))},
        {"tier": steps("recipients", (50, "medium"), otherwise="high")},
    ],
    ids=str,
)
def test_a_question_that_adds_up_is_not(safe):
    assert [one for one in warnings(**safe) if "pieces" in one.message] == []
