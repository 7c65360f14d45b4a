"""How long the five questions take on a record of a million events, whatever they are asked about.

The events are real leaves and the postings those that the index makes of them, written in bulk: only the reading is
measured. Ten agents, of which one did half of everything; three levels of runs; a contact that is read all the time.
"""

import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy.dialects import postgresql, sqlite

from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.core.posting import Aspect, Noun, place, term
from bailiwick.core.touch import Thing
from bailiwick.flow.answer import ask
from bailiwick.flow.inquiry import QUESTIONS, Inquiry, QuestionName
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.posting_index import PostingIndex
from bailiwick.ledger import canonical
from bailiwick.ledger.merkle import leaf_hash
from bailiwick.store.migration import migrate, migrate_postgres
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.reader import PostgresReader, SqliteReader
from bailiwick.store.sought import sought_query
from bench.measurement import measurement
from tools.postgres import LocalPostgres

EVENTS: Final = 1_000_000
START_US: Final = 1_790_000_000_000_000
STEP_US: Final = 2_000_000
STORE: Final = "bailiwick.db"
KEY: Final = b"index".ljust(32, b"-")
ACTIONS_A_RUN: Final = 25
NESTED: Final = 3
TAKES: Final = 3  # the quickest counts, as on a machine that does nothing else
CHARTER: Final = "sha256:" + "c" * 64
CATALOGUE: Final = "sha256:" + "a" * 64
PEOPLE: Final = tuple(f"per-{number:03}" for number in range(40))
TOOLS: Final = (
    ("crm.contact.read", "query", "read", ("customer", "internal")),
    ("crm.contact.update", "manage_objects", "write", ()),
    ("email.message.send", "send_message", "send", ()),
    ("ads.budget.set", "set_budget", "spend", ()),
)
_ENTRY: Final = (
    "INSERT INTO log_entry (seq, event_id, at_us, type, actor, agent, run, action, tool, verdict, leaf_hash, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_RUN: Final = (
    "INSERT INTO run (id, agent, workflow, intent, declared, parent, root, requester, status, opened_us, last_us,"
    " waited_us, calls) VALUES (?, ?, 'lead-routing', 'route leads', 1, ?, ?, ?, 'ended', ?, ?, 0, 25)"
)
_POSTING: Final = "INSERT INTO posting (id, seq, aspects) VALUES (?, ?, ?)"
_BATCH: Final = 20_000


@measurement("question_who_ms", unit="ms", against="absolute", aim=1000)
def question_who_ms() -> float:
    return _slowest("who")


@measurement("question_policy_ms", unit="ms", against="absolute", aim=1000)
def question_policy_ms() -> float:
    return _slowest("policy")


@measurement("question_data_ms", unit="ms", against="absolute", aim=1000)
def question_data_ms() -> float:
    return _slowest("data")


@measurement("question_tool_ms", unit="ms", against="absolute", aim=1000)
def question_tool_ms() -> float:
    return _slowest("tool")


@measurement("question_changed_ms", unit="ms", against="absolute", aim=1000)
def question_changed_ms() -> float:
    return _slowest("changed")


@measurement("questions_postgres_ms", unit="ms", against="absolute", aim=1000)
def questions_postgres_ms() -> float:
    """The slowest of all questions about everything, on PostgreSQL."""
    return max(took for _, took in on_postgres())


def scopes() -> dict[str, dict[str, Any]]:
    """What is asked about: each kind of thing, the busiest of its kind, and the worst pairs of them."""
    day, end = 86_400_000_000, START_US + EVENTS * STEP_US
    return {
        "everything": {},
        "a root run": {"run": "run-0"},
        "the busiest agent": {"agent": "agent-0"},
        "a quiet agent": {"agent": "agent-9"},
        "a person": {"person": PEOPLE[1]},
        "a data class": {"data_class": "customer"},
        "a common object": {"thing": Thing("contact", "con-0")},
        "a rare object": {"thing": Thing("contact", "con-49999")},
        "a tool": {"tool": "crm.contact.read"},
        "a day long ago": {"since_us": START_US + day, "until_us": START_US + 2 * day},
        "an object last month": {"thing": Thing("contact", "con-4711"), "since_us": end - 30 * day},
        "an agent and a tool": {"agent": "agent-0", "tool": "ads.budget.set"},
        "an agent's objects": {"agent": "agent-9", "thing": Thing("contact", "con-0")},
        "two that never meet": {"agent": "agent-0", "person": "per-none"},
        "a class and a tool that never meet": {"data_class": "customer", "tool": "ads.budget.set"},
    }


def _slowest(question: QuestionName) -> float:
    """The slowest answer, of the first page; every plan must walk an index."""
    return max(took for took, _ in timings(question).values())


@cache
def timings(question: QuestionName) -> dict[str, tuple[float, int]]:
    """Milliseconds and lines of the first page, by what was asked about."""
    reader = SqliteReader(recorded())
    index = PostingIndex(None, reader, PolicySource(reader), KEY)  # type: ignore[arg-type]  # it never writes here
    found = {}
    try:
        for name, about in scopes().items():
            inquiry = Inquiry(question, **about)
            check_plan(index, inquiry)
            took = []
            for _ in range(TAKES):
                start = time.perf_counter()
                page = ask(index, inquiry)
                took.append((time.perf_counter() - start) * 1000)
            found[name] = (min(took), len(page.items))
    finally:
        reader.close()
    if not any(lines for _, lines in found.values()):
        raise RuntimeError(f"`{question}` had no answers, so nothing was measured")
    return found


def _timed(index: PostingIndex, inquiry: Inquiry) -> tuple[float, int]:
    took = []
    for _ in range(TAKES):
        start = time.perf_counter()
        page = ask(index, inquiry)
        took.append((time.perf_counter() - start) * 1000)
    return min(took), len(page.items)


@cache
def on_postgres() -> list[tuple[str, float]]:
    """Milliseconds of every question about every scope, from the same rows in a PostgreSQL of its own."""
    found = []
    with LocalPostgres() as server, tempfile.TemporaryDirectory() as folder:
        url = server.new_database()
        migrate_postgres(url)
        with psycopg.connect(url, autocommit=True) as database:
            _copied(database)
            reader = PostgresReader(url, FilePayloadKeys(Path(folder)))
            index = PostingIndex(None, reader, PolicySource(reader), KEY)  # type: ignore[arg-type]  # it only reads
            for question in QUESTIONS:
                for name, about in scopes().items():
                    inquiry = Inquiry(question, **about)
                    text = _text(index, inquiry, postgresql.dialect())  # type: ignore[no-untyped-call]
                    plan = "\n".join(str(row[0]) for row in database.execute(f"EXPLAIN {text}".encode()))
                    if "Seq Scan" in plan or "Index" not in plan:
                        raise RuntimeError(f"the plan of `{question}` about {name} reads a whole table: {plan}")
                    found.append((f"{question}, {name}", _timed(index, inquiry)[0]))
            reader.close()
    return found


def _copied(database: "psycopg.Connection[Any]") -> None:
    """The rows of the SQLite file."""
    with sqlite3.connect(recorded()) as source:
        for table in ("log_entry", "posting", "run"):
            rows = source.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # one of three names
            names = ", ".join(f'"{column[0]}"' for column in rows.description)
            flags = [at for at, column in enumerate(rows.description) if column[0] == "declared"]
            with database.cursor().copy(f'COPY "{table}" ({names}) FROM STDIN'.encode()) as copy:
                for row in rows:
                    copy.write_row([bool(value) if at in flags else value for at, value in enumerate(row)])
    database.execute("VACUUM ANALYZE")


def _text(index: PostingIndex, inquiry: Inquiry, dialect: Any) -> str:
    terms = tuple(index.term(noun, name) for noun, name in inquiry.about()) or (index.term("all", ""),)
    query = sought_query(inquiry.sought(terms, None), 51)
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def check_plan(index: PostingIndex, inquiry: Inquiry) -> list[str]:
    """The steps of SQLite's plan; RuntimeError when one of them reads a whole table."""
    text = _text(index, inquiry, sqlite.dialect())
    with sqlite3.connect(recorded()) as connection:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]
    if any(step.startswith("SCAN") for step in steps) or not any("walked USING PRIMARY KEY" in step for step in steps):
        raise RuntimeError(f"the plan of `{inquiry.question}` reads a whole table: {steps}")
    return steps


def lines() -> list[str]:
    """What each question took for each scope, as a table."""
    taken = {question: timings(question) for question in QUESTIONS}
    head = f"{'milliseconds on ' + format(EVENTS, ',') + ' events':<38}" + "".join(f"{name:>10}" for name in taken)
    return [head] + [
        f"{name:<38}" + "".join(f"{taken[question][name][0]:>10.1f}" for question in taken) for name in scopes()
    ]


@cache
def recorded() -> Path:
    """A store in a folder of its own, left to the system to clear."""
    path = Path(tempfile.mkdtemp(prefix="bailiwick-questions-")) / STORE
    migrate(path)
    with sqlite3.connect(path, isolation_level=None) as connection:
        for pragma in ("synchronous=OFF", "journal_mode=OFF", "cache_size=-200000"):
            connection.execute(f"PRAGMA {pragma}")
        made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'log_entry' AND sql IS NOT NULL"
        indexes = connection.execute(made).fetchall()
        connection.execute("BEGIN")
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        postings: list[tuple[str, int, int]] = []
        entries: list[tuple[Any, ...]] = []
        runs: list[tuple[Any, ...]] = []
        for index, (event, contact) in enumerate(_history(random.Random(7))):
            at_us = START_US + index * STEP_US
            if event.type is EventType.RUN_OPENED:
                runs.append(_run(event, at_us))
            entries.append(_entry(index, at_us, event))
            postings += _postings(index, at_us, event, contact)
            if len(entries) == _BATCH:
                connection.executemany(_ENTRY, entries)
                entries.clear()
        connection.executemany(_ENTRY, entries)
        connection.executemany(_POSTING, sorted(postings))  # in order: a million of random places would take minutes
        connection.executemany(_RUN, runs)
        for _, sql in indexes:
            connection.execute(sql)  # of everything at once: much quicker than row by row
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")
    return path


def _history(chance: random.Random) -> Iterator[tuple[Event, str]]:
    """Events and the contact each names: runs of 25 actions, nested three deep, every allowed one with an outcome."""
    count = number = 0
    while True:
        agent = "agent-0" if chance.random() < 0.5 else f"agent-{chance.randrange(1, 10)}"
        opening: dict[str, object] = {"workflow": "lead-routing", "declared": True}
        opening |= {"parent": f"run-{number - 1}"} if number % NESTED else {"requester": _requester(number)}
        opened = Event(EventType.RUN_OPENED, Actor("agent", agent), opening, f"run-{number}")
        for told in ((opened, ""), *_actions(chance, agent, number)):
            if count == EVENTS:
                return
            yield told
            count += 1
        number += 1


def _actions(chance: random.Random, agent: str, number: int) -> Iterator[tuple[Event, str]]:
    run, actor = f"run-{number}", Actor("agent", agent)
    for at in range(ACTIONS_A_RUN):
        name, tool, effect, reads = TOOLS[chance.randrange(len(TOOLS)) if at % 5 else 0]
        action, connector = f"act-{number}-{at}", name.partition(".")[0]
        contact = "con-0" if chance.random() < 0.1 else f"con-{chance.randrange(50_000)}"
        data: dict[str, object] = {"rules": ["grant[1]"], "charter": CHARTER, "catalogue": CATALOGUE}
        data |= {"tool": tool, "connector": connector, "name": name, "effect": effect}
        data |= {"reads": list(reads)} if reads else {}
        if chance.random() < 0.1:
            denied = data | {"verdict": "deny", "code": "limit"}
            yield Event(EventType.ACTION_DENIED, actor, denied, run, action), contact
            continue
        yield Event(EventType.ACTION_INTENDED, actor, data | {"verdict": "allow", "tier": "low"}, run, action), contact
        ended = {"evidence": "reply", "tool": tool, "connector": connector, "name": name, "agent": agent}
        yield Event(EventType.ACTION_SUCCEEDED, SYSTEM, ended, run, action), ""


def _requester(number: int) -> str:
    return PEOPLE[number // NESTED % len(PEOPLE)]


def _entry(index: int, at_us: int, event: Event) -> tuple[Any, ...]:
    body = canonical.encode(event.leaf(f"evt-{index}", at_us, None))
    data, actor = event.data, f"{event.actor.kind}:{event.actor.id}"
    agent = event.actor.id if event.actor.kind == "agent" else data.get("agent")
    about = (event.type.value, actor, agent, event.run, event.action, data.get("name"), data.get("verdict"))
    return index, f"evt-{index}", at_us, *about, leaf_hash(body), body


def _run(event: Event, at_us: int) -> tuple[Any, ...]:
    number = int(str(event.run).removeprefix("run-"))
    data = event.data
    above = data.get("parent"), f"run-{number - number % NESTED}", data.get("requester")
    return event.run, event.actor.id, *above, at_us, at_us


def _postings(index: int, at_us: int, event: Event, contact: str) -> Iterator[tuple[str, int, int]]:
    """What the index says of a decision (`flow.posting_index`)."""
    if not contact:
        return
    data, number = event.data, int(str(event.run).removeprefix("run-"))
    allowed = event.type is EventType.ACTION_INTENDED
    aspects = Aspect.ASKED | Aspect.TOUCHED
    aspects |= Aspect.ACTED if allowed else Aspect(0)
    aspects |= Aspect.CHANGED if allowed and data["effect"] != "read" else Aspect(0)
    where = place(at_us, index)
    about: list[tuple[Noun, str]] = [("all", ""), ("agent", event.actor.id), ("object", f"contact/{contact}")]
    about += [("run", f"run-{above}") for above in range(number - number % NESTED, number + 1)]
    about += [("person", _requester(number))]
    about += [("tool", f"{data['connector']}__{data['tool']}"), ("tool", str(data["name"]))]
    about += [("tool", str(data["connector"])), *(("class", str(name)) for name in data.get("reads", ()))]  # type: ignore[attr-defined]
    for noun, name in about:
        yield term(KEY, noun, name) + where, index, int(aspects)
