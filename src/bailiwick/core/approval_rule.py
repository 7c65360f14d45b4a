"""Who must consent before a high action runs, and whether they can be found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading

EXCLUDED: Final = frozenset({"requester", "owner"})


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Every slot names a role and is filled by a different person.

    `exclude` is always both the requester and the agent's owners. The consent must come within
    `within_us` microseconds of the request.
    """

    slots: tuple[str, ...]
    within_us: int
    exclude: frozenset[str] = EXCLUDED

    def document(self) -> dict[str, object]:
        """The rule as plain JSON, for the record."""
        return {"slots": list(self.slots), "within_us": self.within_us, "exclude": sorted(self.exclude)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person as far as an approval rule needs to know them."""

    person: str
    roles: frozenset[str]
    active: bool = True


def fillable(rule: ApprovalRule, people: Sequence[Candidate], excluded: Collection[str]) -> list[str]:
    """The slots that stay empty however people are assigned; an empty list means the rule can be met.

    Each slot takes a distinct active person who has the role and is not excluded (bipartite matching,
    so one person with two roles never counts for both slots). A rule without slots cannot be met.
    """
    if not rule.slots:
        return ["nobody is named"]
    able = [c for c in people if c.active and c.person not in excluded]
    holder: dict[str, int] = {}  # person -> slot

    def seat(slot: int, tried: set[str]) -> bool:
        for candidate in able:
            if rule.slots[slot] not in candidate.roles or candidate.person in tried:
                continue
            tried.add(candidate.person)
            taken = holder.get(candidate.person)
            if taken is None or seat(taken, tried):
                holder[candidate.person] = slot
                return True
        return False

    return [role for slot, role in enumerate(rule.slots) if not seat(slot, set())]


def read_approval_rule(reading: Reading, value: object, place: Place) -> ApprovalRule:
    """`{all_of: [{role: marketing-director}, {role: it-change}], not: [requester, owner], within: 4h}`."""
    rule = reading.mapping(value, place, ("all_of", "not", "within"), need=("all_of", "within"))
    at = (*place, "all_of")
    slots = tuple(_role(reading, slot, (*at, n)) for n, slot in enumerate(reading.list(rule.get("all_of", ()), at)))
    if "all_of" in rule and not slots:
        reading.wrong(at, "names nobody: add `{role: ...}`")
    if "not" in rule:
        _check_excluded(reading, rule["not"], (*place, "not"))
    within_us = reading.duration_us(rule["within"], (*place, "within")) if "within" in rule else 1
    return ApprovalRule(slots, within_us)


def _role(reading: Reading, value: object, place: Place) -> str:
    slot = reading.mapping(value, place, ("role",), need=("role",))
    return reading.name(slot["role"], (*place, "role")) if "role" in slot else ""


def _check_excluded(reading: Reading, value: object, place: Place) -> None:
    named = set(reading.names(value, place))
    for word in sorted(named - EXCLUDED):
        reading.wrong(place, f"`{word}` cannot be excluded: write `[requester, owner]`")
    for word in sorted(EXCLUDED - named):
        reading.wrong(place, f"`{word}` is missing: requester and owner never approve, write both or leave `not` out")
