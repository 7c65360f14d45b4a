"""`bailiwick up` with a signer of its own: nothing of the key in the data folder, and nothing signed against itself."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import Frontier
from bailiwick.ledger.note import open_note
from bailiwick.store.reader import SqliteReader
from tests.signer.test_signer import Daemon

ORIGIN = "log.acme.example"


class Pair:
    """A server's data folder and the signer beside it."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "data"
        self.signer = None

    def sign(self):
        self.signer = Daemon(self.folder)
        return self.signer

    def serve(self):
        """One whole life of the server; its exit status and what it said."""
        command = [sys.executable, "-m", "bailiwick", "up", "--data", str(self.data), "--port", "0", "--json"]
        more = {"BAILIWICK_SIGNER": str(self.folder / "signer.sock"), "BAILIWICK_ORIGIN": ORIGIN}
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | more
        )
        if "url" in child.stdout.readline():
            child.send_signal(signal.SIGTERM)
        err = child.communicate(timeout=60)[1]
        return child.returncode, err

    def signed(self):
        """The size that is signed, and the size there is."""
        reader = SqliteReader(self.data / "bailiwick.db")
        try:
            head = reader.head()
            if head is None:
                return 0, reader.size()
            assert Checkpoint.parse(open_note(head.note, (self.data / "log.vkey").read_text())).size == head.size
            return head.size, reader.size()
        finally:
            reader.close()


@pytest.fixture
def pair(tmp_path):
    found = Pair(tmp_path)
    yield found
    if found.signer is not None:
        found.signer.stop()


def test_a_first_start_needs_its_signer_and_later_ones_do_not(pair):
    code, err = pair.serve()
    assert code == 1
    assert "the signer at" in err and "does not answer" in err

    pair.sign()
    assert pair.serve()[0] == 0
    first, there = pair.signed()
    assert 0 < first == there
    assert not (pair.data / "log-key.pem").exists()
    assert (pair.data / "log.vkey").read_text() == pair.signer.key

    pair.signer.stop()
    code, err = pair.serve()
    assert code == 0
    assert "signer.trouble" in err
    signed, there = pair.signed()
    assert first <= signed < there  # the record went on, and nobody signed it

    pair.sign()
    assert pair.serve()[0] == 0
    signed, there = pair.signed()
    assert signed == there > first


def test_a_record_that_was_cut_short_gets_no_signature_any_more(pair):
    pair.sign()
    assert pair.serve()[0] == 0
    size = pair.signed()[0]
    with closing(sqlite3.connect(pair.data / "bailiwick.db")) as file, file:
        frontier = Frontier()
        for (hashed,) in file.execute("SELECT leaf_hash FROM log_entry WHERE seq < 1"):
            frontier.append(hashed)
        file.execute("PRAGMA foreign_keys=OFF")
        file.execute("DELETE FROM log_entry WHERE seq >= 1")
        file.execute("UPDATE log_state SET size = 1, frontier = ?", (frontier.to_bytes(),))
        file.execute("DELETE FROM checkpoint")
    code, err = pair.serve()
    assert code == 0
    assert "the signer refuses" in err
    assert pair.signed()[0] == 0
    with closing(sqlite3.connect(pair.data / "bailiwick.db")) as file:
        assert file.execute("SELECT count(*) FROM log_entry").fetchone()[0] < size + 10
