"""The record taken away in other people's formats, from a real server."""

import importlib
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bailiwick.core.refusal import Refusal
from bailiwick.flow import parquet


@pytest.fixture
def auditor(house):
    return house.people["auditor"]


@pytest.fixture
def key(auditor):
    return auditor.json("record", "verify")["key"]


@pytest.fixture
def table(auditor, tmp_path):
    """The record as a Parquet file in a new folder."""
    told = auditor.json("record", "export", str(tmp_path / "record"), "--format", "parquet")
    path = tmp_path / "record" / "record.parquet"
    assert (told["file"], told["bytes"]) == (str(path), path.stat().st_size)
    return path


def test_a_parquet_export_verifies_with_the_key_and_without_a_server(nobody, table, key):
    report = nobody.json("record", "verify", str(table), "--key", key)
    assert (report["ok"], report["size"], report["key_given"]) == (True, pq.read_metadata(table).num_rows, True)
    said = nobody.run("record", "verify", str(table)).out
    assert "Verified" in said
    assert "Unanchored" in said


def test_a_changed_row_is_named_and_the_status_says_no(nobody, table):
    rows = pq.read_table(table)
    kinds = rows.column("type").to_pylist()
    kinds[3] = "moon.landed"
    at = rows.schema.get_field_index("type")
    pq.write_table(rows.set_column(at, rows.schema.field(at), pa.array(kinds)), table)
    ran = nobody.run("record", "verify", str(table))
    assert ran.code == 1
    assert "event 3: its column `type` is not what its leaf says" in ran.out


def test_a_key_that_is_none_is_a_usage_error(nobody, table):
    assert nobody.run("record", "verify", str(table), "--key", "nonsense").code == 2


def test_events_are_lines_on_the_output_narrowed_like_the_list(auditor, tmp_path):
    listed = auditor.json("record", "list", "--type", "person.added")["items"]
    path = tmp_path / "people.jsonl"
    auditor.json("record", "export", str(path), "--format", "cloudevents", "--type", "person.added")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["id"] for line in lines] == [one["id"] for one in listed[::-1]]
    assert "acme.example" not in path.read_text().replace("//acme.example", "")
    auditor.json("record", "export", str(tmp_path / "all"), "--format", "ocsf", "--payloads")
    assert "director@acme.example" in (tmp_path / "all" / "record.ocsf.jsonl").read_text()


def test_only_whoever_may_export_gets_it_and_no_half_file_is_left(house, tmp_path):
    ran = house.people["ana"].run("record", "export", str(tmp_path / "out"), "--format", "parquet")
    assert ran.code == 3
    assert "export the record" in ran.err
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "more, told",
    [
        (["--format", "csv"], "`csv` is none"),
        (["--agent", "router"], "a folder is the whole record"),
        (["--format", "parquet", "--agent", "router"], "narrow it where you read it"),
    ],
)
def test_what_cannot_be_meant_is_said(auditor, tmp_path, more, told):
    ran = auditor.run("record", "export", str(tmp_path / "out"), *more)
    assert ran.code in (1, 2)
    assert told in ran.err


def test_a_file_that_is_there_is_not_written_over(auditor, table):
    ran = auditor.run("record", "export", str(table), "--format", "parquet")
    assert ran.code == 2
    assert "is there already" in ran.err


def test_without_the_library_the_sentence_names_what_to_install(nobody, tmp_path, monkeypatch):
    def absent(name):
        raise ImportError(name)

    (tmp_path / "record.parquet").write_bytes(b"PAR1")
    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(Refusal, match=r"bailiwick\[parquet\]"):
        parquet.libraries()
    ran = nobody.run("record", "verify", str(tmp_path / "record.parquet"))
    assert ran.code == 1
    assert "bailiwick[parquet]" in ran.err
