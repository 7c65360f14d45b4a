"""The whole record as one Parquet file: a row a leaf, written and checked row group by row group in flat memory.

Beside the columns of `leaf_row` each row has the leaf's index, its exact bytes and its hash, and the file carries the
signed checkpoint and the log's public key. So a table that any analysis tool reads is also a proof: its leaves hash to
the root of the checkpoint, and every other column is what its leaf says.
"""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bailiwick.core.refusal import Refusal
from bailiwick.flow.leaf_row import COLUMNS, ColumnKind, leaf_row, read_event
from bailiwick.ledger.bundle import Finding
from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.note import NoteError, open_note
from bailiwick.ports.reader import Reader

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]  # it ships no types

ROW_GROUP: Final = 8_192
"""Rows that are held in memory at once."""
CHECKPOINT_KEY: Final = b"bailiwick.checkpoint"
LOG_KEY: Final = b"bailiwick.log_key"
FORM_KEY: Final = b"bailiwick.form"
FORM: Final = b"bailiwick.record.parquet/1"
MISSING: Final = "Parquet needs a package that is not installed here: `pip install 'bailiwick[parquet]'`"
_MANY: Final = 20  # findings that are told one by one
_LEVEL: Final = 3


@dataclass(frozen=True, slots=True)
class ParquetReport:
    """What checking a file found; no findings means that every byte of every leaf and each column was checked."""

    findings: tuple[Finding, ...]
    head: Checkpoint | None
    log_key: str
    rows: int


def parquet_chunks(reader: Reader, log_key: str, rows: int = ROW_GROUP) -> Iterator[bytes]:
    """The file in pieces, at the last signed checkpoint; `rows` is how many make a row group. Blocking.

    Raises `Refusal` before the first piece when nothing was signed yet or the library is not installed.
    """
    arrow, parquet = libraries()
    head = reader.head()
    if head is None:
        raise Refusal("unknown", "the record has no signed checkpoint yet; try again in a few seconds")
    facts = {FORM_KEY: FORM, CHECKPOINT_KEY: head.note, LOG_KEY: log_key.encode()}
    return _written(arrow, parquet, reader.leaves(head.size), facts, rows)


def libraries() -> tuple[Any, Any]:
    """The Parquet library, which not every installation has; raises `Refusal` that says how to get it."""
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise Refusal("conflict", MISSING) from None


def _written(
    arrow: Any, parquet: Any, leaves: Iterable[bytes], facts: Mapping[bytes, bytes], rows: int
) -> Iterator[bytes]:
    schema = table_schema(arrow, facts)
    repeated = [column.name for column in COLUMNS if column.kind == "word"]
    sink, left, start = _Sink(), iter(leaves), 0
    with parquet.ParquetWriter(
        sink, schema, compression="zstd", compression_level=_LEVEL, use_dictionary=repeated, write_page_index=True
    ) as writer:
        while group := list(islice(left, rows)):
            writer.write_batch(_batch(arrow, schema, start, group))
            start += len(group)
            yield sink.taken()
    yield sink.taken()


def table_schema(arrow: "pa", facts: Mapping[bytes, bytes] | None = None) -> Any:
    """Names and types of every column, with the file's own facts."""
    types: Mapping[ColumnKind, Any] = {
        "count": arrow.int64(),
        "word": arrow.string(),
        "id": arrow.string(),
        "time": arrow.timestamp("us", tz="UTC"),
        "words": arrow.list_(arrow.string()),
    }
    fields = [arrow.field("index", arrow.int64(), nullable=False)]
    fields += [arrow.field(column.name, types[column.kind]) for column in COLUMNS]
    fields += [arrow.field("leaf", arrow.binary(), nullable=False)]
    fields += [arrow.field("leaf_hash", arrow.binary(32), nullable=False)]
    return arrow.schema(fields, dict(facts) if facts else None)


def _batch(arrow: Any, schema: Any, start: int, leaves: list[bytes]) -> Any:
    values = zip(*map(leaf_row, leaves), strict=True)
    columns = [range(start, start + len(leaves)), *values, leaves, [leaf_hash(leaf) for leaf in leaves]]
    arrays = [arrow.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return arrow.record_batch(arrays, schema=schema)


class _Sink:
    """Holds what the writer wrote until somebody takes it; a file that only goes forward."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        return None

    def close(self) -> None:
        return None

    def taken(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


# ---------------------------------------------------------------------------------------------- checking


def verify_parquet(path: Path, log_key: str | None = None) -> ParquetReport:
    """Read every row, hash every leaf, and compare root and columns; `log_key` is the key you got from elsewhere.

    Raises `Refusal` when the library is not installed, NoteError when `log_key` is no key.
    """
    arrow, parquet = libraries()
    check = _ParquetCheck(path.name)
    try:
        with parquet.ParquetFile(path) as file:
            check.run(arrow, file, log_key)
    except (arrow.ArrowException, OSError) as error:
        check.add(f"it cannot be read as Parquet: {str(error).splitlines()[0][:200]}")
    return ParquetReport(tuple(check.findings), check.head, check.key, check.frontier.size)


class _ParquetCheck:
    """One pass over a file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.findings: list[Finding] = []
        self.head: Checkpoint | None = None
        self.key = ""
        self.frontier = Frontier()

    def add(self, what: str) -> None:
        if len(self.findings) < _MANY:
            self.findings.append(Finding(self.name, what))
        elif len(self.findings) == _MANY:
            self.findings.append(Finding(self.name, "and more, which are not told one by one"))

    def run(self, arrow: Any, file: Any, log_key: str | None) -> None:
        facts, schema = file.schema_arrow.metadata or {}, table_schema(arrow)
        if facts.get(FORM_KEY) != FORM or not file.schema_arrow.equals(schema):
            self.add("its columns are not those of an exported record")
            return
        self._read_head(facts, log_key)
        for batch in file.iter_batches(ROW_GROUP):
            self._read(arrow, schema, batch)
        if self.head is None:
            return
        if self.frontier.size != self.head.size:
            self.add(f"it has {self.frontier.size} rows, but its checkpoint is for {self.head.size} events")
        elif self.frontier.root() != self.head.root:
            self.add("its leaves do not hash to the root of its checkpoint")

    def _read_head(self, facts: Mapping[bytes, bytes], log_key: str | None) -> None:
        self.key = (log_key or facts.get(LOG_KEY, b"").decode("ascii", "replace")).strip()
        try:
            self.head = Checkpoint.parse(open_note(facts.get(CHECKPOINT_KEY, b""), self.key))
        except (NoteError, CheckpointError) as error:
            self.add(f"its checkpoint does not hold: {error}")

    def _read(self, arrow: Any, schema: Any, batch: Any) -> None:
        start, leaves = self.frontier.size, batch.column("leaf").to_pylist()
        for leaf in leaves:
            self.frontier.append(leaf_hash(leaf))
        for at, leaf in enumerate(leaves):
            if read_event(leaf) is None:
                self.add(f"event {start + at}: its leaf is not an event")
        told = _batch(arrow, schema, start, leaves)
        for name in schema.names:
            if not batch.column(name).equals(told.column(name)):
                rows = zip(batch.column(name).to_pylist(), told.column(name).to_pylist(), strict=True)
                at = next((at for at, (given, meant) in enumerate(rows) if given != meant), 0)
                self.add(f"event {start + at}: its column `{name}` is not what its leaf says")
