"""What every room's tests share: the checkout, one way to generate examples, and the browser."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tools import browser

ROOT = Path(__file__).resolve().parent.parent

# A developer's own settings stay out of every test.
for name in [name for name in os.environ if name.startswith("BAILIWICK_")]:
    del os.environ[name]

# Two shared cores make any deadline a coin toss; CI repeats the same examples so that red means changed.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if browser.is_ci() else "local")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Journeys come last: Playwright's synchronous API keeps an event loop running in this thread until its end."""
    journeys = ROOT / "tests" / "journeys"
    items.sort(key=lambda item: journeys in item.path.parents)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of this checkout."""
    return ROOT


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser for a journey; without one the journey fails in CI and is skipped elsewhere."""
    found = browser.find()
    if found is None:
        (pytest.fail if browser.is_ci() else pytest.skip)(browser.MISSING)
    return found
