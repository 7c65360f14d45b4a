import pytest

from tests.flow.house import open_house


@pytest.fixture
async def house(tmp_path):
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def solo_house(tmp_path):
    async with open_house(tmp_path, "solo") as opened:
        yield opened
