"""Whether the orders and budgets of a charter can be kept, and whether they bind anything at all."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from bailiwick.core.budget_limit import CALLS, SENDS, USUAL_UNITS
from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.charter import Charter, covers
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.problem import Place, Problem
from bailiwick.core.reading import did_you_mean

_KEYS: Final = {"require": ("before", "require"), "never": ("after", "never")}


def check_order(
    charter: Charter, entries: Mapping[str, ActionEntry], unknown: Callable[[str], str]
) -> Iterator[Problem]:
    """What stands against the orders; `unknown` says why an action that no catalogue has is wrong."""
    allowed = {g.action for g in charter.grants if not any(covers(pattern, g.action) for pattern in charter.cannot)}
    for at, rule in enumerate(charter.order):
        names = dict(zip(_KEYS[rule.kind], (rule.action, rule.other), strict=True))
        strange = [key for key, action in names.items() if action not in entries]
        for key in strange:
            yield Problem(("order", at, key), unknown(names[key]))
        if not strange:
            yield from _reach(rule, allowed, ("order", at))
    for at, rule in enumerate(charter.order):
        if rule.kind == "require" and _waits_for(charter.order, rule.other, rule.action):
            message = f"`{rule.action}` and `{rule.other}` wait for each other, so neither can ever start: drop one"
            yield Problem(("order", at), message)
        if rule.kind == "require" and OrderRule("never", rule.other, rule.action) in charter.order:
            message = f"`{rule.action}` must come after `{rule.other}` and may never come after it: drop one"
            yield Problem(("order", at), message)


def _reach(rule: OrderRule, allowed: set[str], place: Place) -> Iterator[Problem]:
    first, second = _KEYS[rule.kind]
    if rule.binds not in allowed:
        key = first if rule.kind == "require" else second
        message = f"`{rule.binds}` is not granted, so this refuses nothing: grant it or drop the rule"
        yield Problem((*place, key), message, "warning")
    elif rule.kind == "require" and rule.other not in allowed:
        message = (
            f"`{rule.other}` is not granted, so only another agent in the same piece of work can do it first: "
            "grant it, or see that one does"
        )
        yield Problem((*place, second), message, "warning")


def _waits_for(order: tuple[OrderRule, ...], action: str, other: str) -> bool:
    """Whether `action` can only start after `other`, over any number of rules."""
    known, left = {action}, [action]
    while left:
        name = left.pop()
        for rule in order:
            if rule.kind == "require" and rule.action == name and rule.other not in known:
                known.add(rule.other)
                left.append(rule.other)
    return other in known - {action}


def check_budget(charter: Charter, entries: Mapping[str, ActionEntry]) -> Iterator[Problem]:
    """Budgets of what nothing granted uses, and names that mean two things."""
    granted = [entries[grant.action] for grant in charter.grants if grant.action in entries]
    measured = {name for entry in granted for name in entry.measures}
    for limit in charter.budget:
        place: Place = ("budget", f"per_{limit.scope}", limit.unit)
        if limit.unit in (CALLS, SENDS) and limit.unit in measured:
            message = f"`{limit.unit}` is also a measure of the catalogue: have the catalogue call it something else"
            yield Problem(place, message)
        elif limit.unit != CALLS and not any(limit.counts(entry.effect, entry.measures) for entry in granted):
            known = sorted(measured | {CALLS})
            hint = did_you_mean(limit.unit, [*measured, *USUAL_UNITS]) if limit.unit not in USUAL_UNITS else ""
            message = f"no granted action uses any `{limit.unit}`, so nobody can count it"
            yield Problem(place, message + (hint or f": known are {', '.join(known)}"))
