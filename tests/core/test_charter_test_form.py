import pytest

from bailiwick.core.charter_test import CharterTestError, Expectation, parse_charter_test

CALL = {"tool": "crm__query", "arguments": {"limit": 5}}


def document(**more):
    case = {"name": "reads", "call": dict(CALL), "expect": "allow"} | more.pop("case", {})
    return {"charter": "router.yaml", "now": "2026-05-04T09:00+02:00", "cases": [case]} | more


def problems(**more):
    with pytest.raises(CharterTestError) as caught:
        parse_charter_test(document(**more))
    return [str(problem) for problem in caught.value.problems]


def test_a_test_names_its_charter_its_clock_and_its_cases():
    test = parse_charter_test(document())
    assert test.agents == {"router": "router.yaml"}
    assert test.catalogues is None
    assert test.cases[0].at_us == 1_777_878_000_000_000
    assert test.cases[0].calls[0].tool == "query"
    assert test.cases[0].expect == Expectation("allow")


def test_a_case_is_for_every_agent_unless_it_names_some():
    agents = {"charter": None, "agents": {"one": "one.yaml", "two": "two.yaml"}}
    both = {key: value for key, value in (document() | agents).items() if value is not None}
    assert parse_charter_test(both).cases[0].agents == ("one", "two")
    both["cases"] = [both["cases"][0] | {"as": "two"}]
    assert parse_charter_test(both).cases[0].agents == ("two",)


def test_facts_of_a_case_lie_over_those_of_the_file():
    test = parse_charter_test(document(facts={"calls": 3, "repeats": 1}, case={"facts": {"calls": 7}}))
    assert (test.cases[0].stated.calls, test.cases[0].stated.repeats) == (7, 1)


def test_a_list_too_long_to_write_is_filled():
    call = CALL | {"fill": {"ids": {"like": "con-###-x", "count": 12}}}
    ids = parse_charter_test(document(case={"call": call})).cases[0].calls[0].arguments["ids"]
    assert (ids[0], ids[-1], len(ids)) == ("con-001-x", "con-012-x", 12)


def test_arguments_that_yaml_here_may_not_hold_are_written_as_json():
    call = {"tool": "ads__set", "arguments": '{"budget": 2.5}'}
    assert parse_charter_test(document(case={"call": call})).cases[0].calls[0].arguments == {"budget": 2.5}


def test_money_that_was_spent_is_written_as_in_the_charter():
    test = parse_charter_test(document(facts={"spent": {"day.usd": "2.50", "run.sends": 2}}))
    assert test.cases[0].stated.spent == {"day.usd": 2_500_000, "run.sends": 2}


@pytest.mark.parametrize(
    "more, said",
    [
        ({"now": "2026-05-04T09:00"}, "now: `2026-05-04T09:00` has no offset from UTC"),
        ({"now": "yesterday"}, "now: `yesterday` is no moment"),
        ({"cases": []}, "cases: is empty"),
        ({"agents": {"a": "a.yaml"}}, "charter: stands beside `agents`"),
        ({"chartre": "x"}, "unknown key `chartre`; did you mean `charter`?"),
        ({"catalogues": []}, "catalogues: is empty"),
        ({"facts": {"call": 3}}, "facts.call: unknown key `call`; did you mean `calls`?"),
        ({"facts": {"approval": "granted"}}, "facts.approval: unknown word `granted`"),
        ({"facts": {"done": {"crm.x": "started"}}}, "facts.done.crm.x: unknown word `started`"),
        ({"facts": {"calls": -1}}, "facts.calls: `-1` is too small"),
        ({"case": {"expect": "permit"}}, "cases[0].expect: unknown word `permit`: write allow, ask or deny"),
        ({"case": {"expect": {"verdict": "allow", "code": "limit"}}}, "only a deny has a code"),
        ({"case": {"expect": {"verdict": "deny", "tier": "low"}}}, "a deny has no tier"),
        ({"case": {"expect": {"verdict": "deny", "approvers": "x"}}}, "only an ask names approvers"),
        ({"case": {"call": "reading"}}, "cases[0].call: unknown call `reading`"),
        ({"case": {"call": {"tool": "query"}}}, "`query` is no tool"),
        ({"case": {"call": {"tool": "a__b", "arguments": "{"}}}, "is text but no JSON"),
        ({"case": {"call": CALL | {"fill": {"ids": {"like": "con", "count": 2}}}}}, "counts nothing"),
        ({"case": {"call": CALL | {"fill": {"ids": {"like": "#", "count": 10_001}}}}}, "is too many"),
        ({"case": {"as": "somebody"}}, "unknown agent `somebody`"),
        ({"case": {"name": ""}}, "cases[0].name: is empty"),
    ],
)
def test_what_is_no_test_is_refused_with_its_place(more, said):
    assert any(said in problem for problem in problems(**more)), problems(**more)


def test_all_problems_are_told_at_once_and_names_are_single():
    cases = [{"name": "reads", "call": CALL, "expect": "allow"}] * 2
    found = problems(now="never", cases=cases)
    assert len(found) == 2
    assert "is the name of `cases[0]` too" in found[1]


def test_what_came_out_differently_is_said_in_sentences():
    wanted = Expectation("ask", action="crm.read", tier="high", rules=("can[crm.read]",), approvers=("it-change",))
    denied = {"verdict": "deny", "action": None, "rules": ["unlisted"], "sentence": "no", "code": "unlisted"}
    assert wanted.unmet(denied) == (
        "verdict is `deny`, expected `ask`",
        "no action, expected `crm.read`",
        "no tier, expected `high`",
        "rule `can[crm.read]` took no part; those that did: unlisted",
        "approvers are nobody, expected `it-change`",
    )
