"""Lists and objects that meet requirements: as small as will do, with one item that breaks a rule where one must."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, takewhile
from typing import Final

from bailiwick.core.requirement import Requirement, Shape
from bailiwick.core.requirement_tree import RequirementTree
from bailiwick.core.uniqueness import sameness

MOST_ITEMS: Final = 524_288
"""No request holds a longer list: it would not fit into the bytes that the gate accepts."""
_VARIED: Final = 50

Make = Callable[[RequirementTree], Iterator[object]]


def lists(node: RequirementTree, make: Make) -> Iterator[object]:
    """Lists for the place; `make` gives values for the items."""
    shapes = [one.lists for one in node.asked]
    places: dict[int, RequirementTree] = {}
    for part, below in node.below.items():
        if part.isascii() and part.isdigit():
            at = int(part)
            places[at] = places[at].joined(below) if at in places else below
        elif not below.may_lack():
            return
    known = [shape for shape in shapes if shape is not None]
    if len(known) == len(shapes):
        yield from _Lists(f"{node.path}.0", tuple(known), places, make).values()


def objects(node: RequirementTree, make: Make) -> Iterator[object]:
    """Objects for the place; `make` gives values for the keys that something is asked of."""
    shapes = [one.objects for one in node.asked]
    known = [shape for shape in shapes if shape is not None]
    if len(known) == len(shapes):
        yield from _Objects(tuple(known), node.below, make).values()


@dataclass(frozen=True, slots=True)
class _Lists:
    path: str
    shapes: Sequence[Shape]
    places: Mapping[int, RequirementTree]
    make: Make

    def values(self) -> Iterator[object]:
        bounds = {-1, *self.places}.union(*(shape.sizes for shape in self.shapes))
        for size in sorted({bound + step for bound in bounds for step in range(4)}):
            fits = 0 <= size <= MOST_ITEMS and all(shape.size(size) for shape in self.shapes)
            if fits and all(node.may_lack() for at, node in self.places.items() if at >= size):
                yield from self._of_size(size)

    def _of_size(self, size: int) -> Iterator[object]:
        """Lists of one size, for each way to place the item that breaks a rule, or the two that are the same."""
        fixed = {at: self._item(node=node) for at, node in self.places.items() if at < size}
        free = [at for at in range(min(size, len(fixed) + 2)) if at not in fixed]
        somes = [shape.some for shape in self.shapes if shape.some]
        spots = [*fixed, *free[:1]]
        distinct = any(shape.distinct for shape in self.shapes)
        if any(shape.twice for shape in self.shapes):
            if not distinct:
                yield from self._pairs(size, fixed, free)
        elif somes:
            for at in spots:
                slots = {**fixed, at: self._item(somes, fixed.get(at))}
                yield from self._filled(size, slots, distinct)
        else:
            yield from self._filled(size, fixed, distinct)

    def _pairs(self, size: int, fixed: Mapping[int, RequirementTree], free: Sequence[int]) -> Iterator[object]:
        for first, second in combinations([*fixed, *free[:2]], 2):
            one, other = fixed.get(first, self._item()), fixed.get(second, self._item())
            twins = (
                (value, twin)
                for value in islice(self.make(one), _VARIED)
                for twin in ((value,) if other.holds(value) else islice(self.make(other), _VARIED))
                if _folded(value) == _folded(twin)
            )
            for value, twin in islice(twins, 1):
                rest = {at: node for at, node in fixed.items() if at not in (first, second)}
                yield from self._filled(size, rest, False, {first: value, second: twin})

    def _item(self, more: Sequence[Requirement] = (), node: RequirementTree | None = None) -> RequirementTree:
        each = [shape.each for shape in self.shapes if shape.each]
        inner = RequirementTree(self.path, [*each, *more])
        return inner.joined(node) if node else inner

    def _filled(
        self, size: int, slots: Mapping[int, RequirementTree], distinct: bool, given: Mapping[int, object] | None = None
    ) -> Iterator[object]:
        items: dict[int, object] = dict(given or {})
        placed = _placed(slots, self.make, distinct)
        if placed is None:
            return
        items |= placed
        left = size - len(items)
        used = {_folded(item) for item in items.values()}
        fillers = _several(self.make(self._item()), left if distinct else min(left, _VARIED), used)
        if left and (not fillers or (distinct and len(fillers) < left)):
            # INVARIANT: items that may repeat can always repeat one of those that stand already
            again = next(self.make(self._item()), None) if not distinct else None
            if again is None:
                return
            fillers = [again]
        rest = (fillers[at % len(fillers)] for at in range(left))
        yield [items[at] if at in items else next(rest) for at in range(size)]


def _placed(slots: Mapping[int, RequirementTree], make: Make, distinct: bool) -> dict[int, object] | None:
    """A value for every slot, all different if `distinct`; None when that cannot be."""
    if not distinct:
        first = {at: next(((value,) for value in make(node)), None) for at, node in slots.items()}
        return {at: value[0] for at, value in first.items() if value} if all(first.values()) else None
    # INVARIANT: as many different candidates a slot as there are slots are enough for any assignment
    choices = {at: _several(make(node), len(slots), set()) for at, node in slots.items()}
    holder: dict[object, int] = {}
    chosen: dict[int, object] = {}

    def seat(at: int, tried: set[object]) -> bool:
        for value in choices[at]:
            same = _folded(value)
            if same not in tried:
                tried.add(same)
                if same not in holder or seat(holder[same], tried):
                    holder[same], chosen[at] = at, value
                    return True
        return False

    return chosen if all(seat(at, set()) for at in slots) else None


def _several(values: Iterator[object], count: int, used: set[object]) -> list[object]:
    """Up to `count` values that differ from each other and from the used ones."""
    found: list[object] = []
    seen = set(used)
    if not count:
        return found
    for value in values:
        same = _folded(value)
        if same not in seen:
            seen.add(same)
            found.append(value)
        if len(found) == count:
            break
    return found


def _folded(value: object) -> object:
    """What makes a value the same as another one in a list that may hold no value twice."""
    try:
        return sameness(value)
    except ValueError:
        return repr(value)


@dataclass(frozen=True, slots=True)
class _Objects:
    shapes: Sequence[Shape]
    below: Mapping[str, RequirementTree]
    make: Make

    def values(self) -> Iterator[object]:
        needed = {}
        keys = frozenset[str]().union(*(shape.needs for shape in self.shapes))
        below = {key: RequirementTree(key) for key in sorted(keys)} | dict(self.below)
        for part, node in below.items():
            if part in keys or not node.may_lack():
                first = next(((value,) for value in self.make(node)), None)
                if first is None or not self._allows(part):
                    return
                needed[part] = first[0]
        some = next((shape.some for shape in self.shapes if shape.some), None)
        if some is None or any(some.holds(part) for part in needed):
            yield from self._of_sizes(needed)
            return
        for part, value in self._optional(needed):
            if some.holds(part):
                yield from self._of_sizes({**needed, part: value})
        for key in islice(self._fresh([some]), 1):
            yield from self._of_sizes({**needed, key: "x"})

    def _allows(self, key: str) -> bool:
        return all(shape.each.holds(key) for shape in self.shapes if shape.each)

    def _optional(self, needed: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        for part, node in self.below.items():
            if part not in needed and self._allows(part):
                for value in islice(self.make(node), 1):
                    yield part, value

    def _fresh(self, more: Sequence[Requirement] = ()) -> Iterator[str]:
        """Keys that nothing else is asked of."""
        each = [shape.each for shape in self.shapes if shape.each]
        keys = self.make(RequirementTree("", [*each, *more]))
        texts = takewhile(lambda key: isinstance(key, str), keys)  # texts come first
        return (str(key) for key in texts if key not in self.below)

    def _of_sizes(self, needed: Mapping[str, object]) -> Iterator[object]:
        bounds = {len(needed)}.union(*(shape.sizes for shape in self.shapes))
        for size in sorted({bound + step for bound in bounds for step in (0, 1)}):
            if len(needed) <= size <= MOST_ITEMS and all(shape.size(size) for shape in self.shapes):
                found = dict(needed)
                for part, value in self._optional(needed) if len(found) < size else ():
                    if len(found) < size:
                        found[part] = value
                for key in islice(self._fresh(), size) if len(found) < size else ():
                    if len(found) < size:
                        found.setdefault(key, "x")
                if len(found) == size:
                    yield found
