import pytest

from bailiwick.core.trial import in_canary, percent_at, share_of, takes_part

STEPS = [[100, 10], [200, 50], [300, 5]]


def trial(**more):
    row = {"kind": "canary", "state": "running", "digest": "sha256:new", "base": "sha256:old", "steps": STEPS}
    return row | more


def run(number, opened_us=250):
    return {"id": f"run-{number}", "opened_us": opened_us}


@pytest.mark.parametrize("at_us, percent", [(99, 0), (100, 10), (199, 10), (200, 50), (299, 50), (300, 5), (10**9, 5)])
def test_the_share_of_a_run_is_the_one_that_was_set_when_it_was_opened(at_us, percent):
    assert percent_at(STEPS, at_us) == percent


def test_runs_fall_evenly_and_always_alike_for_one_version():
    shares = [share_of("sha256:new", f"run-{number}") for number in range(10_000)]
    assert min(shares) == 0 and max(shares) == 99
    assert 900 < sum(share < 10 for share in shares) < 1_100
    assert shares == [share_of("sha256:new", f"run-{number}") for number in range(10_000)]
    assert shares != [share_of("sha256:other", f"run-{number}") for number in range(10_000)]


def test_a_higher_share_takes_more_runs_and_drops_none():
    low = {n for n in range(500) if takes_part(trial(steps=[[0, 10]]), "sha256:old", run(n))}
    high = {n for n in range(500) if takes_part(trial(steps=[[0, 60]]), "sha256:old", run(n))}
    assert low < high < set(range(500))


def test_a_run_keeps_its_version_when_the_share_changes():
    before = {n for n in range(500) if takes_part(trial(), "sha256:old", run(n, 150))}
    assert before == {n for n in range(500) if takes_part(trial(steps=STEPS[:1]), "sha256:old", run(n, 150))}


@pytest.mark.parametrize(
    "row",
    [None, trial(kind="shadow"), trial(state="proposed"), trial(state="stopped"), trial(state="promoted")],
    ids=str,
)
def test_what_is_no_running_canary_decides_no_run(row):
    assert not in_canary(row, "sha256:old")
    assert not any(takes_part(row, "sha256:old", run(number)) for number in range(500))


def test_a_canary_ends_when_another_version_is_published():
    assert in_canary(trial(), "sha256:old")
    assert not in_canary(trial(), "sha256:another")
    assert not any(takes_part(trial(steps=[[0, 100]]), "sha256:another", run(number)) for number in range(50))
