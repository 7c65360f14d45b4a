"""The auditor's page says what the script and the commands do."""

import re

import pytest

from bailiwick.flow.auditor import __doc__ as told
from tests.flow.evidence_made import Record


@pytest.fixture(scope="module")
def guide(checkout):
    return (checkout / "docs/guide/auditing.md").read_text()


def test_the_page_and_the_script_promise_the_same(guide):
    assert "python3 -I" in told
    assert "Python 3.9 or newer" in guide
    assert "Python 3.9 or newer" in told
    for status in ("0: every byte was checked and holds", "1: something does not"):
        assert status in told
        assert status in " ".join(guide.split())


def test_every_kind_of_file_in_a_bundle_is_explained(guide):
    rows = [re.compile(re.escape(row).replace("…", ".*")) for row in re.findall(r"^\| `([^`]+)`", guide, re.MULTILINE)]
    for name in Record(300).bundle():
        plain = name.replace("tile/1", "tile/0")
        assert name in ("verify.py", "record/log.vkey") or any(row.match(plain) for row in rows), name
