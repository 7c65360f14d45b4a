import pytest
import pytest_asyncio

from tests.replica.estate import open_estate
from tools import browser
from tools.postgres import MISSING, LocalPostgres, programs


@pytest.fixture(scope="module")
def own_postgres():
    """A PostgreSQL that these tests may also stop."""
    if programs() is None:
        (pytest.fail if browser.is_ci() else pytest.skip)(MISSING)
    with LocalPostgres(durable=False) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def estate(own_postgres, tmp_path_factory):
    async with open_estate(tmp_path_factory.mktemp("estate"), own_postgres.new_database(), 2) as opened:
        yield opened
