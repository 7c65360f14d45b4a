"""Making up calls: mostly as they should be, with one or two parts at an edge.

Everything is drawn from the `random.Random` it is given; `case` is what hypothesis shrinks.
"""

import json
import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bench.oracle import notation
from bench.oracle.case import QUIET, Call, Case
from bench.oracle.draw_charter import terms
from bench.oracle.draw_limit import ABSENT, KINDS, edge, kept, maybe, plain
from bench.oracle.terms import Document, Terms


def case(chance: random.Random) -> Case:
    """One call under one charter."""
    made = terms(chance)
    return Case(made, call(chance, made))


def call(chance: random.Random, made: Terms) -> Call:
    """A call of one of the actions: mostly as it should be, with one or two parts at an edge."""
    name = chance.choice(list(made.grants) * 8 + list(made.actions))
    entry, grant = made.actions[name], made.grants.get(name, {})
    limits = dict(grant.get("limits", {}))
    arguments: dict[str, Any] = {}
    faults = chance.choice((0, 0, 0, 0, 1, 1, 1, 2))
    for path in _named(made, name, entry, limits):
        size = KINDS.get(path, "number")
        arguments = _put(arguments, path, kept(chance, size, limits[path]) if path in limits else plain(chance, size))
    arguments = _sized(chance, arguments, entry, limits)
    for path, value in entry["when"].items():
        arguments = _put(arguments, path, value)
    facts = _facts(chance, made, name)
    tool = entry["tool"]
    for _ in range(faults):
        which = chance.random()
        if which < 0.5:
            paths = sorted(limits) if limits and maybe(chance, 0.7) else sorted({*arguments, *_by(grant)})
            paths = [path for path in paths if path in made.paths] or ["list"]
            path = chance.choice(paths)
            arguments = _put(
                arguments, path, edge(chance, KINDS.get(path, "number"), limits.get(path, {}) if path in KINDS else {})
            )
        elif which < 0.55:
            arguments = _put(
                arguments, "object_type", chance.choice((1, True, "1", "contacts", "Contacts", 1.0, ABSENT))
            )
        elif which < 0.58:
            tool = chance.choice(("manage ", "Manage", "m\u0430nage", "delete", "quietly query", "call buy", tool))
        else:
            facts = _troubled(chance, facts, made, name)
    return Call(tool, _text(arguments), facts)


def _by(grant: Document) -> list[str]:
    return [grant["tier"]["by"]] if isinstance(grant.get("tier"), Mapping) else []


def _named(made: Terms, name: str, entry: Document, limits: Document) -> list[str]:
    """The arguments that a usual call of the action sends."""
    reads = [entry["reads"]["by"]] if isinstance(entry.get("reads"), Mapping) else []
    sizes = [str(of) for how in entry.get("measures", {}).values() for kind, of in how.items() if kind != "constant"]
    tiers = [by for by in _by(made.grants.get(name, {})) if by in KINDS]
    limited = [path for path in limits if path in KINDS]  # the others are measures
    return [path for path in dict.fromkeys([*limited, *reads, *sizes, *tiers]) if path in made.paths]


def _sized(chance: random.Random, arguments: dict[str, Any], entry: Document, limits: Document) -> dict[str, Any]:
    """Sizes that keep the limits on measures, and what is read is mostly known."""
    for name, how in entry.get("measures", {}).items():
        ((kind, of),) = how.items()
        if kind == "value_of":
            top = notation.micros(limits[name]["max"]) if name == "usd" and name in limits else 2_000_000
            usd = chance.choice((top, min(top, 750_000)))
            arguments = _put(arguments, of, usd if name == "usd" else kept(chance, "number", limits.get(name, {})))
        elif kind == "length_of" and of == "ids":
            most = limits.get(name, {}).get("max", 50)
            least = limits.get(name, {}).get("min", 1)
            size = chance.choice((min(most, 60), min(max(least, 1), 60), 5))
            arguments = _put(arguments, of, [f"id{at}" for at in range(max(size, 0))])
    if isinstance(entry.get("reads"), Mapping) and "fields" not in limits:
        arguments = _put(
            arguments, "fields", chance.choice((["beta"], ["beta", "staff"], "beta", ["vip"], ["beta", "odd"], ABSENT))
        )
    return arguments


def _put(arguments: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    copy = {key: item for key, item in arguments.items() if rest or key != head}
    if rest:
        inner = copy.get(head)
        copy[head] = _put(inner if isinstance(inner, dict) else {}, rest, value)
    elif value is not ABSENT:
        copy[head] = value
    return copy


def _text(arguments: Mapping[str, Any]) -> str:
    """JSON, where `@number 1e2` is a number spelt so."""
    return re.sub(r'"@number ([^"]+)"', r"\1", json.dumps(arguments, ensure_ascii=False))


def _facts(chance: random.Random, made: Terms, name: str) -> dict[str, Any]:
    """Facts that mostly speak for the call: inside its windows, with what it needs done before."""
    needed = [rule["require"] for rule in made.charter.get("order", []) if rule.get("before") == name]
    done = {other: chance.choice(("succeeded", "succeeded", "intended")) for other in needed}
    at_us = QUIET["at_us"]
    windows = [part["when"] for part in (made.charter, made.grants.get(name, {})) if "when" in part]
    if windows:
        at_us = _inside(windows[0], chance)
    run = dict(QUIET["run"])
    return {
        **QUIET,
        "at_us": at_us,
        "run": run,
        "totals": {by: _before(chance, made, by) for by in sorted(made.totals)},
        "spent": dict.fromkeys(sorted(made.budgets), 0),
        "done": done,
        "consent": _consent(chance, at_us) if maybe(chance, 0.25) else None,
    }


def _before(chance: random.Random, made: Terms, by: str) -> int:
    """A total just below, at or just above what a step leaves room for."""
    tiers = [grant["tier"] for grant in made.grants.values() if isinstance(grant["tier"], Mapping)]
    edges = [step["max"] for tier in tiers if tier["by"] == by for step in tier["steps"]]
    most = chance.choice(edges)
    edge_of = notation.micros(most) if by.endswith("usd") else notation.count(most)
    step = 750_000 if by.endswith("usd") else 1
    return max(0, chance.choice((0, edge_of - 5 * step, edge_of - step, edge_of)))


def _inside(window: Document, chance: random.Random) -> int:
    """An instant mostly inside the window: its first minute, its last, or one just outside."""
    zone = ZoneInfo(window["zone"])
    day = datetime(2026, 3, 23, tzinfo=UTC) + timedelta(days=chance.randrange(14))  # summer time begins within
    while day.weekday() not in notation.weekdays(window["days"]):
        day += timedelta(days=1)
    start, end = notation.minutes(window["hours"])
    minute = chance.choice((start, end - 1, (start + end) // 2, start, end - 1, end % 1440))
    local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, chance.choice((0, 59)), tzinfo=zone)
    return int(local.timestamp()) * 1_000_000


def _consent(chance: random.Random, at_us: int) -> dict[str, Any]:
    """An approval: good, or wrong in one way."""
    consent = {"status": "approved", "filled": True, "use_by_us": at_us + 1}
    consent |= dict.fromkeys(("digest", "definition", "charter"), "this")
    wrong = chance.choice((None, None, "status", "digest", "definition", "charter", "use_by_us", "filled"))
    if wrong == "status":
        consent["status"] = chance.choice(("denied", "consumed", "expired", "open"))
    elif wrong == "use_by_us":
        consent["use_by_us"] = chance.choice((None, at_us, at_us - 1))
    elif wrong == "filled":
        consent["filled"] = False
    elif wrong:
        consent[wrong] = "other"
    return consent


def _troubled(chance: random.Random, facts: dict[str, Any], made: Terms, name: str) -> dict[str, Any]:
    """The facts with one of them at an edge."""
    run, limits, at_us = facts["run"], made.run, facts["at_us"]
    least = chance.choice((-1, 0, 1))
    spans = [notation.span_us(b) for a, _, op, b, _ in made.limits if op == "unique_within" and a == name] or [
        20_000_000
    ]
    unique = [argument for action, argument, op, *_ in made.limits if op == "unique_within" and action == name]
    budget = chance.choice(sorted(made.budgets.items()) or [("run.calls", 1)])
    ordered = [part for rule in made.charter.get("order", []) for part in rule.values()] or list(made.actions)
    changes: list[dict[str, Any]] = [
        {"run": {**run, "calls": max(0, limits["calls"] + least)}},
        {"run": {**run, "elapsed_us": limits["seconds"] * 1_000_000 + least}},
        {"run": {**run, "repeats": max(0, limits["repeats"] + least)}},
        {"run": {**run, "failures": max(0, limits["retries"] + least)}},
        {"spent": {**facts["spent"], budget[0]: max(0, budget[1] - chance.choice((0, 1, 5, 750_000, 2_000_000)))}},
        {"at_us": at_us + chance.choice((-60, 60, -86_400, 86_400, 3_600, -3_600)) * 1_000_000},
        {"done": {chance.choice(ordered): chance.choice(("intended", "succeeded"))}},
        {"consent": _consent(chance, at_us)},
        {"twin": True},
        {chance.choice(("revoked", "halted", "connector_stopped", "quarantined", "schema_broken")): True},
        {"run": {**run, "open": False}},
    ]
    if unique:
        spans = [notation.span_us(b) for a, _, op, b, _ in made.limits if op == "unique_within" and a == name]
        changes += [{"seen": {argument: at_us - chance.choice(spans) + least}} for argument in unique] * 2
    return facts | chance.choice(changes)
