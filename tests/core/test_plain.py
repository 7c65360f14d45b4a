import pytest

from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.catalogue import ActionEntry, Measure
from bailiwick.core.charter import Grant, parse_charter
from bailiwick.core.limit import Limit, Op
from bailiwick.core.phrase import joined, time_span
from bailiwick.core.plain import grant_sentence, plain
from bailiwick.core.tier import FixedTier, SteppedTier, Tier
from bailiwick.core.window import Window

LOW, MEDIUM, HIGH, NEVER = Tier
ENTRY = ActionEntry("crm.contact.update", "manage", floor=LOW, sentence="update fields of contacts")
ADS = ActionEntry(
    "ads.launch", "launch", floor=LOW, sentence="launch", measures={"money_micros": Measure("value_of", "budget")}
)


def said(tier, *limits, entry=ENTRY, **rest):
    return grant_sentence(Grant(entry.name, tier, tuple(limits), **rest), entry)


@pytest.mark.parametrize(
    "tier, sentence",
    [
        (FixedTier(LOW), "May update fields of contacts."),
        (FixedTier(MEDIUM), "May update fields of contacts; the owner is told."),
        (FixedTier(HIGH), "May update fields of contacts, but must ask first every time."),
        (FixedTier(NEVER), "May not update fields of contacts."),
        (
            SteppedTier("records", ((50, MEDIUM), (5000, HIGH)), NEVER),
            "May update fields of contacts, up to 50 at a time, and the owner is told; from 51 to 5,000 it must ask; "
            "above that never.",
        ),
        (
            SteppedTier("day.records", ((10, LOW), (50, MEDIUM)), HIGH),
            "May update fields of contacts, up to 10 a day; from 11 to 50 the owner is told; above that it must ask.",
        ),
        (
            SteppedTier("recipients", ((1, HIGH),), NEVER),
            "May update fields of contacts, but must ask first, up to 1 recipient at a time; above that never.",
        ),
        (
            SteppedTier("run.money_micros", ((2_500_000, LOW),), NEVER),
            "May update fields of contacts, up to 2.50 money a run; above that never.",
        ),
        (
            SteppedTier("day.usd", ((2_500_000, LOW), (20_000_000, HIGH)), NEVER),
            "May update fields of contacts, up to 2.50 USD a day; from 2.500001 USD to 20.00 USD it must ask; "
            "above that never.",
        ),
        (
            SteppedTier("day.records", ((1, LOW), (2, LOW)), LOW),
            "May update fields of contacts, however many records a day.",
        ),
    ],
)
def test_a_tier_reads_as_what_happens_at_each_size(tier, sentence):
    assert said(tier) == sentence


def test_the_catalogues_floor_is_in_the_sentence_because_it_is_enforced():
    strict = ActionEntry("a.b", "t", floor=HIGH, sentence="send mail")
    assert said(FixedTier(LOW), entry=strict) == "May send mail, but must ask first every time."


@pytest.mark.parametrize(
    "limit, words",
    [
        (Limit("fields", Op.ONLY, ("segment", "language")), "fields: only segment and language"),
        (Limit("list", Op.ONE_OF, ("beta", "staff")), "list: beta or staff"),
        (Limit("dry_run", Op.ONE_OF, (True,)), "dry run: true"),
        (Limit("to", Op.DOMAIN, ("acme.example",), optional=True), "to if given: only at acme.example"),
        (Limit("branch", Op.STARTS_WITH, ("agent/",)), "branch: starting with agent/"),
        (Limit("rows", Op.MAX, 5000), "rows: at most 5,000"),
        (Limit("rows", Op.MIN, 1), "rows: at least 1"),
        (
            Limit("code", Op.MATCHES, ("INV-####", "X-*")),
            "code: like INV-#### or X-*, where # is a digit and * is any letters, digits, dots and dashes",
        ),
        (Limit("code", Op.MATCHES, ("beta",)), "code: like beta"),
        (Limit("to", Op.UNIQUE_WITHIN, 30 * 86_400_000_000, True), "to if given: none again within 30 days"),
        (Limit("usd", Op.MAX, 2_500_000), "usd: at most 2.50 USD"),
        (Limit("filter.owner", Op.REQUIRED, True), "always with owner"),
        (Limit("bcc", Op.FORBIDDEN, True), "never with bcc"),
        (Limit("amount_micros", Op.MAX, 100_000_000), "amount: at most 100.00"),
        (Limit("amount_micros", Op.MAX, 1_234_567_890), "amount: at most 1,234.56789"),
    ],
)
def test_a_limit_reads_as_words(limit, words):
    assert said(FixedTier(LOW), limit) == f"May update fields of contacts ({words})."


def test_a_limit_on_what_is_money_keeps_its_name_and_is_said_as_money():
    assert said(FixedTier(LOW), Limit("budget", Op.MAX, 9), entry=ADS) == "May launch (budget: at most 0.000009)."


def test_two_ends_of_one_argument_are_said_once():
    ends = (Limit("rows", Op.MAX, 500), Limit("rows", Op.MIN, 1))
    assert said(FixedTier(LOW), *ends) == "May update fields of contacts (rows: 1 to 500)."


def test_a_grants_own_approvers_and_hours_are_said_with_it():
    sentence = said(
        FixedTier(HIGH),
        approve=ApprovalRule(("director", "it-change"), 5_400_000_000),
        when=Window(frozenset(range(5)), 420, 1200, "Europe/Madrid"),
    )
    assert sentence == (
        "May update fields of contacts, but must ask first every time. "
        "Only Monday to Friday, 07:00 to 20:00, Europe/Madrid time. "
        "For this, director and it-change must both say yes within 1 hour 30 minutes; "
        "the requester and the agent's owners do not count."
    )


def test_an_action_that_no_catalogue_knows_keeps_its_name():
    assert grant_sentence(Grant("x.y", FixedTier(LOW)), None) == "May do `x.y`."


def test_lists_and_spans_read_naturally():
    assert [joined(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert [time_span(us * 1_000_000) for us in (1, 3600, 86_401)] == ["1 second", "1 hour", "1 day 1 second"]


def test_orders_budgets_and_links_are_sentences_that_bind_everything():
    charter = parse_charter(
        {
            "charter": "sender",
            "purpose": "Send what was checked.",
            "workflow": "newsletter",
            "owner": {"accountable": "ana@acme.example", "backup": "it@acme.example", "review_by": "2027-02-01"},
            "data": {"may_read": [], "may_send_out": []},
            "can": [{"do": "crm.contact.update", "tier": "low"}],
            "cannot": [],
            "order": [
                {"before": "crm.contact.update", "require": "qa.report"},
                {"after": "crm.contact.update", "never": "web.post"},
            ],
            "budget": {"per_run": {"usd": 2, "sends": 1}, "per_day": {"usd": "20.50", "records": "5k", "calls": 1}},
            "sla": "newsletter-sla",
            "evaluation": "golden",
        }
    )
    assert plain(charter, [ENTRY]).bounds[1:3] + plain(charter, [ENTRY]).bounds[4:] == (
        "May update fields of contacts only after it managed to do `qa.report` in the same piece of work.",
        "May not do `web.post` any more once it set out to update fields of contacts in the same piece of work.",
        "In one run, all its actions together: at most 1 message sent and 2.00 USD.",
        "In one day (UTC), all its actions together: at most 1 call, 5,000 records and 20.50 USD.",
        "Its service level is `newsletter-sla`.",
        "It is tried out with `golden`.",
    )
