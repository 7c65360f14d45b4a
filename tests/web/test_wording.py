import pytest

from bailiwick.web import wording

NOW = 1_795_338_072_345_678  # 22 Nov 2026, 09:01:12.345678 UTC


@pytest.mark.parametrize(
    "seconds, said",
    [
        (0, "just now"),
        (-9, "just now"),
        (-10, "10 seconds ago"),
        (-119, "1 minute ago"),
        (-3 * 3600 - 1, "3 hours ago"),
        (-86_400, "1 day ago"),
        (16 * 60, "in 16 minutes"),
    ],
)
def test_a_time_is_said_relative_to_now_and_never_rounded_up(seconds: int, said: str) -> None:
    assert wording.relative(NOW + seconds * wording.SECOND, NOW) == said


@pytest.mark.parametrize(
    "us, said",
    [
        (412, "412 µs"),
        (38_400, "38 ms"),
        (4_230_000, "4.2 s"),
        (42_000_000, "42 s"),
        (252_000_000, "4m 12s"),
        (7_200_000_000, "2h"),
        (183_600_000_000, "2d 3h"),
    ],
)
def test_a_span_is_said_in_at_most_two_units(us: int, said: str) -> None:
    assert wording.span(us) == said


def test_an_exact_time_names_its_zone() -> None:
    assert wording.exact(NOW) == "22 Nov 2026, 09:01:12.345 UTC"
    assert wording.iso(NOW) == "2026-11-22T09:01:12.345Z"


def test_a_short_digest_keeps_its_algorithm_and_both_ends() -> None:
    assert wording.short_digest("sha256:" + "0123456789abcdef" * 4) == "sha256:01234567…cdef"
    assert wording.short_digest("unset") == "unset"


@pytest.mark.parametrize("number, said", [(0, "no agents"), (1, "1 agent"), (1204, "1,204 agents")])
def test_a_count_agrees_with_its_noun(number: int, said: str) -> None:
    assert wording.counted(number, "agent") == said
