"""A trial as people see it: what is tried, for how many runs, and what it decides or would decide otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.core.trial import TrialKind, TrialState, percent_at
from bailiwick.flow.people import People
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.source import read_charter
from bailiwick.flow.whatif import Redeciding, index_at
from bailiwick.flow.whatif_run import WhatIfReport, WhatIfs, report_of
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row

VERDICTS: Final = ("allow", "ask", "deny")


@dataclass(frozen=True, slots=True)
class TrialSide:
    """What one of the two versions really decided since the trial began."""

    version: str
    allow: int
    ask: int
    deny: int


@dataclass(frozen=True, slots=True)
class TrialView:
    """One trial. `overtaken` says that another version was published meanwhile, so a canary decides nothing.

    `report` holds the version on trial against the one in force for every decision since the start; None while it is
    only proposed.
    """

    name: str
    kind: TrialKind
    state: TrialState
    digest: str
    base: str
    overtaken: bool
    percent: int
    steps: tuple[tuple[int, int], ...]
    note: str
    source: str
    started_us: int
    started_by_name: str
    proposed_by_name: str
    ended_us: int | None
    ended_by_name: str
    sides: tuple[TrialSide, ...]
    report: WhatIfReport | None


async def follow_trial(whatifs: WhatIfs, reader: Reader, policies: PolicySource, row: Row) -> Redeciding:
    """Everything the trial has decided, or would have, up to now or its end."""

    def make() -> Redeciding:
        charter, _, digest = read_charter(row["source"])
        base = row["base"] if row["kind"] == "canary" else None
        return Redeciding(reader, policies, row["id"], charter, digest, row["started_us"], base)

    def end() -> int:
        return reader.size() if row["ended_us"] is None else index_at(reader, row["ended_us"])

    return await whatifs.follow((row["id"], row["digest"], row["started_us"]), make, end)


def trial_view(reader: Reader, row: Row, again: Redeciding | None, now_us: int) -> TrialView:
    """The trial's row with names and figures."""
    people, head = People.read(reader), reader.row("charter", row["id"])
    return TrialView(
        name=row["id"],
        kind=row["kind"],
        state=row["state"],
        digest=row["digest"],
        base=row["base"],
        overtaken=row["state"] == "running" and head is not None and head["digest"] != row["base"],
        percent=percent_at(row["steps"], now_us),
        steps=tuple((since_us, percent) for since_us, percent in row["steps"]),
        note=row["note"],
        source=row["source"],
        started_us=row["started_us"],
        started_by_name=people.name(row["started_by"]),
        proposed_by_name=people.name(row["proposed_by"]),
        ended_us=row["ended_us"],
        ended_by_name=people.name(row["ended_by"]),
        sides=tuple(_side(version, again.sides[version]) for version in ("old", "new")) if again else (),
        report=report_of(again) if again else None,
    )


def _side(version: str, counts: Mapping[str, int]) -> TrialSide:
    words: dict[str, Any] = {word: counts.get(word, 0) for word in VERDICTS}
    return TrialSide(version, **words)
