"""Making up charters and catalogues that our own parsers accept, with edges worth standing at."""

import random
from collections.abc import Mapping
from typing import Any, Final

from bench.oracle.draw_limit import KINDS, bounds, maybe
from bench.oracle.terms import Document, Terms

ZONES: Final = ("UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata")
CLASSES: Final = ("public", "internal", "customer", "restricted")
TIERS: Final = ("low", "medium", "high", "never")
_LIMITED: Final[dict[str, tuple[str, ...]]] = {
    "acme.contact.update": ("list", "tags", "note", "to", "batch.size", "live"),
    "acme.campaign.update": ("rows", "code", "live"),
    "acme.segment.update": ("list",),
    "acme.contact.read": ("fields", "rows"),
    "acme.mail.send": ("to", "file", "level", "code"),
    "acme.ad.buy": ("amount", "site", "list"),
}
_TOOLS: Final[dict[str, tuple[str, Document]]] = {
    "acme.contact.update": ("manage", {"object_type": "contacts"}),
    "acme.campaign.update": ("manage", {"object_type": 1}),
    "acme.segment.update": ("manage", {"object_type": True}),
    "acme.contact.read": ("query", {}),
    "acme.mail.send": ("send.mail", {}),
    "acme.ad.buy": ("buy", {}),
}
_MEASURES: Final[Mapping[str, Document]] = {
    "acme.contact.update": {"records": {"length_of": "ids"}},
    "acme.campaign.update": {"rows": {"value_of": "rows"}, "usd": {"constant": 1_500_000}},
    "acme.mail.send": {"records": {"length_of": "to"}, "usd": {"value_of": "cost.micros"}},
    "acme.ad.buy": {"usd": {"value_of": "amount"}, "records": {"constant": 1}},
}
_CANNOT: Final = ("billing.*", "acme.ad.*", "acme.mail.send", "acme.contact.*", "acme.ad")


def terms(chance: random.Random) -> Terms:
    """A charter and a catalogue that our own parsers accept."""
    catalogue: dict[str, Any] = {"connector": "acme", "actions": {name: _entry(chance, name) for name in _TOOLS}}
    granted = [name for name in _TOOLS if maybe(chance, 0.85)] or ["acme.contact.read"]
    charter: dict[str, Any] = {
        "charter": "judged",
        "purpose": "Be judged twice",
        "workflow": "oracle",
        "owner": {"accountable": "ana@acme.example", "backup": "ben@acme.example", "review_by": "2027-02-01"},
        "data": {"may_read": _classes(chance), "may_send_out": _classes(chance)},
        "can": [_grant(chance, name, catalogue["actions"][name]) for name in granted],
        "cannot": sorted({chance.choice(_CANNOT) if maybe(chance, 0.15) else "billing.*"}),
    }
    if maybe(chance, 0.97):
        charter["approve"] = {"all_of": [{"role": "it-change"}], "within": "4h"}
    if maybe(chance, 0.3):
        charter["when"] = _window(chance)
    if maybe(chance, 0.5):
        charter["run"] = {"calls": chance.choice((1, 40)), "seconds": chance.choice((1, 600)), "repeats": 2}
    if maybe(chance, 0.4):
        charter["budget"] = _budget(chance)
    if maybe(chance, 0.4):
        charter["order"] = [_order(chance)]
    return Terms(charter, catalogue)


def _classes(chance: random.Random) -> list[str]:
    return list(CLASSES[: chance.choice((4, 4, 4, 3, 3, 2))])


def _entry(chance: random.Random, name: str) -> dict[str, Any]:
    tool, when = _TOOLS[name]
    entry: dict[str, Any] = {"tool": tool, "says": "do something", "effect": "write", "when": when}
    entry["floor"] = chance.choice(("low", "low", "low", "medium", "medium", "high"))
    entry["idempotent"] = maybe(chance, 0.5)
    if name in _MEASURES:
        entry["measures"] = _MEASURES[name]
    if name == "acme.contact.read":
        entry["effect"], entry["reads"] = "read", _reads(chance)
    if name == "acme.mail.send":
        entry["effect"], entry["sends"] = "send", chance.choice(CLASSES[:3])
    if name == "acme.ad.buy":
        entry["effect"] = "spend"
    if name == "acme.contact.update" and maybe(chance, 0.5):
        entry["defaults"] = chance.choice(({"batch.size": 5}, {"list": "beta"}, {"live": True, "note.text": "none"}))
    return entry


def _reads(chance: random.Random) -> Any:
    if maybe(chance, 0.2):
        return chance.choice(CLASSES[:3])
    table = {"by": "fields", "classes": {"beta": "public", "staff": "internal", "vip": chance.choice(CLASSES)}}
    return table | ({"all_when_absent": True} if maybe(chance, 0.5) else {})


def _grant(chance: random.Random, name: str, entry: Document) -> dict[str, Any]:
    measures = entry.get("measures", {})
    grant: dict[str, Any] = {"do": name, "tier": _tier(chance, list(measures), _LIMITED[name])}
    if limits := _limits(chance, measures, _LIMITED[name]):
        grant["limits"] = limits
    if maybe(chance, 0.15):
        grant["when"] = _window(chance)
    if maybe(chance, 0.1):
        grant["approve"] = {"all_of": [{"role": "director"}], "within": "30m"}
    return grant


def _limits(chance: random.Random, measures: Document, arguments: tuple[str, ...]) -> dict[str, Any]:
    """Limits on two of the arguments or measures; a name that is both is the measure."""
    names = [*arguments, *(name for name in measures if name not in arguments)]
    constants = {name for name, how in measures.items() if "constant" in how}
    chosen = chance.sample(names, min(len(names), chance.choice((1, 2, 2, 3))))
    found = {}
    for name in chosen:
        if name == "usd":
            found[name] = {"max": chance.choice((2, "2.50", "1.50"))}
        elif name in constants:
            found[name] = {"max": chance.choice((0, 1, 1, 5))}
        else:
            found[name] = bounds(chance, "measure" if name in measures else KINDS[name])
    return found


def _tier(chance: random.Random, measures: list[str], arguments: tuple[str, ...]) -> Any:
    if not maybe(chance, 0.6):
        return chance.choice(("low", "medium", "high", "high"))
    by = [name for name in arguments if KINDS[name] == "number"]
    by += [prefix + name for name in measures for prefix in ("", "run.", "day.", "tree.")]
    if not by:
        return chance.choice(TIERS[:3])
    chosen = chance.choice(by)
    sizes = ("0.75", 2, 3) if chosen.endswith("usd") else (1, 5, 50, 5000)
    first = chance.randrange(len(sizes) - 1)
    levels = sorted(chance.choice((0, 1, 2, 2, 2, 3)) for _ in range(3))
    steps = [{"max": sizes[first], "is": TIERS[levels[0]]}, {"max": sizes[first + 1], "is": TIERS[levels[1]]}]
    return {"by": chosen, "steps": steps, "else": TIERS[levels[2]]}


def _window(chance: random.Random) -> dict[str, Any]:
    days = chance.choice(("mon-sun", "mon-fri", ["sat", "sun"], ["mon-tue", "thu"], "wed"))
    hours = chance.choice(("00:00-24:00", "07:00-20:00", "08:30-08:31", "22:00-24:00"))
    return {"days": days, "hours": hours, "zone": chance.choice(ZONES)}


def _budget(chance: random.Random) -> dict[str, Any]:
    units = {"usd": chance.choice((2, "2.50")), "records": chance.choice((5, 50, "1k")), "calls": 10, "sends": 1}
    chosen = chance.sample(sorted(units), chance.choice((1, 2)))
    return {chance.choice(("per_run", "per_day")): {unit: units[unit]} for unit in chosen}


def _order(chance: random.Random) -> dict[str, str]:
    one, other = chance.sample(sorted(_TOOLS), 2)
    return {"before": one, "require": other} if maybe(chance, 0.5) else {"after": one, "never": other}
