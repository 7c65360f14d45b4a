"""Strategies for the small parts of documents: names, actions, amounts, JSON values."""

from hypothesis import strategies as st

NAMES = st.sampled_from(["crm", "email", "lead-router", "a", "b2", "in_house", "qa-9", "public", "customer"])
ARGUMENTS = st.sampled_from(["ids", "fields", "to", "filter.owner", "rows", "A_b.0", "records", "properties"])
LINES = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S"], include_characters=" "), min_size=1, max_size=12
).filter(lambda text: text == text.strip() and text.isprintable() and text != "")
ACTIONS = st.lists(NAMES, min_size=2, max_size=3).map(".".join)
COUNTS = st.one_of(st.integers(0, 9_999), st.integers(0, 999).map(lambda n: f"{n}k"), st.sampled_from(["2m", "1M"]))
MONEY = st.one_of(
    st.integers(0, 2_000),
    st.builds(lambda whole, part: f"{whole}.{part:02}", st.integers(0, 99), st.integers(0, 99)),
    st.sampled_from(["3k", "0.000001", "7"]),
)
DURATIONS = st.sampled_from(["4h", "30m", "20s", "2d", "1h 30m", "1d2h3m4s", "365d"])
TIERS = ("low", "medium", "high", "never")
SCALARS = st.one_of(LINES, st.integers(-(2**53) + 1, 2**53 - 1), st.booleans())
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=6,
)
"""What any upstream, or any document, could hold."""


def distinct(items, least=0, most=3):  # type: ignore[no-untyped-def]
    """Lists without repetition, where true and 1 are not the same."""
    return st.lists(items, min_size=least, max_size=most, unique_by=lambda item: (type(item), item))
