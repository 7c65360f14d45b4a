"""Which action must come before another, and which may never come after one, within a tree of runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bailiwick.core.action_name import read_action
from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading

OrderKind = Literal["require", "never"]
SUCCEEDED: Final = "succeeded"
INTENDED: Final = "intended"


@dataclass(frozen=True, slots=True)
class OrderRule:
    """One rule of order between two actions.

    `require`: `action` is refused until `other` has succeeded in the same tree of runs. `never`: `other` is refused
    once `action` was intended in the same tree, however it ended.
    """

    kind: OrderKind
    action: str
    other: str

    @property
    def binds(self) -> str:
        """The action that the rule can refuse."""
        return self.action if self.kind == "require" else self.other

    @property
    def reads(self) -> str:
        """The action whose past the rule reads."""
        return self.other if self.kind == "require" else self.action


def read_order(reading: Reading, value: object, place: Place) -> tuple[OrderRule, ...]:
    """`[{before: email.schedule, require: qa.report}, {after: crm.contact.read, never: web.post}]`."""
    rules = tuple(_read_rule(reading, item, (*place, at)) for at, item in enumerate(reading.list(value, place)))
    first: dict[OrderRule, int] = {}
    for at, rule in enumerate(rules):
        if rule.action and rule.other and first.setdefault(rule, at) != at:
            reading.wrong((*place, at), f"says the same as `order[{first[rule]}]`: remove one")
    return rules


def _read_rule(reading: Reading, value: object, place: Place) -> OrderRule:
    known = len(reading.problems)
    form = reading.mapping(value, place, ("before", "require", "after", "never"))
    if len(reading.problems) > known:
        return OrderRule("require", "", "")
    if form.keys() == {"before", "require"}:
        action, other = _read_pair(reading, form, ("before", "require"), place)
        if action and action == other:
            reading.wrong((*place, "require"), f"`{action}` cannot wait for itself: it could never start")
        return OrderRule("require", action, other)
    if form.keys() == {"after", "never"}:
        return OrderRule("never", *_read_pair(reading, form, ("after", "never"), place))
    reading.wrong(place, "is no order: write `{before: A, require: B}` or `{after: A, never: B}`")
    return OrderRule("require", "", "")


def _read_pair(reading: Reading, form: Mapping[str, object], keys: tuple[str, str], place: Place) -> tuple[str, str]:
    first, second = (read_action(reading, form[key], (*place, key)) for key in keys)
    return first, second
