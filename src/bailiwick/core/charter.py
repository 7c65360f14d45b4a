"""The charter: what one agent role may do, must ask for and must never do, as values."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.core.action_name import PATTERN, read_action
from bailiwick.core.approval_rule import ApprovalRule, read_approval_rule
from bailiwick.core.budget_limit import BudgetLimit, read_budget
from bailiwick.core.limit import EMAIL, Limit, read_limits
from bailiwick.core.order_rule import OrderRule, read_order
from bailiwick.core.problem import Place, Problem
from bailiwick.core.reading import Reading
from bailiwick.core.tier import TierRule, read_tier
from bailiwick.core.window import Window, read_window


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for the agent: two e-mail addresses and the ISO date of the next review."""

    accountable: str
    backup: str
    review_by: str


@dataclass(frozen=True, slots=True)
class Grant:
    """One action allowed: every limit must hold, then the tier decides; at most one grant an action."""

    action: str
    tier: TierRule
    limits: tuple[Limit, ...] = ()
    approve: ApprovalRule | None = None
    when: Window | None = None


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What one run may use; `repeats` counts identical calls, `retries` further tries after a failure."""

    calls: int
    seconds: int
    repeats: int
    retries: int


@dataclass(frozen=True, slots=True)
class Charter:
    """A parsed charter; its version is the digest of the canonical document, not of this value."""

    name: str
    purpose: str
    workflow: str
    owner: Owner
    may_read: frozenset[str]
    may_send_out: frozenset[str]
    grants: tuple[Grant, ...]
    cannot: tuple[str, ...]
    approve: ApprovalRule | None
    when: Window | None
    run: RunLimits
    order: tuple[OrderRule, ...] = ()
    budget: tuple[BudgetLimit, ...] = ()
    sla: str | None = None
    evaluation: str | None = None

    def grant(self, action: str) -> Grant | None:
        """The grant of an action; `cannot` is not looked at here."""
        return next((grant for grant in self.grants if grant.action == action), None)


def covers(pattern: str, action: str) -> bool:
    """Whether a `cannot` pattern names the action: exactly, or below `a.b.*`."""
    return action.startswith(pattern[:-1]) if pattern.endswith(".*") else action == pattern


class CharterError(Exception):
    """A document is no charter; `problems` holds every reason."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


CHARTER_KEYS: Final = (
    "charter",
    "purpose",
    "workflow",
    "owner",
    "data",
    "can",
    "cannot",
    "approve",
    "order",
    "when",
    "run",
    "budget",
    "sla",
    "evaluation",
)
NEEDED_KEYS: Final = ("charter", "purpose", "workflow", "owner", "data", "can", "cannot")
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
RUN_USUAL: Final = {"calls": 100, "seconds": 3600, "repeats": 3, "retries": 2}


def parse_charter(document: Mapping[str, object]) -> Charter:
    """A charter from plain JSON data; raises CharterError with all problems at once."""
    reading = Reading()
    charter = _read_charter(reading, document)
    if reading.problems:
        raise CharterError(tuple(reading.problems))
    return charter


def _read_charter(reading: Reading, document: Mapping[str, object]) -> Charter:
    top = reading.mapping(document, (), CHARTER_KEYS, need=NEEDED_KEYS)
    ceilings = ("may_read", "may_send_out")
    data = reading.mapping(top["data"], ("data",), ceilings, need=ceilings) if "data" in top else {}
    return Charter(
        name=reading.name(top.get("charter", "x"), ("charter",)),
        purpose=reading.prose(top.get("purpose", "x"), ("purpose",)),
        workflow=reading.name(top.get("workflow", "x"), ("workflow",)),
        owner=_read_owner(reading, top["owner"]) if "owner" in top else Owner("", "", ""),
        may_read=_read_classes(reading, data, "may_read"),
        may_send_out=_read_classes(reading, data, "may_send_out"),
        grants=_read_grants(reading, top.get("can", [])),
        cannot=_read_patterns(reading, top.get("cannot", [])),
        approve=read_approval_rule(reading, top["approve"], ("approve",)) if "approve" in top else None,
        when=read_window(reading, top["when"], ("when",)) if "when" in top else None,
        run=_read_run(reading, top.get("run", {})),
        order=read_order(reading, top["order"], ("order",)) if "order" in top else (),
        budget=read_budget(reading, top["budget"], ("budget",)) if "budget" in top else (),
        sla=reading.name(top["sla"], ("sla",)) if "sla" in top else None,
        evaluation=reading.name(top["evaluation"], ("evaluation",)) if "evaluation" in top else None,
    )


def _read_owner(reading: Reading, value: object) -> Owner:
    keys = ("accountable", "backup", "review_by")
    owner = reading.mapping(value, ("owner",), keys, need=keys)
    found = {key: reading.text(owner[key], ("owner", key)) for key in keys if key in owner}
    for key in ("accountable", "backup"):
        if found.get(key) and not EMAIL.fullmatch(found[key]):
            reading.wrong(("owner", key), f"`{found[key]}` is no e-mail address of one person")
    date = found.get("review_by")
    if date and not _is_date(date):
        reading.wrong(("owner", "review_by"), f"`{date}` is no date: write it as `2027-02-01`")
    # INVARIANT: people are known by lower-case addresses; an owner written otherwise could approve as a stranger
    return Owner(found.get("accountable", "").lower(), found.get("backup", "").lower(), date or "")


def _is_date(text: str) -> bool:
    try:
        return bool(DATE.fullmatch(text) and datetime.date.fromisoformat(text))
    except ValueError:
        return False


def _read_classes(reading: Reading, data: Mapping[str, object], key: str) -> frozenset[str]:
    return frozenset(reading.names(data.get(key, []), ("data", key)))


def _read_grants(reading: Reading, value: object) -> tuple[Grant, ...]:
    grants = tuple(_read_grant(reading, item, ("can", at)) for at, item in enumerate(reading.list(value, ("can",))))
    first: dict[str, int] = {}
    for at, grant in enumerate(grants):
        if grant.action and first.setdefault(grant.action, at) != at:
            # INVARIANT: one grant an action, so a second, milder one cannot bypass an approval.
            before = f"can[{first[grant.action]}]"
            reading.wrong(("can", at, "do"), f"`{grant.action}` is already granted in `{before}`: merge them")
    return grants


def _read_grant(reading: Reading, value: object, place: Place) -> Grant:
    grant = reading.mapping(value, place, ("do", "tier", "limits", "approve", "when"), need=("do", "tier"))
    return Grant(
        action=read_action(reading, grant["do"], (*place, "do")) if "do" in grant else "",
        tier=read_tier(reading, grant.get("tier", "never"), (*place, "tier")),
        limits=read_limits(reading, grant["limits"], (*place, "limits")) if "limits" in grant else (),
        approve=read_approval_rule(reading, grant["approve"], (*place, "approve")) if "approve" in grant else None,
        when=read_window(reading, grant["when"], (*place, "when")) if "when" in grant else None,
    )


def _read_patterns(reading: Reading, value: object) -> tuple[str, ...]:
    patterns = []
    for at, item in enumerate(reading.list(value, ("cannot",))):
        pattern = reading.text(item, ("cannot", at))
        if pattern and not PATTERN.fullmatch(pattern):
            reading.wrong(("cannot", at), f"`{pattern}` is no pattern: write `email.send` or `billing.*`")
        patterns.append(pattern)
    reading.distinct(patterns, ("cannot",))
    return tuple(patterns)


def _read_run(reading: Reading, value: object) -> RunLimits:
    run = reading.mapping(value, ("run",), tuple(RUN_USUAL))
    least = {"calls": 1, "seconds": 1, "repeats": 1, "retries": 0}
    found = {
        key: reading.number(run.get(key, usual), ("run", key), least=least[key]) for key, usual in RUN_USUAL.items()
    }
    return RunLimits(**found)
