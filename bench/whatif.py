"""How long it takes to decide a hundred thousand recorded actions again under another charter."""

import asyncio
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
from bailiwick.store.reader import SqliteReader
from bench.measurement import measurement
from bench.populated import CHARTER, START_US, PopulatedStore, open_populated

ACTIONS = 100_000
RUNS = 50  # at work at the same time
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
    """100,000 actions, from the store's own file, on one thread."""
    return _timed(CHANGED)


def _timed(text: str) -> float:
    reader = SqliteReader(_recorded())
    try:
        charter, _, digest = read_charter(text)
        again = Redeciding(reader, PolicySource(reader), charter, digest, START_US)
        start = time.monotonic()
        again.advance(reader.size())
        took = time.monotonic() - start
    finally:
        reader.close()
    changed = len(again.changes)
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
    return folder / "bailiwick.db"


async def _fill(folder: Path) -> None:
    made = await open_populated(folder)
    try:
        decided = 0
        while decided < ACTIONS:
            decided += await _shift(made, decided)
    finally:
        made.close()


async def _shift(made: PopulatedStore, number: int) -> int:
    agents = ["lead-router", "lead-router-two"] * (RUNS // 2)
    opened = [OpenRun(agent, 1, f"route the leads of {number}", "lead-routing") for agent in agents]
    runs = [str(run["id"]) for run in await asyncio.gather(*map(made.store.commit, opened))]
    decided = 0
    for tool, arguments in _calls(number):
        made.clock.at_us += STEP_US
        work = zip(agents, runs, strict=True)
        await asyncio.gather(*(_act(made, agent, run, tool, arguments) for agent, run in work))
        decided += RUNS
    return decided


def _calls(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """One run's calls: reads, writes and some that are refused, each a little different from run to run."""
    for turn in range(5):
        yield "crm__query", {"object_type": "contacts", "fields": ["segment"], "limit": 10 + turn}
    yield "crm__query", {"object_type": "contacts", "fields": ["email"], "limit": 501}
    for turn in range(4):
        ids = [f"con-{number}-{turn}-{item}" for item in range(1 + turn)]
        yield "crm__manage_objects", {"object_type": "contacts", "ids": ids, "properties": {"segment": "beta"}}


async def _act(made: PopulatedStore, agent: str, run: str, tool: str, arguments: dict[str, Any]) -> None:
    connector, _, name = tool.partition("__")
    call = ToolCall(agent, 1, run, None, connector, name, {**arguments, **_own(tool, run)})
    decision = await made.store.commit(DecideAction(prepare(call, made.policies, made.clock.now_us())))
    if isinstance(decision.verdict, Allow):
        await made.store.commit(SettleAction(decision.action, Evidence.REPLY, {"state": "done"}))


def _own(tool: str, run: str) -> dict[str, Any]:
    """What makes a write of one run another call than that of its neighbour."""
    return {"properties": {"segment": "beta", "owner": run}} if tool == "crm__manage_objects" else {}
