"""Two charters over the same catalogues: for each action the same, narrower, wider or incomparable, with examples.

    comparison = compare(before, after, catalogues, from_us)
    comparison.relation, comparison.actions[0].examples

Exact over everything a decision reads: a pair counts as wider only if there is a call that the newer charter permits
more of, and the example is such a call, decided under both. What cannot be at once (more failures than tries, a day
that is Monday in one zone and Wednesday in another) is no difference, nor is a call that the tool's schema surely
refuses.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final, Literal

from bailiwick.core.catalogue import ActionEntry, Catalogue
from bailiwick.core.charter import Charter
from bailiwick.core.decide import Policy, compile_policy, decide
from bailiwick.core.difference import beyond
from bailiwick.core.facts import Facts
from bailiwick.core.permission import permission
from bailiwick.core.request import Request
from bailiwick.core.situation import Situation, Situations
from bailiwick.core.stance import stance_of
from bailiwick.core.verdict import Verdict

Direction = Literal["wider", "narrower"]
MOST_EXAMPLES: Final = 8
"""A direction in which an action changes shows at most so many reasons."""


class Relation(StrEnum):
    """What the newer charter is to the older one."""

    SAME = "same"
    NARROWER = "narrower"
    WIDER = "wider"
    INCOMPARABLE = "incomparable"

    def joined(self, other: "Relation") -> "Relation":
        """The relation of two parts taken together."""
        if self is other or other is Relation.SAME:
            return self
        return other if self is Relation.SAME else Relation.INCOMPARABLE


@dataclass(frozen=True, slots=True)
class Example:
    """A call for which the two charters really decide differently, and how each does."""

    direction: Direction
    request: Request
    facts: Facts
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class ActionComparison:
    """One action under both charters; there is an example for every direction in which it changes."""

    action: str
    relation: Relation
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every action of the catalogues, in their order."""

    actions: tuple[ActionComparison, ...]

    @property
    def relation(self) -> Relation:
        """All actions taken together."""
        found = Relation.SAME
        for one in self.actions:
            found = found.joined(one.relation)
        return found

    @property
    def counts(self) -> Counter[Relation]:
        """How many actions there are of each relation."""
        return Counter(one.relation for one in self.actions)


def compare(before: Charter, after: Charter, catalogues: Iterable[Catalogue], from_us: int) -> Comparison:
    """What `after` permits more and less than `before`, at moments from `from_us` on."""
    found: list[ActionComparison] = []
    for catalogue in catalogues:
        # the digests only name versions, and an approval is never among the facts of an example
        older = compile_policy(before, "", catalogue, "")
        newer = compile_policy(after, "", catalogue, "")
        found += (_Pair(older, newer, entry, from_us).compared() for entry in catalogue.actions)
    return Comparison(tuple(found))


@dataclass(frozen=True, slots=True)
class _Pair:
    """One action under an older and a newer policy."""

    older: Policy
    newer: Policy
    entry: ActionEntry
    from_us: int

    def compared(self) -> ActionComparison:
        checks = (self.older.checks[self.entry.name], self.newer.checks[self.entry.name])
        before = stance_of(self.older.charter, checks[0])
        after = stance_of(self.newer.charter, checks[1])
        keys = [tuple(condition.key for condition in stance.conditions) for stance in (before, after)]
        if keys[0] == keys[1] and before.tier == after.tier and bool(before.cells) == bool(after.cells):
            return ActionComparison(self.entry.name, Relation.SAME)
        schema = self.older.catalogue.tools[self.entry.tool].input_schema
        situations = Situations(checks, schema, self.from_us)
        wider = self._examples("wider", islice(beyond(after, before, situations), MOST_EXAMPLES))
        narrower = self._examples("narrower", islice(beyond(before, after, situations), MOST_EXAMPLES))
        return ActionComparison(self.entry.name, _relation(wider, narrower), (*wider, *narrower))

    def _examples(self, direction: Direction, situations: Iterable[Situation]) -> tuple[Example, ...]:
        found: dict[object, Example] = {}
        for situation in situations:
            example = self._example(direction, situation)
            found.setdefault((repr(situation.arguments), repr(situation.facts)), example)
        return tuple(found.values())

    def _example(self, direction: Direction, situation: Situation) -> Example:
        catalogue = self.older.catalogue
        request = Request("agent", "run", "", catalogue.connector, self.entry.tool, situation.arguments, "")
        before, after = (decide(policy, request, situation.facts) for policy in (self.older, self.newer))
        less, more = (before, after) if direction == "wider" else (after, before)
        if permission(more).within(permission(less)):
            # INVARIANT: an example is never told without being one
            raise AssertionError(f"`{self.entry.name}`: {situation} does not tell the charters apart")
        return Example(direction, request, situation.facts, before, after)


def _relation(wider: Sequence[Example], narrower: Sequence[Example]) -> Relation:
    if wider and narrower:
        return Relation.INCOMPARABLE
    return Relation.WIDER if wider else Relation.NARROWER if narrower else Relation.SAME
