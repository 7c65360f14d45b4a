"""The schemas that editors read accept what the readers accept and know no other key."""

import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import bailiwick
from bailiwick.core.budget_limit import SCOPES, USUAL_UNITS
from bailiwick.core.catalogue_form import ACTION_KEYS
from bailiwick.core.catalogue_schema import catalogue_schema
from bailiwick.core.charter import CHARTER_KEYS, NEEDED_KEYS, CharterError, parse_charter
from bailiwick.core.charter_schema import charter_schema
from bailiwick.core.limit import Op
from bailiwick.flow.source import read_source
from bench.fuzz.form import CATALOGUE, CHARTER, FORMS, at, every_path
from bench.fuzz.mutation import MARK, renamed

ROOM = Path(bailiwick.__file__).parent
PERSONAS = sorted(path for path in (ROOM / "persona").glob("*.yaml") if not path.stem.endswith("_test"))
CATALOGUES = sorted((ROOM / "demo/catalogue").glob("*.yaml"))
SHIPPED = [*((CHARTER, path) for path in PERSONAS), *((CATALOGUE, path) for path in CATALOGUES)]
A_FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def document(path):
    return read_source(path.read_bytes()).document


def test_there_is_something_shipped_to_hold_the_schemas_against():
    assert len(PERSONAS) >= 5 and len(CATALOGUES) >= 5


@pytest.mark.parametrize("schema", [charter_schema(), catalogue_schema()], ids=["charter", "catalogue"])
def test_a_schema_is_a_schema_and_plain_json(schema):
    assert json.loads(json.dumps(schema)) == schema
    jsonschema_rs.meta.validate(schema)


def test_a_schema_is_made_of_the_words_the_reader_knows():
    schema = charter_schema()
    assert tuple(schema["properties"]) == CHARTER_KEYS
    assert tuple(schema["required"]) == NEEDED_KEYS
    assert set(schema["definitions"]["limit"]["properties"]) == {*Op, "optional"}
    assert set(schema["properties"]["budget"]["properties"]) == set(SCOPES)
    assert set(schema["definitions"]["units"]["properties"]) == set(USUAL_UNITS)
    assert tuple(catalogue_schema()["definitions"]["entry"]["properties"]) == ACTION_KEYS


@pytest.mark.parametrize("form, path", SHIPPED, ids=lambda part: getattr(part, "stem", ""))
def test_everything_that_is_shipped_fits_its_schema(form, path):
    assert [error.message for error in form.schema.iter_errors(document(path))] == []


@pytest.mark.parametrize("form, path", SHIPPED, ids=lambda part: getattr(part, "stem", ""))
def test_an_unknown_key_anywhere_in_what_is_shipped_does_not_fit(form, path):
    whole = document(path)
    keys = form.keys(whole)
    assert len(keys) >= 8
    for key in keys:
        assert not form.schema.is_valid(renamed(whole, key, MARK)), key


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_what_is_read_fits_and_what_has_an_unknown_key_does_not(form):
    @A_FEW
    @given(st.data())
    def hold(data):
        whole = data.draw(form.documents)
        form.parse(whole)
        assert form.schema.is_valid(whole)
        wrong = renamed(whole, data.draw(st.sampled_from(form.keys(whole))), MARK)
        assert not form.schema.is_valid(wrong)
        with pytest.raises(form.refusal):
            form.parse(wrong)

    hold()


def test_a_key_left_out_fits_exactly_where_the_reader_can_do_without_it():
    """Only the form is compared: what depends on two keys at once is left to the reader."""
    whole = document(PERSONAS[0])
    for path in every_path(whole):
        if not isinstance(path[-1], str) or path[-2:-1] == ("limits",) or "limits" in path[:-1]:
            continue
        wrong = json.loads(json.dumps(whole))
        del at(wrong, path[:-1])[path[-1]]
        try:
            parse_charter(wrong)
            read = True
        except CharterError:
            read = False
        assert CHARTER.schema.is_valid(wrong) is read, path


@pytest.mark.parametrize(
    "path, value",
    [
        (("owner", "review_by"), "tomorrow"),
        (("owner", "accountable"), "ana"),
        (("data", "may_read"), "public"),
        (("data", "may_read"), ["public", "public"]),
        (("cannot",), ["*"]),
        (("can", 0, "do"), "crm.*"),
        (("can", 0, "tier"), "hihg"),
        (("can", 0, "tier"), {"by": "x", "steps": [], "else": "never"}),
        (("can", 0, "limits"), {"a": {}}),
        (("can", 0, "limits"), {"a": {"optional": True}}),
        (("can", 0, "limits"), {"a": {"forbidden": True, "max": 1}}),
        (("can", 0, "limits"), {"a": {"required": False}}),
        (("can", 0, "limits"), {"a": {"max": "5 k"}}),
        (("can", 0, "limits"), {"a": {"unique_within": 30}}),
        (("can", 0, "limits"), {"usd": {"one_of": [1]}}),
        (("can", 0, "limits"), {"usd": {"max": 2.5}}),
        (("order",), [{"before": "a.b", "never": "c.d"}]),
        (("order",), [{"before": "a.b", "require": "c"}]),
        (("budget",), {}),
        (("budget",), {"per_week": {"calls": 1}}),
        (("budget",), {"per_day": {"usd": "1,5"}}),
        (("run",), {"calls": 0}),
        (("when",), {"days": "mon-fri", "hours": "7-20", "zone": "UTC"}),
        (("approve",), {"all_of": [], "within": "4h"}),
        (("approve",), {"all_of": [{"role": "a"}], "within": "4"}),
        (("approve",), {"all_of": [{"role": "a"}], "not": ["owner"], "within": "4h"}),
        (("sla",), "Gold SLA"),
    ],
)
def test_an_editor_sees_most_slips_before_the_reader_does(path, value):
    wrong = document(PERSONAS[0])
    at(wrong, path[:-1])[path[-1]] = value
    assert not CHARTER.schema.is_valid(wrong)
    with pytest.raises(CharterError):
        parse_charter(wrong)
