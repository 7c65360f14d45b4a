import subprocess
import sys

import pytest

from bailiwick.ledger import bundle
from bench import flips, populated


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    return populated.populate(tmp_path_factory.mktemp("store"), 1)[1]


def test_every_changed_byte_is_found_and_its_file_named(exported):
    assert len(exported) < 200  # so that every file is among the changes
    assert flips.missed(exported, 200, seed=7) == []


def test_the_changes_are_the_same_for_a_seed_and_touch_every_file(exported):
    changes = list(flips.flips(exported, 300, seed=7))
    assert changes == list(flips.flips(exported, 300, seed=7))
    assert {change.file for change in changes} == set(exported)
    for change in changes:
        changed = change.apply(exported)
        differing = [name for name in exported if changed[name] != exported[name]]
        assert differing == [change.file]
        assert sum(a != b for a, b in zip(changed[change.file], exported[change.file], strict=True)) == 1


def test_the_same_seed_makes_the_same_record(tmp_path, exported):
    assert populated.populate(tmp_path, 1)[1] == exported


def test_an_export_that_does_not_verify_is_no_measure(exported):
    broken = dict(exported)
    del broken[bundle.CHECKPOINT]
    with pytest.raises(ValueError, match="does not verify as it is"):
        flips.missed(broken, 1, seed=7)


def test_a_change_that_nobody_finds_fails_the_run(exported, tmp_path, monkeypatch, capsys):
    for name, data in exported.items():
        path = tmp_path / "export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder = str(tmp_path / "export")
    assert flips.main(["--from", folder, "--changes", "5"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "flips: 5 changed, 5 found and named"
    monkeypatch.setattr(bundle, "verify", lambda files, vkey=None: [])
    assert flips.main(["--from", folder, "--changes", "5"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "flips: 5 changed, 0 found and named"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_thousand_changes_are_all_found_and_named(checkout):
    command = [sys.executable, "-m", "bench.flips"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "flips: 2000 changed, 2000 found and named"
    assert done.returncode == 0
