"""The form of recorded facts: a document that `decide` could have read, and no other."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

_KEYS: Final = frozenset(
    {
        *("at_us", "decider", "definition", "revoked", "connector_stop", "schema_error"),
        *("local", "halts", "run", "totals", "twin", "approval"),
    }
)
_LATER: Final = frozenset({"seen", "done", "spent", "quarantine"})
"""What facts of an earlier version do not hold; a document holds all of it or none."""


def fact_troubles(document: Mapping[str, Any]) -> Iterator[str]:
    """Every reason why a document is not facts, as sentences; none when it is."""
    known = _KEYS | _LATER if _LATER & document.keys() else _KEYS
    odd = sorted(known ^ document.keys())
    if odd:
        yield f"the facts lack or add {', '.join(f'`{name}`' for name in odd)}"
        return
    for name, fits in _FORMS.items():
        if name in known and not fits(document[name]):
            yield f"`{name}` does not have the form of a fact"


def _text(value: object) -> bool:
    return type(value) is str


def _count(value: object) -> bool:
    return type(value) is int and value >= 0


def _whole(value: object) -> bool:
    return type(value) is int  # a clock that was set back makes an elapsed time negative


def _or_none(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or fits(value)


def _row(*columns: Callable[[object], bool]) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        if type(value) is not list or len(value) != len(columns):
            return False
        return all(column(item) for column, item in zip(columns, value, strict=True))

    return fits


def _every(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: type(value) is list and all(map(fits, value))


def _each_value(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: type(value) is dict and all(map(fits, value.values()))


def _below(end: int) -> Callable[[object], bool]:
    return lambda value: type(value) is int and 0 <= value < end


_FORMS: Final[Mapping[str, Callable[[object], bool]]] = {
    "at_us": _count,
    "decider": _text,
    "definition": _text,
    "revoked": _or_none(_text),
    "connector_stop": _or_none(_text),
    "schema_error": _or_none(_text),
    "local": _each_value(_row(_below(7), _below(24 * 60))),
    "halts": _every(_row(_text, _text)),
    "run": _row(_text, _count, _whole, _count, _count),
    "totals": _each_value(_count),
    "twin": _or_none(_row(_text, _text)),
    "approval": _or_none(_row(*[_text] * 5, _or_none(_count), lambda value: type(value) is bool)),
    "seen": _each_value(_count),
    "done": _each_value(lambda value: value in ("intended", "succeeded")),
    "spent": _each_value(_count),
    "quarantine": _or_none(_text),
}
