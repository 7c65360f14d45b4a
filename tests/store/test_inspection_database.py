"""The same examination of a store in PostgreSQL: one moment of it, whoever writes."""

import asyncio
import contextlib
import random
import shutil

import psycopg
import pytest

from bailiwick.ledger.merkle import leaf_hash
from bailiwick.ledger.note import Signer
from bailiwick.store.inspection import Inspection, open_rows
from bailiwick.store.mending import mend
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.transfer import copy_store
from bench.populated import ORIGIN, open_populated, work

SIGNER = Signer(ORIGIN, random.Random(2).randbytes(32))


async def _fill(path):
    made = await open_populated(path)
    try:
        await work(made, 2)
    finally:
        made.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole")
    asyncio.run(_fill(path))
    return path


@pytest.fixture
def copied(whole, tmp_path, postgres_url):
    """A populated store in a database of its own, with its keys in `tmp_path`."""
    for found in whole.iterdir():
        shutil.copy2(found, tmp_path / found.name)
    copy_store(tmp_path / "bailiwick.db", postgres_url, lambda *_: None)
    return postgres_url


def examine(url, folder, **more):
    engine = open_rows(url)
    with contextlib.closing(FilePayloadKeys(folder)) as keys, engine.connect() as connection:
        inspection = Inspection(connection, SIGNER.vkey, ORIGIN, keys, None, **more)
        assert list(inspection.steps())
    engine.dispose()
    return inspection.found


def sql(url, statement, *values):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement, values)


def test_a_copied_store_has_nothing_wrong_and_what_is_derived_is_mended_there_too(copied, tmp_path):
    assert examine(copied, tmp_path) == []
    sql(copied, "UPDATE log_entry SET tool = 'other' WHERE seq = 7")
    sql(copied, "UPDATE log_state SET frontier = %s", b"x")
    sql(copied, "DELETE FROM checkpoint")
    found = examine(copied, tmp_path)
    assert {(damage.part, damage.mendable) for damage in found} == {
        ("column", True),
        ("frontier", True),
        ("checkpoint", True),
    }
    engine = open_rows(copied, write=True)
    with engine.begin() as connection:
        assert mend(connection, found, SIGNER.vkey, SIGNER, 1) == 3
    engine.dispose()
    assert examine(copied, tmp_path) == []


@pytest.mark.parametrize(
    "statement, part",
    [
        ("UPDATE log_entry SET body = body || ' ' WHERE seq = 9", "leaf"),
        ("UPDATE log_entry SET leaf_hash = '\\x00' WHERE seq = 9", "column"),
        ("DELETE FROM payload WHERE seq = (SELECT min(seq) FROM payload)", "payload"),
        ("UPDATE action SET state = 'failed' WHERE id = (SELECT min(id) FROM action)", "action"),
    ],
)
def test_damage_in_a_database_is_named_by_its_entry(copied, tmp_path, statement, part):
    sql(copied, statement)
    found = examine(copied, tmp_path)
    assert found[0].part == part
    assert found[0].seq is not None


def test_entries_that_a_running_server_has_not_signed_yet_are_no_damage(copied, tmp_path):
    sql(copied, "DELETE FROM checkpoint")
    assert examine(copied, tmp_path, in_use=True) == []


def test_an_examination_sees_one_moment_whoever_writes(copied, tmp_path):
    engine = open_rows(copied)
    with contextlib.closing(FilePayloadKeys(tmp_path)) as keys, engine.connect() as connection:
        inspection = Inspection(connection, SIGNER.vkey, ORIGIN, keys, None)
        steps = inspection.steps()
        next(steps)
        sql(copied, "UPDATE log_entry SET body = 'x', leaf_hash = %s WHERE seq = 3", leaf_hash(b"x"))
        assert list(steps)
    engine.dispose()
    assert inspection.found == []
