"""Skeletons and segments: what is taken apart comes together again, whatever it looks like."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ledger import canonical
from bailiwick.ledger.segment import ERASED, MARK, join, segments, split

KEYS = st.sampled_from(["a", "b", "~", "~~", MARK, f"~{MARK}", "~erased"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from([MARK, "~", "text", ERASED]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def paths(value, at=()):
    """Every path into a value but the empty one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in inner:
        yield (*at, step)
        yield from paths(below, (*at, step))


def keep_in(kept):
    def keep(body, _owner):
        name = hashlib.sha256(body + bytes([len(kept) % 256])).hexdigest()
        kept[name] = body
        return name

    return keep


def apart(chosen):
    """The paths that do not lie in one another."""
    return [path for path in chosen if not any(path != other and path[: len(other)] == other for other in chosen)]


@given(st.dictionaries(KEYS, VALUES, max_size=4), st.data())
def test_what_is_split_joins_to_the_same(value, data):
    known = sorted(paths(value), key=str)
    chosen = apart(data.draw(st.lists(st.sampled_from(known), unique=True, max_size=4)) if known else [])
    kept = {}
    skeleton = split(value, dict.fromkeys(chosen, "owner"), keep_in(kept))
    assert canonical.encode_sorted(join(skeleton, kept.get).value) == canonical.encode_sorted(value)
    assert join(skeleton, kept.get).erased == ()
    assert set(segments(skeleton)) == set(chosen)
    assert set(segments(skeleton).values()) == set(kept)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4), st.data())
def test_what_is_gone_is_told_by_its_path(value, data):
    chosen = apart([data.draw(st.sampled_from(sorted(paths(value), key=str)))])
    kept = {}
    skeleton = split(value, dict.fromkeys(chosen, "owner"), keep_in(kept))
    assert join(skeleton, lambda _: None).erased == tuple(chosen)


def test_a_payload_of_nobody_is_kept_as_it_stands():
    value = {"b": [1, "x"], "a": None}
    assert split(value, {}, keep_in({})) == canonical.encode_sorted(value)


def test_content_cannot_name_a_segment():
    kept = {"ab" * 32: b'"of somebody else"'}
    skeleton = split({"result": {MARK: "ab" * 32}}, {}, keep_in({}))
    assert segments(skeleton) == {}
    assert join(skeleton, kept.get).value == {"result": {MARK: "ab" * 32}}


def test_a_segment_cannot_name_a_segment():
    kept = {}
    skeleton = split({"part": {MARK: "cd" * 32}}, {("part",): "owner"}, keep_in(kept))
    kept["cd" * 32] = b'"of somebody else"'
    assert join(skeleton, kept.get).value == {"part": {MARK: "cd" * 32}}


def test_a_path_that_leads_nowhere_is_passed_over():
    assert split({"a": 1}, {("b", 0): "owner"}, keep_in({})) == b'{"a":1}'


def test_bytes_that_are_no_json_name_nothing():
    assert segments(b'{"~segment": ') == {}
