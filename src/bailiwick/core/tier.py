"""How much an action asks for: low runs, medium runs and notifies, high asks, never is refused."""

from dataclasses import dataclass
from enum import IntEnum


class Tier(IntEnum):
    """Ordered by severity, so `max` of two tiers is the stricter one."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    NEVER = 4

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> "Tier":
        """Exact lower-case words only; raises ValueError that lists them."""
        for tier in cls:
            if tier.word == word:
                return tier
        raise ValueError(f"`{word}` is no tier: write low, medium, high or never")


@dataclass(frozen=True, slots=True)
class FixedTier:
    """The same tier for every call."""

    tier: Tier


@dataclass(frozen=True, slots=True)
class SteppedTier:
    """A tier by size: the first step whose maximum is not exceeded, else `otherwise`.

    `by` is an argument path, a measure of the catalogue, or such a measure's total with this action
    included: `run.records`, `day.records`, `tree.records`. Maxima rise strictly, tiers never fall.
    """

    by: str
    steps: tuple[tuple[int, Tier], ...]
    otherwise: Tier

    def at(self, size: object) -> Tier:
        """The tier at one size; anything that is not a whole number of 0 or more is NEVER."""
        # INVARIANT: an unreadable size must not choose a lenient step (True <= 50, NaN > 50 is false).
        if type(size) is not int or size < 0:
            return Tier.NEVER
        for most, tier in self.steps:
            if size <= most:
                return tier
        return self.otherwise


TierRule = FixedTier | SteppedTier


def reachable(rule: TierRule) -> frozenset[Tier]:
    """Every tier that some call can meet under the rule."""
    if isinstance(rule, FixedTier):
        return frozenset({rule.tier})
    return frozenset({tier for _, tier in rule.steps} | {rule.otherwise})
