import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.core.limit import Limit, Op, compile_limit
from bailiwick.core.path import ABSENT

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
LIMITS = (
    Limit("a", Op.MAX, 3),
    Limit("a", Op.MIN, 3),
    Limit("a", Op.ONE_OF, ("x", 1)),
    Limit("a", Op.ONLY, ("x", "y")),
    Limit("a", Op.DOMAIN, ("acme.example",)),
    Limit("a", Op.STARTS_WITH, ("agent/",)),
    Limit("a", Op.REQUIRED, True),
)


def kept(op, value, argument):
    return compile_limit(Limit("a", op, value))(argument) is None


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.op)
def test_a_limit_on_an_absent_argument_denies(limit):
    assert "left out" in (compile_limit(limit)(ABSENT) or "")


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.op)
def test_an_optional_limit_lets_the_argument_be_absent_but_not_null(limit):
    check = compile_limit(Limit(limit.argument, limit.op, limit.value, optional=True))
    assert check(ABSENT) is None
    assert check(None) is not None


@pytest.mark.parametrize(
    "op, bound, argument, good",
    [
        (Op.MAX, 5000, 5000, True),
        (Op.MAX, 5000, 5001, False),
        (Op.MAX, 5000, 4999.5, True),
        (Op.MAX, 5000, 5000.0000001, False),
        (Op.MAX, 5000, -1, True),
        (Op.MAX, 5000, 10**400, False),
        (Op.MIN, 1, 1, True),
        (Op.MIN, 1, 0, False),
        (Op.MIN, 1, 0.999, False),
        (Op.MAX, 3, True, False),
        (Op.MIN, 0, False, False),
        (Op.MAX, 3, math.nan, False),
        (Op.MIN, 3, math.nan, False),
        (Op.MIN, 3, math.inf, False),
        (Op.MAX, 3, -math.inf, False),
        (Op.MAX, 3, "2", False),
        (Op.MAX, 3, [2], False),
        (Op.MAX, 3, None, False),
        (Op.ONE_OF, ("beta", "staff"), "beta", True),
        (Op.ONE_OF, ("beta", "staff"), "Beta", False),
        (Op.ONE_OF, ("beta", "staff"), "beta ", False),
        (Op.ONE_OF, ("beta",), "bеta", False),
        (Op.ONE_OF, ("beta",), ["beta"], False),
        (Op.ONE_OF, (1, 2), 1, True),
        (Op.ONE_OF, (1, 2), True, False),
        (Op.ONE_OF, (1, 2), 1.0, False),
        (Op.ONE_OF, (True,), 1, False),
        (Op.ONE_OF, (True,), True, True),
        (Op.ONLY, ("segment", "language"), ["segment"], True),
        (Op.ONLY, ("segment", "language"), ["segment", "email"], False),
        (Op.ONLY, ("segment", "language"), {"segment": "x", "language": 1}, True),
        (Op.ONLY, ("segment", "language"), {"segment": "x", "credit_limit": 1}, False),
        (Op.ONLY, ("segment",), "segment", False),
        (Op.ONLY, ("segment",), [], False),
        (Op.ONLY, ("segment",), {}, False),
        (Op.ONLY, ("segment",), [["segment"]], False),
        (Op.ONLY, (1,), [True], False),
        (Op.STARTS_WITH, ("agent/",), "agent/fix", True),
        (Op.STARTS_WITH, ("agent/", "docs/"), "docs/x", True),
        (Op.STARTS_WITH, ("agent/",), "Agent/fix", False),
        (Op.STARTS_WITH, ("docs/",), "docs/../secret", False),
        (Op.STARTS_WITH, ("docs/",), "docs\\..\\secret", False),
        (Op.STARTS_WITH, ("docs/",), "docs/a..b", True),
        (Op.STARTS_WITH, ("docs/",), 5, False),
        (Op.REQUIRED, True, "tkt-1", True),
        (Op.REQUIRED, True, 0, True),
        (Op.REQUIRED, True, False, True),
        (Op.REQUIRED, True, "", False),
        (Op.REQUIRED, True, [], False),
        (Op.REQUIRED, True, None, False),
        (Op.FORBIDDEN, True, ABSENT, True),
        (Op.FORBIDDEN, True, None, False),
        (Op.FORBIDDEN, True, "", False),
    ],
)
def test_every_limit_is_exact_about_values_and_types(op, bound, argument, good):
    assert kept(op, bound, argument) is good


@pytest.mark.parametrize(
    "address",
    [
        "ana@acme.example",
        "Ana.B+news@acme.example",
        "ana@mail.acme.example",
        "https://acme.example",
        "https://www.acme.example/spring?x=1#y",
        "http://acme.example:8080/",
        ["ana@acme.example", "https://acme.example/"],
    ],
)
def test_a_domain_limit_keeps_the_domain_and_its_sub_domains(address):
    assert kept(Op.DOMAIN, ("acme.example",), address)


@pytest.mark.parametrize(
    "address",
    [
        "ana@evilacme.example",
        "ana@acme.example.evil.com",
        "a@b@acme.example",
        "ana@acme.example.",
        "ana@ACME.example",
        "ana@аcme.example",
        "ana@acme。example",
        "ana@acme.example\n",
        " ana@acme.example",
        "Ana <ana@acme.example>",
        "ana@acme.example,eve@evil.example",
        "ana@[127.0.0.1]",
        "ana@.acme.example",
        "ana@-x.acme.example",
        "@acme.example",
        "acme.example",
        "https://acme.example@evil.example/",
        "https://user:pw@acme.example/",
        "https://evil.example/acme.example",
        "https://evil.example#.acme.example",
        "https://evil.example\\.acme.example",
        "https://evil.example\\@acme.example",
        "https://acme.example%2eevil.example",
        "https://acme.example:80@evil.example",
        "https://ACME.example/",
        "HTTPS://acme.example/",
        "//acme.example/",
        "javascript://acme.example/",
        "https://acme.example /",
        "https://acme.example/\t",
        "https://acme.example\u2028/",
        "mailto:ana@acme.example",
        "ana@acme.example" * 200,
        [],
        ["ana@acme.example", "eve@evil.example"],
        ["ana@acme.example", None],
        [["ana@acme.example"]],
        {"to": "ana@acme.example"},
        None,
        7,
        "",
    ],
)
def test_a_domain_limit_refuses_whatever_only_looks_like_it(address):
    assert not kept(Op.DOMAIN, ("acme.example",), address)


def test_a_broken_limit_says_which_argument_and_what_is_allowed():
    assert compile_limit(Limit("rows", Op.MAX, 5000))(9000) == "`rows` is over the limit of 5,000"
    only = compile_limit(Limit("fields", Op.ONLY, ("segment", "language")))
    assert only(["phone"]) == "`fields` may only hold `segment`, `language`, not `phone`"


@given(JSON, st.sampled_from(LIMITS))
def test_any_json_is_kept_or_refused_with_a_sentence_and_never_raises(value, limit):
    assert compile_limit(limit)(value) is None or compile_limit(limit)(value)


@given(st.integers(), st.integers())
def test_max_and_min_agree_with_the_integers_however_huge(bound, value):
    assert kept(Op.MAX, bound, value) is (value <= bound)
    assert kept(Op.MIN, bound, value) is (value >= bound)


@given(st.floats(), st.integers(min_value=-(2**60), max_value=2**60))
def test_a_float_keeps_a_limit_only_if_it_is_finite_and_inside(value, bound):
    assert kept(Op.MAX, bound, value) is (math.isfinite(value) and value <= bound)


@given(st.from_regex(r"[a-z]{1,9}@[a-z]{0,5}\.?acme\.example[.a-z]{0,5}", fullmatch=True))
def test_an_address_is_inside_exactly_when_its_host_is(address):
    host = address.partition("@")[2]
    inside = host == "acme.example" or (host.endswith(".acme.example") and not host.startswith("."))
    assert kept(Op.DOMAIN, ("acme.example",), address) is inside
