"""A round that removes what has served its time: payloads past their most, and rows that no rule can ask for again."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from bailiwick.core.custody import RECORD
from bailiwick.core.limit import Op
from bailiwick.flow.installation import Installation
from bailiwick.flow.past import utc_day
from bailiwick.flow.policy import NO_CATALOGUE, DocumentMissing
from bailiwick.flow.retention import DAY_US, ClearTexts, DropRows, NotePruned, due_periods, rule_for, rules_set
from bailiwick.ledger.segment import ERASED
from bailiwick.ports.payload_key import KeyStoreError
from bailiwick.ports.reader import Condition, Reader
from bailiwick.ports.store import Row, StoreUnavailable

EVERY_S: Final = 6 * 3600.0
_CHUNK: Final = 500

log = structlog.get_logger("pruning")


@dataclass(frozen=True, slots=True)
class PrunedPeriod:
    """A month of one data class: how many payloads, and up to which moment."""

    data_class: str
    until_us: int
    payloads: int


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What a round removed, or would: months of payloads, rows of past runs, and texts in old rows."""

    periods: tuple[PrunedPeriod, ...]
    rows: int
    texts: int


async def prune(here: Installation, person: str | None, *, dry: bool = False) -> PruneReport:
    """One round. Safe to repeat, also after one that was cut off."""
    due = await asyncio.to_thread(_due, here)
    rows = await asyncio.to_thread(lambda: list(spent_rows(here, here.clock.now_us())))
    runs, approvals = await asyncio.to_thread(old_texts, here.reader, here.clock.now_us())
    report = PruneReport(tuple(period for _, period in due), len(rows), len(runs) + len(approvals))
    if dry:
        return report
    for key, period in due:
        # INVARIANT: the record says so first; an export that still has a payload verifies, one that lacks it does not
        await here.store.commit(NotePruned(period.data_class, period.until_us, period.payloads, person))
        await asyncio.to_thread(here.keys.destroy, [key], here.clock.now_us())
        await _drop_payloads(here, key)
    for some in _chunks(rows):
        await here.store.commit(DropRows(tuple(some)))
    for some in _chunks([*(("run", name) for name in runs), *(("approval", name) for name in approvals)]):
        found = {table: tuple(name for place, name in some if place == table) for table in ("run", "approval")}
        await here.store.commit(ClearTexts(found["run"], found["approval"], ERASED))
    if due:
        await here.store.checkpoint()
    return report


async def keep_pruning(here: Installation) -> None:
    """Rounds for as long as the server runs; one that fails is tried again at the next."""
    while True:
        await asyncio.sleep(EVERY_S)
        with suppress(StoreUnavailable):
            try:
                done = await prune(here, None)
            except KeyStoreError as error:
                log.error("pruning.failed", detail=str(error))
                continue
            log.info("pruning.done", periods=len(done.periods), rows=done.rows, texts=done.texts)


def _due(here: Installation) -> list[tuple[str, PrunedPeriod]]:
    rules = rules_set(here.reader)
    return [
        (key, PrunedPeriod(name, until, here.reader.payloads_under(key)))
        for key, name, until in due_periods(here.keys.periods(), rules, here.clock.now_us())
    ]


async def _drop_payloads(here: Installation, key: str) -> None:
    while some := await asyncio.to_thread(here.reader.names_under, key, _CHUNK):
        await here.store.commit(DropRows(tuple(("payload", name) for name in some)))


# ------------------------------------------------------------------------------------------ rows


def spent_rows(here: Installation, now_us: int) -> Iterator[tuple[str, str]]:
    """Rows that no decision can read again: of runs and trees that have ended, of days and windows gone by."""
    runs = list(_every(here.reader, "run", {"status": "open"}))
    owners = {row["id"] for row in runs} | {row["root"] for row in runs}
    today = utc_day(now_us - DAY_US)  # a server whose clock is behind may still count yesterday
    for row in _every(here.reader, "repeat"):
        if row["id"].partition("|")[0] not in owners:
            yield "repeat", row["id"]
    for row in _every(here.reader, "step"):
        if row["id"].partition("|")[0] not in owners:
            yield "step", row["id"]
    for row in _every(here.reader, "tally"):
        owner = row["id"].split("|")[1]
        _, at, day = owner.partition("@")
        if day < today if at else owner not in owners:
            yield "tally", row["id"]
    within_us = _longest_window(here)
    for row in _every(here.reader, "seen"):
        if row["at_us"] + within_us <= now_us:
            yield "seen", row["id"]


def _longest_window(here: Installation) -> int:
    """The longest time in which any version of any charter wants a value to be new: it may come back in force."""
    longest = 0
    digests = {row["digest"] for table in ("charter", "charter_version") for row in _every(here.reader, table)}
    for digest in digests:
        with suppress(DocumentMissing):
            for grant in here.policies.policy(digest, NO_CATALOGUE).charter.grants:
                windows = (limit.value for limit in grant.limits if limit.op is Op.UNIQUE_WITHIN)
                longest = max(longest, *(value for value in windows if isinstance(value, int)), 0)
    return longest


def old_texts(reader: Reader, now_us: int) -> tuple[list[str], list[str]]:
    """The ended runs and the settled approvals whose texts are past the most of the class `record`."""
    rule = rule_for(RECORD, rules_set(reader))
    if not rule.most_days:
        return [], []
    before = now_us - rule.most_days * DAY_US
    runs = [
        row["id"]
        for row in _every(reader, "run", {"status": "ended"})
        if row["opened_us"] < before and row["declared"] and row["intent"] != ERASED
    ]
    settled = _every(reader, "approval", {"status": ["denied", "expired", "consumed"]})
    approvals = [
        row["id"]
        for row in settled
        if row["opened_us"] < before and any(vote[3] not in ("", ERASED) for vote in row["votes"])
    ]
    return runs, approvals


def _every(reader: Reader, table: str, where: dict[str, Condition] | None = None) -> Iterator[Row]:
    last = None
    while rows := reader.rows(table, where, before=last, limit=_CHUNK, ascending=True):
        yield from rows
        last = rows[-1]["id"]


def _chunks(items: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    found = list(items)
    yield from (found[start : start + _CHUNK] for start in range(0, len(found), _CHUNK))
