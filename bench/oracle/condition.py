"""What a rule asks of a call, as Cedar conditions: guarded so that Cedar's type checker proves they cannot fail."""

from collections.abc import Callable
from typing import Any

from bench.oracle import notation
from bench.oracle.schema import quoted
from bench.oracle.terms import MONEY, Document, listed
from bench.oracle.value import SLOTS, place, token

CONSENT = "context.consent"
CONSENTED = (
    f'(context has consent && {CONSENT}.status == "approved" && {CONSENT}.filled'
    f" && {CONSENT}.digest == context.digest && {CONSENT}.definition == context.definition"
    f" && {CONSENT}.charter == context.charter"
    f" && {CONSENT} has use_by_us && context.at_us < {CONSENT}.use_by_us)"
)


def has(path: str) -> str:
    return f"context.args has {quoted(path)}"


def given(path: str) -> str:
    return f"context.args[{quoted(path)}]"


def where(condition: str, then: str) -> str:
    """`then`, wherever the condition holds; written so that Cedar's type checker follows."""
    return f"(if {condition} then {then} else true)"


def same(path: str, value: Any) -> str:
    return f"{has(path)} && {given(path)}.token == {quoted(token(value))}"


def whole(path: str) -> tuple[str, str]:
    """Whether an argument is a whole number of 0 or more, and which."""
    return f"({has(path)} && {given(path)} has whole && {given(path)}.whole >= 0)", f"{given(path)}.whole"


def bound_of(by: str, written: Any) -> int:
    return notation.micros(written) if by.rpartition(".")[2] in MONEY else notation.count(written)


def _tokens(values: Any) -> str:
    return "[" + ", ".join(quoted(token(value)) for value in values) + "]"


def _starting(start: str) -> str:
    """A Cedar pattern for everything that starts so; a `*` in it is only a star."""
    return quoted(start.replace("*", "\0")).replace("\\u{0}", "\\*")[:-1] + '*"'


def inside_hours(window: Document) -> str:
    start, end = notation.minutes(window["hours"])
    clock = f"context.local[{quoted(window['zone'])}]"
    days = notation.weekdays(window["days"])
    return f"{days}.contains({clock}.weekday) && {clock}.minute >= {start} && {clock}.minute < {end}"


def readable(reads: Document, may_read: list[str]) -> str:
    """Every field named is of a class that may be read; a field that nobody classified is of none."""
    path, classes = reads["by"], reads["classes"]
    fields = _tokens(field for field, cls in classes.items() if cls in may_read)
    everything = reads.get("all_when_absent", False) and all(cls in may_read for cls in classes.values())
    unnamed = f'{given(path)}.kind == "null" || {_empty(path, "text")} || {_empty(path, "list")}'
    named = (
        f'({given(path)}.kind == "text" && {fields}.contains({given(path)}.token)) || '
        f'({given(path)}.kind == "list" && {given(path)} has items && {fields}.containsAll({given(path)}.items))'
        if fields != "[]"
        else "false"
    )
    named_or_not = f"(if {unnamed} then {str(everything).lower()} else {named})"
    return f"if {has(path)} then {named_or_not} else {str(everything).lower()}"


def _empty(path: str, kind: str) -> str:
    return f'({given(path)}.kind == "{kind}" && {given(path)} has size && {given(path)}.size == 0)'


def keeps(path: str, op: str, bound: Any) -> str:
    here = given(path)
    match op:
        case "max" | "min":
            sign = "<=" if op == "max" else ">="
            return f"{here} has place && {here}.place {sign} {place(bound_of(path, bound))}"
        case "one_of":
            return f"{_tokens(bound)}.contains({here}.token)"
        case "only":
            kinds = f'["list", "object"].contains({here}.kind)'
            return (
                f"{kinds} && {here} has items && !{here}.items.isEmpty() && {_tokens(bound)}.containsAll({here}.items)"
            )
        case "domain":
            return _each(here, lambda item: f"{item} has host && ({_within(item + '.host', listed(bound))})")
        case "matches":
            texts = _quoted(bound)
            return _each(
                here, lambda it: f"{it} has text && !({_steps_up(it + '.text')}) && {it}.fits.containsAny({texts})"
            )
        case "starts_with":
            starts = " || ".join(f"{here}.token like {_starting('text ' + start)}" for start in listed(bound))
            return f'{here}.kind == "text" && !({_steps_up(here + ".token", "text ")}) && ({starts})'
        case "unique_within":
            old = f"context.at_us - context.seen[{quoted(path)}] >= {notation.span_us(bound)}"
            return f"{here}.comparable && {where(f'context.seen has {quoted(path)}', old)}"
        case "required":
            return f'{here}.kind != "null" && {where(here + " has size", here + ".size > 0")}'
        case "forbidden":
            return f"!({has(path)})"
    raise ValueError(f"`{op}` is not exported")


def _each(here: str, one: Callable[[str], str]) -> str:
    """What must hold of the value, or of every item of a list that is not empty."""
    items = [f"{here}.item{at}" for at in range(SLOTS)]
    held = [where(f"{here} has item{at}", one(item)) for at, item in enumerate(items)]
    return f"{here} has item0 && " + " && ".join(held)


def _within(host: str, domains: list[str]) -> str:
    return " || ".join(f"{host} == {quoted(domain)} || {host} like {quoted('*.' + domain)}" for domain in domains)


def _steps_up(text: str, before: str = "") -> str:
    """Whether a path holds a `..` step, with either slash."""
    inside = [f"*{one}..{two}*" for one in "/\\" for two in "/\\"]
    patterns = [f"{before}..", *(f"{before}..{s}*" for s in "/\\"), *(f"*{s}.." for s in "/\\"), *inside]
    return " || ".join(f"{text} like {quoted(pattern)}" for pattern in patterns)


def _quoted(values: Any) -> str:
    return "[" + ", ".join(quoted(str(value)) for value in listed(values)) + "]"
