"""What changes besides decisions, which of it one person may not do alone, and how an example reads."""

import pytest

from bailiwick.core.charter_change import charter_change
from bailiwick.core.example_words import call_words, example_sentence, facts_words
from tests.core.test_compare import BASE, DRAFT, MAIL, NOW, READ, SEND, charter, compared, window

OWNER = BASE["owner"]


@pytest.mark.parametrize(
    "changed, name, weighty",
    [
        ({"owner": {**OWNER, "backup": "eva@acme.example"}}, "owner", True),
        ({"workflow": "another"}, "workflow", True),
        ({"cannot": ["hr.*"]}, "cannot", True),
        ({"cannot": ["billing.refund"]}, "cannot", True),
        ({"sla": "newsletter-sla"}, "sla", False),
        ({"purpose": "Send the letters that somebody wrote."}, "purpose", False),
        ({"owner": {**OWNER, "review_by": "2028-02-01"}}, "review_by", False),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_no_decision_shows_is_told_and_may_need_both_owners(changed, name, weighty):
    found = charter_change(charter(), charter(**changed), [MAIL], NOW)
    assert found.relation == "same"
    assert [(term.name, term.weighty) for term in found.terms] == [(name, weighty)]
    assert found.needs_both is weighty


def test_dropping_a_promise_needs_both_owners_and_making_one_does_not():
    with_promise, without = charter(sla="newsletter-sla"), charter()
    assert charter_change(with_promise, without, [MAIL], NOW).needs_both
    assert not charter_change(without, with_promise, [MAIL], NOW).needs_both


def test_a_prohibition_that_a_wider_one_covers_is_not_dropped():
    found = charter_change(
        charter(cannot=["billing.refund", "hr.pay.*"]), charter(cannot=["billing.*", "hr.*"]), [MAIL], NOW
    )
    assert found.terms == ()


def test_narrower_needs_nobody_else():
    assert not charter_change(charter(), charter("high"), [MAIL], NOW).needs_both
    assert charter_change(charter("high"), charter(), [MAIL], NOW).needs_both


def test_an_example_reads_as_before_and_after():
    found = compared(charter(limits={"recipients": {"max": 50}}), charter(limits={"recipients": {"max": 5000}}))
    (example,) = found.examples
    assert (
        example_sentence(example)
        == "Before: denied (`recipients` is over the limit of 50). After: allowed at medium risk."
    )
    assert call_words(example) == "mail__send kind=letter to=51 items, such as x"


@pytest.mark.parametrize(
    "before, after, words",
    [
        ({"run": {"calls": 5}}, {"run": {"calls": 6}}, "after 5 calls in this run"),
        ({"when": window()}, {"when": window("07:00-21:00")}, "Friday 20:00 in Europe/Madrid"),
        ({"run": {"seconds": 60}}, {"run": {"seconds": 90}}, "1 minute into the run"),
        ({"budget": {"per_day": {"sends": 2}}}, {}, "2 sends of the budget used today"),
        ({"order": [{"after": DRAFT.name, "never": SEND.name}]}, {}, "mail.letter.draft was begun before"),
        (
            {"limits": {"to": {"unique_within": "30d"}}},
            {"limits": {"to": {"unique_within": "29d"}}},
            "to last used 29 days ago",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_stands_beside_the_call_is_said(before, after, words):
    found = compared(charter(**before), charter(**after))
    assert words in [said for example in found.examples for said in facts_words(example)]


def test_an_ask_names_those_who_are_asked():
    found = compared(charter("high", action=READ.name), charter("low", action=READ.name), READ.name)
    assert example_sentence(found.examples[0]) == "Before: asks chief within 4 hours. After: allowed at low risk."
