"""How much an action asks for: low runs, medium runs and notifies, high asks, never is refused."""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from bailiwick.core.budget_limit import is_money
from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading, did_you_mean


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
    included: `run.records`, `day.records`, `tree.records`. Maxima rise strictly, tiers never fall; those of
    money are in micros.
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


def raised(rule: TierRule, floor: Tier) -> TierRule:
    """The rule as it is enforced: no tier below the catalogue's floor."""
    if isinstance(rule, FixedTier):
        return FixedTier(max(rule.tier, floor))
    steps = tuple((most, max(tier, floor)) for most, tier in rule.steps)
    return SteppedTier(rule.by, steps, max(rule.otherwise, floor))


def reachable(rule: TierRule) -> frozenset[Tier]:
    """Every tier that some call can meet under the rule."""
    if isinstance(rule, FixedTier):
        return frozenset({rule.tier})
    return frozenset({tier for _, tier in rule.steps} | {rule.otherwise})


SIZE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
_WORDS: Final = tuple(tier.word for tier in Tier)


def read_tier(reading: Reading, value: object, place: Place) -> TierRule:
    """`low`, or `{by: records, steps: [{max: 50, is: medium}], else: never}`; NEVER when unreadable."""
    if isinstance(value, str):
        return FixedTier(_tier(reading, value, place))
    rule = reading.mapping(value, place, ("by", "steps", "else"), need=("by", "steps", "else"))
    by = reading.text(rule.get("by", "x"), (*place, "by"))
    if by and not SIZE.fullmatch(by):
        reading.wrong((*place, "by"), f"`{by}` is no argument or measure: write `records` or `day.records`")
    at, known = (*place, "steps"), len(reading.problems)
    steps = tuple(
        _step(reading, step, (*at, n), is_money(by)) for n, step in enumerate(reading.list(rule.get("steps", []), at))
    )
    if "steps" in rule and rule["steps"] == []:
        reading.wrong(at, "has no step: write a fixed tier, such as `tier: high`")
    otherwise = _tier(reading, rule.get("else", "never"), (*place, "else"))
    if len(reading.problems) == known:
        _check_order(reading, steps, otherwise, place)
    return SteppedTier(by, steps, otherwise)


def _step(reading: Reading, value: object, place: Place, money: bool) -> tuple[int, Tier]:
    step = reading.mapping(value, place, ("max", "is"), need=("max", "is"))
    size, at = step.get("max", 0), (*place, "max")
    most = reading.money(size, at) if money else reading.number(size, at, least=0)
    return most, _tier(reading, step.get("is", "never"), (*place, "is"))


def _check_order(reading: Reading, steps: tuple[tuple[int, Tier], ...], otherwise: Tier, place: Place) -> None:
    for at in range(1, len(steps)):
        if steps[at][0] <= steps[at - 1][0]:
            reading.wrong((*place, "steps", at, "max"), "must be larger than the step before")
        if steps[at][1] < steps[at - 1][1]:
            reading.wrong((*place, "steps", at, "is"), "is milder than the step before: more may not ask for less")
    if steps and otherwise < steps[-1][1]:
        reading.wrong((*place, "else"), "is milder than the last step: more may not ask for less")


def _tier(reading: Reading, value: object, place: Place) -> Tier:
    word = reading.text(value, place)
    try:
        return Tier.parse(word)
    except ValueError as trouble:
        if word:
            reading.wrong(place, f"{trouble}{did_you_mean(word, _WORDS)}")
        return Tier.NEVER
