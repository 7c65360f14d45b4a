import json
from pathlib import Path

import pytest

from bench.conformance import Expected, compare, read_list
from bench.suite import Outcome

PASS, FAIL = Outcome(2, ()), Outcome(1, ("Check: it did not",))
REQUIRED = Expected("tools-list", "2026-07-28", "pass", "required")
EXCLUDED = Expected("prompts-list", "2026-07-28", "fail", "excluded", "prompts are denied by design")


def test_the_committed_list_is_well_formed_and_names_no_scenario_twice():
    entries = read_list()
    assert len({entry.key for entry in entries}) == len(entries)
    assert {entry.revision for entry in entries} == {"2026-07-28", "2025-11-25"}


def test_every_tools_stateless_header_rebinding_and_schema_scenario_of_the_modern_era_is_required():
    families = ("tools-", "server-stateless", "http-", "dns-rebinding", "json-schema")
    modern = [entry for entry in read_list() if entry.revision == "2026-07-28"]
    assert {e.through for e in modern if e.scenario.startswith(families)} == {"required"}


@pytest.mark.parametrize(
    "entry, trouble",
    [
        ({"direct": "pass", "through": "excluded"}, "excluded without a reason"),
        ({"direct": "fail", "through": "required"}, "does not pass directly"),
    ],
)
def test_a_list_that_promises_nonsense_is_refused(tmp_path: Path, entry: dict[str, str], trouble: str):
    path = tmp_path / "list.json"
    path.write_text(json.dumps([{"scenario": "ping", "revision": "2025-11-25", **entry}]))
    with pytest.raises(ValueError, match=trouble):
        read_list(path)


def test_a_run_that_matches_the_list_shows_no_difference():
    results = {REQUIRED.key: PASS, EXCLUDED.key: FAIL}
    assert compare([REQUIRED, EXCLUDED], results, results) == []


@pytest.mark.parametrize(
    "direct, through, trouble",
    [
        ({REQUIRED.key: PASS, ("2026-07-28", "new"): PASS}, {REQUIRED.key: PASS}, "new: not listed"),
        ({}, {REQUIRED.key: PASS}, "did not run it directly"),
        ({REQUIRED.key: FAIL}, {REQUIRED.key: PASS}, "directly fail, listed as pass"),
        ({REQUIRED.key: PASS}, {REQUIRED.key: FAIL}, "fails through the gateway: Check: it did not"),
        ({REQUIRED.key: PASS}, {}, "fails through the gateway"),
    ],
)
def test_each_difference_from_the_list_is_a_sentence(direct, through, trouble):
    (sentence,) = compare([REQUIRED], direct, through)
    assert trouble in sentence


def test_a_scenario_that_checked_nothing_has_not_passed():
    assert not Outcome(0, ()).passed
