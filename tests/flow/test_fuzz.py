"""A short run of `make fuzz`: whatever is written, it is refused in words with a line, or it means one thing."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.fuzz import __main__ as fuzz
from bench.fuzz.claim import CLAIMS
from bench.fuzz.form import FORMS


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__)
def test_a_charter_and_a_catalogue_keep_every_claim(claim, form):
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def ask(data):
        claim(data, form)

    ask()


SHORT = ["--minutes", "0.0001", "--seed", "1", "--batch", "40"]


def test_the_long_run_says_its_figure_last_and_fails_when_anything_was_accepted(capsys, monkeypatch):
    assert fuzz.main(SHORT) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("0 tracebacks, 0 accepted nonsense")
    monkeypatch.setattr(fuzz, "CLAIMS", (planted,))
    assert fuzz.main(SHORT) == 1
    assert "0 tracebacks, 1 accepted nonsense" in capsys.readouterr().out


def planted(data, form):
    """A bug: the letter `z` in a document is nonsense."""
    if data.draw(st.text("xyz", max_size=3)).count("z"):
        raise fuzz.Nonsense("a z")
