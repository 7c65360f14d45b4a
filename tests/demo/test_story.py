"""The demo as a newcomer meets it: everything it starts, it starts for real."""

import json
import subprocess
import sys

import pytest

from bailiwick.demo.folder import MARK
from bailiwick.demo.script import script

LISTED = {
    "allowed read": "allowed-read",
    "read of a field over the data ceiling": "field-over-ceiling",
    "write within limits": "write-within-limits",
    "write to a sibling campaign": "sibling-campaign",
    "limited argument left out": "limited-argument-left-out",
    "1 is medium": "one-record",
    "5,000 records where 1 is medium": "five-thousand-records",
    "unlisted tool": "unlisted-tool",
    "cannot tool": "cannot-tool",
    "invented argument": "invented-argument",
    "near-miss tool name": "near-miss-name",
    "paid launch approved": "two-people-approve",
    "then executed once": "launch-approved",
    "the same approval a second time": "approval-used-twice",
    "argument changed after approval": "argument-changed",
    "expired approval": "approval-expired",
    "upstream timeout after commit recorded as unknown": "timeout-after-commit",
    "the identical call then refused": "unknown-not-repeated",
    "halted agent": "halted-agent",
    "token past expiry": "token-expired",
    "straight to the crm": "straight-to-crm",
    "straight to the e-mail service": "straight-to-email",
    "straight to the ads account": "straight-to-ads",
    "straight to the desk": "straight-to-desk",
    "straight to the mail relay": "straight-to-sink",
}


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "bailiwick.demo", *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "data"
    done = demo("--once", "--json", "--data", str(folder))
    assert done.returncode == 0, done.stderr + done.stdout
    return json.loads(done.stdout), folder


@pytest.mark.timeout(115)
def test_every_row_of_the_demo_comes_out_as_expected(once):
    shown, _ = once
    assert [row["row"] for row in shown["rows"] if not row["holds"]] == []
    assert shown["holds"] is True
    assert shown["holding"] == len(shown["rows"]) >= 18


@pytest.mark.timeout(115)
@pytest.mark.parametrize("situation", LISTED)
def test_the_demo_covers_every_listed_situation(once, situation):
    shown, _ = once
    assert LISTED[situation] in {row["row"] for row in shown["rows"]}


@pytest.mark.timeout(115)
def test_the_whole_record_verifies_and_every_decision_is_the_same_again(once):
    shown, _ = once
    assert shown["record"]["findings"] == []
    assert shown["recheck"]["identical"] == shown["recheck"]["decided"] > 0
    assert shown["recheck"]["runs"] == 6


@pytest.mark.timeout(115)
def test_no_process_that_the_demo_started_is_left(once):
    _, folder = once
    left = subprocess.run(("pgrep", "-f", str(folder)), capture_output=True, text=True, check=False)
    assert left.stdout == ""


@pytest.mark.timeout(115)
@pytest.mark.parametrize("row", ["sibling-campaign"])
def test_a_planted_difference_fails_the_demo_and_names_its_row(row, tmp_path):
    done = demo("--once", "--flip", row, "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"row `{row}`" in done.stderr


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = demo("--once", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "choose another folder" in done.stderr
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert not (tmp_path / MARK).exists()


def test_row_names_are_unique():
    names = [row.name for scene in script("/repository") for row in scene.rows]
    assert len(names) == len(set(names))
