import pytest

from bailiwick.core.tier import FixedTier, SteppedTier, Tier, raised, reachable

RECORDS = SteppedTier("records", ((50, Tier.MEDIUM), (5000, Tier.HIGH)), Tier.NEVER)


@pytest.mark.parametrize(
    "size, tier",
    [
        (0, Tier.MEDIUM),
        (1, Tier.MEDIUM),
        (50, Tier.MEDIUM),
        (51, Tier.HIGH),
        (5000, Tier.HIGH),
        (5001, Tier.NEVER),
        (10**30, Tier.NEVER),
    ],
)
def test_five_thousand_records_are_high_where_one_is_medium(size, tier):
    assert RECORDS.at(size) is tier


@pytest.mark.parametrize("size", [True, -1, 1.0, float("nan"), "1", None, [1]])
def test_a_size_that_is_no_whole_number_is_never(size):
    assert RECORDS.at(size) is Tier.NEVER


@pytest.mark.parametrize("word", ["Low", "LOW", "low ", "", "critical", "ʟow"])
def test_only_the_four_exact_words_are_tiers(word):
    with pytest.raises(ValueError, match="low, medium, high or never"):
        Tier.parse(word)


def test_a_floor_raises_every_step_and_lowers_none():
    assert raised(FixedTier(Tier.LOW), Tier.HIGH) == FixedTier(Tier.HIGH)
    steps = raised(RECORDS, Tier.HIGH)
    assert steps == SteppedTier("records", ((50, Tier.HIGH), (5000, Tier.HIGH)), Tier.NEVER)
    assert raised(RECORDS, Tier.LOW) == RECORDS


def test_the_reachable_tiers_are_those_of_the_steps_and_the_rest():
    assert reachable(RECORDS) == {Tier.MEDIUM, Tier.HIGH, Tier.NEVER}
    assert reachable(FixedTier(Tier.LOW)) == {Tier.LOW}
