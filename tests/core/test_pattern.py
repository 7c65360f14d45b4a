"""Patterns: a digit, a letter, a run; the whole text, and no text makes them slow."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.core.pattern import LONGEST, compile_pattern, pattern_trouble


@pytest.mark.parametrize(
    "pattern, text, good",
    [
        ("INV-####", "INV-2027", True),
        ("INV-####", "INV-27", False),
        ("INV-####", "INV-20271", False),
        ("INV-####", "inv-2027", False),
        ("INV-####", "INV-２０２７", False),
        ("INV-####", "INV-2027\n", False),
        ("INV-####", " INV-2027", False),
        ("v?", "vB", True),
        ("v?", "v7", True),
        ("v?", "v-", False),
        ("v?", "vß", False),
        ("ctc-*", "ctc-", True),
        ("ctc-*", "ctc-a.b_c-9", True),
        ("ctc-*", "ctc-a b", False),
        ("ctc-*", "ctc-a/b", False),
        ("*", "", True),
        ("*", "a@b", False),
        ("*@acme.example", "ana.b@acme.example", True),
        ("*@acme.example", "a@b@acme.example", False),
        ("*@acme.example", "ana@acmexexample", False),
        ("a*b*c", "abc", True),
        ("a*b*c", "aXbYbZc", True),
        ("a*b*c", "acb", False),
        ("ab*ba", "aba", False),
        ("(a+)+", "(a+)+", True),
        ("(a+)+", "aa", False),
        ("[a]", "a", False),
        ("docs/*.md", "docs/a.b.md", True),
        ("docs/*.md", "docs/a/b.md", False),
    ],
)
def test_a_pattern_matches_a_whole_text_and_only_what_its_signs_say(pattern, text, good):
    assert compile_pattern(pattern)(text) is good


@pytest.mark.parametrize("pattern", ["grüße", "a\tb", "a\x00", "a**b", "INV-é"])
def test_what_is_no_pattern_is_named(pattern):
    assert pattern_trouble(pattern)


PIECES = st.text("ab1-@#?*", max_size=8).filter(lambda text: "**" not in text)


@given(PIECES, st.text("ab1-@ ", max_size=10))
def test_a_pattern_agrees_with_the_regular_expression_it_stands_for(pattern, text):
    means = {"#": "[0-9]", "?": "[A-Za-z0-9]", "*": "[A-Za-z0-9._-]*"}
    exact = "".join(means.get(letter, re.escape(letter)) for letter in pattern)
    assert compile_pattern(pattern)(text) is bool(re.fullmatch(exact, text))


def test_a_text_longer_than_the_most_never_matches():
    matches = compile_pattern("*")
    assert matches("a" * LONGEST)
    assert not matches("a" * (LONGEST + 1))


def test_many_runs_in_a_pattern_do_not_multiply_the_work():
    matches = compile_pattern("*a" * 200 + "b")  # as a regular expression this would never end
    assert not matches("a" * LONGEST)
    assert matches("a" * 500 + "b")


@given(st.text(string.printable, max_size=12))
def test_any_printable_ascii_text_is_read_without_an_error(pattern):
    if pattern_trouble(pattern) is None:
        compile_pattern(pattern)(pattern)
