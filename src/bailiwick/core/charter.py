"""The charter: what one agent role may do, must ask for and must never do, as values."""

from dataclasses import dataclass

from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.limit import Limit
from bailiwick.core.tier import TierRule
from bailiwick.core.window import Window


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

    def grant(self, action: str) -> Grant | None:
        """The grant of an action; `cannot` is not looked at here."""
        return next((grant for grant in self.grants if grant.action == action), None)


def covers(pattern: str, action: str) -> bool:
    """Whether a `cannot` pattern names the action: exactly, or below `a.b.*`."""
    return action.startswith(pattern[:-1]) if pattern.endswith(".*") else action == pattern
