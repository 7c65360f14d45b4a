"""A reader of plain sentences: what a careful person makes of them, and of nothing else, about a call.

It knows English, the catalogue's words and no charter. What it predicts is held against `decide`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bailiwick.core.catalogue import ActionEntry, classes_read
from bailiwick.core.facts import Facts
from bailiwick.core.path import ABSENT, look

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PER = {"at a time": "", "a run": "run.", "a day": "day.", "a run and all it starts": "tree."}
SPANS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
Outcome = tuple[str, ...]
REFUSED: Outcome = ("refused",)


@dataclass
class Understood:
    """What was understood of one "May ..." sentence."""

    entry: ActionEntry
    limits: list[str] = field(default_factory=list)
    steps: list[tuple[int | None, str]] = field(default_factory=list)
    by: str = ""
    window: str = ""
    consent: Outcome = ()


@dataclass
class SentenceReader:
    """Reads the sentences of one charter; raises `AssertionError` on one that it does not understand."""

    entries: Sequence[ActionEntry]
    paths: Mapping[str, Sequence[str]]
    may: dict[str, Understood] = field(default_factory=dict)
    forbidden: list[str] = field(default_factory=list)
    wholes: list[str] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    sends: list[str] = field(default_factory=list)
    consent: Outcome = ()
    window: str = ""
    run: tuple[int, int, int, int] = (0, 0, 0, 0)
    orders: list[tuple[str, str, str]] = field(default_factory=list)
    budgets: list[tuple[str, str]] = field(default_factory=list)

    def read(self, sentences: Iterable[str]) -> "SentenceReader":
        for text in sentences:
            self._sentence(text)
        return self

    # ------------------------------------------------------------------------------------------ reading

    def _sentence(self, text: str) -> None:
        if text == "May do nothing.":
            return
        if found := re.fullmatch(r"May not touch anything in (.+)\.", text):
            self.wholes += _listed(found[1], "or")
        elif found := re.fullmatch(r"May (.+) only after it managed to (.+) in the same piece of work\.", text):
            self.orders.append(("require", self._action(found[1]), self._action(found[2])))
        elif found := re.fullmatch(r"May not (.+) any more once it set out to (.+) in the same piece of work\.", text):
            self.orders.append(("never", self._action(found[1]), self._action(found[2])))
        elif found := re.fullmatch(r"May not (.+)\.", text):
            self.forbidden.append(self._action(found[1]))
        elif found := re.fullmatch(r"It may read (.+) data and send out (.+) data\.", text):
            self.reads, self.sends = _listed(found[1], "and"), _listed(found[2], "and")
        elif found := re.fullmatch(r"Where it must ask, (.+)\.", text):
            self.consent = _consent(found[1])
        elif found := re.fullmatch(r"Acts only (.+)\.", text):
            self.window = found[1]
        elif found := re.fullmatch(
            r"In one run: at most (.+) calls in (.+), the same call at most (.+), after a failure (.+)\.", text
        ):
            again = {"no further try": 0, "once more": 1, "twice more": 2}.get(found[4])
            again = _whole(found[4].removesuffix(" times more")) if again is None else again
            self.run = (_whole(found[1]), _seconds(found[2]), _times(found[3]), again)
        elif found := re.fullmatch(r"In one (run|day \(UTC\)), all its actions together: at most (.+)\.", text):
            self.budgets += [(found[1][:3], words) for words in _listed(found[2], "and")]
        else:
            self._grant(text)

    def _grant(self, text: str) -> None:
        entry = next(
            entry
            for entry in sorted(self.entries, key=lambda one: -len(one.sentence))
            if re.match(rf"May {re.escape(entry.sentence)}(?=[ ,;.])", text)
        )
        known = Understood(entry)
        rest = text.removeprefix(f"May {entry.sentence}")
        if rest.startswith(" ("):
            inside, rest = rest[2:].split(")", 1)
            known.limits = inside.split("; ")
        if found := re.search(r" For this, (.+)\.$", rest):
            known.consent, rest = _consent(found[1]), rest[: found.start()]
        if found := re.search(r" Only (.+)\.$", rest):
            known.window, rest = found[1], rest[: found.start()]
        self._risk(known, rest)
        assert entry.name not in self.may, text
        self.may[entry.name] = known

    def _risk(self, known: Understood, rest: str) -> None:
        if found := re.match(r", however many (.+?) (at a time|a run and all it starts|a run|a day)(?=[.,;])", rest):
            known.by, rest = PER[found[2]] + self._counted(known.entry, found[1]), rest[found.end() :]
        fixed = {".": "runs", "; the owner is told.": "told", ", but must ask first every time.": "asks"}
        if rest in fixed:
            known.steps = [(None, fixed[rest])]
            return
        first = "runs"
        if rest.startswith(", but must ask first"):
            first, rest = "asks", rest.removeprefix(", but must ask first")
        parts = rest.removesuffix(".").split("; ")
        size = parts[0].removeprefix(", up to ")
        if size.endswith(", and the owner is told"):
            first, size = "told", size.removesuffix(", and the owner is told")
        per = next(words for words in sorted(PER, key=len, reverse=True) if size.endswith(f" {words}"))
        amount, _, noun = size.removesuffix(f" {per}").partition(" ")
        known.by = PER[per] + self._counted(known.entry, noun)
        known.steps = [(_number(f"{amount} {noun}"), first)]
        words = {"freely": "runs", "the owner is told": "told", "it must ask": "asks", "never": "refused"}
        for part in parts[1:]:
            found = re.fullmatch(
                r"(?:from (?P<low>[\d,.]+) to (?P<top>[\d,.]+)|at (?P<one>[\d,.]+)|above that) (?P<then>.+)", part
            )
            assert found, rest
            top = found["top"] or found["one"]
            if top:
                assert _number(found["low"] or top) == (known.steps[-1][0] or 0) + 1, rest
            known.steps.append((_number(top) if top else None, words[found["then"]]))

    def _counted(self, entry: ActionEntry, noun: str) -> str:
        """The measure or argument that a noun names; "records" goes without saying."""
        wanted = noun or "records"
        names = [*entry.measures, *self.paths[entry.tool]]
        return next(name for name in names if _called(name) in (wanted, f"{wanted}s"))

    def _action(self, words: str) -> str:
        return next(entry.name for entry in self.entries if entry.sentence == words)

    # ------------------------------------------------------------------------------------------ predicting

    def predict(self, entry: ActionEntry, arguments: Mapping[str, Any], facts: Facts) -> Outcome:
        """What the sentences make of a call: refused, runs, told, or asks with who and within how many seconds."""
        name, known = entry.name, self.may.get(entry.name)
        if name in self.forbidden or any(name.startswith(f"{one.replace(' ', '.')}.") for one in self.wholes):
            return REFUSED
        if known is None or not classes_read(entry, arguments) <= set(self.reads):
            return REFUSED
        if entry.sends is not None and entry.sends not in self.sends:
            return REFUSED
        if not all(self._kept(entry, words, arguments, facts) for words in known.limits):
            return REFUSED
        if not all(_within(words, facts) for words in (self.window, known.window) if words):
            return REFUSED
        calls, seconds, repeats, retries = self.run
        run = facts.run
        if (
            run.calls >= calls
            or run.elapsed_us >= seconds * 1_000_000
            or run.repeats >= repeats
            or run.failures > retries
        ):
            return REFUSED
        if not self._in_order(name, facts) or not self._in_budget(entry, arguments, facts):
            return REFUSED
        risk = self._size_risk(known, arguments, facts)
        return ("asks", *(known.consent or self.consent)) if risk == "asks" else (risk,)

    def _size_risk(self, known: Understood, arguments: Mapping[str, Any], facts: Facts) -> str:
        if not known.by:
            return known.steps[0][1]
        scope, _, name = known.by.rpartition(".")
        scope = scope if scope in ("run", "day", "tree") else ""
        size = self._amount(known.entry, name if scope else known.by, arguments)
        if size is None:
            return "refused"
        size += facts.totals[known.by] if scope else 0
        return next(risk for most, risk in known.steps if most is None or size <= most)

    def _amount(self, entry: ActionEntry, name: str, arguments: Mapping[str, Any]) -> int | None:
        how = entry.measures.get(name)
        if how is not None and how.kind == "constant":
            return int(how.of)
        value = look(arguments, str(how.of) if how else name)
        if how is not None and how.kind == "length_of":
            return len(value) if isinstance(value, list | dict) else None
        return value if type(value) is int and value >= 0 else None

    def _kept(self, entry: ActionEntry, words: str, arguments: Mapping[str, Any], facts: Facts) -> bool:
        if found := re.fullmatch(r"(always|never) with (.+)", words):
            _, value = self._value(entry, found[2], arguments)
            if found[1] == "never":
                return value is ABSENT
            return value is not ABSENT and value is not None and value not in ("", [], {})
        name, _, bound = words.partition(": ")
        optional = name.endswith(" if given")
        path, value = self._value(entry, name.removesuffix(" if given"), arguments)
        if value is ABSENT:
            return optional
        return _bound_kept(bound, value, path, facts)

    def _value(self, entry: ActionEntry, name: str, arguments: Mapping[str, Any]) -> tuple[str, object]:
        """An argument by what people call it, or the size that a measure of that name has."""
        for path in self.paths[entry.tool]:
            if _called(path) == name:
                return path, look(arguments, path)
        measure, how = next((one, how) for one, how in entry.measures.items() if _called(one) == name)
        if how.kind == "value_of":
            return str(how.of), look(arguments, str(how.of))
        size = self._amount(entry, measure, arguments)
        return measure, ABSENT if size is None else size

    def _in_order(self, name: str, facts: Facts) -> bool:
        for kind, action, other in self.orders:
            if kind == "require" and action == name and facts.done.get(other) != "succeeded":
                return False
            if kind == "never" and action == name and other in facts.done:
                return False
        return True

    def _in_budget(self, entry: ActionEntry, arguments: Mapping[str, Any], facts: Facts) -> bool:
        for scope, words in self.budgets:
            amount, _, noun = words.partition(" ")
            unit = {"USD": "usd", "call": "calls", "message sent": "sends", "messages sent": "sends"}.get(noun, noun)
            unit = unit if unit in entry.measures or unit in ("calls", "sends") else f"{unit}s"
            if unit == "calls" or (unit == "sends" and entry.effect == "send"):
                use: int | None = 1
            elif unit in entry.measures:
                use = self._amount(entry, unit, arguments)
            else:
                continue
            if use is None or facts.spent[f"{scope}.{unit}"] + use > _number(f"{amount} {noun}"):
                return False
        return True


def _bound_kept(bound: str, value: Any, path: str, facts: Facts) -> bool:
    if found := re.fullmatch(r"(at most|at least) (.+)", bound):
        if type(value) not in (int, float):
            return False
        return value <= _number(found[2]) if found[1] == "at most" else value >= _number(found[2])
    if found := re.fullmatch(r"([\d,.]+(?: USD)?) to ([\d,.]+(?: USD)?)", bound):
        return type(value) in (int, float) and _number(found[1]) <= value <= _number(found[2])
    if bound.startswith("only at "):
        hosts = _listed(bound.removeprefix("only at "), "or")
        items = value if isinstance(value, list) else [value]
        return bool(items) and all(_at(item, hosts) for item in items)
    if bound.startswith("only "):
        allowed = [_literal(word) for word in _listed(bound.removeprefix("only "), "and")]
        return isinstance(value, list | dict) and bool(value) and all(item in allowed for item in value)
    if bound.startswith("starting with "):
        starts = [str(_literal(word)) for word in _listed(bound.removeprefix("starting with "), "or")]
        return isinstance(value, str) and value.startswith(tuple(starts))
    if bound.startswith("like "):
        patterns = _listed(bound.removeprefix("like ").partition(", where ")[0], "or")
        return isinstance(value, str) and any(re.fullmatch(_pattern(one), value) for one in patterns)
    if found := re.fullmatch(r"none again within (.+)", bound):
        items = value if isinstance(value, list) else [value]
        if not items or not all(type(item) is int or (type(item) is str and item) for item in items):
            return False
        at_us = facts.seen.get(path)
        return at_us is None or facts.at_us - at_us >= _seconds(found[1]) * 1_000_000
    allowed = [_literal(word) for word in _listed(bound, "or")]
    return any(type(value) is type(one) and value == one for one in allowed)


def _called(name: str) -> str:
    return name.rpartition(".")[2].removesuffix("_micros").replace("_", " ")


def _listed(words: str, last: str) -> list[str]:
    if words == "no":
        return []
    head, _, tail = words.rpartition(f" {last} ")
    return [*head.split(", "), tail] if head else [tail]


def _literal(word: str) -> str | int | bool:
    if word.startswith("“"):
        return word[1:-1]
    if word in ("true", "false"):
        return word == "true"
    return int(word) if re.fullmatch(r"-?\d+", word) else word


def _pattern(text: str) -> str:
    signs = {"#": "[0-9]", "?": "[A-Za-z0-9]", "*": "[A-Za-z0-9_.-]*"}
    return "".join(signs.get(letter) or re.escape(letter) for letter in text)


def _at(value: Any, hosts: Sequence[str]) -> bool:
    found = re.match(r"(?:[^@\s]+@|https?://)([a-z0-9.-]+)", value) if isinstance(value, str) else None
    return bool(found and any(found[1] == host or found[1].endswith(f".{host}") for host in hosts))


def _consent(words: str) -> Outcome:
    found = re.fullmatch(
        r"(.+) must (?:both |all )?say yes within (.+); the requester and the agent's owners do not count", words
    )
    assert found, words
    return (*_listed(found[1], "and"), str(_seconds(found[2])))


def _within(words: str, facts: Facts) -> bool:
    found = re.fullmatch(r"(.+), (\d\d):(\d\d) to (\d\d):(\d\d), (\S+) time", words)
    assert found, words
    weekday, minute = facts.local[found[6]]
    start, end = int(found[2]) * 60 + int(found[3]), int(found[4]) * 60 + int(found[5])
    return DAYS[weekday] in _days(found[1]) and start <= minute < end


def _days(words: str) -> list[str]:
    if words == "every day":
        return list(DAYS)
    if " to " in words:
        first, last = words.split(" to ")
        return list(DAYS[DAYS.index(first) : DAYS.index(last) + 1])
    return _listed(words, "and")


def _number(text: str) -> int:
    """`5,000`, or an amount of money in micros: with a point, or with its currency."""
    amount, _, unit = text.strip().partition(" ")
    if unit == "USD" or "." in amount:
        return int(Decimal(amount.replace(",", "")) * 1_000_000)
    return _whole(amount)


def _whole(text: str) -> int:
    return int(text.replace(",", ""))


def _times(text: str) -> int:
    return {"once": 1, "twice": 2}.get(text) or _whole(text.removesuffix(" times"))


def _seconds(text: str) -> int:
    found = re.findall(r"(\d+) (day|hour|minute|second)s?", text)
    assert found, text
    return sum(int(count) * SPANS[unit] for count, unit in found)
