"""What an agent did before, as far as orders, uniqueness and budgets read it.

Written in the transaction of the intent (a success in that of the outcome), so two calls at once cannot both be first.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from bailiwick.core.budget_limit import CALLS, BudgetLimit
from bailiwick.core.check import Check
from bailiwick.core.order_rule import INTENDED, SUCCEEDED
from bailiwick.core.path import ABSENT, look
from bailiwick.core.uniqueness import sameness, sameness_trouble
from bailiwick.ledger import canonical
from bailiwick.ports.store import Row, Shelf


def utc_day(now_us: int) -> str:
    """The ISO date on which a day's totals and budgets are counted."""
    return datetime.fromtimestamp(now_us / 1_000_000, UTC).date().isoformat()


def steps_done(shelf: Shelf, run: Row, actions: Iterable[str]) -> dict[str, str]:
    """`intended` or `succeeded` for each action that the run's tree has come to; the others are left out."""
    rows = {action: shelf.get("step", _step_id(run, action)) for action in actions}
    return {action: row["state"] for action, row in rows.items() if row}


def step_intended(shelf: Shelf, run: Row, action: str) -> None:
    """Note that the run's tree has come to the action."""
    key = _step_id(run, action)
    # INVARIANT: the first note stays, so a success is never taken back by a later try
    if shelf.get("step", key) is None:
        shelf.put("step", {"id": key, "state": INTENDED, "at_us": shelf.now_us})


def step_succeeded(shelf: Shelf, action_row: Row) -> None:
    """Note that an action of the tree has succeeded; `action_row` is the row of that action."""
    run = shelf.get("run", action_row["run"])
    if run is None or action_row["name"] is None:
        return
    key = _step_id(run, action_row["name"])
    row = shelf.get("step", key)
    if row is None or row["state"] != SUCCEEDED:
        shelf.put("step", {"id": key, "state": SUCCEEDED, "at_us": shelf.now_us})


def last_seen(shelf: Shelf, agent: str, check: Check, arguments: Mapping[str, object]) -> dict[str, int]:
    """For each argument that must be unique, the latest time that one of its values was intended before."""
    found = {}
    for argument in check.unique:
        rows = [shelf.get("seen", key) for key in _seen_ids(agent, check, argument, arguments)]
        times = [int(row["at_us"]) for row in rows if row]
        if times:
            found[argument] = max(times)
    return found


def values_used(shelf: Shelf, agent: str, check: Check, arguments: Mapping[str, object]) -> None:
    """Note the values of the arguments that must be unique."""
    for argument in check.unique:
        for key in _seen_ids(agent, check, argument, arguments):
            shelf.put("seen", {"id": key, "at_us": shelf.now_us})


def spent_before(shelf: Shelf, run: Row, check: Check) -> dict[str, int]:
    """What was used up of each budget that the action counts towards, such as `day.usd`."""
    return {limit.key: _spent(shelf, run, limit) for limit in check.budget}


def budget_used(shelf: Shelf, run: Row, check: Check, measures: Mapping[str, int]) -> None:
    """Use up what the action needs of each budget; it is not given back when the action fails."""
    for limit in check.budget:
        key, use = budget_id(run, limit, shelf.now_us), limit.use(measures)
        if use is not None and limit.key != f"run.{CALLS}":
            row = shelf.get("tally", key)
            shelf.put("tally", {"id": key, "total": (row["total"] if row else 0) + use, "at_us": shelf.now_us})


def _spent(shelf: Shelf, run: Row, limit: BudgetLimit) -> int:
    if limit.key == f"run.{CALLS}":
        return int(run["calls"])  # the run itself counts them
    row = shelf.get("tally", budget_id(run, limit, shelf.now_us))
    return int(row["total"]) if row else 0


def _step_id(run: Row, action: str) -> str:
    return f"{run['root']}|{action}"


def budget_id(run: Row, limit: BudgetLimit, now_us: int) -> str:
    """The row that adds up what a run, or an agent's UTC day, used of a budget."""
    owner = run["id"] if limit.scope == "run" else f"{run['agent']}@{utc_day(now_us)}"
    return f"budget|{owner}|{limit.unit}"


def _seen_ids(agent: str, check: Check, argument: str, arguments: Mapping[str, object]) -> list[str]:
    value = look(arguments, argument)
    if value is ABSENT or sameness_trouble(value):
        return []  # `decide` refuses it, or lets an optional argument be absent
    return seen_ids(agent, check.entry.name, argument, value)


def seen_ids(agent: str, action: str, argument: str, value: object) -> list[str]:
    """The rows that remember a value, or each item of a list, as used by an agent; raises ValueError."""
    about = [agent, action, argument]
    # INVARIANT: only digests are kept, and those of a person go with the person
    return [hashlib.sha256(canonical.encode_any([*about, same])).hexdigest() for same in sameness(value)]
