"""The write side of PostgreSQL: units of work, their events and the checkpoints, one transaction at a time.

Every transaction first locks the one row of `log_state`, so that all servers of an installation write in turn. The row
lock needs no leader: the database gives it back when its holder dies.
"""

import contextlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import psycopg
import structlog

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Frontier
from bailiwick.ports.clock import Clock
from bailiwick.ports.news import TABLE as NEWS
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.ports.store import Row, Unit
from bailiwick.store.batch import Batch, BatchShelf, Key, carry_out
from bailiwick.store.journal import Origin
from bailiwick.store.leaf import Entry, lay_down
from bailiwick.store.postgres_bell import NOTIFY
from bailiwick.store.postgres_codec import LOG_ENTRIES, PAYLOADS, RECORD_SETS, SUBJECTS, RecordSet
from bailiwick.store.postgres_session import (
    Connection,
    Statement,
    Unreachable,
    connect,
    is_durable,
    meaning,
)

MAX_REMEMBERED: Final = 20_000
"""Rows kept between transactions; see `_forget_changed` for why that is sound."""
KEPT_TURNS: Final = 10_000
LOOK_BACK: Final = 500
COPIED: Final = 32
"""Rows of the log from which on COPY is cheaper than JSON, though it is a way of its own to the database and back."""
NAMED_KEYS: Final = 200
"""Changed rows that a batch names; of one with more, others forget everything they remember."""
_STATE: Final = "SELECT size, frontier FROM log_state WHERE id = 'log' FOR UPDATE"
_BEGIN: Final = (  # nothing but numbers is ever put into it
    f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {_STATE}; SELECT turn, batch, changed FROM log_batch"  # noqa: S608
    f" WHERE turn >= greatest({{turn}}, (SELECT max(turn) FROM log_batch) - {LOOK_BACK}) ORDER BY turn"
)
"""One way there and back; each statement sees what was committed when its own turn came."""

log = structlog.get_logger("store")


class CommitInDoubt(Exception):
    """The connection was lost while the batch was being committed: it was, or it was not."""

    def __init__(self, turn: int, name: str, answers: Sequence[Any]) -> None:
        super().__init__("the database went away during a commit")
        self.turn, self.name, self.answers = turn, name, answers


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows as the open transaction sees them."""

    connection: Connection

    def fetch(self, table: str, key: str) -> Row | None:
        records = RECORD_SETS[table]
        found = self.connection.execute(records.select_one, (key,), binary=True).fetchone()
        return records.decode(found) if found else None

    def fetch_all(self, table: str) -> Iterable[Row]:
        records = RECORD_SETS[table]
        return map(records.decode, self.connection.execute(records.select_all, binary=True).fetchall())


class PostgresJournal:
    """One connection for writing, made when it is needed; used by one thread at a time."""

    def __init__(
        self,
        url: str,
        origin: Origin,
        clock: Clock,
        ids: Callable[[str], str],
        salt: Callable[[], bytes],
        keys: PayloadKeys,
    ) -> None:
        self._url, self._origin, self._clock = url, origin, clock
        self._ids, self._salt, self._keys = ids, salt, keys
        self._open: Connection | None = None
        self._rows: dict[Key, Row | None] = {}
        self._turn, self._name = 0, ""  # the last batch that `_rows` accounts for
        self._signed_size = -1
        self.signed_us = 0

    def open(self) -> None:
        """Connect, and make the row that every transaction locks; raises `Unreachable`."""
        empty = Frontier()
        statement = "INSERT INTO log_state (id, size, frontier) VALUES ('log', %s, %s) ON CONFLICT DO NOTHING"
        with self._away_is_unreachable() as connection:
            connection.execute(statement, (empty.size, empty.to_bytes()))
            if not is_durable(connection):
                log.warning(
                    "store.not_durable", why="PostgreSQL runs with fsync off: a power failure may lose the record"
                )

    def close(self) -> None:
        """Close the connection."""
        self._forget()

    def write(self, units: Iterable[Unit[Any]]) -> list[Any]:
        """Carry out every unit and make them durable; replies in order, an exception for a unit that refused.

        Raises `Unreachable` when the database is away, `CommitInDoubt` when it went away at the very end, and anything
        else when a unit cannot be written; nothing was written then.
        """
        with self._away_is_unreachable() as connection:
            frontier = self._begin(connection)
            batch = Batch(_Rows(connection), self._rows)
            answers = [
                carry_out(unit, BatchShelf(batch, self._clock.now_us(), self._ids), psycopg.Error) for unit in units
            ]
            statements = [*_row_statements(batch), *self._log_statements(connection, batch.events, frontier)]
            if not statements:
                connection.execute("ROLLBACK")
                return answers
            turn, name = self._turn + 1, uuid.uuid4().hex
            statements += _batch_statements(turn, name, batch.dirty)
            try:
                _finish(connection, statements)
            except Exception as error:
                if connection.closed:
                    self._forget()
                    raise CommitInDoubt(turn, name, answers) from error
                raise
            self._turn, self._name = turn, name
            if len(self._rows) > MAX_REMEMBERED:
                self._rows.clear()
            return answers

    def was_made(self, doubt: CommitInDoubt) -> bool | None:
        """Whether that batch was committed; None when it cannot be known any more. Raises `Unreachable`."""
        with self._away_is_unreachable() as connection:
            # INVARIANT: a transaction that still runs holds the row, so that whoever has the lock sees its end
            connection.execute("BEGIN")
            connection.execute(_STATE)
            query = "SELECT turn, batch FROM log_batch WHERE turn >= %s ORDER BY turn LIMIT 1"
            found = connection.execute(query, (doubt.turn,)).fetchone()
            connection.execute("ROLLBACK")
        if found is None:
            return False
        turn, name = found
        return bool(name == doubt.name) if turn == doubt.turn else None

    def sign(self) -> None:
        """Write a signed checkpoint of the log as it stands, if it grew since the last; raises `Unreachable`."""
        with self._away_is_unreachable() as connection:
            known = "SELECT size, (SELECT max(size) FROM checkpoint) FROM log_state WHERE id = 'log'"
            size, signed = connection.execute(known).fetchone() or (0, None)
            if size in (self._signed_size, signed):
                self._signed_size = size
                return
            self.signed_us = self._clock.now_us()  # a signer that is away is asked once a second, not at every batch
            connection.execute("BEGIN")
            frontier = _frontier(connection.execute(_STATE, binary=True).fetchone())
            head = Checkpoint(self._origin.name, frontier.size, frontier.root())
            note = self._origin.signer.note(head.format())
            row = (frontier.size, frontier.root(), note, self.signed_us)
            statement = (
                "INSERT INTO checkpoint (size, root, note, at_us) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
            )
            _finish(connection, [(statement, row)])
            self._signed_size = frontier.size

    # ------------------------------------------------------------------------------------------ inside

    @contextlib.contextmanager
    def _away_is_unreachable(self) -> Iterator[Connection]:
        """An open connection; whatever is raised inside, no transaction stays open and nothing stale is remembered."""
        connection = self._connected()
        try:
            yield connection
        except (CommitInDoubt, Unreachable):
            raise
        except Exception as error:
            told = meaning(connection, error)
            self._rows = {}
            if isinstance(error, psycopg.Error):
                # INVARIANT: after an error amid statements sent together nobody knows which of them were prepared
                self._forget()
            else:
                with contextlib.suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
            if told is error:
                raise
            raise told from error

    def _connected(self) -> Connection:
        if self._open is None or self._open.closed:
            self._forget()
            self._open = connect(self._url)
        return self._open

    def _forget(self) -> None:
        if self._open is not None:
            with contextlib.suppress(psycopg.Error):
                self._open.close()
        self._open, self._rows, self._turn, self._name = None, {}, 0, ""

    def _begin(self, connection: Connection) -> Frontier:
        # INVARIANT: batches are read after the lock was given, so that every one before this is among them
        begun = connection.execute(_BEGIN.format(turn=int(self._turn)), prepare=False)
        begun.nextset()
        state = begun.fetchone()
        begun.nextset()
        self._forget_changed(begun.fetchall())
        return _frontier(state)

    def _forget_changed(self, news: Sequence[tuple[Any, ...]]) -> None:
        """Forget what others changed since this server's last batch, by what their batches say.

        Nothing is remembered unless the last batch known here is still the one at its turn, with none missing since:
        a database that was restored, or one that others wrote to for long, is read afresh.
        """
        last = (news[-1][0], news[-1][1]) if news else (0, "")
        unbroken = bool(news) and (news[0][0], news[0][1]) == (self._turn, self._name)
        for _, _, changed in news[1:] if unbroken else ():
            if changed is None:
                unbroken = False
                break
            for table, key in orjson.loads(changed):
                self._rows.pop((table, key), None)
        if not unbroken:
            self._rows = {}
        self._turn, self._name = last

    def _log_statements(self, connection: Connection, entries: list[Entry], frontier: Frontier) -> Iterator[Statement]:
        if not entries:
            return
        laid = lay_down(entries, frontier, self._ids, self._salt, self._keys)
        kinds = ((LOG_ENTRIES, laid.rows), (PAYLOADS, laid.payloads), (SUBJECTS, laid.subjects))
        # INVARIANT: all of them one way, since each refers to the one before it
        copied = sum(len(rows) for _, rows in kinds) >= COPIED
        for records, rows in kinds:
            if rows and copied:
                _copy(connection, records, rows)
            elif rows:
                yield records.insert, (records.encode_values(rows),)
        state = (frontier.size, frontier.to_bytes())
        yield "UPDATE log_state SET size = %s, frontier = %s WHERE id = 'log'", state


def _copy(connection: Connection, records: RecordSet, rows: Iterable[Sequence[object]]) -> None:
    with connection.cursor().copy(records.copy) as copy:
        copy.set_types(records.copy_types)
        for row in rows:
            copy.write_row(row)


def _row_statements(batch: Batch) -> Iterator[Statement]:
    rows, gone = batch.changes()
    for table, keys in gone.items():
        yield RECORD_SETS.get(table, PAYLOADS).delete, (keys,)
    for table, changed in rows.items():
        yield RECORD_SETS[table].upsert, (RECORD_SETS[table].encode(changed),)


def _batch_statements(turn: int, name: str, dirty: Iterable[Key]) -> Iterator[Statement]:
    keys = list(dirty)
    changed = orjson.dumps(keys).decode() if len(keys) <= NAMED_KEYS else None
    yield "INSERT INTO log_batch (turn, batch, changed) VALUES (%s, %s, %s)", (turn, name, changed)
    if any(table == NEWS for table, _ in keys):
        yield NOTIFY, ()
    if turn % LOOK_BACK == 0:
        yield "DELETE FROM log_batch WHERE turn <= %s", (turn - KEPT_TURNS,)


def _finish(connection: Connection, statements: Iterable[Statement]) -> None:
    """Send the statements and COMMIT together and wait once; returns when the disk has said so."""
    with connection.pipeline():
        for statement, values in statements:
            connection.execute(statement, values)
        done = connection.execute("COMMIT")
    # INVARIANT: the answer to COMMIT is ROLLBACK where the transaction had failed before
    if done.statusmessage != "COMMIT":
        raise RuntimeError(f"the database answered COMMIT with `{done.statusmessage}`")


def _frontier(row: tuple[Any, ...] | None) -> Frontier:
    if row is None:
        raise RuntimeError("the row of `log_state` is gone; restore the database")
    frontier = Frontier.from_bytes(row[1])
    if frontier.size != row[0]:
        raise RuntimeError("the log's frontier does not match its size; run `bailiwick record verify`")
    return frontier
