"""Trying another version of a charter beside the one in force: in its shadow, or for a share of the runs.

A run keeps its version from start to end: what counts is the share that was set when the run was opened, and the
choice hangs on nothing but the two ids. When the trial is stopped, or another version is published, the version on
trial decides nothing any more, also in runs that it began.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

TrialKind = Literal["shadow", "canary"]
TrialState = Literal["proposed", "running", "stopped", "promoted"]
WHOLE: Final = 100


def share_of(digest: str, run: str) -> int:
    """Where a run falls among a hundred equal shares, for one version on trial."""
    return int.from_bytes(hashlib.sha256(f"{digest}|{run}".encode()).digest()[:8]) % WHOLE


def percent_at(steps: Sequence[Sequence[int]], at_us: int) -> int:
    """The share in hundredths that was set at a moment; 0 before the first `[since_us, percent]`."""
    return next((percent for since_us, percent in reversed(steps) if since_us <= at_us), 0)


def in_canary(trial: Mapping[str, Any] | None, head: str | None) -> bool:
    """Whether the trial decides any run while `head` is the digest of the version in force."""
    return trial is not None and trial["kind"] == "canary" and trial["state"] == "running" and trial["base"] == head


def takes_part(trial: Mapping[str, Any] | None, head: str | None, run: Mapping[str, Any]) -> bool:
    """Whether the version on trial decides this run."""
    if trial is None or not in_canary(trial, head):
        return False
    return share_of(trial["digest"], run["id"]) < percent_at(trial["steps"], run["opened_us"])
