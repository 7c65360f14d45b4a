"""Reading either store through SQLAlchemy Core, on connections of their own that cannot write."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson
import psycopg
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    and_,
    create_engine,
    event,
    func,
    or_,
    select,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from bailiwick.core.event import RecordedEvent
from bailiwick.ledger import canonical, segment
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.ports.reader import Condition, EventFilter, FoundEntry, SignedHead, Sought, StoredPayload
from bailiwick.ports.store import Row, StoreUnavailable
from bailiwick.store import schema
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.postgres_session import conninfo
from bailiwick.store.seal import Sealed, unseal
from bailiwick.store.sought import found_of, sought_query

CHUNK = 1000
ReadT = TypeVar("ReadT")
_UNREADABLE = "the store cannot be read just now; try again later"


class TableReader:
    """Implements `ports.reader.Reader` on the tables that every store has."""

    def __init__(self, engine: Engine, keys: PayloadKeys) -> None:
        self._engine, self._keys = engine, keys

    def close(self) -> None:
        self._engine.dispose()

    def row(self, table: str, key: str) -> Row | None:
        wanted = _table(table)
        found = self._fetch(select(wanted).where(wanted.c.id == key))
        return found[0] if found else None

    def rows(
        self,
        table: str,
        where: Mapping[str, Condition] | None = None,
        *,
        before: str | None = None,
        limit: int = 50,
        ascending: bool = False,
    ) -> list[Row]:
        wanted = _table(table)
        query = select(wanted).where(*_conditions(wanted, where))
        if before is not None:
            query = query.where(wanted.c.id > before if ascending else wanted.c.id < before)
        return self._fetch(query.order_by(wanted.c.id.asc() if ascending else wanted.c.id.desc()).limit(limit))

    def count(self, table: str, where: Mapping[str, Condition] | None = None) -> int:
        wanted = _table(table)
        query = select(func.count().label("n")).select_from(wanted).where(*_conditions(wanted, where))
        return int(self._fetch(query)[0]["n"])

    def events(
        self, wanted: EventFilter, *, before: int | None = None, limit: int = 50, ascending: bool = False
    ) -> list[RecordedEvent]:
        columns = schema.log_entry.c
        names = ("type", "actor", "agent", "run", "action", "tool", "verdict")
        query = select(columns.seq, columns.body)
        query = query.where(*(columns[name] == getattr(wanted, name) for name in names if getattr(wanted, name)))
        if wanted.since_us is not None:
            query = query.where(columns.at_us >= wanted.since_us)
        if wanted.until_us is not None:
            query = query.where(columns.at_us < wanted.until_us)
        if before is not None:
            query = query.where(columns.seq > before if ascending else columns.seq < before)
        query = query.order_by(columns.seq.asc() if ascending else columns.seq.desc()).limit(limit)
        return [_recorded(row["seq"], row["body"]) for row in self._fetch(query)]

    def span(
        self, first: int, end: int, types: Sequence[str], read: Sequence[str] | None = None
    ) -> list[tuple[RecordedEvent, bytes | None]]:
        entry, kept = schema.log_entry, schema.payload
        within = (entry.c.seq >= first, entry.c.seq < end)
        query = select(entry.c.seq, entry.c.body).where(*within, entry.c.type.in_(types)).order_by(entry.c.seq)
        wanted = entry.join(kept, kept.c.seq == entry.c.seq)
        columns = (kept.c.seq, kept.c.part, kept.c.id, kept.c["keys"], kept.c.sealed)
        parts = select(*columns).select_from(wanted)
        parts = parts.where(*within, entry.c.type.in_(types if read is None else read))

        def look(connection: Connection) -> tuple[list[RecordedEvent], list[tuple[int, int, Sealed]]]:
            # a hundred thousand rows: no mapping for each
            events = [_recorded(seq, body) for seq, body in connection.execute(query)]
            return events, [(seq, part, Sealed(*row)) for seq, part, *row in connection.execute(parts)]

        found, sealed = self._reading(look)
        whole = _whole(sealed, self._keys)
        return [(event, whole.get(event.index)) for event in found]

    def sought(self, wanted: Sought, *, limit: int) -> list[FoundEntry]:
        return [found_of(row) for row in self._fetch(sought_query(wanted, limit))]

    def leaves(self, size: int) -> Iterator[bytes]:
        columns = schema.log_entry.c
        for start in range(0, size, CHUNK):
            query = select(columns.body).where(columns.seq >= start, columns.seq < min(start + CHUNK, size))
            for row in self._fetch(query.order_by(columns.seq)):
                yield row["body"]

    def index_of(self, event_id: str) -> int | None:
        columns = schema.log_entry.c
        found = self._fetch(select(columns.seq).where(columns.event_id == event_id))
        return int(found[0]["seq"]) if found else None

    def leaf_hashes(self, first: int, end: int) -> list[bytes]:
        columns = schema.log_entry.c
        query = select(columns.leaf_hash).where(columns.seq >= first, columns.seq < end).order_by(columns.seq)
        # a hundred thousand rows: no mapping for each
        return self._reading(lambda connection: [hashed for (hashed,) in connection.execute(query)])

    def payloads(self, size: int) -> Iterator[StoredPayload]:
        table = schema.payload
        for start in range(0, size, CHUNK):
            query = select(table).where(table.c.seq >= start, table.c.seq < min(start + CHUNK, size))
            yield from self._unsealed(self._fetch(query.order_by(table.c.seq, table.c.part))).values()

    def payload(self, commitment: str) -> StoredPayload | None:
        return self.payloads_of([commitment]).get(commitment)

    def payloads_of(self, commitments: Sequence[str]) -> Mapping[str, StoredPayload]:
        table, found = schema.payload, list[Row]()
        for start in range(0, len(commitments), CHUNK):
            found += self._fetch(select(table).where(table.c.id.in_(commitments[start : start + CHUNK])))
        return self._unsealed(found)

    def parts_of(self, subject: str) -> list[tuple[int, str]]:
        kept, owned = schema.payload, schema.payload_subject
        both = owned.join(kept, (kept.c.seq == owned.c.seq) & (kept.c.part == owned.c.part))
        query = select(kept.c.seq, kept.c.id).select_from(both).where(owned.c.subject == subject)
        return [(row["seq"], row["id"]) for row in self._fetch(query.order_by(kept.c.seq, kept.c.part))]

    def _unsealed(self, rows: Sequence[Row]) -> dict[str, StoredPayload]:
        opened = unseal([Sealed(row["id"], row["keys"], row["sealed"]) for row in rows], self._keys)
        return {found.commitment: found for found in opened if found is not None}

    def payloads_under(self, key: str) -> int:
        query = select(func.count().label("n")).select_from(schema.payload).where(_needs(key))
        return int(self._fetch(query)[0]["n"])

    def names_under(self, key: str, limit: int) -> list[str]:
        return [row["id"] for row in self._fetch(select(schema.payload.c.id).where(_needs(key)).limit(limit))]

    def document(self, digest: str) -> bytes | None:
        table = schema.document
        found = self._fetch(select(table.c.body).where(table.c.id == digest))
        return found[0]["body"] if found else None

    def documents(self) -> Mapping[str, bytes]:
        table = schema.document
        return {row["id"]: row["body"] for row in self._fetch(select(table.c.id, table.c.body))}

    def head(self) -> SignedHead | None:
        table = schema.checkpoint
        found = self._fetch(select(table).order_by(table.c.size.desc()).limit(1))
        return SignedHead(**found[0]) if found else None

    def size(self) -> int:
        found = self._fetch(select(schema.log_state.c.size))
        return int(found[0]["size"]) if found else 0

    def _fetch(self, query: Select[Any]) -> list[Row]:
        return self._reading(lambda connection: [dict(row) for row in connection.execute(query).mappings()])

    def _reading(self, look: Callable[[Connection], ReadT]) -> ReadT:
        """What `look` finds; once more where the connection had been lost since it was last used."""
        try:
            for again in (True, False):
                try:
                    with self._engine.connect() as connection:
                        return look(connection)
                except DBAPIError as error:
                    if not (again and error.connection_invalidated):
                        raise
        except SQLAlchemyError as error:
            raise StoreUnavailable(_UNREADABLE) from error
        raise AssertionError("the second attempt returns or raises")


class SqliteReader(TableReader):
    """Reads one SQLite file."""

    def __init__(self, path: Path, keys: PayloadKeys | None = None) -> None:
        engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=8, max_overflow=8)
        event.listen(engine, "connect", _read_only)
        super().__init__(engine, keys or FilePayloadKeys(path.parent))


class PostgresReader(TableReader):
    """Reads a PostgreSQL database; `url` as in `postgresql://user@host/database`."""

    def __init__(self, url: str, keys: PayloadKeys) -> None:
        # no transaction around a single statement: a read is one way there and back
        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(conninfo(url)),
            pool_size=8,
            max_overflow=8,
            isolation_level="AUTOCOMMIT",
        )
        event.listen(engine, "connect", _session_read_only)
        super().__init__(engine, keys)


def _read_only(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA query_only=ON")


def _session_read_only(connection: Any, _record: Any) -> None:
    was, connection.autocommit = connection.autocommit, True  # a SET inside a transaction would end with it
    connection.execute("SET default_transaction_read_only = on")
    connection.autocommit = was


def _needs(key: str) -> ColumnElement[bool]:
    names = schema.payload.c["keys"]
    return or_(names == key, and_(names > f"{key} ", names < f"{key}!"))  # `!` follows the space between keys


def _table(name: str) -> Table:
    return schema.STATE_TABLES[name]


def _conditions(table: Table, where: Mapping[str, Condition] | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for name, value in (where or {}).items():
        column = table.c[name]
        if isinstance(value, list | tuple):
            conditions.append(column.in_(value))
        else:
            conditions.append(column.is_(None) if value is None else column == value)
    return conditions


def _recorded(index: object, body: object) -> RecordedEvent:
    if not isinstance(body, bytes) or not isinstance(index, int):
        raise StoreUnavailable("a log entry is not readable; run `bailiwick record verify`")
    return RecordedEvent(index, body, orjson.loads(body))


def _whole(parts: Sequence[tuple[int, int, Sealed]], keys: PayloadKeys) -> dict[int, bytes]:
    """The payloads put together, by index; without those of which a part is gone."""
    opened = unseal([row for _, _, row in parts], keys)
    skeletons = {seq: found.body for (seq, part, _), found in zip(parts, opened, strict=True) if not part and found}
    if len(skeletons) == len(parts):
        return {seq: _plain(body) for seq, body in skeletons.items()}
    bodies = {found.commitment: found.body for found in opened if found is not None}
    joined = {seq: segment.join(body, bodies.get) for seq, body in skeletons.items()}
    return {seq: canonical.encode_sorted(found.value) for seq, found in joined.items() if not found.erased}


def _plain(skeleton: bytes) -> bytes:
    return skeleton if b'"~' not in skeleton else canonical.encode_sorted(segment.join(skeleton, _nothing).value)


def _nothing(_commitment: str) -> bytes | None:
    return None
