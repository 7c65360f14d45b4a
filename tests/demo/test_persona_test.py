"""The five charters that ship are proven case by case, by the files that ship beside them."""

from importlib.resources import files
from pathlib import Path

import pytest

from bailiwick.flow.charter_test import run_charter_tests
from bailiwick.flow.persona import personas
from tools import tool_list

FOLDER = files("bailiwick") / "persona"
NAMES = sorted(entry.name for entry in FOLDER.iterdir() if entry.name.endswith("_test.yaml"))
LEAST_COVERAGE = 90


def run(name, read=lambda path: Path(path).read_bytes()):
    return run_charter_tests([str(FOLDER / name)], read)


def test_every_persona_has_a_test_and_no_test_is_taken_for_a_persona():
    assert [name.removesuffix("_test.yaml") for name in NAMES] == [persona.name for persona in personas()]
    assert len(NAMES) == 5


@pytest.mark.parametrize("name", NAMES)
def test_a_persona_does_what_its_test_says_and_its_rules_all_count(name):
    report = run(name)
    assert [(result.case, result.problems) for result in report.failed] == []
    assert [rule.id for one in report.coverage for rule in one.missed] == []
    assert report.percent >= LEAST_COVERAGE
    assert report.notes == ()


@pytest.mark.parametrize(
    "name, before, after, caught",
    [
        ("content-qa-assistant", "email.message.send, ", "", "has mail and mailings forbidden by name"),
        (
            "lead-router",
            "tier: low\n    limits:\n      fields",
            "tier: high\n    limits:\n      fields",
            "reads two hundred",
        ),
        ("campaign-drafter", "max: 100000000", "max: 200000000", "spends no more than a hundred a day"),
        (
            "knowledge-base-responder",
            "{domain: acme.example}",
            "{domain: [acme.example, example.org]}",
            "outside the house",
        ),
        (
            "incident-triage-assistant",
            "change_ticket: {required: true}",
            "settings.log_level: {min: 0, optional: true}",
            "without a change ticket",
        ),
    ],
)
def test_a_charter_that_says_something_else_fails_its_test(name, before, after, caught):
    def read(path):
        text = Path(path).read_text()
        if path.endswith(f"/{name}.yaml"):
            assert before in text
            text = text.replace(before, after)
        return text.encode()

    failed = [result.case for result in run(f"{name}_test.yaml", read).failed]
    assert any(caught in case for case in failed)


@pytest.mark.parametrize("name", sorted(tool_list.COMPANY))
def test_the_tools_that_tests_are_run_against_are_those_that_the_company_offers(name):
    kept = (tool_list.FOLDER / f"{name}.tools.json").read_text(encoding="utf-8")
    assert kept == tool_list.written(tool_list.company_tools(name)), "run `python -m tools.tool_list`"
