"""Grants are cut out of a text, and whatever else stands there is left as somebody wrote it."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import bailiwick
from bailiwick.core.refusal import Refusal
from bailiwick.flow.source import SourceError, read_charter, read_source
from bailiwick.flow.trim import without_grants
from tests.core.charter_world import charters

PERSONAS = sorted((Path(bailiwick.__file__).parent / "persona").glob("*.yaml"))
PERSONAS = [path for path in PERSONAS if not path.stem.endswith("_test")]
TEXT = """\
# A charter of Acme.
charter: lead-router   # the name
purpose: Assign new leads to the team that handles them.
workflow: lead-routing
owner: {accountable: ana@acme.example, backup: ben@acme.example, review_by: 2027-02-01}
data: {may_read: [internal], may_send_out: []}
can:  # what it may do
  # reading is harmless
  - do: crm.contact.read
    tier: low  # always
    limits:
      # few at a time
      fields: {only: [segment,
                      email]}

  # writing is not
  - do: crm.contact.update
    tier: medium

  - do: crm.note.add   # the last one
    tier: medium
# nothing about money
cannot: [billing.*]
approve: {all_of: [{role: it-change}], within: 4h}
"""


def test_the_middle_grant_goes_with_the_comment_about_it() -> None:
    assert without_grants(TEXT, {"crm.contact.update"}) == TEXT.replace(
        "  # writing is not\n  - do: crm.contact.update\n    tier: medium\n", ""
    )


def test_the_first_grant_leaves_the_comment_of_the_list() -> None:
    cut = without_grants(TEXT, {"crm.contact.read"})
    assert "can:  # what it may do\n  # reading is harmless\n\n  # writing is not\n  - do: crm.contact.update\n" in cut


def test_the_last_grant_leaves_what_follows_the_list() -> None:
    cut = without_grants(TEXT, {"crm.note.add"})
    assert cut == TEXT.replace("  - do: crm.note.add   # the last one\n    tier: medium\n", "")
    assert "# nothing about money\ncannot:" in cut


def test_a_charter_that_keeps_no_grant_lists_none() -> None:
    cut = without_grants(TEXT, {"crm.contact.read", "crm.contact.update", "crm.note.add"})
    assert read_charter(cut)[0].grants == ()
    assert "can: []" in cut and "# nothing about money" in cut


@pytest.mark.parametrize(
    "gone, left",
    [
        ({"a.b"}, "can: [{do: c.d, tier: low},  {do: e.f, tier: low}]"),
        ({"c.d"}, "can: [{do: a.b, tier: low}, {do: e.f, tier: low}]"),
        ({"e.f"}, "can: [{do: a.b, tier: low}, {do: c.d, tier: low}]"),
        ({"c.d", "e.f"}, "can: [{do: a.b, tier: low}]"),
        ({"a.b", "e.f"}, "can: [{do: c.d, tier: low}]"),
        ({"a.b", "c.d", "e.f"}, "can: []"),
    ],
)
def test_grants_in_one_line_are_cut_with_their_comma(gone, left) -> None:
    head, tail = TEXT[: TEXT.index("can:")], TEXT[TEXT.index("cannot:") :]
    text = f"{head}can: [{{do: a.b, tier: low}}, {{do: c.d, tier: low}},  {{do: e.f, tier: low}}]\n{tail}"
    assert without_grants(text, gone) == f"{head}{left}\n{tail}"


@pytest.mark.parametrize("path", PERSONAS, ids=lambda path: path.stem)
def test_every_grant_of_every_template_can_go_alone(path) -> None:
    text = path.read_text()
    charter, document, _ = read_charter(text)
    for at, grant in enumerate(charter.grants):
        cut = without_grants(text, {grant.action})
        left = [one for n, one in enumerate(document["can"]) if n != at]  # type: ignore[arg-type, var-annotated]
        assert read_source(cut).document == {**document, "can": left}
        kept = [line for line in text.splitlines() if line not in cut.splitlines()]
        assert all(line.startswith(" ") for line in kept), kept


@given(charters(), st.data(), st.booleans(), st.sampled_from((None, False, True)))
def test_any_charter_in_any_layout_keeps_exactly_the_rest(document, data, as_json, flow) -> None:
    text = yaml.safe_dump(document, sort_keys=False, default_flow_style=flow, width=data.draw(st.integers(20, 200)))
    if as_json:
        text = json.dumps(document, indent=data.draw(st.sampled_from((None, 2))))
    names = [grant["do"] for grant in document["can"]]
    gone = data.draw(st.sets(st.sampled_from(names), min_size=1))
    cut = without_grants(text, gone)
    assert read_source(cut).document["can"] == [grant for grant in document["can"] if grant["do"] not in gone]


def test_what_is_not_granted_or_no_charter_is_refused() -> None:
    with pytest.raises(Refusal, match="wipe` is not granted"):
        without_grants(TEXT, {"crm.wipe"})
    with pytest.raises(Refusal, match="name the grants to take out"):
        without_grants(TEXT, set())
    with pytest.raises(SourceError):
        without_grants("charter: [", {"a.b"})
