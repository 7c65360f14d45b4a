"""Limits on arguments: a closed vocabulary, compiled once, exact about types."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bailiwick.core.path import ABSENT

Check = Callable[[object], str | None]
Scalar = str | int | bool


class Op(StrEnum):
    MAX = "max"
    MIN = "min"
    ONE_OF = "one_of"
    ONLY = "only"
    DOMAIN = "domain"
    STARTS_WITH = "starts_with"
    REQUIRED = "required"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Limit:
    """One bound on one argument.

    `value` is an int for `max` and `min`, a tuple of scalars for `one_of` and `only`, a tuple of strings
    for `domain` and `starts_with`, True for `required` and `forbidden`. `optional` lets the argument be
    absent; otherwise absent means broken (`forbidden` apart).
    """

    argument: str
    op: Op
    value: int | tuple[Scalar, ...]
    optional: bool = False


def compile_limit(limit: Limit) -> Check:
    """A closure from the argument (or ABSENT) to None when kept, else the sentence why not."""
    check = _COMPILERS[limit.op](limit)
    if limit.op is Op.FORBIDDEN:
        return check
    missing = None if limit.optional else f"`{limit.argument}` is left out, but it is limited: send it"

    def kept(value: object) -> str | None:
        return missing if value is ABSENT else check(value)

    return kept


def _number(limit: Limit) -> Check:
    name, bound = limit.argument, limit.value
    if type(bound) is not int:
        raise TypeError("a numeric limit needs a whole number")
    at_most = limit.op is Op.MAX
    why = f"`{name}` is {'over' if at_most else 'under'} the limit of {bound:,}"

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

    def check(value: object) -> str | None:
        if not isinstance(value, list | tuple):
            return one(value)
        if not value:
            return f"`{name}` is empty: name who is meant"
        return next((broken for item in value if (broken := one(item))), None)

    return check


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


def _required(limit: Limit) -> Check:
    name = limit.argument

    def check(value: object) -> str | None:
        if value is None or (isinstance(value, str | list | tuple | Mapping) and not value):
            return f"`{name}` is empty, but the charter requires it"
        return None

    return check


def _forbidden(limit: Limit) -> Check:
    why = f"`{limit.argument}` is forbidden by the charter: leave it out"

    def check(value: object) -> str | None:
        return None if value is ABSENT else why

    return check


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
    Op.REQUIRED: _required,
    Op.FORBIDDEN: _forbidden,
}
