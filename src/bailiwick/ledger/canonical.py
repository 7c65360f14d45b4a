"""One text for one value: strict JSON in, canonical JSON (RFC 8785) out.

>>> encode({"b": 1, "a": [True, None]})
b'{"a":[true,null],"b":1}'
>>> decode_strict(b'{"a": 1, "a": 2}')
Traceback (most recent call last):
bailiwick.ledger.canonical.CanonicalError: the key `a` appears twice in one object; send it once
"""

import hashlib
import json
import math
import re
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import NoReturn

import orjson
import rfc8785

# Refuse what orjson would otherwise turn into JSON by itself: subclasses, dataclasses, dates, wide integers.
_OPTIONS = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
)
_SCALARS = frozenset({str, int, bool, type(None)})

MAX_DEPTH = 32
_UTF8_BOM = b"\xef\xbb\xbf"
# A string, closed or not: always matches at a quote, so the scan stays linear on hostile input.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_A_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_ZERO = re.compile(r"-?[0.]+(?:[eE].*)?")
_EXPONENT_FROM = 1e21  # doubles from here on have an exponent in their canonical text
_LONGEST_DOUBLE = 310  # characters: the largest double written as an integer has 309 digits, and a sign
_LONGEST_NUMBER = 1100  # characters: the smallest double written without an exponent needs fewer


class CanonicalError(ValueError):
    """The value or text has no single canonical form; the message names the trouble."""


def encode(value: object) -> bytes:
    """Encode a value of our own making: ASCII keys, no floats, |int| < 2**53, exact built-in types.

    Inside this profile sorted `orjson` output equals RFC 8785; anything outside it raises CanonicalError.
    """
    try:
        data = orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise CanonicalError(f"the value is outside the profile: {str(error).lower()}") from error
    trouble = _outside_profile(value)
    if trouble is not None:
        raise CanonicalError(trouble)
    return data


def encode_any(value: object) -> bytes:
    """Encode any parsed JSON value by RFC 8785; numbers are doubles, so 1 and 1.0 share one form."""
    try:
        data = orjson.dumps(value, option=_OPTIONS)
        if _outside_profile(value) is None:
            return data
    except orjson.JSONEncodeError:
        pass  # outside the profile, which is no fault here
    try:
        return rfc8785.dumps(_as_doubles(value))  # type: ignore[arg-type]
    except rfc8785.CanonicalizationError as error:
        raise CanonicalError(f"the value has no canonical form: {error}") from error
    except RecursionError as error:
        raise CanonicalError("the value is nested too deep to encode; flatten it") from error


def rewritten(value: object) -> tuple[object, bytes]:
    """The canonical text, and the value that its reader gets: keys in canonical order, `50.0` as the integer 50."""
    data = encode_any(value)
    return orjson.loads(data), data


def encode_sorted(value: object) -> bytes:
    """Encode JSON that is kept as it stands and never encoded again, such as a payload: sorted, not canonical."""
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return encode_any(value)


def decode_strict(data: bytes, *, max_bytes: int = 1_048_576, max_depth: int = MAX_DEPTH) -> object:
    """Parse JSON, refusing every text that two parsers could read as different values.

    Refused: too large, too deep (found before any recursion), duplicate keys, NaN and infinities, numbers a
    double cannot hold as written, lone surrogates, invalid UTF-8, a byte order mark, trailing data.
    """
    if len(data) > max_bytes:
        raise CanonicalError(f"the text has {len(data)} bytes; at most {max_bytes} are read")
    if data.startswith(_UTF8_BOM):
        raise CanonicalError("the text starts with a byte order mark; send plain utf-8")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CanonicalError(f"the text is not utf-8: {error.reason} at byte {error.start}") from error
    if _depth(data, max_depth) > max_depth:
        raise CanonicalError(f"the text is nested deeper than {max_depth} levels; flatten it")
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        trouble = f"{error.msg.lower()} at character {error.pos}"
        raise CanonicalError(f"the text is not one json value: {trouble}") from error
    except RecursionError as error:
        raise CanonicalError("the text is nested too deep to read; flatten it") from error
    if _SURROGATE_ESCAPE.search(data):
        _refuse_lone_surrogates(value)
    return value


def read_canonical(data: bytes) -> object:
    """Read bytes that must already be what `encode` writes, and refuse all others; the way to read a leaf.

    INVARIANT: `encode(read_canonical(data)) == data`, so this agrees with `decode_strict` and is faster.
    """
    try:
        value: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalError(f"the text is not one json value: {str(error).lower()}") from error
    if encode(value) != data:
        raise CanonicalError("the text is not in canonical form; encode it again")
    if _depth(data, MAX_DEPTH) > MAX_DEPTH:
        raise CanonicalError(f"the text is nested deeper than {MAX_DEPTH} levels; flatten it")
    return value


def digest(data: bytes) -> str:
    """Name bytes by their SHA-256: `sha256:` and 64 lower-case hex digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _outside_profile(value: object) -> str | None:
    """Say why a value that orjson accepted is outside the profile; breadth first, mostly at C speed."""
    pending: list[object] = [value]
    for item in pending:  # grows while it is read
        if type(item) is dict:
            # INVARIANT: orjson has accepted the value, so every key is exactly a str and nothing is cyclic.
            if not "".join(item).isascii():
                key = next(key for key in item if not key.isascii())
                return f"the key `{_short(key)}` is not ascii; use ascii keys"
            children = list(item.values())
        elif type(item) is list:
            children = item
        elif type(item) in _SCALARS:
            continue
        else:
            name = type(item).__name__
            return f"a value of type `{name}` is outside the profile; use whole numbers and strings"
        if not _SCALARS.issuperset(map(type, children)):
            pending.extend([child for child in children if type(child) not in _SCALARS])
    return None


def _as_doubles(value: object) -> object:
    """Copy parsed JSON with the integers beyond 2**53 as the doubles they equal."""
    if type(value) is int:
        return value if -(2**53) < value < 2**53 else _exact_double(value)
    if type(value) is dict:
        return {key: _as_doubles(item) for key, item in value.items()}
    if type(value) is list:
        return [_as_doubles(item) for item in value]
    if type(value) is float or type(value) in _SCALARS:
        return value
    raise CanonicalError(f"a value of type `{type(value).__name__}` is not json; convert it first")


def _exact_double(number: int) -> float:
    try:
        double = float(number)
    except OverflowError:
        double = math.inf
    if math.isinf(double) or int(double) != number:
        raise CanonicalError(f"the number `{_short(number)}` does not fit a double; send it as a string")
    return double


def _depth(data: bytes, enough: int) -> int:
    """Bound the nesting of a text from above without parsing it; exact above `enough` brackets."""
    opened = data.count(b"[") + data.count(b"{")
    if opened <= enough:
        return opened
    brackets = _STRING.sub(b"", data).translate(None, _NOT_A_BRACKET)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise CanonicalError(f"the key `{_short(key)}` appears twice in one object; send it once")
            seen.add(key)
    return found


def _integer(text: str) -> int:
    if len(text) <= 15:
        return int(text)
    if len(text) > _LONGEST_DOUBLE:
        _refuse_number(text)
    number = int(text)
    if abs(number) > 2**53:
        raise _beyond_exact(text)
    return number


def _beyond_exact(text: str) -> CanonicalError:
    # INVARIANT: beyond 2**53 RFC 8785 may write other digits than were sent, and an upstream that reads exact
    # integers would act on another id than the one that was digested. From 1e21 on it writes an exponent.
    return CanonicalError(f"the number `{_short(text)}` does not survive a double; send it as a string")


def _float(text: str) -> float:
    if len(text) > _LONGEST_NUMBER:
        _refuse_number(text)
    number = float(text)
    if 2**53 < abs(number) < _EXPONENT_FROM:
        raise _beyond_exact(text)
    if repr(number) == text:
        return number
    if math.isinf(number):
        _refuse_number(text)
    if number == 0:
        if _ZERO.fullmatch(text) is None:
            _refuse_number(text)
        return number
    try:
        kept = Decimal(text) == Decimal(repr(number))
    except InvalidOperation:
        kept = False
    if not kept:
        _refuse_number(text)
    return number


def _constant(text: str) -> NoReturn:
    raise CanonicalError(f"the number `{text}` is not json; send a finite number or a string")


def _refuse_number(text: str) -> NoReturn:
    raise CanonicalError(f"the number `{_short(text)}` does not survive as a double; send it as a string")


def _refuse_lone_surrogates(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError("the text holds a lone surrogate; send whole characters") from error


def _short(value: object) -> str:
    text = str(value).encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= 40 else text[:37] + "..."


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_int=_integer, parse_constant=_constant)
