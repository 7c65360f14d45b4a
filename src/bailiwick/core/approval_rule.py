"""Who must consent before a high action runs, and whether they can be found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

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
