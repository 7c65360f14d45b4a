"""Comparing charters: what counts as the same, narrower, wider or neither, and that every example is one."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.core.catalogue import ActionEntry, Catalogue, FieldClasses, Measure, Tool
from bailiwick.core.charter import parse_charter
from bailiwick.core.compare import Relation, compare
from bailiwick.core.permission import permission
from bailiwick.core.tier import Tier
from bailiwick.core.verdict import verdict_word
from bench.diff.__main__ import judged
from tests.core.charter_world import WORLD, charters

LOW, MEDIUM, HIGH, NEVER = Tier
NOW = 1_798_761_600_000_000  # Friday 2027-01-01, 00:00 UTC
SCHEMA = {
    "type": "object",
    "properties": {
        "to": {"type": "array", "items": {"type": "string"}},
        "subject": {"type": "string"},
        "list": {"enum": ["beta", "staff", "all"]},
        "options": {"type": "object", "properties": {"track": {"type": "boolean"}, "trace": {"type": "string"}}},
        "cost": {"type": "integer"},
        "kind": {"type": "string"},
        "note": {},
    },
}
SEND = ActionEntry(
    "mail.letter.send",
    "send",
    when={"kind": "letter"},
    floor=LOW,
    effect="send",
    sends="public",
    measures={
        "recipients": Measure("length_of", "to"),
        "usd": Measure("value_of", "cost"),
        "letters": Measure("constant", 1),
    },
    sentence="send letters",
)
READ = ActionEntry(
    "mail.letter.read",
    "read",
    floor=LOW,
    effect="read",
    reads=FieldClasses(by="fields", classes={"subject": "internal", "to": "customer", "body": "restricted"}),
    sentence="read letters",
)
DRAFT = ActionEntry("mail.letter.draft", "draft", floor=MEDIUM, sentence="draft letters")
MAIL = Catalogue("mail", {name: Tool(name, "", SCHEMA) for name in ("send", "read", "draft")}, (SEND, READ, DRAFT))
CHIEF = {"all_of": [{"role": "chief"}], "within": "4h"}
BASE = {
    "charter": "newsletter-sender",
    "purpose": "Send the newsletters that somebody wrote.",
    "workflow": "newsletter",
    "owner": {"accountable": "ana@acme.example", "backup": "ben@acme.example", "review_by": "2027-02-01"},
    "data": {"may_read": ["public", "internal"], "may_send_out": ["public"]},
    "cannot": ["billing.*"],
}


def charter(tier="medium", *, action=SEND.name, approve=None, when=None, more=(), limits=None, **changes):
    grant = {"do": action, "tier": tier}
    grant |= {key: value for key, value in (("limits", limits), ("approve", approve), ("when", when)) if value}
    document = {**BASE, "approve": CHIEF, "can": [grant, *more], **changes}
    return parse_charter({key: value for key, value in document.items() if value is not None})


def compared(before, after, action=SEND.name):
    found = compare(before, after, [MAIL], NOW)
    return next(one for one in found.actions if one.action == action)


def to(**bounds):
    return {"limits": {"to": bounds}}


def steps(by, *tops, otherwise="never"):
    return {"by": by, "steps": [{"max": most, "is": tier} for most, tier in tops], "else": otherwise}


def window(hours="07:00-20:00", days="mon-fri", zone="Europe/Madrid"):
    return {"hours": hours, "days": days, "zone": zone}


SAME, NARROWER, WIDER, INCOMPARABLE = Relation
FLIPPED = {WIDER: NARROWER, NARROWER: WIDER}
CASES = {
    # ---------------------------------------------------------------------------------- limits on values
    "nothing changed": ({}, {}, SAME),
    "a larger maximum": ({"limits": {"cost": {"max": 5}}}, {"limits": {"cost": {"max": 6}}}, WIDER),
    "a maximum and a minimum moved": (
        {"limits": {"cost": {"min": 2, "max": 5}}},
        {"limits": {"cost": {"min": 3, "max": 6}}},
        INCOMPARABLE,
    ),
    "a limit dropped": ({"limits": {"subject": {"one_of": ["a"]}}}, {}, WIDER),
    "a limit that may be left out": (to(max=5), to(max=5, optional=True), WIDER),
    "the order of limits": (
        {"limits": {"subject": {"one_of": ["a"]}, "cost": {"max": 1}}},
        {"limits": {"cost": {"max": 1}, "subject": {"one_of": ["a"]}}},
        SAME,
    ),
    "the order of a list": (to(only=["a", "b"]), to(only=["b", "a"]), SAME),
    "a value exchanged": (to(only=["a", "b"]), to(only=["a", "c"]), INCOMPARABLE),
    "true is not 1": (
        {"limits": {"note": {"one_of": [True]}}},
        {"limits": {"note": {"one_of": [1]}}},
        INCOMPARABLE,
    ),
    "numbers listed are fewer than a range": (
        {"limits": {"note": {"min": 1, "max": 3}}},
        {"limits": {"note": {"one_of": [1, 2, 3]}}},
        NARROWER,  # 2.5 is in the range
    ),
    "whole numbers listed are a range": (
        {"limits": {"cost": {"min": 1, "max": 3}}},
        {"limits": {"cost": {"one_of": [1, 2, 3]}}},
        SAME,  # the tool takes no others
    ),
    "a listed value inside a prefix": (
        {"limits": {"subject": {"starts_with": ["news/"]}}},
        {"limits": {"subject": {"one_of": ["news/may", "news/june"]}}},
        NARROWER,
    ),
    "a prefix longer": (
        {"limits": {"subject": {"starts_with": ["news/"]}}},
        {"limits": {"subject": {"starts_with": ["news/may", "news/june"]}}},
        NARROWER,
    ),
    "a prefix that a step out of it undoes": (
        {"limits": {"subject": {"starts_with": ["news/"]}}},
        {"limits": {"subject": {"one_of": ["news/../all"]}}},
        INCOMPARABLE,
    ),
    "a pattern inside another": (
        {"limits": {"subject": {"matches": ["INV-*"]}}},
        {"limits": {"subject": {"matches": ["INV-####"]}}},
        NARROWER,
    ),
    "patterns that mean the same together": (
        {"limits": {"subject": {"matches": ["a*", "a"]}}},
        {"limits": {"subject": {"matches": ["a*"]}}},
        SAME,
    ),
    "a pattern inside a prefix": (
        {"limits": {"subject": {"starts_with": ["INV-"]}}},
        {"limits": {"subject": {"matches": ["INV-#"]}}},
        NARROWER,
    ),
    "letters are not digits only": (
        {"limits": {"subject": {"matches": ["?"]}}},
        {"limits": {"subject": {"matches": ["#"]}}},
        NARROWER,
    ),
    "a domain below another": (to(domain=["acme.example"]), to(domain=["eu.acme.example"]), NARROWER),
    "a domain that only ends alike": (to(domain=["acme.example"]), to(domain=["badacme.example"]), INCOMPARABLE),
    "a domain said twice": (to(domain=["acme.example"]), to(domain=["acme.example", "eu.acme.example"]), SAME),
    "a domain as a pattern": (
        {"limits": {"subject": {"domain": ["acme.example"]}}},
        {"limits": {"subject": {"matches": ["x@acme.example"]}}},
        NARROWER,
    ),
    "a pattern that is no address": (
        {"limits": {"subject": {"domain": ["acme.example"]}}},
        {"limits": {"subject": {"matches": ["*@acme.example"]}}},
        INCOMPARABLE,  # "@acme.example" is none
    ),
    "a web address by prefix": (
        {"limits": {"subject": {"domain": ["acme.example"]}}},
        {"limits": {"subject": {"starts_with": ["https://acme.example/"]}}},
        INCOMPARABLE,  # "https://acme.example/é" is no plain address
    ),
    "a web address by both": (
        {"limits": {"subject": {"domain": ["acme.example"]}}},
        {"limits": {"subject": {"domain": ["acme.example"], "starts_with": ["https://acme.example/"]}}},
        NARROWER,
    ),
    "required of what another limit needs": (to(only=["a"]), to(only=["a"], required=True), SAME),
    "forbidden instead of limited": (to(only=["a"], optional=True), to(forbidden=True), NARROWER),
    "forbidden instead of required": (to(required=True), to(forbidden=True), INCOMPARABLE),
    "limits that nothing keeps, exchanged": (
        {"limits": {"subject": {"one_of": ["a"], "starts_with": ["b"]}}},
        {"limits": {"subject": {"one_of": ["b"], "starts_with": ["a"]}}},
        SAME,
    ),
    "a grant that nothing keeps is no grant": (
        {"limits": {"subject": {"one_of": ["a"], "starts_with": ["b"]}}},
        {"action": READ.name},
        SAME,
    ),
    # ------------------------------------------------------------------------------------------- measures
    "more recipients": (
        {"limits": {"recipients": {"max": 50}}},
        {"limits": {"recipients": {"max": 5000}}},
        WIDER,
    ),
    "unique recipients are few enough already": (
        {"limits": {"to": {"unique_within": "30d"}}},
        {"limits": {"to": {"unique_within": "30d"}, "recipients": {"max": 1000}}},
        SAME,
    ),
    "unique recipients of a short list": (
        {"limits": {"to": {"unique_within": "30d", "only": ["a", "A", "b"]}, "recipients": {"max": 2}}},
        {"limits": {"to": {"unique_within": "30d", "only": ["a", "A", "b"]}}},
        SAME,  # `a` and `A` are one recipient
    ),
    "a limit on a constant": ({}, {"limits": {"letters": {"max": 1}}}, SAME),
    "a limit below a constant": ({}, {"limits": {"letters": {"max": 0}}}, NARROWER),
    "a measure that its argument always shows": (
        {"limits": {"usd": {"max": 5, "optional": True}}},
        {"limits": {"cost": {"max": 5_000_000, "optional": True}}},
        SAME,
    ),
    "a measure that its argument need not show": (
        {"limits": {"usd": {"max": 5}}},
        {"limits": {"cost": {"max": 5_000_000}}},
        WIDER,  # -1 is no amount
    ),
    # ---------------------------------------------------------------------------------------- arguments together
    "a key below an object that may not be there": (
        {"limits": {"options": {"only": ["track"]}, "options.track": {"one_of": [True]}}},
        {"limits": {"options": {"only": ["track", "trace"]}, "options.track": {"one_of": [True]}}},
        WIDER,
    ),
    "an object forbidden, so is what is in it": (
        {"limits": {"options": {"forbidden": True}, "options.track": {"one_of": [True], "optional": True}}},
        {"limits": {"options": {"forbidden": True}}},
        SAME,
    ),
    "an item of a limited list": (
        to(only=["a", "b"]),
        {"limits": {"to": {"only": ["a", "b"]}, "to.0": {"one_of": ["a"]}}},
        NARROWER,
    ),
    "the same item twice": (
        {"limits": {"note.0": {"one_of": ["a"]}, "note.00": {"one_of": ["b"]}}},
        {"limits": {"note.0": {"one_of": ["a"]}, "note.00": {"one_of": ["b"]}, "note": {"only": ["a"]}}},
        NARROWER,  # an object may have both keys
    ),
    "what tells the action apart": ({}, {"limits": {"kind": {"one_of": ["letter", "card"]}}}, SAME),
    "something else than what tells the action apart": (
        {"limits": {"kind": {"one_of": ["card"]}}},
        {"action": READ.name},
        SAME,
    ),
    # -------------------------------------------------------------------------------------------- tiers
    "medium to low": ({"tier": "medium"}, {"tier": "low"}, WIDER),
    "asking to never": ({"tier": "high"}, {"tier": "never"}, NARROWER),
    "a step moved": (
        {"tier": steps("recipients", (50, "medium"), (5000, "high"))},
        {"tier": steps("recipients", (60, "medium"), (4000, "high"))},
        INCOMPARABLE,
    ),
    "steps split that say the same": (
        {"tier": steps("recipients", (50, "medium"), otherwise="high")},
        {"tier": steps("recipients", (20, "medium"), (50, "medium"), otherwise="high")},
        SAME,
    ),
    "a step beyond the limit": (
        {"limits": {"recipients": {"max": 50}}, "tier": steps("recipients", (50, "medium"), (90, "high"))},
        {"limits": {"recipients": {"max": 50}}, "tier": steps("recipients", (50, "medium"))},
        SAME,
    ),
    "steps where a call need not show its size": (
        {"tier": "medium"},
        {"tier": steps("recipients", (50, "medium"), otherwise="medium")},
        NARROWER,
    ),
    "steps by the day instead of the call": (
        {"tier": steps("recipients", (50, "medium"), otherwise="high")},
        {"tier": steps("day.recipients", (50, "medium"), otherwise="high")},
        NARROWER,
    ),
    "steps by the run instead of the tree": (
        {"tier": steps("run.recipients", (50, "medium"), otherwise="high")},
        {"tier": steps("tree.recipients", (50, "medium"), otherwise="high")},
        NARROWER,
    ),
    "steps by the day instead of the run": (
        {"tier": steps("run.recipients", (50, "medium"), otherwise="high")},
        {"tier": steps("day.recipients", (50, "medium"), otherwise="high")},
        INCOMPARABLE,
    ),
    "a total that one call a run never builds up": (
        {"tier": steps("run.recipients", (50, "medium"), otherwise="high"), "run": {"calls": 1}},
        {"tier": steps("recipients", (50, "medium"), otherwise="high"), "run": {"calls": 1}},
        SAME,
    ),
    "counting beyond the calls of a run": (
        {"tier": steps("run.letters", (50, "medium"), otherwise="high"), "run": {"calls": 40}},
        {"tier": steps("run.letters", (60, "medium"), otherwise="high"), "run": {"calls": 40}},
        SAME,
    ),
    # ---------------------------------------------------------------------------------------- approval
    "fewer to ask": (
        {"tier": "high", "approve": {"all_of": [{"role": "chief"}, {"role": "change"}], "within": "4h"}},
        {"tier": "high"},
        WIDER,
    ),
    "others to ask": (
        {"tier": "high"},
        {"tier": "high", "approve": {"all_of": [{"role": "change"}], "within": "4h"}},
        INCOMPARABLE,
    ),
    "longer to answer": (
        {"tier": "high"},
        {"tier": "high", "approve": {"all_of": [{"role": "chief"}], "within": "5h"}},
        WIDER,
    ),
    "the order of those who are asked": (
        {"tier": "high", "approve": {"all_of": [{"role": "chief"}, {"role": "change"}], "within": "4h"}},
        {"tier": "high", "approve": {"all_of": [{"role": "change"}, {"role": "chief"}], "within": "4h"}},
        SAME,
    ),
    "the same role twice": (
        {"tier": "high", "approve": {"all_of": [{"role": "chief"}, {"role": "chief"}], "within": "4h"}},
        {"tier": "high"},
        WIDER,
    ),
    "whom to ask where nobody is asked": (
        {"tier": "medium"},
        {"tier": "medium", "approve": {"all_of": [{"role": "change"}], "within": "1h"}},
        SAME,
    ),
    # ----------------------------------------------------------------------------------------- windows
    "an hour longer": ({"when": window()}, {"when": window("07:00-21:00")}, WIDER),
    "a minute shifted": ({"when": window("07:00-20:00")}, {"when": window("07:01-20:01")}, INCOMPARABLE),
    "a day less": ({"when": window()}, {"when": window(days="mon-thu")}, NARROWER),
    "zones whose clocks agree": ({"when": window()}, {"when": window(zone="Europe/Berlin")}, SAME),
    "a zone an hour behind": (
        {"when": window("07:00-20:00")},
        {"when": window("07:00-18:00", zone="Europe/Lisbon")},
        NARROWER,
    ),
    "zones that change their clocks on different days": (
        {"when": window("15:00-22:00", "wed", zone="Europe/Madrid")},
        {"when": window("09:00-16:00", "wed", zone="America/New_York")},
        INCOMPARABLE,  # six hours apart but for three weeks in March and one in autumn
    ),
    "all day in any zone": ({}, {"when": window("00:00-24:00", "mon-sun", zone="Asia/Tokyo")}, SAME),
    "a window within the charter's own": (
        {"when": window("00:00-24:00"), "more": [], "limits": None},
        {"when": window("05:00-23:00")},
        NARROWER,
    ),
    # ------------------------------------------------------------------------------- runs, orders, budgets
    "more calls a run": ({"run": {"calls": 5}}, {"run": {"calls": 6}}, WIDER),
    "more retries than repeats": (
        {"run": {"repeats": 3, "retries": 2}},
        {"run": {"repeats": 3, "retries": 9}},
        SAME,
    ),
    "more repeats than calls": ({"run": {"calls": 2, "repeats": 2}}, {"run": {"calls": 2, "repeats": 9}}, SAME),
    "less time": ({"run": {"seconds": 60}}, {"run": {"seconds": 59}}, NARROWER),
    "an order more": ({}, {"order": [{"before": SEND.name, "require": DRAFT.name}]}, NARROWER),
    "orders that exclude each other": (
        {
            "order": [
                {"before": SEND.name, "require": DRAFT.name},
                {"after": DRAFT.name, "never": SEND.name},
            ]
        },
        {"action": READ.name},
        SAME,
    ),
    "once only, so a run sends no more": (
        {"order": [{"after": SEND.name, "never": SEND.name}]},
        {"order": [{"after": SEND.name, "never": SEND.name}], "run": {"repeats": 1}},
        SAME,
    ),
    "a budget more": ({}, {"budget": {"per_day": {"sends": 2}}}, NARROWER),
    "a budget of calls beyond the run's": (
        {"run": {"calls": 5}},
        {"run": {"calls": 5}, "budget": {"per_run": {"calls": 5}}},
        SAME,
    ),
    "a budget of money where none is shown": ({}, {"budget": {"per_run": {"usd": 2}}}, NARROWER),
    "unique for longer": (
        {"limits": {"to": {"unique_within": "30d"}}},
        {"limits": {"to": {"unique_within": "31d"}}},
        NARROWER,
    ),
    "a budget that a limit stays below in one run": (
        {"limits": {"recipients": {"max": 3}}, "run": {"calls": 1}},
        {"limits": {"recipients": {"max": 3}}, "run": {"calls": 1}, "budget": {"per_run": {"recipients": 3}}},
        SAME,
    ),
    # ------------------------------------------------------------------------------------ cannot and data
    "forbidden altogether": ({}, {"cannot": ["mail.*"]}, NARROWER),
    "no longer forbidden": ({"cannot": ["mail.letter.send"]}, {}, WIDER),
    "forbidden under another name": ({"cannot": ["mail.*"]}, {"cannot": [SEND.name]}, SAME),
    "sending out what it may no longer": (
        {},
        {"data": {"may_read": ["public"], "may_send_out": ["internal"]}},
        NARROWER,
    ),
}


@pytest.mark.parametrize("case", CASES, ids=[name.replace(" ", "-") for name in CASES])
def test_the_relation_of_two_charters(case):
    before, after, relation = CASES[case]
    one, other = charter(**before), charter(**after)
    assert compared(one, other).relation is relation
    assert compared(other, one).relation is FLIPPED.get(relation, relation)


def test_a_reader_of_more_fields_is_wider_and_the_example_names_one():
    before = charter("low", action=READ.name)
    after = charter("low", action=READ.name, data={"may_read": ["internal", "customer"], "may_send_out": ["public"]})
    found = compared(before, after, READ.name)
    assert found.relation is WIDER  # a call that names no field stays unclassified, so `public` makes no difference
    assert found.examples[0].request.arguments == {"fields": "to"} or found.examples[0].request.arguments == {
        "fields": ["to"]
    }


def test_the_example_is_the_first_call_that_tells_them_apart():
    found = compared(charter(limits={"recipients": {"max": 50}}), charter(limits={"recipients": {"max": 5000}}))
    (example,) = found.examples
    assert len(example.request.arguments["to"]) == 51
    assert len(set(example.request.arguments["to"])) > 1
    assert example.request.arguments["kind"] == "letter"
    assert (verdict_word(example.before), verdict_word(example.after)) == ("deny", "allow")
    assert "over the limit of 50" in example.before.sentence


def test_an_example_of_a_window_is_a_moment_that_comes():
    found = compared(charter(when=window()), charter(when=window("07:00-21:00")))
    (example,) = found.examples
    assert example.facts.local == {"Europe/Madrid": (4, 1200)}
    assert example.facts.at_us == NOW + 19 * 3_600_000_000  # that Friday, 20:00 in Madrid


def test_each_reason_for_a_change_has_its_own_example():
    before = charter(limits={"recipients": {"max": 5}}, when=window(), run={"calls": 5})
    after = charter(limits={"recipients": {"max": 6}}, when=window("07:00-20:30"), run={"calls": 6})
    rules = {example.before.rules[0] for example in compared(before, after).examples}
    assert rules == {f"can[{SEND.name}].limits.recipients.max", f"can[{SEND.name}].when", "run.calls"}


def test_an_examples_values_are_of_the_type_the_tool_expects():
    (example,) = compared(charter(limits={"to": {"required": True}}), charter()).examples
    assert "to" not in example.request.arguments or example.request.arguments["to"] == []
    (example,) = compared(charter(), charter(limits={"to": {"forbidden": True}})).examples
    assert isinstance(example.request.arguments["to"], list)


def test_a_new_grant_is_wider_and_everything_else_stays_the_same():
    more = [{"do": DRAFT.name, "tier": "medium"}]
    found = compare(charter(), charter(more=more), [MAIL], NOW)
    assert {one.action: one.relation for one in found.actions} == {SEND.name: SAME, READ.name: SAME, DRAFT.name: WIDER}
    assert found.relation is WIDER


def test_one_action_wider_and_another_narrower_is_incomparable():
    before = charter(more=[{"do": DRAFT.name, "tier": "medium"}])
    found = compare(before, charter("low"), [MAIL], NOW)
    assert found.relation is INCOMPARABLE
    assert found.counts == {WIDER: 1, NARROWER: 1, SAME: 1}


def test_what_the_catalogue_asks_for_anyway_is_no_difference():
    low = charter(action=DRAFT.name, tier="low")
    assert compared(low, charter(action=DRAFT.name), DRAFT.name).relation is SAME


@given(charters(), charters())
@settings(max_examples=60, deadline=None)
def test_any_two_charters_compare_and_the_other_way_round_is_the_reverse(one, other):
    before, after = parse_charter(one), parse_charter(other)
    there, back = compare(before, after, [WORLD], NOW), compare(after, before, [WORLD], NOW)
    for here, reverse in zip(there.actions, back.actions, strict=True):
        assert reverse.relation is FLIPPED.get(here.relation, here.relation)
        for example in here.examples:
            less, more = example.before, example.after
            less, more = (less, more) if example.direction == "wider" else (more, less)
            assert not permission(more).within(permission(less))
    assert compare(before, before, [WORLD], NOW).relation is SAME


@given(st.integers(0, 10**9))
@settings(max_examples=60, deadline=None)
def test_brute_force_over_a_small_world_finds_the_same_relation(seed):
    found = judged(seed)
    assert found is None or found.wrong == ()


def test_brute_force_agrees_on_a_few_hundred_pairs():
    found = [judged(seed) for seed in Random(4).sample(range(10**9), 200)]
    assert [sentence for one in found if one for sentence in one.wrong] == []
    assert len({one.found for one in found if one}) == 4
