"""Who signs: in this process or another one, never a head that contradicts an earlier one."""

import json
import signal
import socket
import subprocess
import sys
import threading

import pytest

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.growth import ForkError
from bailiwick.ledger.merkle import Tree, leaf_hash
from bailiwick.ledger.note import Signer, open_note, sign
from bailiwick.ports.signer import SignerAway, SignerBehind, SignerRefused
from bailiwick.ports.store import StoreUnavailable
from bailiwick.signer.desk import Desk
from bailiwick.signer.opening import key_elsewhere, sign_elsewhere, sign_here
from bailiwick.signer.pen import Pen
from bailiwick.signer.remote import Conversation
from bailiwick.signer.wire import WireError, read_line, write_line
from bailiwick.store.keyring import LOG_KEY_FILE, KeyringError, open_keyring
from bailiwick.store.signed_head import SignedHeadError, SignedHeads, open_memory

ORIGIN = "log.acme.example"
KEY = Signer(ORIGIN, bytes(range(32)))
LEAVES = [leaf_hash(b"entry %d" % n) for n in range(300)]
LOG = Tree(LEAVES)
FORK = Tree([*LEAVES[:50], leaf_hash(b"another entry"), *LEAVES[51:]])


def head(size, tree=LOG, origin=ORIGIN):
    return Checkpoint(origin, size, tree.root(size))


def prove(tree):
    return tree.consistency


class Daemon:
    """`bailiwick signer` as a process of its own."""

    def __init__(self, folder, *options):
        self.keys, self.socket = folder / "keys", folder / "signer.sock"
        command = [sys.executable, "-m", "bailiwick", "signer", "--keys", str(self.keys), "--socket", str(self.socket)]
        self.child = subprocess.Popen(
            [*command, "--origin", ORIGIN, "--json", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.child.stdout.readline()
        self.key = json.loads(line).get("key") if line else None

    def signing(self, last=None, tree=LOG, key=None):
        return sign_elsewhere(self.socket, key or self.key, last, prove(tree))

    def stop(self, name=signal.SIGTERM):
        if self.key and self.child.poll() is None:
            self.child.send_signal(name)
        out, err = self.child.communicate(timeout=30)
        return self.child.returncode, out, err


@pytest.fixture
def daemon(tmp_path):
    started = []

    def start(*options):
        started.append(Daemon(tmp_path, *options))
        return started[-1]

    yield start
    for one in started:
        if one.child.poll() is None:
            one.child.kill()
        one.child.communicate()


# ------------------------------------------------------------------------------------- in this process


def test_the_servers_own_signer_signs_what_grows():
    signing = sign_here(KEY, None, prove(LOG))
    for size in (1, 2, 2, 100, 300):
        assert Checkpoint.parse(open_note(signing.note(head(size).format()), KEY.vkey)) == head(size)
    assert signing.trouble == ""


@pytest.mark.parametrize(
    "last, now, tree, what",
    [
        (head(100), head(99), LOG, "its end was cut off"),
        (head(100), head(100, FORK), LOG, "it was rewritten"),
        (head(100), head(200, FORK), FORK, "nothing shows that the first 100"),
        (head(100), head(200, FORK), LOG, "nothing shows that the first 100"),
        (head(100), head(200), Tree(LEAVES[:150]), "stay within it"),
    ],
)
def test_the_servers_own_signer_refuses_a_head_that_contradicts_the_last_checkpoint(last, now, tree, what):
    signing = sign_here(KEY, last, prove(tree))
    with pytest.raises(SignerRefused, match=what):
        signing.note(now.format())
    assert what in signing.trouble
    assert signing.note(last.format())
    assert signing.trouble == ""


def test_a_head_is_kept_before_it_is_signed():
    kept = []

    def keep(what):
        kept.append(what)
        raise OSError("the disk is full")

    pen = Pen(KEY, head(10), keep)
    with pytest.raises(OSError, match="full"):
        pen.sign(head(20), LOG.consistency(10, 20))
    assert kept == [head(20)]
    assert pen.last == head(10)
    with pytest.raises(ForkError):
        pen.sign(head(9), [])


# ---------------------------------------------------------------------------------- a process of its own


def test_a_separate_signer_signs_what_is_proved_to_grow(daemon):
    there = daemon()
    signing = there.signing()
    for size in (1, 2, 2, 100, 300):
        assert Checkpoint.parse(open_note(signing.note(head(size).format()), there.key)) == head(size)
    mode = (there.keys / LOG_KEY_FILE).stat().st_mode & 0o777
    assert (mode, there.socket.stat().st_mode & 0o777) == (0o600, 0o600)
    assert there.stop()[0] == 0


def test_a_signer_that_was_killed_remembers(daemon):
    there = daemon()
    there.signing().note(head(100).format())
    there.stop(signal.SIGKILL)
    again = daemon()
    assert again.key == there.key
    with Conversation(again.socket) as talk:
        assert talk.last(ORIGIN) == (there.key, head(100))
    with pytest.raises(SignerRefused, match="its end was cut off"):
        again.signing(tree=Tree(LEAVES[:99])).note(head(99).format())
    with pytest.raises(SignerRefused, match="it was rewritten"):
        again.signing(tree=FORK).note(head(100, FORK).format())
    with pytest.raises(SignerRefused, match="nothing shows"):
        again.signing(tree=FORK).note(head(200, FORK).format())
    assert again.signing().note(head(200).format())


def test_a_proof_that_leads_elsewhere_is_refused(daemon):
    there = daemon()
    there.signing().note(head(100).format())
    with Conversation(there.socket) as talk:
        for proof in ([], LOG.consistency(99, 200), LOG.consistency(100, 199), FORK.consistency(100, 200)):
            with pytest.raises(SignerRefused, match="nothing shows that the first 100"):
                talk.sign(head(200).format(), proof)
        assert talk.sign(head(200).format(), LOG.consistency(100, 200))


def test_a_signer_whose_memory_was_put_back_is_noticed_and_gets_it_from_a_checkpoint(daemon):
    there = daemon()
    signing = there.signing()
    signing.note(head(50).format())
    (kept,) = there.keys.glob("last-signed-*")
    old = kept.read_bytes()
    newest = signing.note(head(200).format())
    there.stop()
    kept.write_bytes(old)

    again = daemon()
    with pytest.raises(SignerRefused, match=r"last signed 50 entries, but .* over 200: its memory was put back"):
        again.signing(last=head(200)).note(head(300).format())
    again.stop()
    (there.keys.parent / "note").write_bytes(newest)
    told = daemon("--last", str(there.keys.parent / "note"))
    assert told.signing(last=head(200)).note(head(300).format())


def test_a_server_that_another_one_overtook_is_in_no_trouble(daemon):
    there = daemon()
    ahead, behind = there.signing(), there.signing()
    ahead.note(head(100).format())
    with pytest.raises(SignerBehind, match="another server had 100 entries signed"):
        behind.note(head(90).format())
    assert behind.trouble == ""
    assert behind.note(head(110).format())
    with pytest.raises(SignerRefused, match="its end was cut off"):  # a fork is no server that is behind
        there.signing(tree=FORK).note(head(90, FORK).format())


def test_a_signer_without_its_memory_does_not_start(daemon):
    there = daemon()
    there.signing().note(head(50).format())
    there.stop()
    next(there.keys.glob("last-signed-*")).unlink()
    code, _, err = daemon().stop()
    assert code == 1
    assert "not what it last signed" in err
    assert "--last" in err


def test_it_signs_nothing_but_its_own_log_and_shards(daemon):
    there = daemon()
    with Conversation(there.socket) as talk:
        for origin in ("other.example", f"{ORIGIN}/x", f"{ORIGIN}/0", f"{ORIGIN}2", ""):
            with pytest.raises(SignerRefused, match="signs for"):
                talk.last(origin)
        shard = head(7, origin=f"{ORIGIN}/1")
        assert talk.sign(shard.format(), [])
        with pytest.raises(SignerRefused, match="cut off"):
            talk.sign(head(6, origin=f"{ORIGIN}/1").format(), [])


def test_other_texts_are_signed_unless_they_could_be_taken_for_a_checkpoint(daemon):
    there = daemon()
    signing = there.signing()
    assert open_note(signing.statement("run run-1 read 4 contacts\n"), there.key) == "run run-1 read 4 contacts\n"
    for text in (head(9).format(), f"{ORIGIN}\nmore\n", f"cosignature/v1\ntime 1\n{head(9).format()}"):
        with pytest.raises(StoreUnavailable, match="starts as a checkpoint"):
            signing.statement(text)
    with pytest.raises(ValueError, match="starts as a checkpoint"):
        sign_here(KEY, None, prove(LOG)).statement(head(9).format())


def test_a_signer_that_is_away_says_so_and_is_back_when_it_is(daemon, tmp_path):
    there = daemon()
    signing = there.signing()
    there.stop()
    with pytest.raises(SignerAway, match="does not answer"):
        signing.note(head(5).format())
    assert "does not answer" in signing.trouble
    daemon()
    assert signing.note(head(5).format())
    assert signing.trouble == ""


def test_a_signer_that_hangs_is_waited_for_once(tmp_path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    signing = sign_elsewhere(tmp_path / "s", KEY.vkey, None, prove(LOG))
    with pytest.raises(SignerAway, match="takes longer"):
        signing.note(head(5).format())
    with pytest.raises(SignerAway, match="takes longer"):
        signing.note(head(6).format())  # at once: the first question is still open
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "bailiwick-signing"]
    listener.accept()[0].close()
    listener.close()
    thread.join()
    with pytest.raises(SignerAway, match="connection refused"):
        signing.note(head(7).format())


def test_a_signer_with_another_key_is_not_believed(daemon, tmp_path):
    there = daemon()
    with pytest.raises(SignerRefused, match="another key"):
        there.signing(key=KEY.vkey).note(head(5).format())
    with pytest.raises(SignerRefused, match="another key"):
        key_elsewhere(there.socket, ORIGIN, KEY.vkey)
    assert key_elsewhere(there.socket, ORIGIN, "") == there.key
    there.stop()
    assert key_elsewhere(there.socket, ORIGIN, there.key) == there.key
    with pytest.raises(SignerAway):
        key_elsewhere(there.socket, ORIGIN, "")


# --------------------------------------------------------------------------------------------- the parts


@pytest.mark.parametrize(
    "line, what",
    [
        (b"{}", "does not end"),
        (b"{}\n", "`ask` is not a text"),
        (b"[]\n", "not a json object"),
        (b"nonsense\n", ""),
        (b'{"ask":"dance"}\n', "none of last, sign and state"),
        (b'{"ask":"sign","head":"x","proof":[]}\n', "not three lines"),
        (b'{"ask":"sign","head":"log.acme.example\\n1\\n","proof":["zz"]}\n', ""),
        (write_line({"ask": "sign", "head": head(5).format(), "proof": ["zz"]}), "not a hash"),
        (write_line({"ask": "sign", "head": head(5).format(), "proof": ["00" * 32] * 65}), "at most 64"),
        (write_line({"ask": "sign", "head": head(5).format(), "proof": "00"}), "at most 64"),
    ],
)
def test_nonsense_is_answered_with_a_sentence(line, what):
    desk = Desk(ORIGIN, KEY.seed, lambda _: None, lambda _: None)
    assert what in str(read_line(desk.answer(line))["refused"])


def test_a_line_that_is_cut_is_no_message():
    with pytest.raises(WireError, match="does not end"):
        read_line(b'{"note":"half')


def test_a_memory_about_another_log_or_unreadable_is_never_guessed(tmp_path):
    heads = SignedHeads(tmp_path)
    heads.keep(head(5))
    (kept,) = tmp_path.glob("last-signed-*")
    kept.write_bytes(head(5, origin="other.example").format().encode())
    with pytest.raises(SignedHeadError, match="is about"):
        heads.read(ORIGIN)
    kept.write_bytes(b"half a")
    with pytest.raises(SignedHeadError, match="restore it, never delete it"):
        heads.read(ORIGIN)


@pytest.mark.parametrize(
    "given, what",
    [
        (sign(head(5).format(), KEY), "contradicts"),
        (sign(head(9, FORK).format().replace("\n9\n", "\n10\n"), KEY), "contradicts"),
        (sign(head(20).format(), Signer(ORIGIN, bytes(32))), "none that this key signed"),
        (sign("hello\n", KEY), "none that this key signed"),
    ],
)
def test_a_memory_is_not_taken_from_a_note_that_contradicts_it(tmp_path, given, what):
    SignedHeads(tmp_path).keep(head(10))
    with pytest.raises(SignedHeadError, match=what):
        open_memory(tmp_path, KEY, new=False, last=given)
    assert SignedHeads(tmp_path).read(ORIGIN) == head(10)


def test_a_key_in_the_data_folder_and_a_signer_elsewhere_are_one_too_many(tmp_path):
    open_keyring(tmp_path, new=True)
    with pytest.raises(KeyringError, match="move the file"):
        open_keyring(tmp_path, new=False, signs=False)
    (tmp_path / LOG_KEY_FILE).unlink()
    ring = open_keyring(tmp_path, new=False, signs=False)
    assert not (tmp_path / LOG_KEY_FILE).exists()
    with pytest.raises(KeyringError, match="with its signer"):
        ring.log_signer(ORIGIN)
    assert [path.name for path in tmp_path.iterdir()] == ["token-key.pem"]
