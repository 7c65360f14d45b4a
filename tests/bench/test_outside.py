"""The outside judgement at a small size, as far as the machine has what it needs; the rest needs no outsider at all."""

import random
import subprocess
import sys

import pytest

from bailiwick.ledger import bundle
from bailiwick.ledger.note import Signer, open_note
from bailiwick.ledger.proof import TlogProof, verify
from bench.outside.__main__ import changes, report
from bench.outside.equipment import HERE, ROOT
from bench.outside.log import PROVED, flipped, forked, make_log
from bench.outside.verifier import VERIFIERS
from bench.populated import ORIGIN

SIZE = 300


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return make_log(tmp_path_factory.mktemp("outside") / "log", (60, 150, SIZE))


def exported(folder):
    ours = ("checkpoint", "log.vkey", "tile", "payload", "document")
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name: (folder / name).read_bytes() for name in files if name.startswith(ours)}


def test_the_log_that_is_judged_is_whole_and_grew(log):
    assert bundle.verify(exported(log.folder), log.vkey) == []
    assert [head.size for head in log.heads] == [60, 150, SIZE]
    assert all(open_note(head.note, log.vkey) for head in log.heads)
    head, _ = verify(TlogProof.parse((log.folder / "entry.tlog-proof").read_bytes()), log.vkey)
    assert head.size == SIZE
    assert len((log.folder / "proofs").read_bytes().splitlines()) == SIZE
    assert PROVED > SIZE


def test_each_change_is_one_bit_of_one_file(log, tmp_path):
    judged = {kind for verifier in VERIFIERS for kind in verifier.judges}
    assert judged == changes(log, 1).keys()
    for kind, (name, place) in changes(log, 1).items():
        copy = flipped(log, tmp_path / kind, name, place, 0)
        before, after = (log.folder / name).read_bytes(), (copy / name).read_bytes()
        assert sum((a ^ b).bit_count() for a, b in zip(before, after, strict=True)) == 1
        assert sum(not path.is_symlink() for path in copy.rglob("*") if not path.is_dir()) == 1


def test_the_fork_is_signed_with_the_real_key(log):
    tree, head = forked(log, Signer(ORIGIN, random.Random(2).randbytes(32)))
    assert open_note(head.note, log.vkey)
    assert (tree.size, tree.root()) == (SIZE + 1, head.root)
    assert tree.root(SIZE) != log.heads[-1].root


def test_whatever_is_wrong_or_missing_fails(capsys):
    good = ("scitt-cose", "as it is", True, "", 0.1)
    assert report([good], []) == 0
    assert report([good, ("scitt-cose", "one bit flipped: entry", False, "", 0.1)], []) == 1
    assert report([good], ["aics-witness: it needs Python 3.12"]) == 1
    assert report([], []) == 1
    assert "MISSING: aics-witness: it needs Python 3.12" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["verifier.txt", "witness.txt"])
def test_every_package_is_pinned_with_hashes_and_names_no_index(name):
    lines = (HERE / name).read_text().splitlines()
    pins = [at for at, line in enumerate(lines) if "==" in line]
    assert pins
    assert all("--hash=sha256:" in lines[at + 1] for at in pins)
    assert not [line for line in lines if line.startswith("-") or "://" in line]


@pytest.mark.skipif(not (ROOT / "verifier.installed").exists(), reason="`make outside` has not installed them yet")
@pytest.mark.timeout(300)
def test_a_small_log_is_judged_as_a_large_one():
    command = [sys.executable, "-m", "bench.outside", "--entries", "1000", "--only", "scitt"]
    ran = subprocess.run(command, cwd=HERE.parent.parent, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.splitlines()[-1].startswith("outside: 1 verifiers, 1 accept the log, 4 of 4 flipped bits refused")
