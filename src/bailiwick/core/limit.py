"""Limits on arguments: a closed vocabulary, compiled once, exact about types."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from bailiwick.core.budget_limit import MONEY, amount_text
from bailiwick.core.path import ABSENT
from bailiwick.core.pattern import compile_pattern, pattern_trouble
from bailiwick.core.problem import Place
from bailiwick.core.reading import Reading
from bailiwick.core.uniqueness import sameness_trouble

Check = Callable[[object], str | None]
Scalar = str | int | bool


class Op(StrEnum):
    MAX = "max"
    MIN = "min"
    ONE_OF = "one_of"
    ONLY = "only"
    DOMAIN = "domain"
    STARTS_WITH = "starts_with"
    MATCHES = "matches"
    UNIQUE_WITHIN = "unique_within"
    REQUIRED = "required"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound on one argument.

    `value` is an int for `max` and `min`, a tuple of scalars for `one_of` and `only`, a tuple of strings
    for `domain`, `starts_with` and `matches`, microseconds for `unique_within`, True for `required` and
    `forbidden`. `optional` lets the argument be absent; otherwise absent means broken (`forbidden` apart).
    """

    argument: str
    op: Op
    value: int | tuple[Scalar, ...]
    optional: bool = False


def compile_limit(limit: Limit) -> Check:
    """A closure from the argument (or ABSENT) to None when kept, else the sentence why not."""
    missing, broken = compile_parts(limit)
    return lambda value: missing if value is ABSENT else broken(value)


def compile_parts(limit: Limit) -> tuple[str | None, Check]:
    """Why an absent argument breaks the limit, if it does, and the check of one that is there.

    Equal limits share them, whichever charter they stand in: the fewer there are, the more stay at hand.
    """
    # INVARIANT: exact types; to Python the limits `[1]` and `[true]` are equal
    kinds = tuple(map(type, limit.value)) if isinstance(limit.value, tuple) else (type(limit.value),)
    return _compile_parts(limit, kinds)


@lru_cache(maxsize=20_000)
def _compile_parts(limit: Limit, _kinds: tuple[type, ...]) -> tuple[str | None, Check]:
    may_miss = limit.optional or limit.op is Op.FORBIDDEN
    missing = None if may_miss else f"`{limit.argument}` is left out, but it is limited: send it"
    return missing, _COMPILERS[limit.op](limit)


def _number(limit: Limit) -> Check:
    name, bound = limit.argument, limit.value
    if type(bound) is not int:
        raise TypeError("a numeric limit needs a whole number")
    at_most = limit.op is Op.MAX
    why = f"`{name}` is {'over' if at_most else 'under'} the limit of {amount_text(bound, name)}"

    def check(value: object) -> str | None:
        # INVARIANT: exact types before any comparison; True <= 3 and not NaN > 3 would both pass.
        if type(value) is not int and (type(value) is not float or not math.isfinite(value)):
            return f"`{name}` must be a finite number"
        return why if (value > bound if at_most else value < bound) else None

    return check


def _same_kind(allowed: tuple[Scalar, ...]) -> frozenset[tuple[type, Scalar]]:
    return frozenset((type(item), item) for item in allowed)


def _one_of(limit: Limit) -> Check:
    name, allowed = limit.argument, _choices(limit)
    known = _same_kind(allowed)
    why = f"`{name}` must be one of {_listed(allowed)}"

    def check(value: object) -> str | None:
        if not isinstance(value, str | int):
            return why
        return None if (type(value), value) in known else why

    return check


def _only(limit: Limit) -> Check:
    name, allowed = limit.argument, _choices(limit)
    known = _same_kind(allowed)
    why = f"`{name}` may only hold {_listed(allowed)}"

    def check(value: object) -> str | None:
        if not isinstance(value, list | tuple | Mapping):
            return f"`{name}` must be a list or an object"
        if not value:
            # INVARIANT: an empty list is refused; many systems read it as "everything".
            return f"`{name}` is empty: name what is meant"
        for item in value:
            if not isinstance(item, str | int) or (type(item), item) not in known:
                return f"{why}, not `{_short(item)}`"
        return None

    return check


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})+"
HOST: Final = re.compile(_HOST)
EMAIL: Final = re.compile(rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~.-]{{1,64}}@({_HOST})")
URL: Final = re.compile(rf"https?://({_HOST})(?::[0-9]{{1,5}})?(?:[/?#][!-\[\]-~]*)?")


def _domain(limit: Limit) -> Check:
    name, domains = limit.argument, tuple(str(item) for item in _choices(limit))
    inside = tuple("." + domain for domain in domains)
    why = f"`{name}` must stay within {_listed(domains)}"

    def one(value: object) -> str | None:
        if not isinstance(value, str) or len(value) > 2048:
            return f"`{name}` must be an e-mail address or a web address"
        match = EMAIL.fullmatch(value) or URL.fullmatch(value)
        if match is None:
            return f"`{name}` holds `{_short(value)}`, which is no plain ASCII address with a lower-case host"
        host = match[1]
        return None if host in domains or host.endswith(inside) else why

    return _each(name, one)


def _starts_with(limit: Limit) -> Check:
    name, starts = limit.argument, tuple(str(item) for item in _choices(limit))
    why = f"`{name}` must start with {_listed(starts, ' or ')}"

    def check(value: object) -> str | None:
        if not isinstance(value, str):
            return f"`{name}` must be text"
        if ".." in value.replace("\\", "/").split("/"):
            return f"`{name}` holds a `..` step: write the path without it"
        return None if value.startswith(starts) else why

    return check


def _matches(limit: Limit) -> Check:
    name, patterns = limit.argument, tuple(str(item) for item in _choices(limit))
    known = [compile_pattern(pattern) for pattern in patterns]
    why = f"`{name}` must look like {_listed(patterns, ' or ')}"

    def one(value: object) -> str | None:
        if not isinstance(value, str):
            return f"`{name}` must be text"
        if ".." in value.replace("\\", "/").split("/"):
            return f"`{name}` holds a `..` step: write the path without it"
        return None if any(matches(value) for matches in known) else why

    return _each(name, one)


def _unique_within(limit: Limit) -> Check:
    name = limit.argument

    def check(value: object) -> str | None:
        # INVARIANT: whatever cannot be looked up as used before is refused, or it would count as new
        trouble = sameness_trouble(value)
        return f"`{name}` {trouble}" if trouble else None

    return check


def _each(name: str, one: Check) -> Check:
    """The check of every item of a list, or of the one value."""

    def check(value: object) -> str | None:
        if not isinstance(value, list | tuple):
            return one(value)
        if not value:
            return f"`{name}` is empty: name what is meant"
        return next((broken for item in value if (broken := one(item))), None)

    return check


def _required(limit: Limit) -> Check:
    name = limit.argument

    def check(value: object) -> str | None:
        if value is None or (isinstance(value, str | list | tuple | Mapping) and not value):
            return f"`{name}` is empty, but the charter requires it"
        return None

    return check


def _forbidden(limit: Limit) -> Check:
    why = f"`{limit.argument}` is forbidden by the charter: leave it out"
    return lambda value: why


def _choices(limit: Limit) -> tuple[Scalar, ...]:
    if not isinstance(limit.value, tuple):
        raise TypeError(f"`{limit.op}` needs a list of values")
    return limit.value


def _listed(items: tuple[Scalar, ...], joint: str = ", ") -> str:
    return joint.join(f"`{item}`" for item in items)


def _short(item: object) -> str:
    text = str(item)
    return text if len(text) <= 60 else text[:57] + "..."


_COMPILERS: Final[dict[Op, Callable[[Limit], Check]]] = {
    Op.MAX: _number,
    Op.MIN: _number,
    Op.ONE_OF: _one_of,
    Op.ONLY: _only,
    Op.DOMAIN: _domain,
    Op.STARTS_WITH: _starts_with,
    Op.MATCHES: _matches,
    Op.UNIQUE_WITHIN: _unique_within,
    Op.REQUIRED: _required,
    Op.FORBIDDEN: _forbidden,
}


ARGUMENT: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
_OPS: Final = tuple(op.value for op in Op)
_MONEY_OPS: Final = frozenset({Op.MAX, Op.MIN, Op.REQUIRED, Op.FORBIDDEN})


def read_limits(reading: Reading, value: object, place: Place) -> tuple[Limit, ...]:
    """`{fields: {only: [segment, language]}, rows: {max: 500, optional: true}}`, by argument."""
    limits: list[Limit] = []
    # INVARIANT: in the order of the canonical document, so a text and its stored form object alike
    for argument, bounds in sorted(reading.mapping(value, place).items()):
        at = (*place, argument)
        if not ARGUMENT.fullmatch(argument):
            reading.wrong(at, f"`{argument}` is no argument: write a name or a dotted path, `filter.owner`")
        limits += _read_bounds(reading, argument, bounds, at)
    return tuple(limits)


def _read_bounds(reading: Reading, argument: str, value: object, place: Place) -> list[Limit]:
    bounds = reading.mapping(value, place, (*_OPS, "optional"))
    optional = reading.truth(bounds["optional"], (*place, "optional")) if "optional" in bounds else False
    ops = [op for op in Op if op in bounds]
    if not bounds.keys() - {"optional"} and isinstance(value, Mapping):
        reading.wrong(place, "has no limit: write one such as `{max: 500}` or leave the argument out")
    if Op.FORBIDDEN in ops and len(bounds) > 1:
        reading.wrong(place, "`forbidden` stands alone: remove the other keys")
    if Op.REQUIRED in ops and optional:
        reading.wrong(place, "is both `required` and `optional`: remove one")
    if argument in MONEY and (odd := [op for op in ops if op not in _MONEY_OPS]):
        reading.wrong((*place, odd[0].value), 'is no limit of money: write `max` or `min`, as in `{max: "2.50"}`')
    limits = [
        Limit(argument, op, _read_bound(reading, argument, op, bounds[op], (*place, op.value)), optional) for op in ops
    ]
    values = {limit.op: limit.value for limit in limits}
    least, most = values.get(Op.MIN), values.get(Op.MAX)
    if isinstance(least, int) and isinstance(most, int) and least > most:
        reading.wrong(place, f"`min` {least:,} is above `max` {most:,}: no call can keep it")
    return limits


def _read_bound(reading: Reading, argument: str, op: Op, value: object, place: Place) -> int | tuple[Scalar, ...]:
    if op in {Op.MAX, Op.MIN}:
        return reading.money(value, place) if argument in MONEY else reading.number(value, place)
    if op is Op.UNIQUE_WITHIN:
        return reading.duration_us(value, place)
    if op in {Op.REQUIRED, Op.FORBIDDEN}:
        if value is not True:
            reading.wrong(place, "write `true`, or leave the key out")
        return True
    if op in _READERS and not isinstance(value, list | tuple):
        value = [value]
    items = reading.list(value, place)
    if not items and value in ([], ()):
        reading.wrong(place, "is empty, so no call can keep it: list what is allowed")
    read = _READERS.get(op, _read_scalar)
    found = tuple(read(reading, item, (*place, at)) for at, item in enumerate(items))
    reading.distinct(found, place)
    return found


def _read_scalar(reading: Reading, value: object, place: Place) -> Scalar:
    if isinstance(value, bool):
        return value
    return reading.number(value, place) if isinstance(value, int | float) else reading.text(value, place)


def _read_start(reading: Reading, value: object, place: Place) -> Scalar:
    return reading.text(value, place)


def _read_host(reading: Reading, value: object, place: Place) -> Scalar:
    host = reading.text(value, place)
    if host and not HOST.fullmatch(host):
        reading.wrong(place, f"`{host}` is no domain: write it lower case with a dot, as in `acme.example`")
    return host


def _read_pattern(reading: Reading, value: object, place: Place) -> Scalar:
    pattern = reading.text(value, place)
    trouble = pattern_trouble(pattern)
    if trouble:
        reading.wrong(
            place, f"`{pattern}` {trouble}: write text with `#` for a digit, `?` for a letter, `*` for any run"
        )
    return pattern


_READERS: Final[dict[Op, Callable[[Reading, object, Place], Scalar]]] = {
    Op.DOMAIN: _read_host,
    Op.STARTS_WITH: _read_start,
    Op.MATCHES: _read_pattern,
}
"""How one item is read where a single one may stand without a list."""
