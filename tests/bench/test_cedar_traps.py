"""What Cedar, or JSON on its way there, would let through if the export were careless."""

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ledger import canonical
from bench.oracle import value
from bench.oracle.case import QUIET
from bench.oracle.cedar import ASK, DENY, HIGH, LOW, MEDIUM, ExportError, Oracle
from bench.oracle.draw_call import call
from bench.oracle.draw_charter import terms
from bench.oracle.terms import Terms

STEPS = {"by": "day.records", "steps": [{"max": 50, "is": "low"}, {"max": 500, "is": "high"}], "else": "never"}
GOOD = {"status": "approved", "digest": "this", "definition": "this", "charter": "this", "filled": True}
GOOD |= {"use_by_us": QUIET["at_us"] + 1}


def oracle(tier="low", limits=None, besides="", **charter):
    entry = {"tool": "send", "when": {}, "floor": "low", "effect": "send", "sends": "public"}
    entry["measures"] = {"records": {"length_of": "to"}}
    rules = {
        "data": {"may_read": [], "may_send_out": ["public"]},
        "can": [{"do": "acme.mail.send", "tier": tier, "limits": limits or {}}],
        "cannot": ["billing.*"],
        "approve": {"all_of": [{"role": "it-change"}], "within": "4h"},
    }
    return Oracle(Terms(rules | charter, {"connector": "acme", "actions": {"acme.mail.send": entry}}), besides)


def answer(judge, arguments='{"to": ["ana@acme.example"]}', tool="send", **facts):
    return judge.answer(tool, arguments, QUIET | {"totals": {"day.records": 0}} | facts)


# An error in a `forbid` makes Cedar skip it.


def test_cedar_itself_allows_when_a_forbid_fails():
    judge = oracle(STEPS)
    facts = QUIET | {"totals": {"day.records": 2**63 - 1}}  # one more does not fit Cedar's whole numbers
    result = judge.ask("call send", judge.context("send", '{"to": [1]}', facts))
    assert result.allowed
    assert "overflow" in str(result.diagnostics.errors)


def test_any_error_of_cedar_refuses():
    assert answer(oracle(STEPS), totals={"day.records": 499}).verdict == ASK
    failed = answer(oracle(STEPS), totals={"day.records": 2**63 - 1})
    assert failed.verdict == DENY
    assert failed.troubles


def test_a_context_that_does_not_fit_the_schema_refuses():
    judge = oracle()
    context = judge.context("send", '{"to": [1]}', QUIET)
    assert judge.judged("send", context).verdict == LOW
    assert judge.judged("send", {key: part for key, part in context.items() if key != "halted"}).verdict == DENY
    assert judge.judged("send", context | {"halted": "no"}).verdict == DENY


def test_a_policy_that_could_fail_is_not_exported():
    careless = oracle({"by": "size", "steps": [{"max": 5, "is": "low"}], "else": "high"})
    careless.validate()
    with pytest.raises(ExportError, match="size"):
        oracle(besides='\nforbid(principal, action, resource) when { context.args["size"].whole > 5 };').validate()


@pytest.mark.parametrize("tool", ["drop", "Send", "send ", "s\u0435nd", "call send", "quietly send"])
def test_a_tool_that_is_only_nearly_one_refuses(tool):
    assert answer(oracle(), tool=tool).verdict == DENY


# Cedar has no fractions and no null, and Python's True is 1.


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_the_places_of_numbers_are_in_the_order_of_the_numbers(one, other):
    assert (value.place(one) < value.place(other)) == (one < other)
    assert (value.place(one) == value.place(other)) == (one == other)
    assert abs(value.place(one)) < 2**63


@pytest.mark.parametrize(
    "written, verdict",
    [
        *(("5", LOW), ("5.0", LOW), ("50e-1", LOW), ("5.000001", DENY), ("4.999999", LOW), ("6", DENY), ("-0.0", LOW)),
        *(("1e300", DENY), ("-1e300", LOW), ("true", DENY), ("null", DENY), ('"5"', DENY), ("[5]", DENY)),
        *(("NaN", DENY), ("Infinity", DENY), ("-Infinity", DENY), ("5.0000000000000000001", DENY), ("1e999", DENY)),
    ],
)
def test_a_number_is_compared_as_it_was_written(written, verdict):
    assert answer(oracle(limits={"size": {"max": 5}}), f'{{"to": ["a"], "size": {written}}}').verdict == verdict


@pytest.mark.parametrize("written, verdict", [("true", LOW), ("1", DENY), ("1.0", DENY), ('"true"', DENY)])
def test_true_and_1_are_two_things(written, verdict):
    assert answer(oracle(limits={"live": {"one_of": [True]}}), f'{{"to": [], "live": {written}}}').verdict == verdict


def test_cedar_is_sent_no_fraction_and_no_null():
    def parts(item):
        yield item
        for part in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
            yield from parts(part)

    chance = random.Random(7)
    made = terms(chance)
    judge = Oracle(made)
    for _ in range(200):
        drawn = call(chance, made)
        context = judge.context(drawn.tool, drawn.arguments, drawn.facts)
        assert not [part for part in parts(json.loads(json.dumps(context))) if part is None or isinstance(part, float)]


@given(st.one_of(st.floats().map(repr), st.integers().map(str), st.decimals(allow_nan=False).map(str)))
def test_both_readers_refuse_the_same_numbers(written):
    def refuses(read, trouble):
        try:
            read()
        except trouble:
            return True
        return False

    text = f'{{"n": {written}}}'
    ours = refuses(lambda: canonical.decode_strict(text.encode()), canonical.CanonicalError)
    assert refuses(lambda: value.read(text), value.Unreadable) == ours
    assert ours or math.isfinite(float(written))


def test_a_key_that_appears_twice_refuses():
    assert answer(oracle(), '{"to": ["a"], "to": ["b"]}').verdict == DENY


# In Cedar any permit suffices.


def test_a_second_permit_does_not_reach_around_an_approval():
    wide = "\npermit(principal, action, resource);"
    assert answer(oracle("high", besides=wide)).verdict == ASK
    assert answer(oracle("never", besides=wide)).verdict == DENY
    assert answer(oracle("medium", besides=wide)).verdict == MEDIUM
    assert answer(oracle("low", {"to": {"only": ["bo@acme.example"]}}, besides=wide)).verdict == DENY


# "May be asked for" is: refused now, and allowed if somebody consented.


def test_consent_turns_asking_into_allowing():
    assert answer(oracle("high")).verdict == ASK
    assert answer(oracle("high"), consent=GOOD).verdict == HIGH


@pytest.mark.parametrize(
    "wrong",
    [
        *({"status": "consumed"}, {"status": "open"}, {"digest": "other"}, {"definition": "other"}),
        *({"charter": "other"}, {"filled": False}, {"use_by_us": None}, {"use_by_us": QUIET["at_us"]}),
    ],
    ids=str,
)
def test_consent_that_is_wrong_in_one_way_is_asked_for_again(wrong):
    assert answer(oracle("high"), consent=GOOD | wrong).verdict == ASK


@pytest.mark.parametrize("state", ["halted", "revoked", "connector_stopped", "quarantined", "schema_broken", "twin"])
def test_what_stands_in_the_way_is_not_lifted_by_consent(state):
    assert answer(oracle("high"), consent=GOOD, **{state: True}).verdict == DENY


def test_who_was_refused_may_not_ask_again():
    assert answer(oracle("high"), consent=GOOD | {"status": "denied"}).verdict == DENY


def test_what_nobody_may_approve_cannot_be_asked_for():
    alone = oracle("high")
    nobody = Oracle(
        Terms({key: part for key, part in alone.terms.charter.items() if key != "approve"}, alone.terms.catalogue)
    )
    assert answer(nobody).verdict == DENY
