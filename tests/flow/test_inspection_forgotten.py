"""What was forgotten on purpose is no damage to an examination; what was taken away in silence is."""

import contextlib
import sqlite3

import pytest

from bailiwick.flow.pruning import prune
from bailiwick.store.inspection import Inspection, open_rows
from bailiwick.store.payload_key import FilePayloadKeys
from tests.flow.test_forgetting import erase, office, read_all  # noqa: F401  # a fixture
from tests.flow.test_retention import DAY_MINUTES, LEAST_DAYS, keep


def examine(house):
    vkey = house.installation.log_key
    engine = open_rows(house.folder / "bailiwick.db")
    with contextlib.closing(FilePayloadKeys(house.folder)) as keys, engine.connect() as connection:
        inspection = Inspection(connection, vkey, vkey.partition("+")[0], keys, None)
        assert list(inspection.steps())
    engine.dispose()
    return inspection


def sql(house, statement, *values):
    with contextlib.closing(sqlite3.connect(house.folder / "bailiwick.db", isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


@pytest.fixture
async def forgotten(office):  # noqa: F811
    """A house where everybody's contacts were read, and one of them forgotten."""
    await read_all(office)
    await erase(office)
    await office.installation.store.checkpoint()
    return office


async def test_a_subject_that_was_forgotten_is_counted_and_not_blamed(forgotten):
    found = examine(forgotten)
    assert found.found == []
    assert found.erased > 0


async def test_a_month_that_was_pruned_is_counted_and_not_blamed(office):  # noqa: F811
    await read_all(office)
    await keep(office, "customer", LEAST_DAYS, 231)
    office.clock.advance(231 * DAY_MINUTES)
    done = await prune(office.installation, None)
    await office.installation.store.checkpoint()
    found = examine(office)
    assert done.periods
    assert found.found == []
    assert found.erased > 0


async def test_a_key_that_was_destroyed_in_silence_is_named_by_the_entries_that_need_it(office):  # noqa: F811
    await read_all(office)
    await office.installation.store.checkpoint()
    subject, seq = sql(office, "SELECT subject, min(seq) FROM payload_subject")[0]
    office.installation.keys.destroy([subject], 1)
    found = examine(office).found
    assert {damage.part for damage in found} == {"payload"}
    assert found[0].seq == seq
    assert "was destroyed, and no event says so" in found[0].what


@pytest.mark.parametrize(
    "statement, told",
    [
        ("DELETE FROM payload WHERE part = 2", "which its payload names, is missing"),
        ("UPDATE payload_subject SET subject = 'sub-other' WHERE part = 2", "of the subject `sub-other`, is listed"),
        ("UPDATE payload SET part = part + 900 WHERE part = 2", "is not listed as theirs"),
    ],
)
async def test_damaged_parts_of_a_payload_are_named(office, statement, told):  # noqa: F811
    await read_all(office)
    await office.installation.store.checkpoint()
    sql(office, statement)
    found = examine(office).found
    assert any(damage.part == "payload" and damage.seq is not None and told in damage.what for damage in found)
