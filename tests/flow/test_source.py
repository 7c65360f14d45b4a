import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.flow.source import SourceError, read_catalogue, read_charter, read_source

CHARTER = """\
# a comment
charter: lead-router
purpose: Assign new leads to the right salesperson.
workflow: lead-routing
owner: {accountable: ana@acme.example, backup: it-ops@acme.example, review_by: 2027-02-01}
data:
  may_read: [public, internal]
  may_send_out: []
can:
  - do: crm.contact.read
    tier: low
    limits: {fields: {only: [segment, on, yes]}, rows: {max: 500k}}
cannot: [billing.*]
"""


def flaws(text, read=read_source):
    with pytest.raises(SourceError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_charter_reads_from_text_with_its_document_and_digest():
    charter, document, digest = read_charter(CHARTER.encode())
    assert charter.owner.review_by == "2027-02-01"
    assert charter.grants[0].limits[0].value == ("segment", "on", "yes")
    assert document["data"] == {"may_read": ["public", "internal"], "may_send_out": []}
    assert digest.startswith("sha256:")


def test_the_same_charter_as_json_or_in_another_layout_has_the_same_digest():
    _, document, digest = read_charter(CHARTER)
    assert read_charter(json.dumps(document))[2] == digest
    assert read_charter(json.dumps(document, indent="\t"))[2] == digest
    assert read_charter("\ufeff" + CHARTER.replace("\n", "\r\n"))[2] == digest
    assert read_charter(CHARTER.replace("500k", "500"))[2] != digest


def test_only_text_whole_numbers_truth_nothing_lists_and_mappings_exist():
    text = "{on: yes, a: off, b: true, c: null, d: 7, e: -1, f: '7', g: 2027-02-01, h: 12:30, i: True, j: , k: ~}"
    assert read_source(text).document == {
        "on": "yes",
        "a": "off",
        "b": True,
        "c": None,
        "d": 7,
        "e": -1,
        "f": "7",
        "g": "2027-02-01",
        "h": "12:30",
        "i": "True",
        "j": None,
        "k": None,
    }


@pytest.mark.parametrize(
    "text, message",
    [
        ("a: 1.5", "line 1, column 4: `1.5` is a float: write money as whole micros"),
        ("a: 1e3", "is a float"),
        ("a: .inf", "is a float"),
        ("a: .NaN", "is a float"),
        ("a: 012", "can be read as two numbers"),
        ("a: 0x1F", "can be read as two numbers"),
        ("a: 1_000", "can be read as two numbers"),
        ("a: +5", "can be read as two numbers"),
        ("a: 9007199254740992", "larger than 2^53"),
        ("x: 1\na: &here 1", "line 2, column 4: the anchor `&here` is not allowed"),
        ("a: *here", "the alias `*here` is not allowed"),
        ("<<: {a: 1}", "the merge key `<<` is not allowed"),
        ("a: !!str 1", "the tag `tag:yaml.org,2002:str` is not allowed"),
        ("a: !!python/object/apply:os.system [x]", "is not allowed"),
        ("a: 1\nb: 2\na: 3", "line 3, column 1: the key `a` is written twice"),
        ('{"a": 1, "\\u0061": 2}', "the key `a` is written twice"),
        ("1: x", "the key `1` must be text"),
        ("true: x", "the key `true` must be text"),
        ("? [a]\n: x", "a key must be text"),
        ("é: 1", "must be plain ASCII"),
        ("a: 1\n---\nb: 2", "line 2, column 1: a second document starts here"),
        ("%YAML 1.1\n---\na: 1", "directive is not allowed"),
        ("a: [", "line 1, column 5: not readable as YAML"),
        ("a: b: c", "not readable as YAML"),
        ("a:\n\t- b", "line 2, column 1: not readable as YAML"),
        ('a: "\\ud83d"', "half of a surrogate pair"),
        ("a: \x07", "line 1, column 4: character U+0007 is not allowed"),
        (b"a: 1\nb: \xff", "line 2, column 4: not UTF-8"),
        ("[" * 5000, "nested deeper than 24 levels"),
        ("{a: " * 5000, "nested deeper than 24 levels"),
        ("- " * 5000, "nested deeper than 24 levels"),
        ("a" * 300_000, "300,000 bytes is too large"),
        ("", "expected a mapping"),
        ("# nothing", "expected a mapping"),
        ("- a", "expected a mapping"),
        ("just words", "expected a mapping"),
    ],
)
def test_what_a_reader_could_misread_is_refused_with_its_line(text, message):
    assert any(message in flaw for flaw in flaws(text))


def test_a_pair_of_surrogates_in_json_is_one_character():
    assert read_source('{"a": "\\ud83d\\ude00"}').document == {"a": "\U0001f600"}


def test_every_flaw_of_a_text_is_reported_at_once_in_its_order():
    found = flaws("a: 1.5\nb: &x 1\nc: *x\na: 2\n1: x\n? [q]\n: [3, 4.5]\nd: !t e\n")
    assert [flaw.partition(",")[0] for flaw in found] == [f"line {n}" for n in (1, 2, 3, 4, 5, 6, 7, 8)]


def test_a_charter_problem_has_the_line_of_the_part_it_is_about():
    text = CHARTER.replace("workflow:", "workflwo:").replace("tier: low", "tier: mild").replace("500k", "-")
    assert [
        flaw.partition(": ")[0] + ":" + flaw.partition(": ")[2].partition(":")[0] for flaw in flaws(text, read_charter)
    ] == [
        "line 2, column 1:document",
        "line 4, column 1:workflwo",
        "line 11, column 5:can[0].tier",
        "line 12, column 57:can[0].limits.rows.max",
    ]


def test_a_catalogue_is_read_against_the_definitions_it_was_sent():
    definitions = [{"name": "now", "inputSchema": {"type": "object", "properties": {"zone": {}}}}]
    body = "  time.now: {tool: now, says: tell the time, effect: read, reads: public, floor: low}\n"
    catalogue, document, digest = read_catalogue("connector: time\nactions:\n" + body, definitions)
    assert catalogue.actions[0].sentence == "tell the time"
    assert (set(document), digest[:7]) == ({"connector", "actions"}, "sha256:")
    wrong = "connector: time\nactions:\n" + body.replace("tool: now", "tool: new")
    assert flaws(wrong, lambda text: read_catalogue(text, definitions)) == [
        "line 3, column 14: actions.time.now.tool: the connector has no tool `new`; did you mean `now`?"
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc xyz-_", min_size=1), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abcdef", min_size=1), JSON, max_size=5))
def test_any_json_document_is_read_as_json_reads_it(document):
    assert read_source(json.dumps(document)).document == document


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_is_read_or_refused_with_a_line_and_never_a_traceback(text):
    refused = None
    try:
        read_source(text)
    except SourceError as trouble:
        refused = trouble
    assert refused is None or all(flaw.line >= 1 and flaw.message for flaw in refused.problems)
