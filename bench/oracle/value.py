"""Arguments as Cedar can judge them: Cedar has whole numbers, text and sets, JSON has more.

A number becomes its place in the order of all doubles, a 64-bit integer, so that Cedar's own `<=` compares 2.5
with 3; kind and value together become a token, so that `true`, `1` and `"1"` stay three things.
"""

import json
import struct
import unicodedata
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final

SLOTS: Final = 6
"""Items of a list that Cedar can look at one by one; it has no loops, so limits are written out for each."""

_EXACT: Final = 2**53
_LOCAL: Final = frozenset("!#$%&'*+/=?^_`{|}~.-")
_NOWHERE: Final = object()


class Unreadable(ValueError):
    """The text is not JSON that everybody reads alike."""


def read(text: str) -> dict[str, Any]:
    """The arguments, with numbers as decimals: nothing is rounded before it is judged."""
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_int=_number, parse_float=_number, parse_constant=_no_number
        )
    except json.JSONDecodeError as trouble:
        raise Unreadable(str(trouble)) from None
    if not isinstance(value, dict):
        raise Unreadable("arguments are an object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise Unreadable("a key appears twice")
    return dict(pairs)


def _number(text: str) -> Decimal:
    exact, double = Decimal(text), float(text)
    if abs(double) == float("inf") or Decimal(repr(double)) != exact or _EXACT < abs(exact) < Decimal("1e21"):
        raise Unreadable(f"{text} is another number for a reader with doubles")
    return exact


def _no_number(text: str) -> Decimal:
    raise Unreadable(f"{text} is no number")


def find(value: Any, path: str) -> Any:
    """What stands at a dotted path; `NOWHERE` when nothing does."""
    head, _, rest = path.partition(".")
    if isinstance(value, Mapping):
        value = value.get(head, _NOWHERE)
    elif isinstance(value, list) and head.isascii() and head.isdigit() and int(head) < len(value):
        value = value[int(head)]
    else:
        return _NOWHERE
    return find(value, rest) if rest and value is not _NOWHERE else value


def is_there(value: Any) -> bool:
    """Whether `find` found something; null is something."""
    return value is not _NOWHERE


def filled(arguments: Mapping[str, Any], path: str, default: Any) -> dict[str, Any]:
    """The arguments with `default` where nothing stands; unchanged where something that is no object is in the way."""
    head, _, rest = path.partition(".")
    inner = arguments.get(head, _NOWHERE)
    if not rest:
        return dict(arguments) if is_there(inner) else {**arguments, head: _exact(default)}
    if is_there(inner) and not isinstance(inner, Mapping):
        return dict(arguments)
    return {**arguments, head: filled(inner if is_there(inner) else {}, rest, default)}


def _exact(value: Any) -> Any:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def token(value: Any) -> str:
    """Kind and value as one text: two values share a token exactly when a charter may not tell them apart."""
    match value:
        case None:
            return "null"
        case bool():
            return f"truth {str(value).lower()}"
        case int() | Decimal():
            return f"number {int(value) if _is_whole(value) else float(value)}"
        case str():
            return f"text {value}"
        case list():
            return "list"
    return "object"


def _is_whole(number: Decimal | int) -> bool:
    return -_EXACT <= number <= _EXACT and number == int(number)


def place(number: Decimal | int) -> int:
    """Where a number stands among all doubles: a larger number has a larger place, -0 and 0 have the same."""
    bits: int = struct.unpack(">q", struct.pack(">d", float(number)))[0]
    return bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF)


def argument(value: Any, patterns: Collection[str], itemised: bool) -> dict[str, object]:
    """The Cedar record of one argument; `schema.TYPES` declares it."""
    record: dict[str, object] = {"kind": token(value).partition(" ")[0], "token": token(value)}
    if isinstance(value, Decimal):
        record["place"] = place(value)
        if _is_whole(value):
            record["whole"] = int(value)
    elif isinstance(value, str | list | dict):
        record["size"] = len(value)
        items = list(value) if isinstance(value, list | dict) else [value]
        record["items"] = sorted({token(item) for item in items})
    record["comparable"] = _comparable(value)
    if itemised:
        items = value if isinstance(value, list) else [value]
        if len(items) > SLOTS:
            raise ValueError(f"the oracle looks at {SLOTS} items, not {len(items)}: make shorter lists")
        record |= {f"item{at}": _item(item, patterns) for at, item in enumerate(items)}
    return record


def _item(value: Any, patterns: Collection[str]) -> dict[str, object]:
    item: dict[str, object] = {"fits": sorted(p for p in patterns if isinstance(value, str) and fits(p, value))}
    if isinstance(value, str):
        item["text"] = value
        if (host := address_host(value)) is not None:
            item["host"] = host
    return item


def fits(pattern: str, text: str) -> bool:
    """Whether a whole text is of the pattern: `#` a digit, `?` a letter or digit, `*` any run of those and `-_.`."""
    if len(text) > 2048:
        return False
    ends = {0}  # places in the pattern that have been reached
    for letter in text:
        ends = {
            at + (symbol != "*")
            for end in ends
            for at in _onward(pattern, end)
            for symbol in pattern[at : at + 1]
            if _stands_for(symbol, letter)
        }
    return any(len(pattern) in _onward(pattern, end) for end in ends)


def _onward(pattern: str, at: int) -> list[int]:
    """The place itself, and the one behind a `*`, which may stand for nothing."""
    found = [at]
    while pattern[at : at + 1] == "*":
        at += 1
        found.append(at)
    return found


def _stands_for(symbol: str, letter: str) -> bool:
    plain = letter.isascii() and letter.isalnum()
    match symbol:
        case "#":
            return letter.isascii() and letter.isdigit()
        case "?":
            return plain
        case "*":
            return plain or letter in "-_."
    return symbol == letter


def address_host(text: str) -> str | None:
    """The host of a plain e-mail address or web address; None for anything fancier."""
    if len(text) > 2048 or not all("!" <= letter <= "~" for letter in text):
        return None
    for scheme in ("https://", "http://"):
        if text.startswith(scheme):
            return _web_host(text.removeprefix(scheme))
    local, at, host = text.rpartition("@")
    local_fits = 1 <= len(local) <= 64 and all(letter.isalnum() or letter in _LOCAL for letter in local)
    return host if at and local_fits and _is_host(host) else None


def _web_host(rest: str) -> str | None:
    end = min((rest.index(mark) for mark in "/?#" if mark in rest), default=len(rest))
    host, colon, port = rest[:end].partition(":")
    if "\\" in rest or (colon and not (port.isdigit() and len(port) <= 5)):
        return None
    return host if _is_host(host) else None


def _is_host(host: str) -> bool:
    labels = host.split(".")
    return len(labels) > 1 and all(
        1 <= len(label) <= 63
        and label[0] != "-" != label[-1]
        and all(letter.isdigit() or letter.islower() or letter == "-" for letter in label)
        for label in labels
    )


def _comparable(value: Any) -> bool:
    """Whether earlier uses of the value, or of each item, can be told from new ones."""
    items = value if isinstance(value, list) else [value]
    names = [unicodedata.normalize("NFKC", _spelling(item)).casefold().strip() for item in items]
    return 1 <= len(names) <= 1_000 and all(names) and len(set(names)) == len(names)


def _spelling(item: Any) -> str:
    if isinstance(item, str):
        return item
    return str(int(item)) if isinstance(item, Decimal) and _is_whole(item) else ""
