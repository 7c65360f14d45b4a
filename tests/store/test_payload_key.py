"""Keys of payloads: made once, durable before they are named, and gone without a trace when destroyed."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from bailiwick.core.custody import SubjectName
from bailiwick.ports.payload_key import KeyStoreError
from bailiwick.store.payload_key import KEYS_FILE, MASTER_FILE, FilePayloadKeys, month_of, open_payload_keys

NOW = 1_800_000_000_000_000  # January 2027
ANA, BEN = SubjectName("contact", "ana"), SubjectName("contact", "ben")


@pytest.fixture
def keys(tmp_path):
    return FilePayloadKeys(tmp_path)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_files_are_for_their_owner_alone(keys, tmp_path):
    keys.subjects([ANA], NOW)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_period_has_one_key_and_the_next_month_another(keys):
    january = keys.period("customer", NOW)
    assert january == f"customer@{month_of(NOW)}" == "customer@2027-01"
    assert keys.period("customer", NOW + 1) == january
    assert keys.period("customer", NOW + 31 * 86_400_000_000) == "customer@2027-02"
    assert keys.period("internal", NOW) == "internal@2027-01"
    found = keys.keys(keys.periods())
    assert len(set(found.values())) == 3 and {len(key) for key in found.values()} == {32}


def test_a_name_has_one_pseudonym_that_does_not_tell_it(keys):
    ana, ben, again = keys.subjects([ANA, BEN, ANA], NOW)
    assert ana == again != ben and ana.startswith("sub-")
    assert keys.subjects([SubjectName("lead", "ana")], NOW) != [ana]
    assert keys.find(ANA).id == ana and keys.subject(ana).kind == "contact"
    assert keys.find(SubjectName("contact", "nobody")) is None


def test_names_and_keys_are_in_no_file_in_plain(keys, tmp_path):
    found = keys.keys(keys.subjects([SubjectName("contact", "zznamezz")], NOW))
    for data in files(tmp_path).values():
        assert b"zznamezz" not in data
        assert not any(key in data for key in found.values())


def test_another_process_finds_the_same_keys(keys, tmp_path):
    named = [*keys.subjects([ANA], NOW), keys.period("customer", NOW)]
    assert FilePayloadKeys(tmp_path).keys(named) == keys.keys(named)


def test_processes_that_meet_somebody_at_once_agree_on_the_key(tmp_path):
    names = [SubjectName("contact", str(number)) for number in range(200)]
    stores = [FilePayloadKeys(tmp_path) for _ in range(4)]

    def meet(store):
        found = [store.subjects([name], NOW)[0] for name in names[:: 1 if store is stores[0] else -1]]
        return sorted(found), store.period("customer", NOW), store.fingerprint()

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(meet, stores))
    assert told[1:] == told[:-1]
    for store in stores:
        assert store.keys(told[0][0]) == stores[0].keys(told[0][0])


def test_another_key_store_has_another_fingerprint(keys, tmp_path):
    assert FilePayloadKeys(tmp_path).fingerprint() == keys.fingerprint()
    assert FilePayloadKeys(tmp_path / "elsewhere").fingerprint() != keys.fingerprint()


def test_a_destroyed_key_is_gone_everywhere_and_known_to_be_gone(keys, tmp_path):
    other = FilePayloadKeys(tmp_path)
    ana, ben = keys.subjects([ANA, BEN], NOW)
    key = other.keys([ana, ben])[ana]
    with sqlite3.connect(tmp_path / KEYS_FILE) as connection:
        wrapped = connection.execute("SELECT wrapped FROM payload_key WHERE id = ?", (ana,)).fetchone()[0]
    assert any(wrapped in data for data in files(tmp_path).values())
    assert keys.destroy([ana], NOW) == 1
    assert not any(wrapped in data or key in data for data in files(tmp_path).values())
    for one in (keys, other, FilePayloadKeys(tmp_path)):
        assert one.keys([ana, ben])[ana] is None and one.keys([ben])[ben] is not None
        assert one.find(ANA) is None and one.subject(ana) is None
    assert keys.destroy([ana], NOW) == 0
    assert keys.subjects([ANA], NOW) != [ana]


def test_destroying_many_leaves_the_others(keys):
    names = [SubjectName("contact", str(number)) for number in range(1_200)]
    subjects = keys.subjects(names, NOW)
    assert keys.destroy(subjects[::2], NOW) == 600
    found = keys.keys(subjects)
    assert [key is None for key in found.values()] == [True, False] * 600


def test_a_period_that_retention_destroyed_takes_nothing_more(keys):
    keys.destroy([keys.period("customer", NOW)], NOW)
    with pytest.raises(KeyStoreError, match="clock"):
        keys.period("customer", NOW)


def test_a_key_that_was_never_made_is_an_error_and_not_an_erasure(keys):
    with pytest.raises(KeyStoreError, match="restore"):
        keys.keys(["sub-elsewhere"])


def test_an_installation_with_a_record_does_not_start_without_its_keys(tmp_path):
    with pytest.raises(KeyStoreError, match="has a record"):
        open_payload_keys(tmp_path, new=False)
    made = open_payload_keys(tmp_path, new=True).fingerprint()
    assert open_payload_keys(tmp_path, new=False).fingerprint() == made


def test_no_new_master_key_is_made_beside_old_keys(keys, tmp_path):
    keys.subjects([ANA], NOW)
    keys.close()
    (tmp_path / MASTER_FILE).unlink()
    with pytest.raises(KeyStoreError, match="restore"):
        FilePayloadKeys(tmp_path).find(ANA)


def test_another_master_key_opens_nothing(keys, tmp_path):
    keys.subjects([ANA], NOW)
    (tmp_path / MASTER_FILE).write_bytes(bytes(range(32)))
    with pytest.raises(KeyStoreError, match="master key"):
        FilePayloadKeys(tmp_path).keys(keys.subjects([ANA], NOW))


def test_a_journal_that_a_crash_left_behind_is_wiped_at_the_next_start(keys, tmp_path):
    ana = keys.subjects([ANA], NOW)[0]
    with sqlite3.connect(tmp_path / KEYS_FILE) as connection:  # a destruction that did not come to the wiping
        wrapped = connection.execute("SELECT wrapped FROM payload_key WHERE id = ?", (ana,)).fetchone()[0]
        connection.execute("PRAGMA journal_mode=PERSIST")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("UPDATE payload_key SET wrapped = NULL WHERE id = ?", (ana,))
    journal = f"{KEYS_FILE}-journal"
    assert wrapped in files(tmp_path)[journal]
    assert FilePayloadKeys(tmp_path).keys([ana]) == {ana: None}
    assert not any(wrapped in data for data in files(tmp_path).values())
