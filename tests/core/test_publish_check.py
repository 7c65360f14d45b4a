from dataclasses import replace

import pytest

from bailiwick.core.approval_rule import ApprovalRule, Candidate
from bailiwick.core.budget_limit import BudgetLimit
from bailiwick.core.catalogue import ActionEntry, Catalogue, FieldClasses, Measure, Tool
from bailiwick.core.charter import Charter, Grant, Owner, RunLimits
from bailiwick.core.limit import Limit, Op
from bailiwick.core.lint import lint
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.publish_check import check
from bailiwick.core.tier import FixedTier, SteppedTier, Tier

LOW, MEDIUM, HIGH, NEVER = Tier
SCHEMA = {"type": "object", "properties": {"fields": {}, "ids": {}, "to": {}}}
CRM = Catalogue(
    "crm",
    {"t": Tool("t", "sha256:0", SCHEMA)},
    (
        ActionEntry("crm.contact.read", "t", floor=LOW, effect="read", reads=FieldClasses("internal"), sentence="read"),
        ActionEntry("crm.contact.peek", "t", floor=LOW, effect="read", reads=FieldClasses("secret"), sentence="peek"),
        ActionEntry(
            "crm.contact.update",
            "t",
            floor=MEDIUM,
            measures={"records": Measure("length_of", "ids")},
            sentence="update",
        ),
        ActionEntry("crm.mail.send", "t", floor=MEDIUM, effect="send", sends="customer", sentence="send mail"),
    ),
)
RULE = ApprovalRule(("director",), 3_600_000_000)
OWNERS = [Candidate("ana@acme.example", frozenset({"it"})), Candidate("ben@acme.example", frozenset())]
PEOPLE = [Candidate("director@acme.example", frozenset({"director"})), *OWNERS]


def charter(*grants, **changes):
    values = {
        "name": "lead-router",
        "purpose": "Assign new leads to the right salesperson.",
        "workflow": "lead-routing",
        "owner": Owner("ana@acme.example", "ben@acme.example", "2027-02-01"),
        "may_read": frozenset({"public", "internal"}),
        "may_send_out": frozenset({"public"}),
        "grants": grants,
        "cannot": ("billing.*",),
        "approve": RULE,
        "when": None,
        "run": RunLimits(10, 60, 3, 2),
    }
    return Charter(**(values | changes))


def found(subject, people=PEOPLE):
    return {problem.where: (problem.severity, problem.message) for problem in check(subject, [CRM], people)}


def test_a_charter_that_can_be_enforced_has_no_problem():
    grants = (
        Grant("crm.contact.read", FixedTier(LOW), (Limit("fields", Op.ONLY, ("segment",)),)),
        Grant("crm.contact.update", SteppedTier("day.records", ((5, MEDIUM),), HIGH), (Limit("records", Op.MAX, 9),)),
    )
    assert found(charter(*grants)) == {}


STEPS = ((5, MEDIUM),)


@pytest.mark.parametrize(
    "grant, where, message",
    [
        (Grant("crm.contct.read", FixedTier(LOW)), "can[0].do", "unknown action `crm.contct.read`; did you mean"),
        (Grant("crn.contact.read", FixedTier(LOW)), "can[0].do", "unknown connector `crn`; did you mean `crm`?"),
        (Grant("web.post", FixedTier(LOW)), "can[0].do", "unknown connector `web`: import its catalogue first"),
        (
            Grant("crm.contact.read", FixedTier(LOW), (Limit("feilds", Op.ONLY, ("a",)),)),
            "can[0].limits.feilds",
            "tool `t` has no argument or measure `feilds`; did you mean `fields`?",
        ),
        (
            Grant("crm.contact.update", SteppedTier("record", STEPS, HIGH)),
            "can[0].tier.by",
            "no argument or measure `record`; did you mean `records`?",
        ),
        (
            Grant("crm.contact.update", SteppedTier("day.record", STEPS, HIGH)),
            "can[0].tier.by",
            "`crm.contact.update` has no measure `record`; did you mean `records`?",
        ),
        (
            Grant("crm.contact.update", SteppedTier("day.ids", STEPS, HIGH)),
            "can[0].tier.by",
            "has no measure `ids`: its measures are records",
        ),
        (Grant("crm.contact.update", FixedTier(LOW)), "can[0].tier", "below the floor of `crm.contact.update`"),
        (
            Grant("crm.contact.update", SteppedTier("records", ((5, LOW),), HIGH)),
            "can[0].tier.steps[0].is",
            "the catalogue says medium or stricter",
        ),
        (
            Grant("crm.contact.peek", FixedTier(LOW)),
            "can[0].do",
            "only reads secret data: add it to `data.may_read` or drop the grant",
        ),
        (Grant("crm.mail.send", FixedTier(HIGH)), "can[0].do", "sends out customer data"),
    ],
)
def test_what_cannot_be_enforced_is_an_error_with_its_fix(grant, where, message):
    problems = found(charter(grant))
    assert problems[where][0] == "error"
    assert message in problems[where][1]
    assert len(problems) == 1


@pytest.mark.parametrize("tier", [FixedTier(HIGH), SteppedTier("records", STEPS, HIGH)])
def test_high_without_anybody_to_approve_is_an_error(tier):
    problems = found(charter(Grant("crm.contact.update", tier), approve=None))
    assert problems["can[0].tier"][1] == (
        "`crm.contact.update` can be high and nobody is named to approve it: add `approve:`"
    )
    assert found(charter(Grant("crm.contact.update", tier, approve=RULE), approve=None)) == {}


@pytest.mark.parametrize("pattern", ["crm.contact.*", "crm.contact.read"])
def test_a_tool_in_both_lists_is_a_warning_because_it_is_denied(pattern):
    problems = found(charter(Grant("crm.contact.read", FixedTier(LOW)), cannot=(pattern,)))
    message = f"`crm.contact.read` is granted but `cannot` names `{pattern}`, and `cannot` wins: remove one"
    assert problems == {"can[0].do": ("warning", message)}


def test_a_prohibition_that_covers_nothing_known_is_a_warning():
    problems = found(charter(cannot=("crm.contact.reed", "hr.*")))
    assert problems["cannot[0]"] == (
        "warning",
        "`crm.contact.reed` covers no known action; did you mean `crm.contact.read`?",
    )
    assert len(problems) == 1


@pytest.mark.parametrize("name, hint", [("intrnal", "did you mean `internal`?"), ("unclassified", "known are")])
def test_a_data_class_that_nobody_knows_is_an_error(name, hint):
    problems = found(charter(may_read=frozenset({name})))
    assert hint in problems["data.may_read"][1]


def test_a_class_that_only_the_catalogue_knows_is_known():
    assert found(charter(may_read=frozenset({"secret"}))) == {}


@pytest.mark.parametrize(
    "people",
    [
        [],
        [Candidate("director@acme.example", frozenset({"director"}), active=False)],
        [Candidate("ana@acme.example", frozenset({"director"}))],
        [Candidate("ben@acme.example", frozenset({"director"}))],
    ],
    ids=["nobody", "inactive", "the owner", "the backup"],
)
def test_an_approver_that_nobody_can_be_is_an_error_that_names_the_command(people):
    message = found(charter(), people)["approve"][1]
    assert message.startswith("nobody can approve as `director`")
    assert "bailiwick person add" in message


def test_a_solo_installation_is_not_asked_who_could_approve():
    assert found(charter(), None) == {}


@pytest.mark.parametrize(
    "changes, where, message",
    [
        ({"purpose": "A marketing agent that does campaigns for us"}, "purpose", "`marketing agent` says nothing"),
        ({"purpose": "Handle mail, leads, etc. for the team"}, "purpose", "`etc` says nothing"),
        ({"purpose": "Route leads"}, "purpose", "has 2 of at least 5 words"),
        ({"purpose": "Assign new leads inside HubSpot to sales"}, "purpose", "names the vendor `hubspot`"),
        ({"name": "salesforce-router"}, "charter", "names the vendor `salesforce`"),
        ({"workflow": "general"}, "workflow", "names no workflow"),
        ({"cannot": ()}, "cannot", "prohibits nothing"),
        ({"owner": Owner("a@b.example", "a@b.example", "2027-02-01")}, "owner.backup", "is the accountable owner"),
    ],
)
def test_a_vague_charter_is_refused_with_its_fix(changes, where, message):
    problems = {problem.where: problem.message for problem in lint(charter(**changes), CRM.actions)}
    assert message in problems[where]
    assert len(problems) == 1


@pytest.mark.parametrize(
    "purpose", ["Fetch fabric samples for the sapphire line", "Sketch etchings for the slackline club"]
)
def test_a_word_that_only_contains_a_vendor_is_no_vendor(purpose):
    assert lint(charter(purpose=purpose), CRM.actions) == ()


def test_a_charter_whose_scope_overflows_a_paragraph_is_too_broad():
    grants = tuple(Grant(f"crm.thing{n}.update", FixedTier(LOW)) for n in range(60))
    (problem,) = lint(charter(*grants), ())
    assert problem.message.startswith("too broad: what it may do takes")
    assert problem.severity == "error"


BOTH = (Grant("crm.contact.update", FixedTier(MEDIUM)), Grant("crm.contact.read", FixedTier(LOW)))


@pytest.mark.parametrize(
    "rule, where, severity, message",
    [
        (("require", "crm.contact.updat", "crm.contact.read"), "order[0].before", "error", "did you mean `crm.contact"),
        (("require", "crm.contact.update", "qa.report"), "order[0].require", "error", "unknown connector `qa`"),
        (("never", "web.read", "crm.contact.read"), "order[0].after", "error", "unknown connector `web`"),
        (("never", "crm.contact.read", "crm.mail.sent"), "order[0].never", "error", "did you mean `crm.mail.send`?"),
        (("require", "crm.mail.send", "crm.contact.read"), "order[0].before", "warning", "so this refuses nothing"),
        (("never", "crm.contact.read", "crm.mail.send"), "order[0].never", "warning", "so this refuses nothing"),
        (("require", "crm.contact.update", "crm.mail.send"), "order[0].require", "warning", "only another agent"),
    ],
)
def test_an_order_names_actions_that_there_are_and_says_what_it_cannot_do(rule, where, severity, message):
    problems = found(charter(*BOTH, order=(OrderRule(*rule),)))
    assert problems[where][0] == severity
    assert message in problems[where][1]
    assert len(problems) == 1


@pytest.mark.parametrize(
    "rules, message",
    [
        ([("require", "crm.contact.update", "crm.contact.read")] * 2, "wait for each other"),
        ([("require", "crm.contact.update", "crm.contact.read"), ("never",) * 2], "may never come after it"),
    ],
)
def test_orders_that_no_run_can_keep_are_an_error(rules, message):
    first, second = OrderRule(*rules[0]), rules[1]
    other = OrderRule(second[0], first.other, first.action)
    problems = found(charter(*BOTH, order=(first, other)))
    assert problems["order[0]"][0] == "error"
    assert message in problems["order[0]"][1]


def test_a_longer_circle_of_orders_is_found_too():
    grants = (*BOTH, Grant("crm.contact.peek", FixedTier(LOW)))
    names = ("crm.contact.update", "crm.contact.read", "crm.contact.peek")
    circle = tuple(OrderRule("require", names[at], names[(at + 1) % 3]) for at in range(3))
    problems = found(charter(*grants, order=circle, may_read=frozenset({"internal", "secret"})))
    assert set(problems) == {"order[0]", "order[1]", "order[2]"}
    assert found(charter(*grants, order=circle[:2], may_read=frozenset({"internal", "secret"}))) == {}


@pytest.mark.parametrize(
    "unit, message",
    [
        ("tokens", "no granted action uses any `tokens`, so nobody can count it: known are calls, records"),
        ("record", "did you mean `records`?"),
        ("usd", "no granted action uses any `usd`"),
        ("sends", "no granted action uses any `sends`"),
    ],
)
def test_a_budget_of_what_nobody_measures_is_an_error(unit, message):
    problems = found(charter(*BOTH, budget=(BudgetLimit("day", unit, 5),)))
    assert problems[f"budget.per_day.{unit}"][0] == "error"
    assert message in problems[f"budget.per_day.{unit}"][1]
    assert len(problems) == 1


def test_a_budget_of_what_a_granted_action_uses_has_no_problem():
    budget = (BudgetLimit("run", "calls", 5), BudgetLimit("day", "records", 5))
    assert found(charter(*BOTH, budget=budget)) == {}


def test_a_measure_that_is_called_like_a_usual_unit_is_an_error():
    entry = replace(CRM.actions[2], measures={"calls": Measure("constant", 1)})
    problems = check(
        charter(BOTH[0], budget=(BudgetLimit("run", "calls", 5),)), [replace(CRM, actions=(entry,))], PEOPLE
    )
    assert ["is also a measure" in problem.message for problem in problems] == [True]


@pytest.mark.parametrize(
    "limit, where, message",
    [
        (Limit("usd", Op.MAX, 5), "can[0].limits.usd", "`usd` is money and the catalogue does not measure it"),
        (Limit("t", Op.UNIQUE_WITHIN, 5), "can[0].limits.t", "has no argument or measure `t`"),
        (Limit("records", Op.UNIQUE_WITHIN, 5), "can[0].limits.records.unique_within", "write `max` or `min`"),
        (Limit("records", Op.MATCHES, ("#",)), "can[0].limits.records.matches", "write `max` or `min`"),
    ],
)
def test_a_limit_fits_what_it_limits(limit, where, message):
    problems = found(charter(Grant("crm.contact.update", FixedTier(MEDIUM), (limit,))))
    assert problems[where][0] == "error"
    assert message in problems[where][1]


def test_a_step_over_money_that_nobody_measures_is_an_error():
    problems = found(charter(Grant("crm.contact.update", SteppedTier("usd", ((5, MEDIUM),), HIGH))))
    assert "`usd` is money" in problems["can[0].tier.by"][1]
