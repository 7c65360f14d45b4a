"""How much a verdict permits, so that two of them can be held side by side."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.tier import Tier
from bailiwick.core.verdict import Allow, Ask, Deny, Verdict


@dataclass(frozen=True, slots=True)
class Permission:
    """Nothing, something people must consent to (`rule`), or an action at medium or at low risk; rising in that order.

    Consent given already counts as what asking leads to: more than asking, less than not having to.
    """

    rank: int
    rule: ApprovalRule | None = None

    def within(self, other: "Permission") -> bool:
        """Whether `other` permits at least as much, whoever is asked."""
        if self.rank != other.rank or self.rule is None or other.rule is None:
            return self.rank <= other.rank
        # INVARIANT: a group whose members hold one role each shows that any slot more can be what is missing
        more = Counter(other.rule.slots) - Counter(self.rule.slots)
        return not more and self.rule.within_us <= other.rule.within_us


NOTHING: Final = Permission(0)
_CONSENTED, _MEDIUM, _LOW = Permission(2), Permission(3), Permission(4)


def permission_of(tier: Tier, rule: ApprovalRule | None) -> Permission:
    """What a tier permits before anybody was asked; high risk without anybody to ask permits nothing."""
    if tier is Tier.HIGH:
        return Permission(1, rule) if rule else NOTHING
    return {Tier.LOW: _LOW, Tier.MEDIUM: _MEDIUM}.get(tier, NOTHING)


def permission(verdict: Verdict) -> Permission:
    """How much the verdict permits."""
    match verdict:
        case Deny():
            return NOTHING
        case Ask():
            return Permission(1, verdict.rule)
        case Allow():
            return _CONSENTED if verdict.tier is Tier.HIGH else permission_of(verdict.tier, None)
