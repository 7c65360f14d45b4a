"""What every room's tests share: the checkout, one way to generate examples, and the browser."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bailiwick.store.migration import migrate_postgres
from tools import browser
from tools.postgres import MISSING, GivenPostgres, LocalPostgres, programs

ROOT = Path(__file__).resolve().parent.parent

# A developer's own settings stay out of every test.
GIVEN_POSTGRES = os.environ.get("BAILIWICK_TEST_POSTGRES", "")
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[GivenPostgres]:
    """A PostgreSQL server; without one its tests fail in CI and are skipped elsewhere."""
    if not GIVEN_POSTGRES and programs() is None:
        (pytest.fail if browser.is_ci() else pytest.skip)(MISSING)
    with GivenPostgres(GIVEN_POSTGRES) if GIVEN_POSTGRES else LocalPostgres(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: GivenPostgres) -> Iterator[str]:
    """A database with every table and no row."""
    url = postgres.new_database()
    migrate_postgres(url)
    yield url
    postgres.drop_database(url)


@pytest.fixture
def postgres_url(postgres: GivenPostgres, postgres_template: str) -> Iterator[str]:
    """An empty store of the test's own."""
    url = postgres.new_database(postgres_template)
    yield url
    postgres.drop_database(url)
