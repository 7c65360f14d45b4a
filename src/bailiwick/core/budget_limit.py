"""How much a run or a day may use: money, calls, sends, or anything else that the catalogue measures."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bailiwick.core.problem import Place
from bailiwick.core.reading import MICROS, Reading

MONEY: Final = ("usd", "eur")
"""Units kept in whole micros: a measure of that name counts micros, and a charter writes 2 or "2.50"."""
CALLS: Final = "calls"
SENDS: Final = "sends"

BudgetScope = Literal["run", "day"]
SCOPES: Final[dict[str, BudgetScope]] = {"per_run": "run", "per_day": "day"}
USUAL_UNITS: Final = (*MONEY, CALLS, SENDS)


@dataclass(frozen=True, slots=True)
class BudgetLimit:
    """The most of one unit for a run, or for an agent's UTC day; it is used up when an action is intended.

    `most` is in micros for money. `calls` counts every action, `sends` those with the effect send, and any other unit
    sums the catalogue's measure of that name over all actions that have it.
    """

    scope: BudgetScope
    unit: str
    most: int

    @property
    def key(self) -> str:
        """The name under which the facts hold what was spent, such as `day.usd`."""
        return f"{self.scope}.{self.unit}"

    def counts(self, effect: str, measures: Collection[str]) -> bool:
        """Whether an action of that effect, with those measures, uses any of it."""
        return self.unit == CALLS or (effect == "send" if self.unit == SENDS else self.unit in measures)

    def use(self, measures: Mapping[str, int]) -> int | None:
        """How much one call uses, when its action counts; None when the call does not show it."""
        return 1 if self.unit in (CALLS, SENDS) else measures.get(self.unit)


def is_money(by: str) -> bool:
    """Whether a measure, or a total of one such as `day.usd`, is money in micros."""
    scope, _, name = by.rpartition(".")
    return name in MONEY and scope in ("", "run", "day", "tree")


def amount_text(amount: int, by: str) -> str:
    """Thousands apart; what is counted in micros reads as money: `2.50 USD`, `5,000`."""
    if not by.endswith("micros") and not is_money(by):
        return f"{amount:,}"
    whole, part = divmod(abs(amount), MICROS)
    text = f"{'-' * (amount < 0)}{whole:,}.{f'{part:06}'.rstrip('0').ljust(2, '0')}"
    return f"{text} {by.rpartition('.')[2].upper()}" if is_money(by) else text


def read_budget(reading: Reading, value: object, place: Place) -> tuple[BudgetLimit, ...]:
    """`{per_run: {usd: 2}, per_day: {usd: "20.50", records: 500k, sends: 2}}`, by scope and unit."""
    limits: list[BudgetLimit] = []
    scopes = reading.mapping(value, place, tuple(SCOPES))
    if not scopes and value == {}:
        reading.wrong(place, "limits nothing: write `{per_day: {calls: 100}}`, or leave it out")
    for name, units in sorted(scopes.items(), reverse=True):
        if name in SCOPES:
            limits += _read_units(reading, SCOPES[name], units, (*place, name))
    return tuple(limits)


def _read_units(reading: Reading, scope: BudgetScope, value: object, place: Place) -> list[BudgetLimit]:
    units = reading.mapping(value, place)
    if not units and value == {}:
        reading.wrong(place, "limits nothing: write `{calls: 100}`, or leave it out")
    limits = []
    for unit, amount in sorted(units.items()):
        at = (*place, unit)
        reading.name(unit, at)
        most = reading.money(amount, at) if unit in MONEY else reading.number(amount, at, least=0)
        limits.append(BudgetLimit(scope, unit, most))
    return limits
