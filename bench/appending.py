"""What the record costs: durable appends a second, against one transaction an event, and how cost grows with the log.

Every append is durable when it counts: the disk has said so. Rounds are interleaved and a ratio is taken inside its
round, so that a disk that is slow for a while is slow for both sides; the figure is the median of the rounds.
"""

import asyncio
import contextlib
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import psycopg
import uvloop

from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.flow.proof import Prover
from bailiwick.ledger.merkle import Frontier
from bailiwick.ledger.note import Signer
from bailiwick.ports.store import Shelf
from bailiwick.store.journal import Origin, open_writer, read_frontier
from bailiwick.store.leaf import Entry, lay_down
from bailiwick.store.migration import migrate
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.place import StorePlace
from bailiwick.store.postgres import PostgresStore
from bailiwick.store.reader import SqliteReader
from bailiwick.store.sqlite import SqliteStore
from bailiwick.system import SystemClock, new_id, random_bytes
from bench.checking import Checked, check_apart
from bench.measurement import measurement
from tools.postgres import LocalPostgres

SIGNER: Final = Signer("acme.example/log", bytes(range(32)))
IN_FLIGHT: Final = (1, 64, 256)
ROUNDS: Final = 5
ROUND_S: Final = 1.0
SMALL, LARGE = 10_000, 1_000_000
FILL: Final = 1_000
"""Events of one unit while a log is only made long."""
PROOFS: Final = 500


@dataclass(frozen=True, slots=True)
class Append:
    """Append some events of the size and shape of an action's outcome."""

    first: int
    count: int = 1

    def step(self, shelf: Shelf) -> None:
        for number in range(self.first, self.first + self.count):
            shelf.append(_event(number))


@dataclass(slots=True)
class AppendRate:
    """One round: appends a second of wall time, and CPU microseconds an append of this process, all threads."""

    per_s: float
    cpu_us: float


@dataclass
class Log:
    """A store of its own, in a folder or in the database at `url`, and how many events were appended."""

    folder: Path
    url: str = ""
    store: SqliteStore | PostgresStore = field(init=False)
    numbers: int = 0

    def __post_init__(self) -> None:
        place, keys = StorePlace(self.folder, self.url), FilePayloadKeys(self.folder)
        place.migrate()
        self.store = place.store(Origin(SIGNER.name, SIGNER), SystemClock(), new_id, _salt, keys)
        self.store.start()

    async def rate(self, in_flight: int, seconds: float = ROUND_S) -> AppendRate:
        """Append with so many waiting at once."""
        until, before, first = time.perf_counter() + seconds, time.process_time(), self.numbers
        start = time.perf_counter()

        async def work() -> None:
            while time.perf_counter() < until:
                number, self.numbers = self.numbers, self.numbers + 1
                await self.store.commit(Append(number))

        await asyncio.gather(*(work() for _ in range(in_flight)))
        done = self.numbers - first
        return AppendRate(done / (time.perf_counter() - start), (time.process_time() - before) / done * 1e6)

    async def fill(self, size: int) -> None:
        """Append until the log has this many entries."""
        while self.numbers < size:
            count = min(FILL, size - self.numbers)
            await self.store.commit(Append(self.numbers, count))
            self.numbers += count


def _event(number: int) -> Event:
    agent = f"agent-{number % 7}"
    data: dict[str, object] = {"evidence": "reply", "tool": "manage_objects", "connector": "crm"}
    data |= {"name": "crm.contact.update", "agent": agent}
    actor = Actor("agent", agent) if number % 2 else SYSTEM
    return Event(EventType.ACTION_SUCCEEDED, actor, data, f"run-{number // 40:012}", f"act-{number:012}")


def _salt() -> bytes:
    return random_bytes(32)


class PlainLog:
    """What one would write first: a transaction an event, on the same tables, with the same leaves and tree."""

    def __init__(self, folder: Path) -> None:
        migrate(folder / "bailiwick.db")
        self._connection = open_writer(folder / "bailiwick.db")
        self._keys = FilePayloadKeys(folder)
        names = [row[1] for row in self._connection.execute("PRAGMA table_info(log_entry)")]
        marks = ", ".join("?" * len(names))
        self._insert = f"INSERT INTO log_entry ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  # the schema's names
        self._number = 0

    def rate(self, seconds: float = ROUND_S) -> AppendRate:
        """Append one after the other."""
        start, before, first = time.perf_counter(), time.process_time(), self._number
        while time.perf_counter() < start + seconds:
            self._append(self._connection)
        done = self._number - first
        return AppendRate(done / (time.perf_counter() - start), (time.process_time() - before) / done * 1e6)

    def close(self) -> None:
        self._connection.close()

    def _append(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        tree = read_frontier(connection)
        entry = Entry(_event(self._number), time.time_ns() // 1000, None)
        connection.executemany(self._insert, lay_down([entry], tree, new_id, _salt, self._keys).rows)
        state = ("log", tree.size, tree.to_bytes())
        connection.execute("INSERT OR REPLACE INTO log_state (id, size, frontier) VALUES (?, ?, ?)", state)
        connection.execute("COMMIT")
        self._number += 1


class PlainDatabaseLog:
    """The same in PostgreSQL: a transaction an event, under the lock of the row that holds the frontier."""

    def __init__(self, folder: Path, url: str) -> None:
        StorePlace(folder, url).migrate()
        self._connection = psycopg.connect(url, autocommit=True)
        self._keys = FilePayloadKeys(folder)
        columns = "seq, event_id, at_us, type, actor, agent, run, action, tool, verdict, leaf_hash, body"
        self._insert = f"INSERT INTO log_entry ({columns}) VALUES ({', '.join(['%s'] * 12)})"  # noqa: S608  # as above
        self._connection.execute("DELETE FROM log_state")
        self._connection.execute("INSERT INTO log_state (id, size, frontier) VALUES ('log', 0, %s)", (bytes(8),))
        self._number = 0

    def rate(self, seconds: float = ROUND_S) -> AppendRate:
        """Append one after the other."""
        start, before, first = time.perf_counter(), time.process_time(), self._number
        while time.perf_counter() < start + seconds:
            with self._connection.transaction():
                self._append()
        done = self._number - first
        return AppendRate(done / (time.perf_counter() - start), (time.process_time() - before) / done * 1e6)

    def close(self) -> None:
        self._connection.close()

    def _append(self) -> None:
        found = self._connection.execute("SELECT frontier FROM log_state FOR UPDATE").fetchone()
        tree = Frontier.from_bytes(found[0]) if found else Frontier()
        entry = Entry(_event(self._number), time.time_ns() // 1000, None)
        self._connection.execute(self._insert, lay_down([entry], tree, new_id, _salt, self._keys).rows[0])
        self._connection.execute("UPDATE log_state SET size = %s, frontier = %s", (tree.size, tree.to_bytes()))
        self._number += 1


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bailiwick-appending-") as made:
        yield Path(made)


@cache
def rounds() -> dict[object, list[AppendRate]]:
    """All rounds by how many were in flight; `plain` is one transaction an event."""
    with _folder() as ours, _folder() as plain:
        return uvloop.run(_rounds(Log(ours), PlainLog(plain)))


@cache
def database_rounds() -> dict[object, list[AppendRate]]:
    """The same on a PostgreSQL of our own, on the same disk and cores."""
    with _folder() as ours, _folder() as plain, LocalPostgres() as server:
        made = server.new_database(), server.new_database()
        return uvloop.run(_rounds(Log(ours, made[0]), PlainDatabaseLog(plain, made[1])))


async def _rounds(log: Log, other: PlainLog | PlainDatabaseLog) -> dict[object, list[AppendRate]]:
    taken: dict[object, list[AppendRate]] = {name: [] for name in ("plain", *IN_FLIGHT)}
    try:
        await log.rate(256, 0.3)
        for _ in range(ROUNDS):
            taken["plain"].append(other.rate())
            for in_flight in IN_FLIGHT:
                taken[in_flight].append(await log.rate(in_flight))
    finally:
        await asyncio.to_thread(log.store.close)
        other.close()
    return taken


@dataclass(frozen=True, slots=True)
class Growth:
    """Figures at `SMALL` and `LARGE` entries: CPU an append, a proof, and checking it all in another process."""

    cpu_us: tuple[float, float]
    proof_ms: tuple[float, float]
    checked: tuple[Checked, Checked]


@cache
def growth() -> Growth:
    """One log, measured while it is short and again when it is long."""
    with _folder() as folder:
        return uvloop.run(_growth(folder))


async def _growth(folder: Path) -> Growth:
    log = Log(folder)
    taken: list[tuple[float, float, Checked]] = []
    try:
        for size in (SMALL, LARGE):
            await log.fill(size)
            cpu = statistics.median([(await log.rate(256)).cpu_us for _ in range(ROUNDS)])
            await log.store.checkpoint()
            proof = await asyncio.to_thread(_proof_ms, folder / "bailiwick.db")
            taken.append((cpu, proof, await asyncio.to_thread(check_apart, folder / "bailiwick.db", SIGNER)))
    finally:
        await asyncio.to_thread(log.store.close)
    small, large = taken
    return Growth((small[0], large[0]), (small[1], large[1]), (small[2], large[2]))


def _proof_ms(path: Path) -> float:
    """The median CPU time of a proof of any entry, once the tree's upper part is known: the disk is never asked."""
    reader = SqliteReader(path)
    prover, head, chance = Prover(reader), reader.head(), random.Random(3)
    assert head is not None
    prover.prove(head.size - 1)
    took: list[float] = []
    for _ in range(PROOFS):
        start = time.thread_time()
        assert prover.prove(chance.randrange(head.size)) is not None
        took.append(time.thread_time() - start)
    reader.close()
    return statistics.median(took) * 1000


def lines() -> list[str]:
    """The rounds as a table: medians."""
    rows = []
    for title, read in (("SQLite", rounds), ("PostgreSQL", database_rounds)):
        if read.cache_info().currsize:
            rows.append(f"{f'appends in flight, {title}':<32}{'a second':>12}{'CPU µs each':>14}")
            rows += [_rate_line(name, taken) for name, taken in read().items()]
    if growth.cache_info().currsize:
        grown = growth()
        rows.append(f"{'entries in the log':<32}{SMALL:>12,}{LARGE:>14,}")
        checked = [one.cpu_us for one in grown.checked]
        memory = [one.memory_mb for one in grown.checked]
        for title, (small, large) in {
            "CPU µs an append": grown.cpu_us,
            "CPU ms a proof": grown.proof_ms,
            "CPU µs an event checked": checked,
            "MB to check it": memory,
        }.items():
            rows.append(f"{title:<32}{small:>12.2f}{large:>14.2f}")
    return rows


def _rate_line(name: object, taken: list[AppendRate]) -> str:
    per_s, cpu = statistics.median(one.per_s for one in taken), statistics.median(one.cpu_us for one in taken)
    return f"{'one transaction an event' if name == 'plain' else name!s:<32}{per_s:>12.0f}{cpu:>14.1f}"


def _rate(name: object) -> float:
    return statistics.median(one.per_s for one in rounds()[name])


def _share(taken: dict[object, list[AppendRate]]) -> float:
    """The time that an append takes at 256 in flight, in that of a transaction of its own: 0.04 is 25 times as many."""
    return statistics.median(plain.per_s / ours.per_s for plain, ours in zip(taken["plain"], taken[256], strict=True))


@measurement("append_commit_per_event", unit="a second", against="absolute")
def append_commit_per_event() -> float:
    return _rate("plain")


@measurement("append_c1", unit="a second", against="absolute")
def append_c1() -> float:
    return _rate(1)


@measurement("append_c64", unit="a second", against="absolute")
def append_c64() -> float:
    return _rate(64)


@measurement("append_c256", unit="a second", against="absolute")
def append_c256() -> float:
    return _rate(256)


@measurement("append_time_share_c256", unit="×", against="commit each", aim=1 / 25)
def append_time_share_c256() -> float:
    return _share(rounds())


@measurement("append_cpu_us_c256", unit="µs an event", against="absolute", aim=60)
def append_cpu_us_c256() -> float:
    return statistics.median(one.cpu_us for one in rounds()[256])


@measurement("database_append_c256", unit="a second", against="absolute")
def database_append_c256() -> float:
    return statistics.median(one.per_s for one in database_rounds()[256])


@measurement("database_append_time_share_c256", unit="×", against="commit each", aim=1 / 25)
def database_append_time_share_c256() -> float:
    return _share(database_rounds())


@measurement("database_append_cpu_us_c256", unit="µs an event", against="absolute", aim=60)
def database_append_cpu_us_c256() -> float:
    """Of the server that appends; what PostgreSQL itself spends is not in it."""
    return statistics.median(one.cpu_us for one in database_rounds()[256])


@measurement("append_cpu_growth", unit="×", against="10,000", aim=1.5)
def append_cpu_growth() -> float:
    small, large = growth().cpu_us
    return large / small


@measurement("proof_cpu_ms_1000000", unit="ms", against="absolute", aim=1)
def proof_cpu_ms_1000000() -> float:
    return growth().proof_ms[1]


@measurement("check_cpu_us_event", unit="µs an event", against="absolute", aim=10)
def check_cpu_us_event() -> float:
    """Every leaf hashed, the tree built, every checkpoint verified: 10 µs are 100,000 events a second and core."""
    return growth().checked[1].cpu_us


@measurement("check_memory_growth_mb", unit="MB", against="10,000", aim=16)
def check_memory_growth_mb() -> float:
    """How much more memory a process takes to check the long log than the short one."""
    small, large = growth().checked
    return large.memory_mb - small.memory_mb
