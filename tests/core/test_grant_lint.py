"""Grants that cannot be used, duties in one hand, and more than the peers have."""

import pytest

from bailiwick.core.approval_rule import ApprovalRule, Candidate
from bailiwick.core.catalogue import ActionEntry, Catalogue, Tool
from bailiwick.core.charter import Charter, Grant, Owner, RunLimits
from bailiwick.core.grant_lint import lint_grants, lint_peers
from bailiwick.core.limit import Limit, Op
from bailiwick.core.publish_check import check
from bailiwick.core.tier import FixedTier, SteppedTier, Tier
from bailiwick.core.window import Window

LOW, MEDIUM, HIGH, NEVER = Tier
ENTRIES = (
    ActionEntry("mail.draft", "t", floor=LOW, effect="write", sentence="draft mail"),
    ActionEntry("mail.send", "t", floor=MEDIUM, effect="send", sentence="send mail"),
    ActionEntry("ads.launch", "t", floor=HIGH, effect="spend", sentence="launch ads"),
    ActionEntry("ads.draft", "t", floor=LOW, effect="write", sentence="draft ads"),
)
DRAFT = Grant("mail.draft", FixedTier(LOW))
WEEK = frozenset(range(5))


def charter(*grants, name="drafter", **changes):
    values = {
        "name": name,
        "purpose": "Draft and send the mail of the day to the team.",
        "workflow": "mailing",
        "owner": Owner("ana@acme.example", "ben@acme.example", "2027-02-01"),
        "may_read": frozenset(),
        "may_send_out": frozenset(),
        "grants": grants,
        "cannot": ("billing.*",),
        "approve": ApprovalRule(("director",), 3_600_000_000),
        "when": None,
        "run": RunLimits(10, 60, 3, 2),
    }
    return Charter(**(values | changes))


def warnings(subject):
    found = list(lint_grants(subject, ENTRIES))
    assert all(problem.severity == "warning" for problem in found)
    return {problem.where: problem.message for problem in found}


@pytest.mark.parametrize(
    "limits",
    [
        (Limit("to", Op.ONE_OF, ("a@acme.example",)), Limit("to", Op.DOMAIN, ("beta.example",))),
        (Limit("to", Op.ONE_OF, (1, 2)), Limit("to", Op.MIN, 3)),
        (Limit("to", Op.MAX, 3), Limit("to", Op.DOMAIN, ("beta.example",))),
        (Limit("to", Op.MIN, 3), Limit("to", Op.ONLY, ("a",))),
    ],
)
def test_limits_that_no_value_keeps_are_named(limits):
    assert (
        "no value of `to` keeps all its limits"
        in warnings(charter(Grant("mail.draft", FixedTier(LOW), limits)))["can[0].limits.to"]
    )


@pytest.mark.parametrize(
    "limits",
    [
        (Limit("to", Op.ONE_OF, ("a@acme.example", "b@beta.example")), Limit("to", Op.DOMAIN, ("beta.example",))),
        (Limit("to", Op.MAX, 3), Limit("to", Op.MIN, 3)),
        (Limit("to", Op.MAX, 3, optional=True), Limit("to", Op.ONLY, ("a",), optional=True)),
        (Limit("to", Op.ONE_OF, ("a@acme.example",)), Limit("to", Op.UNIQUE_WITHIN, 1_000_000)),
    ],
)
def test_limits_that_some_value_keeps_are_left_alone(limits):
    assert warnings(charter(Grant("mail.draft", FixedTier(LOW), limits))) == {}


def test_a_grant_that_is_never_allowed_is_named():
    assert "never allowed at any size" in warnings(charter(Grant("mail.draft", FixedTier(NEVER))))["can[0].tier"]
    assert warnings(charter(Grant("mail.draft", SteppedTier("n", ((1, LOW),), NEVER)))) == {}


@pytest.mark.parametrize(
    "other, apart",
    [
        (Window(WEEK, 480, 600, "UTC"), True),
        (Window(frozenset({6}), 0, 1440, "UTC"), True),
        (Window(WEEK, 600, 601, "UTC"), False),
        (Window(frozenset({6}), 0, 1440, "Europe/Madrid"), False),
    ],
)
def test_windows_that_never_meet_are_named(other, apart):
    subject = charter(Grant("mail.draft", FixedTier(LOW), when=other), when=Window(WEEK, 600, 1200, "UTC"))
    assert ("can[0].when" in warnings(subject)) is apart


@pytest.mark.parametrize(
    "release, how",
    [
        (Grant("mail.send", FixedTier(MEDIUM)), "by itself: make"),
        (Grant("mail.send", SteppedTier("n", ((50, MEDIUM),), HIGH)), "by itself at its smaller sizes"),
    ],
)
def test_who_prepares_and_releases_alone_is_named(release, how):
    message = warnings(charter(DRAFT, release))["can[1].tier"]
    assert "(`mail.draft`)" in message and how in message


@pytest.mark.parametrize(
    "grants",
    [
        (DRAFT, Grant("mail.send", FixedTier(HIGH))),
        (Grant("mail.send", FixedTier(MEDIUM)),),
        (DRAFT, Grant("ads.launch", FixedTier(LOW))),
        (Grant("ads.draft", FixedTier(LOW)), Grant("mail.send", FixedTier(MEDIUM))),
    ],
)
def test_duties_that_lie_apart_are_left_alone(grants):
    assert warnings(charter(*grants)) == {}


def test_a_grant_that_no_peer_has_is_named():
    peer, stranger = charter(DRAFT, name="peer"), charter(DRAFT, name="stranger", workflow="other")
    subject = charter(DRAFT, Grant("mail.send", FixedTier(HIGH)))
    (problem,) = lint_peers(subject, [peer, stranger, subject])
    assert (problem.where, "`peer` of the same workflow" in problem.message) == ("can[1].do", True)
    assert list(lint_peers(subject, [stranger, subject])) == []


def test_an_owner_whom_nobody_knows_is_an_error_with_its_fix():
    catalogue = Catalogue("mail", {"t": Tool("t", "sha256:0", {})}, ENTRIES[:2])
    people = [
        Candidate("ana@acme.example", frozenset()),
        Candidate("ben@acme.example", frozenset(), active=False),
        Candidate("director@acme.example", frozenset({"director"})),
    ]
    found = {problem.where: problem for problem in check(charter(DRAFT), [catalogue], people)}
    assert found.keys() == {"owner.backup"}
    assert found["owner.backup"].severity == "error"
    assert "bailiwick person add ben@acme.example" in found["owner.backup"].message
    assert check(charter(DRAFT), [catalogue], None) == ()
