"""A small world and two charters for it, drawn at random: one catalogue, and every request and fact that can be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import Any, Final

from bailiwick.core.approval_rule import ApprovalRule
from bailiwick.core.budget_limit import BudgetLimit
from bailiwick.core.catalogue import ActionEntry, Catalogue, FieldClasses, Measure, Tool
from bailiwick.core.charter import Charter, Grant, Owner, RunLimits
from bailiwick.core.limit import Limit
from bailiwick.core.order_rule import OrderRule
from bailiwick.core.path import ABSENT
from bailiwick.core.tier import FixedTier, SteppedTier, Tier, TierRule
from bailiwick.core.window import Window
from bench.diff.field import FIELDS, KIND, USUAL, Field, some

ACTION: Final = "crm.item.put"
OTHER: Final = "crm.item.check"
ZONES: Final = ("Europe/Madrid", "America/New_York", "Asia/Kolkata", "Europe/Lisbon")
TIERS: Final = tuple(Tier)


@dataclass(frozen=True)
class World:
    """One action of a catalogue, its arguments, and which kinds of rule the two charters may differ in."""

    entry: ActionEntry
    catalogue: Catalogue
    fields: tuple[Field, ...]
    themes: frozenset[str]
    before: Charter
    after: Charter

    def arguments(self) -> Iterator[dict[str, Any]]:
        """Every combination of the arguments' values."""
        names = [one.name for one in self.fields]
        for values in product(*(one.values for one in self.fields)):
            yield {name: value for name, value in zip(names, values, strict=True) if value is not ABSENT}


_THEMES: Final = ("tier", "limits", "windows", "run", "order", "budget", "data", "cannot", "approve", "floor")


def draw_world(random: Random) -> World:
    """A world whose charters differ in one to four kinds of rule, or in everything."""
    themes = frozenset(random.sample(_THEMES, k=random.choice((1, 1, 2, 2, 3, 4))))
    fields = _fields(random, themes)
    entry = _entry(random, fields, themes)
    fields += (KIND,) if entry.when else ()
    fields += (USUAL,) if entry.defaults else ()
    second = ActionEntry(OTHER, "check", floor=Tier.LOW)
    twin = (replace(entry, name="crm.item.pass", when={"kind": "pass"}),) if entry.when else ()
    tools = {"put": Tool("put", "", _schema(random, fields)), "check": Tool("check", "", {"type": "object"})}
    catalogue = Catalogue("crm", tools, (entry, *twin, second))
    before = _charter(random, entry, fields, themes, None)
    after = _charter(random, entry, fields, themes, before if random.random() < 0.75 else None)
    return World(entry, catalogue, fields, themes, before, after)


def _fields(random: Random, themes: frozenset[str]) -> tuple[Field, ...]:
    """None to three arguments whose values together are few enough to be gone through."""
    room = {0: 5000, 1: 300, 2: 60}.get(len(themes & {"windows", "run", "order", "budget"}), 4)
    chosen: dict[str, Field] = {}
    for one in random.sample(FIELDS, k=random.randint(1, len(FIELDS))):
        if len(one.values) <= room and one.name not in chosen:
            chosen[one.name] = one
            room //= len(one.values)
    return tuple(chosen.values())


def _schema(random: Random, fields: tuple[Field, ...]) -> Mapping[str, Any]:
    """The tool's schema: half of the time it takes anything, else it has a type for every argument."""
    silent = random.random() < 0.5
    properties = {one.name: {} if silent else random.choice(one.schemas) for one in fields}
    required = [] if silent else [one.name for one in fields if random.random() < 0.3]
    count = {"type": "integer", "minimum": 0}
    return {"type": "object", "properties": properties, "required": required, "$defs": {"count": count}}


def _entry(random: Random, fields: tuple[Field, ...], themes: frozenset[str]) -> ActionEntry:
    measures: dict[str, Measure] = {}
    for one in fields:
        measures |= one.measures
    reads = next((one.reads for one in fields if one.reads), None) if random.random() < 0.6 else None
    if "data" in themes and reads is None and random.random() < 0.5:
        reads = FieldClasses(constant=random.choice(("internal", "customer")))
    effect = "send" if random.random() < 0.4 else "read" if reads else "write"
    return ActionEntry(
        ACTION,
        "put",
        when={"kind": "item"} if random.random() < 0.12 else {},
        defaults={"usual": False} if random.random() < 0.06 else {},
        floor=random.choice(TIERS[:3]) if "floor" in themes else Tier.LOW,
        effect=effect,
        reads=reads,
        sends=random.choice(("public", "customer")) if effect == "send" else None,
        measures=measures,
        idempotent=True,
    )


def _charter(
    random: Random, entry: ActionEntry, fields: tuple[Field, ...], themes: frozenset[str], like: Charter | None
) -> Charter:
    """A charter; with `like`, one that differs from it in some of the themes only."""
    fresh = _drawn(random, entry, fields, themes)
    if like is None or not like.grants or not fresh.grants:
        return fresh
    changed = {random.choice(sorted(themes)), *(theme for theme in sorted(themes) if random.random() < 0.5)}
    old, new = like.grants[0], fresh.grants[0]
    grant = Grant(
        ACTION,
        new.tier if "tier" in changed else old.tier,
        _changed_limits(random, old.limits, new.limits) if "limits" in changed else old.limits,
        new.approve if "approve" in changed else old.approve,
        new.when if "windows" in changed else old.when,
    )
    return replace(
        like,
        grants=(grant,),
        cannot=fresh.cannot if "cannot" in changed else like.cannot,
        approve=fresh.approve if "approve" in changed else like.approve,
        when=fresh.when if "windows" in changed else like.when,
        run=fresh.run if "run" in changed else like.run,
        order=fresh.order if "order" in changed else like.order,
        budget=fresh.budget if "budget" in changed else like.budget,
        may_read=fresh.may_read if "data" in changed else like.may_read,
        may_send_out=fresh.may_send_out if "data" in changed else like.may_send_out,
    )


def _changed_limits(random: Random, old: tuple[Limit, ...], new: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """Most of the old limits, some of the new ones in their place."""
    kept = [limit for limit in old if random.random() < 0.7]
    known = {(limit.argument, limit.op) for limit in kept}
    return (*kept, *(limit for limit in new if (limit.argument, limit.op) not in known and random.random() < 0.6))


def _drawn(random: Random, entry: ActionEntry, fields: tuple[Field, ...], themes: frozenset[str]) -> Charter:
    limits = (
        [limit for one in fields for limit in one.draw(random)] if "limits" in themes or random.random() < 0.5 else []
    )
    sizes = [size for one in fields for size in one.sizes]
    grant = Grant(
        ACTION,
        _tier(random, sizes, "tier" in themes),
        tuple(limits),
        _rule(random) if "approve" in themes and random.random() < 0.5 else None,
        _window(random) if "windows" in themes and random.random() < 0.6 else None,
    )
    granted = "cannot" not in themes or random.random() < 0.8
    classes = ("public", "internal", "customer", "unclassified")
    return Charter(
        "keeper",
        "Keep items.",
        "keeping",
        Owner("ana@acme.example", "ben@acme.example", "2027-02-01"),
        frozenset(some(random, classes)) if "data" in themes else frozenset(classes),
        frozenset(some(random, classes)) if "data" in themes else frozenset(classes),
        (grant,) if granted else (),
        some(random, (ACTION, "crm.*", "billing.*")) if "cannot" in themes and random.random() < 0.3 else (),
        _rule(random) if "approve" in themes or random.random() < 0.9 else None,
        _window(random) if "windows" in themes and random.random() < 0.5 else None,
        _run(random) if "run" in themes else RunLimits(100, 3600, 50, 50),
        _order(random) if "order" in themes else (),
        _budget(random, entry) if "budget" in themes else (),
    )


def _tier(random: Random, sizes: list[str], themed: bool) -> TierRule:
    if not sizes or random.random() < (0.3 if themed else 0.7):
        return FixedTier(random.choice(TIERS if themed else TIERS[:3]))
    tiers = sorted(random.choices(TIERS, k=3))
    by = random.choice(sizes)
    tops = sorted(random.sample(range(_largest(by)), k=random.choice((1, 2))))
    return SteppedTier(by, tuple(zip(tops, tiers, strict=False)), tiers[-1])


def _rule(random: Random) -> ApprovalRule:
    slots = tuple(random.choice(("chief", "change")) for _ in range(random.choice((1, 1, 2, 3))))
    return ApprovalRule(slots, random.choice((60, 120)) * 60_000_000)


def _window(random: Random) -> Window:
    days = frozenset(random.choice(((0, 1, 2, 3, 4), (0, 1, 2, 3, 4, 5, 6), (5, 6), (0,), (1, 2))))
    start, end = sorted(random.sample((0, 360, 420, 750, 1080, 1200, 1440), k=2))
    return Window(days, start, end, ZONES[0] if random.random() < 0.6 else random.choice(ZONES))


def _run(random: Random) -> RunLimits:
    return RunLimits(*(random.choice(options) for options in ((1, 2, 3), (1, 2), (1, 2, 3), (0, 1, 2))))


def _order(random: Random) -> tuple[OrderRule, ...]:
    rules = (
        OrderRule("require", ACTION, OTHER),
        OrderRule("never", OTHER, ACTION),
        OrderRule("never", ACTION, ACTION),
        OrderRule("never", ACTION, OTHER),
    )
    return tuple(rule for rule in rules if random.random() < 0.4)


def _budget(random: Random, entry: ActionEntry) -> tuple[BudgetLimit, ...]:
    units = ["calls", "sends", *entry.measures]
    keys: Mapping[tuple[str, str], None] = {
        (random.choice(("run", "day")), random.choice(units)): None for _ in range(2)
    }
    return tuple(BudgetLimit(scope, unit, random.randrange(_largest(unit))) for scope, unit in keys)  # type: ignore[arg-type]


def _largest(by: str) -> int:
    """Bounds stay below what the lists and objects of a field reach."""
    return 3 if by.rpartition(".")[2] in ("records", "keys") else 5
