"""How much an agent has used of each limit that adds up, and what can be taken back of what it may do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.core.budget_limit import CALLS, amount_text
from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.charter import Charter, Grant, covers
from bailiwick.core.check import TOTAL_SCOPES
from bailiwick.core.phrase import named
from bailiwick.core.tier import FixedTier, SteppedTier, Tier, raised, reachable
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.fact import tally_id
from bailiwick.flow.past import budget_id
from bailiwick.flow.policy import DocumentMissing, PolicySource
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row

MOST_RUNS: Final = 20


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit that adds up: `used` of `most`. `run` is the open run it counts in, None: the agent's UTC day.

    `alone` is how much of it goes without asking, None where asking changes nothing. Money is in micros; `words` writes
    it as money.
    """

    rule: str
    says: str
    run: str | None
    used: int
    most: int
    alone: int | None
    words: str


@dataclass(frozen=True, slots=True)
class UndoLine:
    """What can be done about an action afterwards; `undone_by` is the action that makes up for it."""

    action: str
    says: str
    tier: str
    most: str
    undo: str
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class AgentLimits:
    """Everything that bounds an agent, with what it has used of it at `at_us`."""

    agent: str
    at_us: int
    uses: tuple[LimitUse, ...]
    undo: tuple[UndoLine, ...]


def agent_limits(reader: Reader, policies: PolicySource, agent: str, now_us: int) -> AgentLimits:
    """The limits of an agent's charter in force; none of an agent without one. Blocks."""
    try:
        charter = policies.policy(policies.charter_in_force(agent), "").charter
    except DocumentMissing:
        return AgentLimits(agent, now_us, (), ())
    entries = {one.name: one for catalogue in catalogues_in_force(policies).values() for one in catalogue.actions}
    runs = reader.rows("run", {"agent": agent, "status": "open"}, limit=MOST_RUNS)
    today: Row = {"id": "", "root": "", "agent": agent}
    uses = [*_uses(reader, charter, entries, today, None, now_us)]
    for run in runs:
        uses += _uses(reader, charter, entries, run, run["id"], now_us)
    return AgentLimits(agent, now_us, tuple(uses), tuple(_undo(charter, entries)))


def _uses(
    reader: Reader, charter: Charter, entries: Mapping[str, ActionEntry], row: Row, run: str | None, now_us: int
) -> Iterator[LimitUse]:
    """The limits that count in one run, or in the day when `run` is None."""
    for budget in charter.budget:
        if (budget.scope == "run") != (run is not None):
            continue
        calls = run is not None and budget.unit == CALLS
        used = row["calls"] if calls else _total(reader, budget_id(row, budget, now_us))
        words = f"{amount_text(used, budget.unit)} of {amount_text(budget.most, budget.unit)}"
        says = f"all its actions: {named(budget.unit)}"
        yield LimitUse(f"budget.per_{budget.scope}.{budget.unit}", says, run, used, budget.most, None, words)
    for grant in charter.grants:
        entry = entries.get(grant.action)
        if entry is None or not isinstance(grant.tier, SteppedTier):
            continue
        by = grant.tier.by
        scope, _, measure = by.partition(".")
        if scope in TOTAL_SCOPES and measure in entry.measures and (scope != "day") == (run is not None):
            yield _step_use(grant, grant.tier, entry, run, _total(reader, tally_id(by, entry.name, row, now_us)))


def _step_use(grant: Grant, rule: SteppedTier, entry: ActionEntry, run: str | None, used: int) -> LimitUse:
    enforced = raised(rule, entry.floor)
    assert isinstance(enforced, SteppedTier)
    possible = [most for most, tier in enforced.steps if tier is not Tier.NEVER]
    alone = [most for most, tier in enforced.steps if tier < Tier.HIGH]
    most = max(possible, default=0)
    name = named(rule.by)
    words = f"{amount_text(used, rule.by)} of {amount_text(most, rule.by)} {name}"
    says = f"{entry.sentence}: {name}"
    return LimitUse(f"can[{grant.action}].tier", says, run, used, most, max(alone, default=0), words)


def _undo(charter: Charter, entries: Mapping[str, ActionEntry]) -> Iterator[UndoLine]:
    for grant in charter.grants:
        entry = entries.get(grant.action)
        if entry is None or any(covers(pattern, grant.action) for pattern in charter.cannot):
            continue
        rule = raised(grant.tier, entry.floor)
        least = rule.tier if isinstance(rule, FixedTier) else rule.at(0)
        most, undo = max(reachable(rule)), entry.undo
        yield UndoLine(grant.action, entry.sentence, least.word, most.word, undo.cls, undo.with_action)


def _total(reader: Reader, key: str) -> int:
    row = reader.row("tally", key)
    return int(row["total"]) if row else 0
