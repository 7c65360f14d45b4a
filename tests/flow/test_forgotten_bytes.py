"""What is left on the disk of somebody who was forgotten: every byte is tried as a key, and none opens anything."""

import shutil
import sqlite3
from contextlib import closing, suppress

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bailiwick.flow.export import export_files
from bailiwick.flow.payload import read_payload
from bailiwick.flow.recheck import recheck
from bailiwick.flow.subject import erase_named, find_subject
from bailiwick.ledger.bundle import verify
from bailiwick.ports.reader import EventFilter
from bailiwick.store.seal import NONCE, derived
from tests.flow.test_forgetting import declared

KEY, WRAPPED = 32, 60
DISTINCT = 22
"""Different bytes that 32 random ones have at least (fewer: once in a hundred million); texts and zeros have fewer."""
KEYS_DB = "payload-keys.db"


def windows(data, width):
    """Every run of so many bytes that could be random, each once."""
    return {part for at in range(len(data) - width + 1) if len(set((part := data[at : at + width])[:KEY])) >= DISTINCT}


def opens(key, keys_before, commitment, sealed):
    """Whether `key` decrypts: as it is, or in the place of the subject's key beside keys that are still there."""
    for tried in (key, derived([*keys_before, key], commitment)):
        with suppress(InvalidTag):
            AESGCM(tried).decrypt(NONCE, sealed, None)
            return True
    return False


def unwrapped(master, subject, data):
    """Every key of the subject that the master key finds wrapped somewhere in these bytes."""
    found, cipher = [], AESGCM(master)
    for part in windows(data, WRAPPED):
        with suppress(InvalidTag):
            found.append(cipher.decrypt(part[:12], part[12:], subject.encode()))
    return found


def sealed_of(folder, subject):
    """The rows of the parts that are theirs alone: commitment, period key's id and ciphertext."""
    query = """SELECT p.id, p.keys, p.sealed FROM payload p JOIN payload_subject s USING (seq, part)
               WHERE s.subject = ? AND p.keys NOT LIKE '% % %'"""
    with closing(sqlite3.connect(folder / "bailiwick.db")) as connection:
        return connection.execute(query, (subject,)).fetchall()


@pytest.fixture
async def read(house):
    """Five hundred contacts read at once, among other work."""
    await house.catalogue(declared())
    house.crm.contacts = {
        f"con-{number:03}": {"email": f"zz{number:03}zz@acme.example", "segment": "beta"} for number in range(500)
    }
    await house.act("note", text="before")
    ids = sorted(house.crm.contacts)
    acted = await house.act("query", object_type="contacts", ids=ids, fields=["email"], limit=500)
    await house.act("note", text="after")
    return acted.decision.action


@pytest.mark.timeout(240)
async def test_no_byte_of_the_disk_decrypts_one_contact_of_five_hundred_and_the_others_stay(house, read, tmp_path):
    folder, backup = house.folder, tmp_path / "backup"
    backup.mkdir()
    for path in folder.glob("bailiwick.db*"):
        shutil.copy(path, backup / path.name)  # the record as it was, without the keys, which are backed up apart
    subject = find_subject(house.installation, "contact", "con-123").id
    victims = sealed_of(folder, subject)
    assert len(victims) == 2  # in the question and in the answer
    master = (folder / "payload-master.key").read_bytes()
    (key,) = set(unwrapped(master, subject, (folder / KEYS_DB).read_bytes()))
    period = victims[0][1].split()[0]
    above = [house.installation.keys.keys([period])[period]]
    assert all(opens(key, above, commitment, sealed) for commitment, _, sealed in victims)  # the scan would find it

    view = await erase_named(house.installation, "contact", "con-123", house.people["admin"])

    assert view.state == "erased"
    places = [path for where in (folder, backup) for path in where.iterdir() if path.is_file()]
    names = {path.name for path in places}
    assert names >= {"bailiwick.db", "bailiwick.db-wal", KEYS_DB, f"{KEYS_DB}-journal", "payload-master.key"}
    everything = [path.read_bytes() for path in places]
    assert not any(key in data for data in everything)
    assert not any(unwrapped(master, subject, data) for data in everything)
    tried = set().union(*(windows(data, KEY) for data in everything))
    assert len(tried) > 50_000
    commitment, _, sealed = victims[1]
    assert not any(opens(one, above, commitment, sealed) for one in tried)

    await check_the_others(house, read)


async def check_the_others(house, action):
    asked, answered = (
        read_payload(house.reader, event)
        for event in house.reader.events(EventFilter(action=action), limit=10, ascending=True)
    )
    ids = asked.value["request"]["arguments"]["ids"]
    assert len(ids) == 500 and ids.count("(erased)") == 1
    records = [one for one in answered.value["result"]["structuredContent"]["records"] if one != "(erased)"]
    assert len(records) == 499
    assert all(one["email"] == f"zz{one['id'][4:]}zz@acme.example" for one in records)
    await house.installation.store.checkpoint()
    files = export_files(house.reader, house.installation.log_key)
    assert verify(files, house.installation.log_key) == []
    assert house.kinds("subject") == ["erased"]
    report = recheck(files, None)
    assert (report.erased, report.differences) == (1, ())
    assert report.identical == report.decided - 1
