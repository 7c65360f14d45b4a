from copy import deepcopy

import pytest

from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.charter import CharterError, Owner, RunLimits, covers, parse_charter
from bailiwick.core.limit import Limit, Op
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.tier import FixedTier, SteppedTier, Tier
from bailiwick.core.window import Window

APPROVE = {"all_of": [{"role": "director"}, {"role": "it-change"}], "not": ["requester", "owner"], "within": "4h"}
DOCUMENT = {
    "charter": "newsletter-scheduler",
    "purpose": "Schedule approved newsletters to known segments.",
    "workflow": "newsletter",
    "owner": {"accountable": "ana@acme.example", "backup": "it-ops@acme.example", "review_by": "2027-02-01"},
    "data": {"may_read": ["public", "internal"], "may_send_out": ["public"]},
    "can": [
        {"do": "crm.contact.read", "tier": "low", "limits": {"fields": {"only": ["segment"]}, "rows": {"max": "5k"}}},
        {
            "do": "email.schedule",
            "tier": {
                "by": "day.recipients",
                "steps": [{"max": 50, "is": "medium"}, {"max": "500k", "is": "high"}],
                "else": "never",
            },
            "limits": {"to": {"domain": "acme.example", "optional": True}},
            "approve": APPROVE,
            "when": {"days": ["mon", "wed-fri"], "hours": "07:00-24:00", "zone": "Europe/Madrid"},
        },
    ],
    "cannot": ["billing.*", "crm.contact.export"],
    "run": {"calls": 40, "seconds": 600, "repeats": 3, "retries": 0},
}


def altered(path, value):
    document = deepcopy(DOCUMENT)
    holder = document
    for part in path[:-1]:
        holder = holder[part]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return document


def problems(document):
    with pytest.raises(CharterError) as caught:
        parse_charter(document)
    return {problem.where: problem.message for problem in caught.value.problems}


def test_a_charter_reads_as_the_values_it_names():
    charter = parse_charter(DOCUMENT)
    assert charter.owner == Owner("ana@acme.example", "it-ops@acme.example", "2027-02-01")
    assert charter.may_read == {"public", "internal"}
    assert charter.cannot == ("billing.*", "crm.contact.export")
    assert charter.run == RunLimits(40, 600, 3, 0)
    read, schedule = charter.grants
    assert read.tier == FixedTier(Tier.LOW)
    assert read.limits == (Limit("fields", Op.ONLY, ("segment",)), Limit("rows", Op.MAX, 5000))
    assert schedule.tier == SteppedTier("day.recipients", ((50, Tier.MEDIUM), (500_000, Tier.HIGH)), Tier.NEVER)
    assert schedule.limits == (Limit("to", Op.DOMAIN, ("acme.example",), optional=True),)
    assert schedule.approve == ApprovalRule(("director", "it-change"), 4 * 3_600_000_000)
    assert schedule.approve.exclude == {"requester", "owner"}
    assert schedule.when == Window(frozenset({0, 2, 3, 4}), 420, 1440, "Europe/Madrid")


@pytest.mark.parametrize("key", ["charter", "purpose", "workflow", "owner", "data", "can", "cannot"])
def test_every_part_of_a_persona_is_mandatory(key):
    assert problems(altered([key], ...)) == {"document": f"the key `{key}` is missing: add `{key}:`"}


TIER = ["can", 1, "tier"]
LIMITS = ["can", 0, "limits"]
WHEN = ["can", 1, "when"]


@pytest.mark.parametrize(
    "path, value, where, message",
    [
        (["purpos"], "x", "purpos", "unknown key `purpos`; did you mean `purpose`?"),
        (["budgets"], {}, "budgets", "did you mean `budget`?"),
        (["hooks"], {}, "hooks", "unknown key `hooks`: known are"),
        (["can", 0, "limit"], {}, "can[0].limit", "did you mean `limits`?"),
        (["charter"], "Bad Name", "charter", "`Bad Name` is no name"),
        (["charter"], 7, "charter", "expected text, found a number"),
        (["purpose"], "", "purpose", "is empty"),
        (["purpose"], "two\nlines", "purpose", "line break"),
        (["workflow"], ["a", "b"], "workflow", "expected text, found a list"),
        (["owner"], "ana", "owner", "expected a mapping, found text"),
        (["owner", "accountable"], "ana", "owner.accountable", "`ana` is no e-mail address"),
        (["owner", "backup"], "a@b.example, c@d.example", "owner.backup", "no e-mail address of one person"),
        (["owner", "review_by"], "2027-02-30", "owner.review_by", "is no date: write it as `2027-02-01`"),
        (["owner", "review_by"], "20270201", "owner.review_by", "is no date"),
        (["data", "may_read"], "public", "data.may_read", "expected a list, found text"),
        (["data", "may_read"], ["public", "public"], "data.may_read[1]", "`public` is listed twice"),
        (["data", "may_send"], [], "data.may_send", "did you mean `may_send_out`?"),
        (["can"], {}, "can", "expected a list, found a mapping"),
        (["can", 0], "crm.contact.read", "can[0]", "expected a mapping, found text"),
        (["can", 0, "do"], "crm.*", "can[0].do", "name one action"),
        (["can", 0, "do"], "crm", "can[0].do", "write `connector.action`"),
        (["can", 0, "do"], "crm.Contact.read", "can[0].do", "is no action"),
        (["can", 0, "do"], "email.schedule", "can[1].do", "already granted in `can[0]`"),
        (["can", 0, "tier"], ..., "can[0]", "the key `tier` is missing"),
        (["can", 0, "tier"], "hihg", "can[0].tier", "did you mean `high`?"),
        (["can", 0, "tier"], True, "can[0].tier", "expected a mapping, found true or false"),
        ([*TIER, "by"], "", "can[1].tier.by", "is empty"),
        ([*TIER, "by"], "day records", "can[1].tier.by", "is no argument or measure"),
        ([*TIER, "steps"], [], "can[1].tier.steps", "has no step: write a fixed tier"),
        ([*TIER, "steps", 1, "max"], 50, "can[1].tier.steps[1].max", "larger than the step before"),
        ([*TIER, "steps", 1, "is"], "low", "can[1].tier.steps[1].is", "milder than the step before"),
        ([*TIER, "steps", 1, "max"], True, "can[1].tier.steps[1].max", "found true or false"),
        ([*TIER, "steps", 0, "max"], -1, "can[1].tier.steps[0].max", "too small"),
        ([*TIER, "else"], "low", "can[1].tier.else", "milder than the last step"),
        ([*TIER, "else"], ..., "can[1].tier", "the key `else` is missing"),
        ([*LIMITS, "rows"], 5, "can[0].limits.rows", "expected a mapping, found a number"),
        ([*LIMITS, "rows"], {}, "can[0].limits.rows", "has no limit"),
        ([*LIMITS, "rows"], {"optional": True}, "can[0].limits.rows", "has no limit"),
        ([*LIMITS, "rows"], {"maximum": 5}, "can[0].limits.rows.maximum", "did you mean `max`?"),
        ([*LIMITS, "rows"], {"regex": "x"}, "can[0].limits.rows.regex", "unknown key `regex`: known are"),
        ([*LIMITS, "rows"], {"max": 2.5}, "can[0].limits.rows.max", "write money as whole micros, 2500000 for 2.50"),
        ([*LIMITS, "rows"], {"max": True}, "can[0].limits.rows.max", "expected a whole number"),
        ([*LIMITS, "rows"], {"max": "5 k"}, "can[0].limits.rows.max", "such as 5000 or 500k"),
        ([*LIMITS, "rows"], {"max": 2**53}, "can[0].limits.rows.max", "larger than 2^53"),
        ([*LIMITS, "rows"], {"min": 9, "max": 3}, "can[0].limits.rows", "no call can keep it"),
        ([*LIMITS, "rows"], {"one_of": []}, "can[0].limits.rows.one_of", "is empty"),
        ([*LIMITS, "rows"], {"one_of": "beta"}, "can[0].limits.rows.one_of", "expected a list"),
        ([*LIMITS, "rows"], {"one_of": [1.5]}, "can[0].limits.rows.one_of[0]", "is a float"),
        ([*LIMITS, "rows"], {"one_of": [None]}, "can[0].limits.rows.one_of[0]", "expected text, found nothing"),
        ([*LIMITS, "rows"], {"required": False}, "can[0].limits.rows.required", "write `true`"),
        ([*LIMITS, "rows"], {"required": True, "optional": True}, "can[0].limits.rows", "both"),
        ([*LIMITS, "rows"], {"forbidden": True, "max": 1}, "can[0].limits.rows", "stands alone"),
        ([*LIMITS, "rows"], {"max": 1, "optional": "yes"}, "can[0].limits.rows.optional", "true or false"),
        ([*LIMITS, "to"], {"domain": "Acme.example"}, "can[0].limits.to.domain[0]", "is no domain"),
        ([*LIMITS, "to"], {"domain": "com"}, "can[0].limits.to.domain[0]", "is no domain"),
        ([*LIMITS, "to"], {"domain": "@acme.example"}, "can[0].limits.to.domain[0]", "is no domain"),
        ([*LIMITS, "a b"], {"max": 1}, "can[0].limits.a b", "is no argument"),
        (["can", 1, "approve", "all_of"], [], "can[1].approve.all_of", "names nobody"),
        (["can", 1, "approve", "all_of"], ["director"], "can[1].approve.all_of[0]", "expected a mapping"),
        (["can", 1, "approve", "within"], "4", "can[1].approve.within", "is no time span"),
        (["can", 1, "approve", "within"], "0h", "can[1].approve.within", "is no time span"),
        (["can", 1, "approve", "within"], "400d", "can[1].approve.within", "longer than a year"),
        (["can", 1, "approve", "within"], 4, "can[1].approve.within", "is no time span"),
        (["can", 1, "approve", "not"], ["requester"], "can[1].approve.not", "`owner` is missing"),
        (["can", 1, "approve", "any_of"], [], "can[1].approve.any_of", "did you mean `all_of`?"),
        ([*WHEN, "days"], "fri-mon", "can[1].when.days", "runs backwards"),
        ([*WHEN, "days"], "monday", "can[1].when.days", "is no day"),
        ([*WHEN, "days"], [], "can[1].when.days", "is empty"),
        ([*WHEN, "hours"], "20:00-07:00", "can[1].when.hours", "must start before it ends"),
        ([*WHEN, "hours"], "07:00-07:00", "can[1].when.hours", "must start before it ends"),
        ([*WHEN, "hours"], "07:00-25:00", "can[1].when.hours", "ends after 24:00"),
        ([*WHEN, "hours"], "7-20", "can[1].when.hours", "is no span of hours"),
        ([*WHEN, "zone"], "Europe/Madird", "can[1].when.zone", "did you mean `Europe/Madrid`?"),
        ([*WHEN, "zone"], ..., "can[1].when", "the key `zone` is missing"),
        (["cannot"], ["*"], "cannot[0]", "is no pattern"),
        (["cannot"], ["crm.*.read"], "cannot[0]", "is no pattern"),
        (["cannot"], ["crm"], "cannot[0]", "is no pattern"),
        (["run", "calls"], 0, "run.calls", "too small: write 1 or more"),
        ([*LIMITS, "rows"], {"matches": []}, "can[0].limits.rows.matches", "is empty"),
        ([*LIMITS, "rows"], {"matches": "grüße"}, "can[0].limits.rows.matches[0]", "outside printable ASCII"),
        ([*LIMITS, "rows"], {"matches": "a**"}, "can[0].limits.rows.matches[0]", "means the same as `*`"),
        ([*LIMITS, "rows"], {"matches": ["a", "a"]}, "can[0].limits.rows.matches[1]", "listed twice"),
        ([*LIMITS, "rows"], {"unique_within": 30}, "can[0].limits.rows.unique_within", "is no time span"),
        ([*LIMITS, "rows"], {"unique_within": "400d"}, "can[0].limits.rows.unique_within", "longer than a year"),
        ([*LIMITS, "usd"], {"one_of": [1]}, "can[0].limits.usd.one_of", "is no limit of money"),
        ([*LIMITS, "usd"], {"max": 2.5}, "can[0].limits.usd.max", 'write it in quotes, "2.50"'),
        ([*LIMITS, "usd"], {"max": "2.1234567"}, "can[0].limits.usd.max", 'an amount such as 2 or "2.50"'),
        ([*LIMITS, "usd"], {"max": -1}, "can[0].limits.usd.max", "too small: write 0 or more"),
        ([*LIMITS, "usd"], {"max": 2**53}, "can[0].limits.usd.max", "more than 2^53 micros"),
        (["order"], {}, "order", "expected a list, found a mapping"),
        (["order"], ["a.b"], "order[0]", "expected a mapping, found text"),
        (["order"], [{}], "order[0]", "is no order: write"),
        (["order"], [{"before": "a.b"}], "order[0]", "is no order: write"),
        (["order"], [{"before": "a.b", "never": "c.d"}], "order[0]", "is no order: write"),
        (["order"], [{"before": "a.b", "requires": "c.d"}], "order[0].requires", "did you mean `require`?"),
        (["order"], [{"before": "a.*", "require": "c.d"}], "order[0].before", "name one action"),
        (["order"], [{"before": "a.b", "require": "a.b"}], "order[0].require", "cannot wait for itself"),
        (["order"], [{"after": "a.b", "never": "c"}], "order[0].never", "`c` is no action"),
        (["order"], [{"after": "a.b", "never": "c.d"}] * 2, "order[1]", "says the same as `order[0]`"),
        (["budget"], {}, "budget", "limits nothing"),
        (["budget"], {"per_week": {"calls": 1}}, "budget.per_week", "known are per_day, per_run"),
        (["budget"], {"per_day": {}}, "budget.per_day", "limits nothing"),
        (["budget"], {"per_day": 5}, "budget.per_day", "expected a mapping, found a number"),
        (["budget"], {"per_day": {"calls": -1}}, "budget.per_day.calls", "too small"),
        (["budget"], {"per_day": {"calls": "1.5"}}, "budget.per_day.calls", "expected a whole number"),
        (["budget"], {"per_day": {"usd": "1,50"}}, "budget.per_day.usd", 'an amount such as 2 or "2.50"'),
        (["budget"], {"per_day": {"US D": 1}}, "budget.per_day.US D", "is no name"),
        (["sla"], ["a"], "sla", "expected text, found a list"),
        (["evaluation"], "Golden Set", "evaluation", "is no name"),
        (["run", "call"], 5, "run.call", "did you mean `calls`?"),
    ],
)
def test_a_wrong_charter_says_where_and_what_to_write_instead(path, value, where, message):
    found = problems(altered(path, value))
    assert message in found[where]
    assert len(found) == 1


def test_all_problems_are_reported_at_once():
    document = altered(["purpos"], "x")
    document["owner"]["accountable"] = "ana"
    document["can"][0]["tier"] = "mild"
    document["cannot"] = ["*"]
    assert set(problems(document)) == {"purpos", "owner.accountable", "can[0].tier", "cannot[0]"}


@pytest.mark.parametrize("document", [None, [], "charter", {}, {"can": 1, "cannot": 2, "data": 3, "owner": 4}])
def test_something_else_entirely_is_refused_without_a_traceback(document):
    assert problems(document)


@pytest.mark.parametrize(
    "text, seconds",
    [("4h", 14400), ("30m", 1800), ("20s", 20), ("2d", 172800), ("1h 30m", 5400), ("1h30m", 5400)],
)
def test_a_time_span_is_written_with_its_units(text, seconds):
    document = altered(["can", 1, "approve", "within"], text)
    assert parse_charter(document).grants[1].approve.within_us == seconds * 1_000_000


@pytest.mark.parametrize(
    "pattern, action, covered",
    [
        ("billing.*", "billing.invoice.pay", True),
        ("billing.*", "billingx.pay", False),
        ("crm.contact.*", "crm.contact.read", True),
        ("crm.contact.*", "crm.contacts.read", False),
        ("crm.contact", "crm.contact", True),
        ("crm.contact", "crm.contact.read", False),
    ],
)
def test_a_prohibition_covers_an_action_or_all_below_a_name(pattern, action, covered):
    assert covers(pattern, action) is covered


def test_a_window_ends_before_its_last_minute():
    window = Window(frozenset({0}), 420, 1200, "UTC")
    inside = [window.contains(0, 420), window.contains(0, 1199)]
    outside = [window.contains(0, 419), window.contains(0, 1200), window.contains(1, 600)]
    assert all(inside)
    assert not any(outside)


def test_orders_budgets_and_links_read_as_the_values_they_name():
    document = DOCUMENT | {
        "order": [
            {"before": "email.schedule", "require": "qa.report"},
            {"after": "crm.contact.read", "never": "web.post"},
        ],
        "budget": {
            "per_run": {"usd": 2, "sends": 2, "calls": 10, "records": 500},
            "per_day": {"eur": "20.50", "tokens": "500k", "recipients": "2m"},
        },
        "sla": "newsletter-sla",
        "evaluation": "newsletter-golden",
    }
    charter = parse_charter(document)
    assert charter.order == (
        OrderRule("require", "email.schedule", "qa.report"),
        OrderRule("never", "crm.contact.read", "web.post"),
    )
    assert [(limit.scope, limit.unit, limit.most) for limit in charter.budget] == [
        *(("run", "calls", 10), ("run", "records", 500), ("run", "sends", 2), ("run", "usd", 2_000_000)),
        *(("day", "eur", 20_500_000), ("day", "recipients", 2_000_000), ("day", "tokens", 500_000)),
    ]
    assert (charter.sla, charter.evaluation) == ("newsletter-sla", "newsletter-golden")
    bare = parse_charter(DOCUMENT)
    assert (bare.order, bare.budget, bare.sla, bare.evaluation) == ((), (), None, None)


def test_patterns_uniqueness_and_money_read_as_limits():
    limits = {
        "code": {"matches": "INV-####", "unique_within": "30d"},
        "ids": {"matches": ["ctc-*", "led-*"]},
        "usd": {"min": 1, "max": "2.50"},
        "price.usd": {"max": 3},
    }
    assert parse_charter(altered(LIMITS, limits)).grants[0].limits == (
        Limit("code", Op.MATCHES, ("INV-####",)),
        Limit("code", Op.UNIQUE_WITHIN, 30 * 86_400_000_000),
        Limit("ids", Op.MATCHES, ("ctc-*", "led-*")),
        Limit("price.usd", Op.MAX, 3),
        Limit("usd", Op.MAX, 2_500_000),
        Limit("usd", Op.MIN, 1_000_000),
    )


@pytest.mark.parametrize("by", ["usd", "run.usd", "day.eur", "tree.usd"])
def test_the_steps_of_money_are_written_as_money(by):
    tier = {"by": by, "steps": [{"max": "0.50", "is": "low"}, {"max": 20, "is": "high"}], "else": "never"}
    steps = parse_charter(altered(TIER, tier)).grants[1].tier.steps
    assert steps == ((500_000, Tier.LOW), (20_000_000, Tier.HIGH))


@pytest.mark.parametrize(
    "path, value, where, message",
    [
        (["charter"], " x", "charter", "has space around it: write `x`"),
        (["can", 0, "tier"], "low\n", "can[0].tier", "has space around it: write `low`"),
        (["can", 0, "do"], "crm.contact.read ", "can[0].do", "has space around it"),
        ([*LIMITS, "rows"], {"one_of": [" beta"]}, "can[0].limits.rows.one_of[0]", "has space around it"),
        ([*LIMITS, "rows"], {"max": "007"}, "can[0].limits.rows.max", "expected a whole number"),
        (["can", 1, "approve", "within"], " 4h", "can[1].approve.within", "is no time span"),
        (["can", 1, "approve", "within"], "4h ", "can[1].approve.within", "is no time span"),
        (["can", 1, "approve", "within"], "04h", "can[1].approve.within", "is no time span"),
    ],
)
def test_nothing_but_prose_is_read_as_if_it_were_written_otherwise(path, value, where, message):
    assert message in problems(altered(path, value))[where]


def test_the_purpose_may_be_a_block_of_text():
    purpose = parse_charter(altered(["purpose"], "  Schedule newsletters that were approved.\n")).purpose
    assert purpose == "Schedule newsletters that were approved."
