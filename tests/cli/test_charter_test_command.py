"""`charter test` for CI: four outcomes with four statuses, lines in every finding, and no server."""

import json

import pytest

from bailiwick.cli.charter_test import CharterTestStatus
from tests.flow.house import CATALOGUE, CHARTER, DEFINITIONS
from tests.flow.test_charter_test_run import TEST


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "router.yaml").write_text(CHARTER)
    (tmp_path / "crm.yaml").write_text(CATALOGUE)
    (tmp_path / "tools.json").write_text(json.dumps(DEFINITIONS))
    (tmp_path / "router_test.yaml").write_text(TEST)
    return tmp_path


def test_a_folder_of_tests_that_hold_is_done_without_a_server(nobody, folder):
    ran = nobody.run("charter", "test", str(folder))
    assert (ran.code, ran.err) == (CharterTestStatus.DONE, "")
    assert ran.out.splitlines()[-1] == "6 cases, 6 as expected, 0 different"
    assert f"{folder}/router.yaml:11: can[crm.note.add] never decided" in ran.out


def test_an_expectation_that_fails_names_its_file_and_line(nobody, folder):
    (folder / "router_test.yaml").write_text(TEST.replace("code: cannot", "code: limit"))
    ran = nobody.run("charter", "test", str(folder), "--min-coverage", "100")
    assert ran.code == CharterTestStatus.FAILED
    assert f"{folder}/router_test.yaml:13: drops nothing (router, crm__drop)" in ran.out
    assert "code is `cannot`, expected `limit`" in ran.out


def test_too_little_coverage_has_a_status_of_its_own(nobody, folder):
    ran = nobody.run("charter", "test", str(folder), "--min-coverage", "90", "--json")
    document = json.loads(ran.out)
    assert (ran.code, document["status"]) == (CharterTestStatus.UNCOVERED, 5)
    assert (document["ok"], document["failed"]) == (False, 0)
    assert nobody.run("charter", "test", str(folder), "--min-coverage", str(document["percent"])).code == 0


@pytest.mark.parametrize(
    "name, text", [("router_test.yaml", "cases: ["), ("router.yaml", "charter: x"), ("crm.yaml", "a: b")]
)
def test_what_cannot_be_read_has_a_status_and_a_line(nobody, folder, name, text):
    (folder / name).write_text(text)
    ran = nobody.run("charter", "test", str(folder))
    assert (ran.code, ran.out) == (CharterTestStatus.UNREADABLE, "")
    assert f"  {folder}/{name}:1:" in ran.err
    ran = nobody.run("charter", "test", str(folder), "--json")
    assert json.loads(ran.out)["error"]["problems"][0]["line"] == 1


def test_a_folder_without_tests_is_no_success(nobody, tmp_path):
    ran = nobody.run("charter", "test", str(tmp_path))
    assert ran.code == CharterTestStatus.UNREADABLE
    assert "holds no `*_test.yaml` file" in ran.err


def test_every_case_and_rule_can_be_named(nobody, folder):
    ran = nobody.run("charter", "test", str(folder), "--verbose")
    assert "router_test.yaml:8: ok, reads (router, crm__query)" in ran.out
    assert "can[crm.contact.update].tier.else decided 1" in ran.out
    assert "cannot[billing.*] cannot decide with these catalogues" in ran.out
