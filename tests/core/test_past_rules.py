"""Orders, budgets and uniqueness: what an agent did before decides what it may do now."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.core.budget_limit import BudgetLimit
from bailiwick.core.catalogue import ActionEntry, Catalogue, Measure, Tool
from bailiwick.core.charter import Charter, Grant, Owner, RunLimits
from bailiwick.core.decide import DECIDER, compile_policy, decide
from bailiwick.core.facts import ApprovalFact, Facts, RunFact
from bailiwick.core.limit import Limit, Op
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.request import Request
from bailiwick.core.tier import FixedTier, SteppedTier, Tier
from bailiwick.core.verdict import Allow, Deny, DenyCode

LOW, MEDIUM, HIGH, NEVER = Tier
DAY_US = 86_400_000_000
NOW_US = 1_800_000_000_000_000
REPORT = ActionEntry("qa.report", "report", floor=LOW)
SEND = ActionEntry(
    "mail.send",
    "send",
    floor=LOW,
    effect="send",
    sends="public",
    measures={"usd": Measure("value_of", "price"), "recipients": Measure("length_of", "to")},
)
TOOLS = {name: Tool(name, "sha256:d", {"type": "object"}) for name in ("report", "send")}
WORLD = Catalogue("mail", TOOLS, (REPORT, SEND))


def charter(*limits, tier=FixedTier(LOW), **changes):  # noqa: B008  # a frozen value
    values = {
        "name": "sender",
        "purpose": "Send what was checked.",
        "workflow": "newsletter",
        "owner": Owner("ana@acme.example", "ben@acme.example", "2027-02-01"),
        "may_read": frozenset(),
        "may_send_out": frozenset({"public"}),
        "grants": (Grant("qa.report", FixedTier(LOW)), Grant("mail.send", tier, limits)),
        "cannot": (),
        "approve": None,
        "when": None,
        "run": RunLimits(100, 60, 50, 2),
    }
    return Charter(**(values | changes))


def ask(subject, tool="send", /, arguments=None, **facts):
    policy = compile_policy(subject, "sha256:c", WORLD, "sha256:k")
    wanted = Request("sender", "run-1", "send", "mail", tool, arguments or {"to": ["a"], "price": 0}, "sha256:a")
    return decide(policy, wanted, Facts(NOW_US, DECIDER, "sha256:d", **facts))


# ------------------------------------------------------------------------------------------------- order

FIRST = OrderRule("require", "mail.send", "qa.report")
AFTER = OrderRule("never", "qa.report", "mail.send")


@pytest.mark.parametrize(
    "rule, done, allowed",
    [
        (FIRST, {}, False),
        (FIRST, {"qa.report": "intended"}, False),
        (FIRST, {"qa.report": "succeeded"}, True),
        (FIRST, {"mail.send": "succeeded"}, False),
        (AFTER, {}, True),
        (AFTER, {"qa.report": "intended"}, False),
        (AFTER, {"qa.report": "succeeded"}, False),
        (AFTER, {"mail.send": "succeeded"}, True),
        (OrderRule("never", "mail.send", "mail.send"), {}, True),
        (OrderRule("never", "mail.send", "mail.send"), {"mail.send": "intended"}, False),
    ],
)
def test_a_required_step_must_have_succeeded_and_a_forbidden_one_needs_only_the_intent(rule, done, allowed):
    verdict = ask(charter(order=(rule,)), done=done)
    assert isinstance(verdict, Allow) is allowed
    if not allowed:
        assert verdict.code is DenyCode.ORDER


def test_an_order_binds_only_the_action_it_names():
    for rule in (FIRST, AFTER):
        assert isinstance(ask(charter(order=(rule,)), "report", {}, done={"qa.report": "intended"}), Allow)


def test_an_order_names_both_actions_in_its_rule_and_says_why():
    verdict = ask(charter(order=(FIRST,)))
    assert verdict.rules == ("order[mail.send requires qa.report]",)
    assert verdict.sentence == "`mail.send` needs `qa.report` to succeed first, in this run or one it belongs with"
    assert ask(charter(order=(AFTER,)), done={"qa.report": "intended"}).rules == (
        "order[mail.send never after qa.report]",
    )


def test_every_order_must_be_kept():
    rules = (FIRST, OrderRule("require", "mail.send", "crm.contact.read"))
    assert isinstance(ask(charter(order=rules), done={"qa.report": "succeeded"}), Deny)
    assert isinstance(
        ask(charter(order=rules), done=dict.fromkeys(("qa.report", "crm.contact.read"), "succeeded")), Allow
    )


# ------------------------------------------------------------------------------------------------- budget


@pytest.mark.parametrize(
    "unit, most, spent, allowed",
    [
        ("usd", 2_000_000, 1_999_999, True),
        ("usd", 2_000_000, 2_000_000, False),
        ("recipients", 5, 2, True),
        ("recipients", 5, 3, False),
        ("calls", 5, 4, True),
        ("calls", 5, 5, False),
        ("sends", 1, 0, True),
        ("sends", 1, 1, False),
        ("sends", 0, 0, False),
        ("usd", 0, 0, False),
    ],
)
@pytest.mark.parametrize("scope", ["run", "day"])
def test_what_was_spent_and_what_the_call_needs_stay_within_the_budget(scope, unit, most, spent, allowed):
    limit = BudgetLimit(scope, unit, most)
    arguments = {"to": ["a", "b", "c"], "price": 1}
    verdict = ask(charter(budget=(limit,)), "send", arguments, spent={f"{scope}.{unit}": spent})
    assert isinstance(verdict, Allow) is allowed
    if not allowed:
        assert (verdict.code, verdict.rules) == (DenyCode.BUDGET, (f"budget.per_{scope}.{unit}",))


@pytest.mark.parametrize("price", [None, "1", 1.0, True, -1, [1]])
def test_a_call_that_does_not_show_what_it_uses_up_is_denied(price):
    arguments = {"to": ["a"], "price": price}
    verdict = ask(charter(budget=(BudgetLimit("day", "usd", 9),)), "send", arguments, spent={"day.usd": 0})
    assert verdict.code is DenyCode.BUDGET and "does not show how much" in verdict.sentence


def test_an_action_that_uses_none_of_a_unit_is_not_held_to_its_budget():
    budget = tuple(BudgetLimit("day", unit, 0) for unit in ("usd", "sends", "recipients"))
    assert isinstance(ask(charter(budget=budget), "report", {}), Allow)


def test_trap_1_spending_that_nobody_looked_up_is_a_deny():
    assert ask(charter(budget=(BudgetLimit("day", "usd", 9),))).code is DenyCode.ERROR


def test_a_budget_of_money_is_said_in_money():
    verdict = ask(
        charter(budget=(BudgetLimit("run", "usd", 2_500_000),)),
        "send",
        {"to": ["a"], "price": 1_000_000},
        spent={"run.usd": 2_000_000},
    )
    assert verdict.sentence == "over the `usd` budget of this run: 2.00 USD of 2.50 USD used up, this needs 1.00 USD"


@given(st.integers(0, 40), st.lists(st.integers(0, 15), max_size=8))
def test_what_is_spent_never_passes_the_budget_whatever_is_asked(most, prices):
    subject, spent = charter(budget=(BudgetLimit("day", "usd", most),)), 0
    for price in prices:
        arguments = {"to": ["a"], "price": price}
        if isinstance(ask(subject, "send", arguments, spent={"day.usd": spent}), Allow):
            spent += price
        assert spent <= most


# ------------------------------------------------------------------------------------------- unique_within

UNIQUE = Limit("to", Op.UNIQUE_WITHIN, 30 * DAY_US)


@pytest.mark.parametrize(
    "ago_us, allowed",
    [(None, True), (30 * DAY_US, True), (30 * DAY_US - 1, False), (0, False), (-1, False)],
)
def test_a_value_may_come_again_once_its_time_has_passed(ago_us, allowed):
    verdict = ask(charter(UNIQUE), seen={} if ago_us is None else {"to": NOW_US - ago_us})
    assert isinstance(verdict, Allow) is allowed
    if not allowed:
        assert (verdict.code, verdict.rules) == (DenyCode.LIMIT, ("can[mail.send].limits.to.unique_within",))


@pytest.mark.parametrize("to", [[], None, True, ["a", "A "], [1.5], {"a": 1}])
def test_a_value_that_cannot_be_compared_is_not_new(to):
    assert ask(charter(UNIQUE), "send", {"to": to, "price": 0}).code is DenyCode.LIMIT


def test_an_optional_unique_argument_may_be_left_out():
    assert isinstance(ask(charter(replace(UNIQUE, optional=True)), "send", {"price": 0, "to": ["a"]}), Allow)
    policy = charter(Limit("code", Op.UNIQUE_WITHIN, DAY_US, optional=True))
    assert isinstance(ask(policy), Allow)
    assert isinstance(ask(charter(Limit("code", Op.UNIQUE_WITHIN, DAY_US))), Deny)


# ------------------------------------------------------------------------------------------------- all of it


def test_trap_4_and_5_an_approval_lifts_no_order_no_budget_and_no_repetition():
    consent = ApprovalFact("apr-1", "approved", "sha256:a", "sha256:d", "sha256:c", NOW_US + 1, True)
    high = FixedTier(HIGH)
    for subject, facts in (
        (charter(tier=high, order=(FIRST,)), {}),
        (charter(tier=high, budget=(BudgetLimit("run", "sends", 0),)), {"spent": {"run.sends": 0}}),
        (charter(UNIQUE, tier=high), {"seen": {"to": NOW_US - 1}}),
    ):
        assert isinstance(ask(subject, approval=consent, **facts), Deny)


def test_money_steps_a_tier_by_micros():
    steps = SteppedTier("day.usd", ((2_000_000, LOW),), NEVER)
    spent = {"totals": {"day.usd": 1_500_000}}
    assert isinstance(ask(charter(tier=steps), "send", {"to": ["a"], "price": 500_000}, **spent), Allow)
    assert ask(charter(tier=steps), "send", {"to": ["a"], "price": 500_001}, **spent).code is DenyCode.NEVER


def test_facts_with_a_past_read_back_as_they_were_written():
    given_facts = Facts(
        NOW_US,
        DECIDER,
        "d",
        seen={"to": 5},
        done={"qa.report": "succeeded"},
        spent={"day.usd": 7},
        run=RunFact("open", 1, 2, 3, 4),
    )
    assert Facts.from_document(given_facts.document()) == given_facts


def test_facts_of_before_there_was_a_past_read_as_facts_without_one():
    document = Facts(NOW_US, DECIDER, "d").document()
    for name in ("seen", "done", "spent"):
        del document[name]
    assert Facts.from_document(document) == Facts(NOW_US, DECIDER, "d")
