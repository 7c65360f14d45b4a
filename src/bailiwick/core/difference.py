"""Where one stance permits what another does not: a situation for each condition that makes the difference."""

from collections.abc import Iterator

from bailiwick.core.permission import NOTHING
from bailiwick.core.situation import Situation, Situations
from bailiwick.core.stance import Demand, Stance


def beyond(stance: Stance, other: Stance, situations: Situations) -> Iterator[Situation]:
    """Situations in which `stance` permits something that lies outside what `other` permits; none when there are none.

    Each condition of `other` that can be the reason gives one, and so does each of its sizes. Complete: a call beyond
    `other` keeps every condition of `stance`, and either breaks a condition of `other` or is in one of its cells.
    """
    kept = Demand()
    for condition in stance.conditions:
        kept += condition.kept
    cells = [cell for cell in stance.cells if cell.permission != NOTHING]
    if not other.cells:
        yield from _first(situations, [kept + cell.demand for cell in cells])
        return
    same = {condition.key for condition in stance.conditions}
    for condition in other.conditions:
        if condition.key not in same:
            yield from _first(situations, [kept + cell.demand + how for cell in cells for how in condition.broken])
    if stance.tier != other.tier:
        for cell in cells:
            for against in other.cells:
                if not cell.permission.within(against.permission):
                    yield from _first(situations, [kept + cell.demand + against.demand])


def permits_nothing(stance: Stance, situations: Situations) -> bool:
    """Whether no call and no standing is permitted anything."""
    kept = Demand()
    for condition in stance.conditions:
        kept += condition.kept
    demands = [kept + cell.demand for cell in stance.cells if cell.permission != NOTHING]
    return next(_first(situations, demands), None) is None


def _first(situations: Situations, demands: list[Demand]) -> Iterator[Situation]:
    for demand in demands:
        found = situations.find(demand)
        if found is not None:
            yield found
            return
