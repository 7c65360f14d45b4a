"""How long it takes to decide a hundred thousand recorded actions again under another charter."""

import asyncio
import itertools
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from bailiwick.core.verdict import Allow
from bailiwick.flow.decide_action import DecideAction
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.prepare import ToolCall, prepare
from bailiwick.flow.run import OpenRun
from bailiwick.flow.settle import Evidence, SettleAction
from bailiwick.flow.source import read_charter
from bailiwick.flow.whatif import Redeciding
from bailiwick.ledger.note import Signer
from bailiwick.store.journal import Journal, Origin
from bailiwick.store.reader import SqliteReader
from bench.measurement import measurement
from bench.populated import CHARTER, ORIGIN, START_US, PopulatedStore, open_populated

ACTIONS = 100_000
STORE = "bailiwick.db"
RUNS = 50  # at work at the same time, which is one transaction
STEP_US = 31_000_000  # between two calls of a run, so that no minute has more denials than are recorded singly

CHANGED = (
    CHARTER.replace("tier: low", "tier: {by: day.records, steps: [{max: 20000, is: low}], else: high}")
    .replace("zone: Europe/Madrid", "zone: Asia/Tokyo")
    .replace("max: 20, is", "max: 2, is")
    .replace("run: {calls: 12", "budget: {per_day: {calls: 50000}}\nrun: {calls: 11")
)
"""Asks for what the record does not hold: another zone, another total and a budget are made up again for each."""


@measurement("whatif_100k_s", unit="s", against="absolute", aim=10)
def whatif_100k_s() -> float:
    """100,000 actions from the store's own file on one thread, in CPU time, so that a busy machine does not count."""
    return _timed(CHANGED)


def _timed(text: str) -> float:
    reader = SqliteReader(_recorded())
    try:
        charter, _, digest = read_charter(text)
        again = Redeciding(reader, PolicySource(reader), charter.name, charter, digest, START_US)
        start = time.thread_time()
        again.advance(reader.size())
        took = time.thread_time() - start
    finally:
        reader.close()
    changed = again.changed
    if again.decided < ACTIONS or not changed or changed == again.decided or again.untold:
        raise RuntimeError(
            f"not what was to be measured: {again.decided} decided, {changed} changed, {again.untold[:1]}"
        )
    return took * ACTIONS / again.decided


@cache
def _recorded() -> Path:
    """A store in a folder of its own, left to the system to clear."""
    folder = Path(tempfile.mkdtemp(prefix="bailiwick-whatif-"))
    asyncio.run(_fill(folder))
    return folder / STORE


async def _fill(folder: Path) -> None:
    made = await open_populated(folder)
    await asyncio.to_thread(made.store.close)
    origin = Origin(ORIGIN, Signer(ORIGIN, bytes(32)))
    chance = made.random
    ids = (f"{number:012x}" for number in itertools.count(1 << 40))
    # the same units in the same transactions, without the futures that wait for each
    journal = Journal(
        folder / STORE, origin, made.clock, lambda prefix: f"{prefix}-{next(ids)}", lambda: chance.randbytes(32)
    )
    try:
        decided = 0
        while decided < ACTIONS:
            decided += _shift(made, journal, decided)
    finally:
        journal.close()
        made.reader.close()


def _shift(made: PopulatedStore, journal: Journal, number: int) -> int:
    agents = ["lead-router", "lead-router-two"] * (RUNS // 2)
    runs = _carry_out(journal, [OpenRun(agent, 1, f"route the leads of {number}", "lead-routing") for agent in agents])
    decided = 0
    for tool, arguments in _calls(number):
        made.clock.at_us += STEP_US
        calls = [_call(agent, run["id"], tool, arguments) for agent, run in zip(agents, runs, strict=True)]
        units = [DecideAction(prepare(call, made.policies, made.clock.now_us())) for call in calls]
        decisions = _carry_out(journal, units)
        allowed = [decision for decision in decisions if isinstance(decision.verdict, Allow)]
        _carry_out(journal, [SettleAction(one.action, Evidence.REPLY, {"state": "done"}) for one in allowed])
        decided += len(decisions)
    return decided


def _carry_out(journal: Journal, units: list[Any]) -> list[Any]:
    answers = journal.write(units)
    journal.commit()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def _calls(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """One run's calls: reads, writes and some that are refused, each a little different from run to run."""
    for turn in range(5):
        yield "crm__query", {"object_type": "contacts", "fields": ["segment"], "limit": 10 + turn}
    yield "crm__query", {"object_type": "contacts", "fields": ["email"], "limit": 501}
    for turn in range(4):
        ids = [f"con-{number}-{turn}-{item}" for item in range(1 + turn)]
        yield "crm__manage_objects", {"object_type": "contacts", "ids": ids, "properties": {"segment": "beta"}}


def _call(agent: str, run: str, tool: str, arguments: dict[str, Any]) -> ToolCall:
    connector, _, name = tool.partition("__")
    # what makes a write of one run another call than that of its neighbour
    own = {"properties": {"segment": "beta", "owner": run}} if name == "manage_objects" else {}
    return ToolCall(agent, 1, run, None, connector, name, arguments | own)
