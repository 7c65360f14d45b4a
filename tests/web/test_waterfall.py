from hypothesis import given
from hypothesis import strategies as st

from bailiwick.web.waterfall import WIDTH, Span, lay_out

MINUTE = 60_000_000


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    starts = draw(st.lists(st.integers(0, 10**12), max_size=20))
    lengths = st.one_of(st.integers(0, 10**6), st.integers(0, 10**11))
    return [Span(start, start + draw(lengths), draw(st.booleans())) for start in starts]


@given(spans())
def test_every_bar_can_be_seen_and_lies_on_the_line(given_spans: list[Span]) -> None:
    chart = lay_out(given_spans)
    assert len(chart.bars) == len(given_spans)
    for bar in chart.bars:
        assert bar.width > 0
        assert bar.x >= 0 and bar.x + bar.width <= WIDTH


@given(spans())
def test_what_started_earlier_never_stands_to_the_right(given_spans: list[Span]) -> None:
    pairs = sorted(zip((s.start_us for s in given_spans), lay_out(given_spans).bars, strict=True), key=lambda p: p[0])
    edges = [bar.x for _, bar in pairs]
    assert edges == sorted(edges)


def test_a_wait_of_an_hour_does_not_squeeze_the_actions_beside_it() -> None:
    before, wait, after = lay_out(
        [
            Span(0, 1_000_000),
            Span(1_000_000, 60 * MINUTE, waiting=True),
            Span(60 * MINUTE, 60 * MINUTE + 1_000_000),
        ]
    ).bars
    assert before.width == after.width > 400
    assert wait.waiting and wait.width < 100


def test_a_wait_is_cut_and_says_where_and_work_is_counted_without_it() -> None:
    chart = lay_out([Span(0, 1_000_000), Span(0, 60 * MINUTE, waiting=True)])
    assert len(chart.breaks) == 1
    assert chart.acting_us == 1_000_000


def test_a_run_without_steps_has_no_bars() -> None:
    assert lay_out([]).bars == ()
