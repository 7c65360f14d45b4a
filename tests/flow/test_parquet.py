"""The record as a Parquet file: a table for anybody, and a proof."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from bailiwick.flow import parquet
from bailiwick.flow.leaf_row import COLUMNS, leaf_row
from bailiwick.flow.parquet import parquet_chunks, table_schema, verify_parquet
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.note import Signer


@pytest.fixture
async def signed(house):
    """A house with a few actions and a signed checkpoint."""
    run = await house.open_run()
    for number in range(4):
        await house.act("query", run, object_type="contacts", ids=[f"con-{number}"], fields=["segment"])
    await house.act("unheard_of", run)
    await house.installation.store.checkpoint()
    return house


@pytest.fixture
def file(signed, tmp_path):
    path = tmp_path / "record.parquet"
    path.write_bytes(b"".join(parquet_chunks(signed.reader, signed.installation.log_key, rows=7)))
    return path


def rewritten(file, name, at, value):
    """The file with one value changed, everything else as it was."""
    table = pq.read_table(file)
    values = table.column(name).to_pylist()
    values[at] = value
    field = table.schema.field(name)
    place = table.schema.get_field_index(name)
    changed = table.set_column(place, field, pa.array(values, field.type))
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), file)


def found(file, key):
    return [finding.what for finding in verify_parquet(file, key).findings]


async def test_the_leaves_of_the_file_hash_to_the_root_of_the_checkpoint(signed, file):
    key = signed.installation.log_key
    report = verify_parquet(file, key)
    head = signed.reader.head()
    assert report.findings == ()
    assert (report.head.size, report.head.root, report.rows) == (head.size, head.root, head.size)
    frontier = Frontier()
    for leaf in pq.read_table(file, columns=["leaf"]).column("leaf").to_pylist():
        frontier.append(leaf_hash(leaf))
    assert frontier.root() == head.root


async def test_the_leaves_are_the_bytes_of_the_log_in_order(signed, file):
    table = pq.read_table(file)
    assert table.column("leaf").to_pylist() == list(signed.reader.leaves(table.num_rows))
    assert table.column("index").to_pylist() == list(range(table.num_rows))
    assert pq.ParquetFile(file).num_row_groups > 1


async def test_an_analysis_needs_no_knowledge_of_leaves(signed, file):
    table = pq.read_table(file, filters=[("type", "=", "action.intended"), ("agent", "=", "router")])
    assert table.num_rows == 4
    assert pc.unique(table.column("name")).to_pylist() == ["crm.contact.read"]
    assert pa.types.is_timestamp(table.schema.field("time").type)


async def test_the_text_of_an_agent_is_in_no_column(signed, file):
    assert not [row for row in pq.read_table(file).to_pylist() if "unheard_of" in repr(row)]


@pytest.mark.parametrize(
    "column, value, told",
    [
        ("verdict", "deny", "event 9: its column `verdict` is not what its leaf says"),
        ("type", None, "event 9: its column `type` is not what its leaf says"),
        ("leaf_hash", bytes(32), "event 9: its column `leaf_hash` is not what its leaf says"),
        ("index", 4, "event 9: its column `index` is not what its leaf says"),
        ("leaf", b"{}", "event 9: its leaf is not an event"),
        ("leaf", b"\xff", "its leaves do not hash to the root of its checkpoint"),
    ],
)
async def test_a_changed_value_is_found_and_named(signed, file, column, value, told):
    rewritten(file, column, 9, value)
    assert told in found(file, signed.installation.log_key)


async def test_rows_cut_off_the_end_are_noticed(signed, file):
    table = pq.read_table(file)
    pq.write_table(table.slice(0, table.num_rows - 1), file)
    told = f"it has {table.num_rows - 1} rows, but its checkpoint is for {table.num_rows} events"
    assert found(file, signed.installation.log_key) == [told]


async def test_rows_that_changed_places_are_noticed(signed, file):
    table = pq.read_table(file)
    order = [1, 0, *range(2, table.num_rows)]
    pq.write_table(table.take(order), file)
    assert "its leaves do not hash to the root of its checkpoint" in found(file, signed.installation.log_key)


async def test_the_key_of_somebody_else_does_not_verify_it(signed, file):
    other = Signer(signed.installation.log_key.partition("+")[0], bytes(32)).vkey
    assert "its checkpoint does not hold" in found(file, other)[0]


@pytest.mark.parametrize("body", [b"", b"PAR1", b"PAR1" + bytes(400) + b"PAR1", b"not a table at all"])
def test_what_is_no_parquet_is_told_in_one_sentence(tmp_path, body):
    path = tmp_path / "odd.parquet"
    path.write_bytes(body)
    (finding,) = verify_parquet(path).findings
    assert "cannot be read as Parquet" in finding.what


def test_a_table_of_somebody_else_is_not_taken_for_a_record(tmp_path):
    path = tmp_path / "other.parquet"
    pq.write_table(pa.table({"index": [1]}), path)
    assert found(path, None) == ["its columns are not those of an exported record"]


async def test_a_file_that_was_cut_short_is_no_file(signed, file):
    file.write_bytes(file.read_bytes()[:-20])
    assert "cannot be read as Parquet" in found(file, signed.installation.log_key)[0]


def test_columns_are_only_ever_added_last():
    assert table_schema(pa).names[:8] == ["index", "id", "time", "type", "actor_kind", "actor", "agent", "run"]
    assert table_schema(pa).names[-2:] == ["leaf", "leaf_hash"]


def test_the_sentence_for_a_missing_library_says_how_to_get_it():
    assert "pip install 'bailiwick[parquet]'" in parquet.MISSING


@pytest.mark.parametrize(
    "body, column, expected",
    [
        (b'{"actor":{"kind":"agent","id":"router"},"data":{"agent":"other"}}', "agent", "router"),
        (b'{"actor":{"kind":"system","id":"bailiwick"},"data":{"agent":"other"}}', "agent", "other"),
        (b'{"actor":{"kind":"a","id":"b"},"data":{"verdict":7}}', "verdict", None),
        (b'{"actor":{"kind":"a","id":"b"},"data":{},"at_us":true}', "time", None),
        (b'{"actor":{"kind":"a","id":"b"},"data":{"rules":["one",2]}}', "rules", None),
        (b'{"actor":{"kind":"a","id":"b"},"data":{"rules":["one","two"]}}', "rules", ["one", "two"]),
        (b'{"actor":{"kind":"a"},"data":{}}', "type", None),
        (b'{"actor":[],"data":{}}', "type", None),
        (b"[]", "type", None),
        (b"", "type", None),
    ],
)
def test_a_column_is_the_field_of_its_kind_or_nothing(body, column, expected):
    assert leaf_row(body)[[one.name for one in COLUMNS].index(column)] == expected
