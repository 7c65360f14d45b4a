import json

import pytest

from bailiwick.flow.catalogue_import import review
from bailiwick.flow.charter_test import run_charter_tests
from bailiwick.flow.charter_test_file import FlawedFile
from bailiwick.flow.policy import read_tools
from tests.flow.house import CATALOGUE, CHARTER, DEFINITIONS

TEST = """\
charter: router.yaml
catalogues: [{file: crm.yaml, tools: tools.json}]
now: 2026-05-04T09:00+02:00
calls:
  move: {tool: crm__manage, arguments: {object_type: contacts, ids: [con-1], properties: {}}}
  pause: {tool: crm__pause, arguments: {campaign: spring}}
cases:
  - {name: reads, call: {tool: crm__query, arguments: {object_type: contacts, fields: [segment]}}, expect: allow}
  - {name: moves, call: move, facts: {totals: {day.records: 3}}, expect: {verdict: allow, tier: medium}}
  - {name: asks, call: move, facts: {totals: {day.records: 4}}, expect: {verdict: ask, tier: high}}
  - {name: gives up, call: move, facts: {totals: {day.records: 8}}, expect: {verdict: deny, code: never}}
  - {name: pauses with consent, call: pause, facts: {approval: approved}, expect: {verdict: allow, rule: approve}}
  - {name: drops nothing, call: {tool: crm__drop, arguments: {ids: [a]}}, expect: {verdict: deny, code: cannot}}
"""


def files(**more):
    found = {"router.yaml": CHARTER, "crm.yaml": CATALOGUE, "tools.json": json.dumps({"tools": DEFINITIONS})}
    found |= {name.replace("__", "."): text for name, text in more.items()}

    def read(path):
        if path not in found:
            raise FileNotFoundError(2, "No such file or directory")
        return found[path].encode()

    return read


def run(test=TEST, **more):
    return run_charter_tests(["t_test.yaml"], files(**more, t_test__yaml=test))


def flaws(test=TEST, **more):
    with pytest.raises(FlawedFile) as caught:
        run(test, **more)
    return caught.value.file, [str(flaw) for flaw in caught.value.problems]


def test_every_case_comes_out_as_the_gateway_would_decide_it():
    report = run()
    assert [result.case for result in report.failed] == []
    assert len(report.results) == 6
    assert report.notes == ()


def test_a_case_that_comes_out_differently_names_its_line_and_what_was_decided():
    report = run(TEST.replace("day.records: 4}}, expect: {verdict: ask", "day.records: 4}}, expect: {verdict: allow"))
    (failed,) = report.failed
    assert (failed.file, failed.line, failed.case, failed.call) == ("t_test.yaml", 10, "asks", "move")
    assert failed.problems == ("verdict is `ask`, expected `allow`",)
    assert "high risk" in failed.verdict["sentence"]


def test_coverage_names_the_rules_that_never_decided_with_their_lines():
    (coverage,) = run().coverage
    missed = {rule.id: rule.line for rule in coverage.missed}
    assert missed == {
        "can[crm.contact.update].limits.ids.required": 10,
        "can[crm.note.add]": 11,
        "can[crm.campaign.launch]": 12,
        "can[crm.campaign.launch].limits.budget.max": 12,
    }
    reachable = [rule for rule in coverage.rules if rule.reachable]
    assert coverage.percent == 100 * (len(reachable) - 4) // len(reachable)


def test_a_rule_that_no_catalogue_reaches_does_not_count():
    (coverage,) = run().coverage
    assert {rule.id for rule in coverage.rules if not rule.reachable} == {"cannot[billing.*]"}


def test_two_tests_of_one_charter_cover_it_together():
    more = TEST[: TEST.index("cases:")] + (
        "cases:\n  - {name: notes, call: {tool: crm__note, arguments: {text: hi}}, expect: {verdict: allow}}\n"
    )
    both = run_charter_tests(["t_test.yaml", "u_test.yaml"], files(t_test__yaml=TEST, u_test__yaml=more))
    assert len(both.coverage) == 1
    assert "can[crm.note.add]" not in {rule.id for rule in both.coverage[0].missed}


def test_defaults_schemas_and_unknown_tools_are_as_at_the_gateway():
    cases = """\
  - {name: odd argument, call: {tool: crm__note, arguments: {text: hi, x: 1}}, expect: {verdict: deny, code: schema}}
  - {name: no tool, call: {tool: crm__reset, arguments: {}}, expect: {verdict: deny, code: unlisted}}
  - {name: no connector, call: {tool: billing__refund, arguments: {}}, expect: {verdict: deny, code: unlisted}}
"""
    report = run(TEST[: TEST.index("cases:")] + "cases:\n" + cases)
    assert report.failed == ()


def test_without_tools_the_report_says_that_schemas_were_not_checked():
    test = TEST.replace("{file: crm.yaml, tools: tools.json}", "crm.yaml")
    report = run(test.replace("fields: [segment]", "fields: [segment], sudo: true"))
    assert report.failed == ()
    assert report.notes == ("crm.yaml: no `tools` file is named, so no argument was checked against a tool's schema",)


def test_a_pinned_catalogue_of_the_record_can_be_tested_against():
    pinned = review("crm", CATALOGUE, DEFINITIONS).body.decode()
    report = run(TEST.replace("{file: crm.yaml, tools: tools.json}", "pinned.json"), pinned__json=pinned)
    assert (report.failed, report.notes) == ((), ())


def test_a_test_without_catalogues_takes_those_of_the_installation():
    test = "\n".join(line for line in TEST.splitlines() if not line.startswith("catalogues"))
    pinned = read_tools(review("crm", CATALOGUE, DEFINITIONS).body)
    report = run_charter_tests(["t_test.yaml"], files(t_test__yaml=test), lambda: [pinned])
    assert report.failed == ()
    file, said = flaws(test)
    assert (file, len(said)) == ("t_test.yaml", 1)


@pytest.mark.parametrize(
    "test, more, file, said",
    [
        (TEST.replace("router.yaml", "rooter.yaml"), {}, "t_test.yaml", "line 1, column 1: cannot read `rooter.yaml`"),
        (TEST, {"router__yaml": CHARTER.replace("purpose", "porpoise")}, "router.yaml", "line 2"),
        (TEST, {"crm__yaml": CATALOGUE.replace("tool: drop", "tool: dorp")}, "crm.yaml", "line 22, column 22"),
        (TEST, {"tools__json": "[1]"}, "tools.json", "is no list of tools"),
        (TEST, {"tools__json": "{"}, "tools.json", "line 1"),
        (TEST.replace("now:", "when:"), {}, "t_test.yaml", "unknown key `when`"),
        (TEST.replace("expect: allow", "expect: [allow"), {}, "t_test.yaml", "line 8"),
        (TEST.replace("tools: tools.json}", "tools: tools.json}, {file: crm.yaml}"), {}, "t_test.yaml", "listed twice"),
    ],
)
def test_what_cannot_be_read_names_its_file_and_line(test, more, file, said):
    found, problems = flaws(test, **more)
    assert found == file
    assert any(said in problem for problem in problems), problems
