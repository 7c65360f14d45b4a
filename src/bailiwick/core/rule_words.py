"""What each question of a decision looks at, in words: the rules it asks in their order, and what it finds."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.core.budget_limit import amount_text
from bailiwick.core.catalogue import classes_read
from bailiwick.core.charter import Charter
from bailiwick.core.check import Case
from bailiwick.core.facts import Facts
from bailiwick.core.limit import Limit, Op
from bailiwick.core.limit_words import limit_words
from bailiwick.core.path import ABSENT, look
from bailiwick.core.phrase import joined, time_span
from bailiwick.core.plain import window_words
from bailiwick.core.problem import Place

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LONGEST: Final = 80


@dataclass(frozen=True, slots=True)
class RuleWords:
    """One rule by the id that verdicts use: what it `says`, what was `found`, and its place in the charter.

    `place` is empty where the rule is not the charter's: the catalogue's, a halt, a connector.
    """

    rule: str
    says: str
    found: str = ""
    place: Place = ()


def stop_rules(facts: Facts) -> tuple[RuleWords, ...]:
    """What stops an agent whatever it asks for."""
    halts = joined([f"`{halt.scope}`" for halt in facts.halts])
    return (
        RuleWords("revoked", "The agent and its token are in force."),
        RuleWords(
            f"halt:{facts.halts[0].scope}" if facts.halts else "halt", "Nothing that covers it is halted.", halts
        ),
        RuleWords("run", "Its run is open."),
    )


def listed_rule(charter: Charter, action: str) -> RuleWords:
    """That the charter grants the action."""
    return RuleWords(f"can[{action}]", f"The charter lists `{action}`.", "", _grant_place(charter, action))


def _grant_place(charter: Charter, action: str) -> Place:
    return next((("can", at) for at, grant in enumerate(charter.grants) if grant.action == action), ("can",))


def _own(case: Case) -> Place:
    return _grant_place(case.charter, case.check.entry.name)


def _cannot(case: Case) -> Iterator[RuleWords]:
    charter, pattern = case.charter, case.check.cannot
    if pattern is not None:
        yield RuleWords(f"cannot[{pattern}]", "No prohibition names it.", "", ("cannot", charter.cannot.index(pattern)))
    elif charter.cannot:
        yield RuleWords("cannot", "No prohibition names it.", f"none of {len(charter.cannot)}", ("cannot",))


def _connector(case: Case) -> Iterator[RuleWords]:
    name = case.request.connector
    yield RuleWords(f"connector[{name}]", f"The credential of `{name}` may be used.")


def _quarantine(case: Case) -> Iterator[RuleWords]:
    yield RuleWords(f"quarantine[{case.request.tool}]", "The tool is still as IT reviewed it.")


def _schema(case: Case) -> Iterator[RuleWords]:
    yield RuleWords(f"schema[{case.request.tool}]", "The arguments are what the tool takes.")


def _defaults(case: Case) -> Iterator[RuleWords]:
    for path in case.check.entry.defaults:
        found = _shown(look(case.request.arguments, path))
        yield RuleWords(f"defaults[{path}]", f"`{path}` has the value that IT fills in.", found)


def _data(case: Case) -> Iterator[RuleWords]:
    entry, charter = case.check.entry, case.charter
    shows = sorted(classes_read(entry, case.request.arguments))
    if shows:
        says = f"It may read {joined(sorted(charter.may_read)) or 'no'} data."
        yield RuleWords("data.may_read", says, f"reads {joined(shows)} data", ("data", "may_read"))
    if entry.sends is not None:
        says = f"It may send out {joined(sorted(charter.may_send_out)) or 'no'} data."
        yield RuleWords("data.may_send_out", says, f"sends out {entry.sends} data", ("data", "may_send_out"))


def _limits(case: Case) -> Iterator[RuleWords]:
    limits = case.check.grant.limits if case.check.grant else ()
    for limit, applied in zip(limits, case.check.limits, strict=True):
        place = (*_own(case), "limits", limit.argument, limit.op.value)
        words = limit_words(limit, case.check.entry, f"`{limit.argument}`")
        yield RuleWords(applied.rule, f"{_capital(words)}.", _limited(case, limit), place)


def _limited(case: Case, limit: Limit) -> str:
    if limit.op is Op.UNIQUE_WITHIN:
        at_us = case.facts.seen.get(limit.argument)
        return f"last used {time_span(case.facts.at_us - at_us)} before" if at_us is not None else "never used before"
    if limit.argument in case.check.entry.measures:
        size = case.measures.get(limit.argument)
        return "not shown" if size is None else f"is {amount_text(size, limit.argument)}"
    return _shown(look(case.request.arguments, limit.argument))


def _windows(case: Case) -> Iterator[RuleWords]:
    for rule, window in case.check.windows:
        place: Place = ("when",) if rule == "when" else (*_own(case), "when")
        when = case.facts.local.get(window.zone)
        found = f"{_DAYS[when[0]]} {when[1] // 60:02}:{when[1] % 60:02} there" if when else ""
        yield RuleWords(rule, f"{_capital(window_words(window))}.", found, place)


def _order(case: Case) -> Iterator[RuleWords]:
    done = case.facts.done
    for rule in case.check.order:
        place: Place = ("order", case.charter.order.index(rule))
        if rule.kind == "require":
            found = {"succeeded": "it succeeded", "intended": "it was tried"}.get(done.get(rule.other, ""), "not yet")
            says = f"`{rule.other}` must have succeeded before."
            yield RuleWords(f"order[{rule.action} requires {rule.other}]", says, found, place)
        else:
            found = "it was done" if rule.action in done else "it was not"
            says = f"Never once `{rule.action}` was done."
            yield RuleWords(f"order[{rule.other} never after {rule.action}]", says, found, place)


def _run(case: Case) -> Iterator[RuleWords]:
    limits, run = case.charter.run, case.facts.run
    most = time_span(limits.seconds * 1_000_000)
    so_far = (
        f"{time_span(max(0, run.elapsed_us) // 1_000_000 * 1_000_000)} so far"
        if run.elapsed_us >= 1_000_000
        else "just begun"
    )
    yield RuleWords("run.calls", f"At most {limits.calls:,} calls in a run.", f"{run.calls:,} before", ("run", "calls"))
    yield RuleWords("run.seconds", f"At most {most} of work in a run.", so_far, ("run", "seconds"))
    says = f"The same call at most {limits.repeats:,} times in a run."
    yield RuleWords("run.repeats", says, f"{run.repeats:,} before", ("run", "repeats"))
    says = f"After a failure at most {limits.retries:,} more tries."
    yield RuleWords("run.retries", says, f"failed {run.failures:,} times before", ("run", "retries"))


def _budget(case: Case) -> Iterator[RuleWords]:
    for limit in case.check.budget:
        most, use = amount_text(limit.most, limit.unit), limit.use(case.measures)
        needs = (
            "and this does not show how much it needs" if use is None else f"this needs {amount_text(use, limit.unit)}"
        )
        unit = "" if most.endswith(limit.unit.upper()) else f" {limit.unit}"
        says = f"At most {most}{unit} a {limit.scope}."
        found = f"{amount_text(case.facts.spent.get(limit.key, 0), limit.unit)} used before, {needs}"
        place = ("budget", f"per_{limit.scope}", limit.unit)
        yield RuleWords(f"budget.per_{limit.scope}.{limit.unit}", says, found, place)


def _twin(case: Case) -> Iterator[RuleWords]:
    if not case.check.entry.idempotent:
        twin = case.facts.twin
        found = f"`{twin.action}` is {twin.state}" if twin else "none"
        yield RuleWords("unsettled", "No identical call is running or has an unknown outcome.", found)


ASKED: Final[Mapping[str, Callable[[Case], Iterator[RuleWords]]]] = {
    "_cannot": _cannot,
    "_connector": _connector,
    "_quarantine": _quarantine,
    "_schema": _schema,
    "_defaults": _defaults,
    "_data": _data,
    "_limits": _limits,
    "_windows": _windows,
    "_order": _order,
    "_run": _run,
    "_budget": _budget,
    "_twin": _twin,
}
"""By the name of the objection in `decide`; a test holds the two lists together."""


def _shown(value: object) -> str:
    """A value as its JSON, cut where it is long."""
    if value is ABSENT:
        return "left out"
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return "not readable"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
