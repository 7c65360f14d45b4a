"""Deciding: what objects, in which order, and what nothing can lift."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.core import verdict as verdicts
from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.budget_limit import BudgetLimit
from bailiwick.core.catalogue import ActionEntry, Catalogue, FieldClasses, Measure, Tool
from bailiwick.core.charter import Charter, Grant, Owner, RunLimits
from bailiwick.core.decide import DECIDER, compile_policy, decide
from bailiwick.core.facts import ApprovalFact, Facts, HaltFact, RunFact, TwinFact
from bailiwick.core.limit import Limit, Op
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.request import Request
from bailiwick.core.tier import FixedTier, SteppedTier, Tier
from bailiwick.core.verdict import Allow, Ask, Deny, DenyCode, verdict_document
from bailiwick.core.window import Window
from bailiwick.flow.source import SourceError, read_source
from bailiwick.ledger.canonical import CanonicalError, decode_strict

LOW, MEDIUM, HIGH, NEVER = Tier
HOUR = 3_600_000_000
RULE = ApprovalRule(("marketing-director", "it-change"), 4 * HOUR)
ALL_DAY = Window(frozenset(range(7)), 0, 1440, "Europe/Madrid")
CHARTER_DIGEST, CATALOGUE_DIGEST, DEFINITION, DIGEST = "sha256:c", "sha256:k", "sha256:d", "sha256:a"
SCHEMA = {"type": "object"}

READ = ActionEntry(
    "crm.contact.read",
    "query",
    {"object_type": "contacts"},
    floor=LOW,
    effect="read",
    reads=FieldClasses(by="fields", classes={"segment": "internal", "credit_limit": "restricted"}),
    idempotent=True,
)
UPDATE = ActionEntry(
    "crm.contact.update",
    "manage",
    {"object_type": "contacts"},
    floor=LOW,
    measures={"records": Measure("length_of", "ids"), "money": Measure("value_of", "budget")},
    defaults={"options.notify": False},
)
SEND = ActionEntry("crm.mail.send", "send", floor=MEDIUM, effect="send", sends="customer")
DROP = ActionEntry("crm.contact.drop", "drop", floor=LOW)
CRM = Catalogue(
    "crm",
    {name: Tool(name, DEFINITION, SCHEMA) for name in ("query", "manage", "send", "drop")},
    (READ, UPDATE, SEND, DROP),
)


def charter(*grants, **changes):
    values = {
        "name": "lead-router",
        "purpose": "Assign new leads.",
        "workflow": "lead-routing",
        "owner": Owner("ana@acme.example", "ben@acme.example", "2027-02-01"),
        "may_read": frozenset({"internal"}),
        "may_send_out": frozenset({"public"}),
        "grants": grants,
        "cannot": (),
        "approve": RULE,
        "when": None,
        "run": RunLimits(10, 60, 3, 2),
    }
    return Charter(**(values | changes))


MEDIUM_RISK = FixedTier(MEDIUM)


def update(tier=MEDIUM_RISK, limits=(), **more):
    return Grant("crm.contact.update", tier, limits, **more)


def request(tool="manage", /, **arguments):
    if tool in ("manage", "query"):
        arguments = {"object_type": "contacts"} | arguments
    if tool == "manage":
        arguments = {"options": {"notify": False}} | arguments
    return Request("router", "run-1", "route leads", "crm", tool, arguments, DIGEST)


def facts(**changes):
    local = {"Europe/Madrid": (0, 600)}
    return Facts(**({"at_us": 10 * HOUR, "decider": DECIDER, "definition": DEFINITION, "local": local} | changes))


def ask(subject, wanted, given=None, catalogue=CRM):
    return decide(compile_policy(subject, CHARTER_DIGEST, catalogue, CATALOGUE_DIGEST), wanted, given or facts())


CONSENT = ApprovalFact("apr-1", "approved", DIGEST, DEFINITION, CHARTER_DIGEST, 14 * HOUR, True)
HIGH_CHARTER = charter(update(FixedTier(HIGH)))


@pytest.mark.parametrize("tier", [LOW, MEDIUM])
def test_a_granted_action_within_its_limits_runs(tier):
    verdict = ask(charter(update(FixedTier(tier))), request(ids=["a"]))
    assert verdict == Allow(
        tier, "crm.contact.update", ("can[crm.contact.update]", f"tier:{tier.word}"), verdict.sentence
    )


# ------------------------------------------------------------------------------------ every objection, in order

HALT = HaltFact("all", "drill")
TWIN = TwinFact("act-0", "open")
LIMITS = (Limit("ids", Op.REQUIRED, True),)
CLOSED = Window(frozenset({5}), 0, 60, "Europe/Madrid")
ORDER = (OrderRule("require", "crm.contact.read", "crm.mail.send"),)
BUDGET = (BudgetLimit("day", "calls", 7),)
# Each row adds one more reason in front: the verdict must be the first one's, whatever stands behind it.
LADDER = [
    ("revoked", {"revoked": "this token was revoked; ask for a new one"}, DenyCode.REVOKED, "revoked"),
    ("halted", {"halts": (HALT,)}, DenyCode.HALTED, "halt:all"),
    ("run ended", {"run": RunFact("ended", 99, 0, 0, 0)}, DenyCode.RUN_ENDED, "run"),
    ("unlisted", {"action": None}, DenyCode.UNLISTED, "unlisted"),
    ("cannot", {"cannot": True}, DenyCode.CANNOT, "cannot[crm.contact.*]"),
    ("connector stopped", {"connector_stop": "the credential is too old"}, DenyCode.STOPPED, "connector[crm]"),
    ("schema", {"schema_error": "ids: has the wrong type"}, DenyCode.SCHEMA, "schema[query]"),
    ("data ceiling", {"fields": ["credit_limit"]}, DenyCode.DATA, "data.may_read"),
    ("limit", {"limits": LIMITS}, DenyCode.LIMIT, "can[crm.contact.read].limits.ids.required"),
    ("window", {"when": CLOSED}, DenyCode.WINDOW, "when"),
    ("order", {"order": ORDER}, DenyCode.ORDER, "order[crm.contact.read requires crm.mail.send]"),
    ("run limit", {"run": RunFact("open", 10, 0, 0, 0)}, DenyCode.RUN_LIMIT, "run.calls"),
    ("budget", {"budget": BUDGET}, DenyCode.BUDGET, "budget.per_day.calls"),
    ("twin", {"twin": TWIN, "idempotent": False}, DenyCode.UNSETTLED, "unsettled"),
    ("never", {"tier": NEVER}, DenyCode.NEVER, "can[crm.contact.read]"),
]


@pytest.mark.parametrize("rung", range(len(LADDER)), ids=[name for name, *_ in LADDER])
def test_the_first_objection_answers_whatever_stands_behind_it(rung):
    reasons = {}
    for _, reason, _, _ in reversed(LADDER[rung:]):
        reasons |= reason
    entry = replace(READ, idempotent=reasons.pop("idempotent", True))
    grants = (Grant(READ.name, FixedTier(reasons.pop("tier", LOW)), reasons.pop("limits", ())),)
    if reasons.pop("action", "listed") is None:
        grants = ()
    cannot = ("crm.contact.*",) if reasons.pop("cannot", False) and grants else ()
    more = {name: reasons.pop(name) for name in ("order", "budget") if name in reasons}
    subject = charter(*grants, cannot=cannot, when=reasons.pop("when", None), **more)
    wanted = request("query", fields=reasons.pop("fields", ["segment"]))
    verdict = ask(subject, wanted, facts(spent={"day.calls": 7}, **reasons), replace(CRM, actions=(entry,)))
    _, _, code, rule = LADDER[rung]
    assert isinstance(verdict, Deny)
    assert (verdict.code, verdict.rules[0]) == (code, rule)


@pytest.mark.parametrize(
    "run, rule",
    [
        (RunFact("open", 10, 0, 0, 0), "run.calls"),
        (RunFact("open", 0, 60_000_000, 0, 0), "run.seconds"),
        (RunFact("open", 0, 0, 3, 0), "run.repeats"),
        (RunFact("open", 0, 0, 0, 3), "run.retries"),
    ],
)
def test_each_run_limit_denies_at_its_edge_and_not_before(run, rule):
    subject = charter(update())
    below = RunFact("open", *(max(0, count - 1) for count in (run.calls, run.elapsed_us, run.repeats, run.failures)))
    assert ask(subject, request(ids=["a"]), facts(run=run)).rules == (rule,)
    assert isinstance(ask(subject, request(ids=["a"]), facts(run=below)), Allow)


def test_data_above_the_ceiling_is_not_sent_out():
    grant = Grant(SEND.name, FixedTier(MEDIUM))
    assert ask(charter(grant), request("send")).rules == ("data.may_send_out",)
    assert isinstance(ask(charter(grant, may_send_out=frozenset({"customer"})), request("send")), Allow)


@pytest.mark.parametrize("window", ["charter", "grant"])
def test_both_the_charter_and_the_grant_can_close_the_hours(window):
    subject = charter(update(when=CLOSED)) if window == "grant" else charter(update(), when=CLOSED)
    assert ask(subject, request(ids=["a"])).code is DenyCode.WINDOW


@pytest.mark.parametrize("state, words", [("open", "still running"), ("unknown", "unknown outcome")])
def test_an_identical_call_waits_until_the_first_is_settled(state, words):
    verdict = ask(charter(update()), request(ids=["a"]), facts(twin=TwinFact("act-0", state)))
    assert verdict.code is DenyCode.UNSETTLED and words in verdict.sentence


def test_an_idempotent_action_does_not_wait_for_its_twin():
    subject = charter(Grant(READ.name, FixedTier(LOW)))
    assert isinstance(ask(subject, request("query", fields=["segment"]), facts(twin=TWIN)), Allow)


def test_a_default_that_could_not_be_filled_in_denies():
    verdict = ask(charter(update()), request(ids=["a"], options="loud"))
    assert (verdict.code, verdict.rules) == (DenyCode.SCHEMA, ("defaults[options.notify]",))


# ------------------------------------------------------------------------------------------- the seven traps


def test_trap_1_an_error_inside_any_check_is_a_deny():
    subject = charter(update(), when=ALL_DAY)
    verdict = ask(subject, request(ids=["a"]), facts(local={}))  # the zone was never resolved
    assert isinstance(verdict, Deny) and verdict.code is DenyCode.ERROR
    assert "KeyError" in verdict.sentence


def test_trap_1_an_error_inside_a_prohibition_is_a_deny_and_not_a_skip():
    subject = charter(update(SteppedTier("day.records", ((5, LOW),), NEVER)), cannot=("billing.*",))
    assert ask(subject, request(ids=["a"]), facts(totals={})).code is DenyCode.ERROR


@pytest.mark.parametrize("size", [float("nan"), float("inf"), -float("inf"), True, "3", 3.0, None, -1, [3]])
def test_trap_2_a_size_that_is_no_whole_number_never_picks_a_lenient_step(size):
    subject = charter(update(SteppedTier("budget", ((5, LOW),), HIGH)))
    verdict = ask(subject, request(ids=["a"], budget=size))
    assert isinstance(verdict, Deny) and verdict.code is DenyCode.LIMIT


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "3", None, [1], {"a": 1}])
def test_trap_2_a_limit_compares_exact_types(value):
    subject = charter(update(limits=(Limit("budget", Op.MAX, 5),)))
    assert ask(subject, request(ids=["a"], budget=value)).code is DenyCode.LIMIT


@pytest.mark.parametrize("kind", [True, 1, 1.0, ["contacts"], None])
def test_trap_2_a_value_of_another_type_picks_no_action(kind):
    entry = replace(UPDATE, when={"object_type": 1}, defaults={})
    catalogue = replace(CRM, actions=(entry,))
    verdict = ask(charter(update()), request(object_type=kind, ids=["a"]), None, catalogue)
    assert isinstance(verdict, Allow if type(kind) is int else Deny)


@pytest.mark.parametrize("text", ["1e400", "0.10000000000000000555112", "9007199254740993", "NaN", "Infinity"])
def test_trap_2_a_number_that_a_double_cannot_hold_as_written_never_reaches_a_decision(text):
    with pytest.raises(CanonicalError):
        decode_strict(f'{{"budget": {text}}}'.encode())


@pytest.mark.parametrize("text", ['{"ids": [], "ids": ["a"]}', '{"a": {"x": 1, "x": 1}}', '{"ids": 1, "\\u0069ds": 2}'])
def test_trap_3_a_key_that_is_written_twice_is_refused_where_bytes_are_read(text):
    with pytest.raises(CanonicalError, match="appears twice"):
        decode_strict(text.encode())
    with pytest.raises(SourceError, match="written twice"):
        read_source(text)


def test_trap_4_a_second_milder_grant_cannot_bypass_an_approval():
    # a parsed charter holds one grant an action; even one made by hand decides by one grant alone, not by any
    high, mild = update(FixedTier(HIGH)), update(FixedTier(LOW))
    assert isinstance(ask(charter(mild, high), request(ids=["a"])), Ask)


def test_trap_5_may_be_asked_for_means_denied_now_and_allowed_once_approved():
    wanted = request(ids=["a"])
    assert isinstance(ask(HIGH_CHARTER, wanted), Ask)
    allowed = ask(HIGH_CHARTER, wanted, facts(approval=CONSENT))
    assert isinstance(allowed, Allow) and allowed.approval == "apr-1" and allowed.rules[-1] == "approve"


@pytest.mark.parametrize(
    "stop",
    [
        {"halts": (HALT,)},
        {"revoked": "gone"},
        {"run": RunFact("ended", 0, 0, 0, 0)},
        {"connector_stop": "old credential"},
        {"schema_error": "no"},
        {"twin": TWIN},
    ],
)
def test_trap_5_nothing_but_the_question_itself_is_lifted_by_an_approval(stop):
    assert isinstance(ask(HIGH_CHARTER, request(ids=["a"]), facts(approval=CONSENT, **stop)), Deny)


def test_trap_5_never_cannot_be_approved_by_anyone():
    assert ask(charter(update(FixedTier(NEVER))), request(ids=["a"]), facts(approval=CONSENT)).code is DenyCode.NEVER


@pytest.mark.parametrize("tool", ["Drop", "drop ", " drop", "dr\u043ep", "drop\u200b", "DROP", "drop\n", "dropp"])
def test_trap_6_near_miss_names_are_refused(tool):
    grant = Grant(DROP.name, FixedTier(LOW))
    assert isinstance(ask(charter(grant), request("drop")), Allow)
    assert ask(charter(grant), request(tool)).code is DenyCode.UNLISTED


@pytest.mark.parametrize("kind", ["Contacts", "contacts ", "c\u043entacts", ""])
def test_trap_6_near_miss_arguments_pick_no_action(kind):
    assert ask(charter(update()), request(object_type=kind, ids=["a"])).code is DenyCode.UNLISTED


def test_trap_7_a_decision_is_made_anew_from_new_facts():
    policy = compile_policy(charter(update()), CHARTER_DIGEST, CRM, CATALOGUE_DIGEST)
    wanted = request(ids=["a"])
    found = [decide(policy, wanted, facts(halts=halts)) for halts in ((), (HALT,), ())]
    assert [type(verdict) for verdict in found] == [Allow, Deny, Allow]


# ------------------------------------------------------------------------------------------- empty means no


@pytest.mark.parametrize(
    "subject, wanted",
    [
        (charter(), request(ids=["a"])),
        (charter(update()), request("query", fields=["segment"])),
        (charter(update()), request("other")),
        (charter(update(), may_read=frozenset()), request("query", fields=["segment"])),
        (charter(update(FixedTier(HIGH)), approve=None), request(ids=["a"])),
        (charter(update(FixedTier(HIGH), approve=None), approve=None), request(ids=["a"])),
        (charter(update(SteppedTier("records", (), NEVER))), request(ids=["a"])),
        (charter(update(limits=(Limit("budget", Op.ONE_OF, ()),))), request(ids=["a"], budget=1)),
        (charter(update(limits=(Limit("budget", Op.MAX, 5),))), request(ids=["a"])),
        (charter(Grant(READ.name, FixedTier(LOW))), request("query")),
        (charter(Grant(READ.name, FixedTier(LOW))), request("query", fields=[])),
    ],
    ids=[
        *("no grant", "another grant", "no such tool", "nothing may be read", "no approver", "no rule at all"),
        *("no step", "nothing allowed", "the limited argument is absent", "no field named", "empty list of fields"),
    ],
)
def test_empty_means_no(subject, wanted):
    assert isinstance(ask(subject, wanted), Deny)


def test_empty_means_no_without_a_catalogue():
    assert ask(charter(update()), request(ids=["a"]), None, Catalogue("", {}, ())).code is DenyCode.UNLISTED


def test_empty_means_no_when_an_approval_names_nobody():
    verdict = ask(HIGH_CHARTER, request(ids=["a"]), facts(approval=replace(CONSENT, filled=False)))
    assert isinstance(verdict, Ask)


# --------------------------------------------------------------------------------------------------- tiers

STEPS = ((1, LOW), (50, MEDIUM), (5000, HIGH))


@pytest.mark.parametrize("size, kind", [(1, Allow), (2, Allow), (50, Allow), (51, Ask), (5000, Ask), (5001, Deny)])
def test_a_tier_steps_with_the_size_of_the_call(size, kind):
    verdict = ask(charter(update(SteppedTier("records", STEPS, NEVER))), request(ids=["a"] * size))
    assert isinstance(verdict, kind)


@pytest.mark.parametrize("scope", ["run", "day", "tree"])
@pytest.mark.parametrize("before, kind", [(0, Allow), (48, Allow), (49, Ask), (4998, Ask), (4999, Deny)])
def test_a_total_includes_this_action(scope, before, kind):
    subject = charter(update(SteppedTier(f"{scope}.records", STEPS, NEVER)))
    assert isinstance(ask(subject, request(ids=["a", "b"]), facts(totals={f"{scope}.records": before})), kind)


def test_a_total_of_another_scope_does_not_count():
    subject = charter(update(SteppedTier("day.records", STEPS, NEVER)))
    assert isinstance(ask(subject, request(ids=["a"]), facts(totals={"day.records": 0, "run.records": 9999})), Allow)


def test_a_size_that_the_call_does_not_show_denies():
    subject = charter(update(SteppedTier("day.records", STEPS, NEVER)))
    assert ask(subject, request(), facts(totals={"day.records": 0})).code is DenyCode.LIMIT


@pytest.mark.parametrize("floor, tier, effective", [(HIGH, LOW, HIGH), (LOW, MEDIUM, MEDIUM), (NEVER, LOW, NEVER)])
def test_a_charter_raises_a_tier_and_never_lowers_it(floor, tier, effective):
    catalogue = replace(CRM, actions=(replace(UPDATE, floor=floor),))
    verdict = ask(charter(update(FixedTier(tier))), request(ids=["a"]), None, catalogue)
    assert f"tier:{effective.word}" in verdict.rules


def test_only_actions_that_may_ask_look_approvals_up():
    policy = compile_policy(
        charter(update(SteppedTier("records", STEPS, NEVER)), Grant(READ.name, FixedTier(LOW))),
        CHARTER_DIGEST,
        CRM,
        CATALOGUE_DIGEST,
    )
    assert {name: check.may_ask for name, check in policy.checks.items()} == {
        READ.name: False,
        UPDATE.name: True,
        SEND.name: False,
        DROP.name: False,
    }


# ----------------------------------------------------------------------------------------------- approvals


@pytest.mark.parametrize(
    "change, kind",
    [
        ({}, Allow),
        ({"digest": "sha256:other"}, Ask),
        ({"definition": "sha256:other"}, Ask),
        ({"charter": "sha256:other"}, Ask),
        ({"use_by_us": 10 * HOUR}, Ask),
        ({"use_by_us": 10 * HOUR + 1}, Allow),
        ({"use_by_us": None}, Ask),
        ({"filled": False}, Ask),
        ({"status": "open"}, Ask),
        ({"status": "consumed"}, Ask),
        ({"status": "expired"}, Ask),
        ({"status": "APPROVED"}, Ask),
        ({"status": ""}, Ask),
        ({"status": "denied"}, Deny),
    ],
)
def test_consent_holds_for_exactly_what_was_shown(change, kind):
    verdict = ask(HIGH_CHARTER, request(ids=["a"]), facts(approval=replace(CONSENT, **change)))
    assert isinstance(verdict, kind)


@pytest.mark.parametrize("status, words", [("consumed", "used already"), ("expired", "has expired")])
def test_asking_again_says_what_became_of_the_last_consent(status, words):
    assert words in ask(HIGH_CHARTER, request(ids=["a"]), facts(approval=replace(CONSENT, status=status))).sentence


def test_the_grants_own_approvers_come_before_the_charters():
    own = ApprovalRule(("auditor",), HOUR)
    verdict = ask(charter(update(FixedTier(HIGH), approve=own)), request(ids=["a"]))
    assert verdict.rule is own and "auditor within 1 h" in verdict.sentence


def test_an_approval_is_not_used_up_where_none_was_needed():
    verdict = ask(charter(update(FixedTier(MEDIUM))), request(ids=["a"]), facts(approval=CONSENT))
    assert isinstance(verdict, Allow) and verdict.approval is None


# ------------------------------------------------------------------------------------ what is on the record

WORDS = st.text(max_size=12)
COUNTS = st.integers(0, 2**53 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
FACTS = st.builds(
    Facts,
    at_us=COUNTS,
    decider=st.just(DECIDER),
    definition=st.sampled_from([DEFINITION, ""]),
    revoked=st.none() | WORDS,
    connector_stop=st.none() | WORDS,
    schema_error=st.none() | WORDS,
    local=st.dictionaries(
        st.sampled_from(["Europe/Madrid", "UTC"]), st.tuples(st.integers(0, 6), st.integers(0, 1439))
    ),
    halts=st.lists(st.builds(HaltFact, WORDS, WORDS), max_size=2).map(tuple),
    run=st.builds(RunFact, st.sampled_from(["open", "ended"]), COUNTS, st.integers(-9, 2**53 - 1), COUNTS, COUNTS),
    totals=st.dictionaries(st.sampled_from(["run.records", "day.records", "tree.records"]), COUNTS),
    twin=st.none() | st.builds(TwinFact, WORDS, st.sampled_from(["open", "unknown"])),
    approval=st.none()
    | st.builds(
        ApprovalFact,
        WORDS,
        st.sampled_from(["open", "approved", "denied", "expired", "consumed"]),
        st.sampled_from([DIGEST, "x"]),
        st.sampled_from([DEFINITION, "x"]),
        st.sampled_from([CHARTER_DIGEST, "x"]),
        st.none() | COUNTS,
        st.booleans(),
    ),
)
REQUESTS = st.builds(
    Request,
    agent=WORDS,
    run=WORDS,
    intent=WORDS,
    connector=st.sampled_from(["crm", "Crm"]),
    tool=st.sampled_from(["query", "manage", "drop", "x"]),
    arguments=st.dictionaries(st.sampled_from(["object_type", "ids", "fields", "options", "budget"]), JSON)
    | st.fixed_dictionaries(
        {"object_type": st.just("contacts"), "options": st.just({"notify": False}), "ids": st.lists(WORDS, max_size=9)},
        optional={"budget": JSON, "fields": st.lists(st.sampled_from(["segment", "credit_limit", "x"]), max_size=3)},
    ),
    digest=st.just(DIGEST),
)
TIERS = st.sampled_from(Tier).map(FixedTier) | st.sampled_from(
    [SteppedTier(by, STEPS, NEVER) for by in ("records", "run.records", "day.records", "tree.records", "budget")]
)
CHARTERS = st.builds(
    lambda tier, read, cannot, when, approve: charter(
        update(tier, (Limit("ids", Op.REQUIRED, True),)),
        Grant(READ.name, read),
        Grant(DROP.name, tier),
        cannot=cannot,
        when=when,
        approve=approve,
    ),
    TIERS,
    TIERS,
    st.sampled_from([(), ("crm.contact.drop",), ("crm.*",)]),
    st.sampled_from([None, ALL_DAY, CLOSED]),
    st.sampled_from([None, RULE]),
)


@given(FACTS)
def test_facts_come_back_from_the_record_as_they_were(given_facts):
    document = json.loads(json.dumps(given_facts.document()))
    assert Facts.from_document(document) == given_facts


@given(REQUESTS)
def test_a_request_comes_back_from_the_record_as_it_was(wanted):
    assert Request.from_document(json.loads(json.dumps(wanted.document()))) == wanted


@given(CHARTERS, REQUESTS, FACTS)
def test_a_verdict_recomputed_from_the_record_is_identical(subject, wanted, given_facts):
    policy = compile_policy(subject, CHARTER_DIGEST, CRM, CATALOGUE_DIGEST)
    first = decide(policy, wanted, given_facts)
    recorded = json.loads(json.dumps([wanted.document(), given_facts.document(), verdict_document(first)]))
    again = decide(
        compile_policy(subject, CHARTER_DIGEST, CRM, CATALOGUE_DIGEST),
        Request.from_document(recorded[0]),
        Facts.from_document(recorded[1]),
    )
    assert again == first and verdict_document(again) == recorded[2]


@given(CHARTERS, REQUESTS, FACTS)
def test_nothing_is_allowed_that_any_single_stop_forbids(subject, wanted, given_facts):
    verdict = ask(subject, wanted, given_facts)
    if isinstance(verdict, Deny):
        return
    assert given_facts.revoked in (None, "") and not given_facts.halts and given_facts.run.status == "open"
    assert not given_facts.connector_stop and not given_facts.schema_error
    assert "crm.*" not in subject.cannot and verdict.action not in subject.cannot
    if isinstance(verdict, Allow) and verdict.tier is HIGH:
        assert verdict.approval == given_facts.approval.id and given_facts.approval.filled


@given(CHARTERS, REQUESTS, FACTS)
def test_the_rules_of_a_verdict_hold_no_argument(subject, wanted, given_facts):
    marked = replace(wanted, arguments={**wanted.arguments, "ids": ["zzsecretzz"], "note": "zzsecretzz"})
    for kept in (ask(subject, marked, given_facts).rules, getattr(ask(subject, marked, given_facts), "code", "")):
        assert "zzsecretzz" not in json.dumps(kept)


def test_two_verdicts_are_the_same_exactly_when_their_documents_are():
    found = [
        Allow(LOW, "a.b", ("r",), "s"),
        Allow(LOW, "a.b", ("r",), "s", "apr-1"),
        Allow(MEDIUM, "a.b", ("r",), "s"),
        Ask(HIGH, "a.b", ("r",), "s", RULE),
        Ask(HIGH, "a.b", ("r",), "s", replace(RULE, within_us=HOUR)),
        Ask(HIGH, "a.b", ("r",), "s", replace(RULE, slots=RULE.slots[::-1])),
        Deny(DenyCode.LIMIT, "a.b", ("r",), "s"),
        Deny(DenyCode.DATA, "a.b", ("r",), "s"),
        Deny(DenyCode.LIMIT, None, ("r",), "s"),
    ]
    documents = [json.dumps(verdict_document(one), sort_keys=True) for one in found]
    assert len(set(documents)) == len(found)


@pytest.mark.parametrize("kind", [Allow, Ask, Deny])
def test_every_part_of_a_verdict_is_in_its_document(kind):
    sample = {
        Allow: Allow(LOW, "a.b", ("r",), "s", "apr-1"),
        Ask: Ask(HIGH, "a.b", ("r",), "s", RULE),
        Deny: Deny(DenyCode.LIMIT, "a.b", ("r",), "s"),
    }[kind]
    named = {"rule": "ask"}
    assert {named.get(field.name, field.name) for field in fields(sample)} | {"verdict"} == set(
        verdicts.verdict_document(sample)
    )
