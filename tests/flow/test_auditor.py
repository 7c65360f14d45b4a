"""The auditor's script, as an auditor runs it: Python alone, an empty environment, a bundle and a key."""

import random
import subprocess
import sys
import time
import zipfile

import pytest

from bailiwick.flow import auditor
from bailiwick.ledger import bundle, canonical, tile
from bailiwick.ledger.anchor_file import without_anchors
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.note import Signer, sign
from tests.flow.evidence_made import SCRIPT, SIGNER, Record, certified, write, zipped

FIRST, SECOND = "record/tile/entries/000", "record/tile/entries/001.p/44"


@pytest.fixture(scope="module")
def good():
    return Record(300).bundle()


def run(target, *arguments, key=SIGNER.vkey):
    """Run the script of the product, not the one in the bundle, with no site packages and no environment."""
    script = target.parent / "auditor-s-own.py"
    script.write_bytes(SCRIPT)
    command = [sys.executable, "-I", "-S", str(script), str(target), *(["--key", key] if key else []), *arguments]
    ran = subprocess.run(command, cwd="/", env={}, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


def exported(files):
    """The export folder in a bundle, without what others hold of it."""
    return without_anchors({name[7:]: data for name, data in files.items() if name.startswith("record/")})


def tried(files, tmp_path):
    return run(write(files, tmp_path / "bundle"))


def test_the_script_is_short_enough_to_be_read_and_imports_nothing_of_ours():
    text = SCRIPT.decode()
    assert text.count("\n") < 300
    imported = {
        line.split()[1].partition(".")[0] for line in text.splitlines() if line.startswith(("import ", "from "))
    }
    assert imported <= set(sys.stdlib_module_names)


def test_a_good_bundle_verifies_as_a_folder_and_as_a_zip(good, tmp_path):
    code, said = tried(good, tmp_path)
    assert (code, said.splitlines()[0]) == (
        0,
        f"VERIFIED: 300 entries, {len(good)} files, 0 payloads erased on the record.",
    )
    assert "the key that you gave" in said
    packed = tmp_path / "evidence.zip"
    packed.write_bytes(zipped(good))
    assert run(packed) == (code, said)
    code, said = run(packed, key=None)
    assert code == 0
    assert "compare it with one from elsewhere" in said


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 513])
def test_a_log_of_any_size_verifies(size, tmp_path):
    assert tried(Record(size).bundle(), tmp_path)[0] == 0


def test_without_arguments_the_bundle_is_the_folder_of_the_script(good, tmp_path):
    folder = write(good, tmp_path / "bundle")
    command = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    ran = subprocess.run(command, cwd="/", env={}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def _entry(files, path, index, change):
    start = 0 if path == FIRST else 256
    entries = tile.decode_entries(files[path], 256 if path == FIRST else 44)
    entries[index - start] = change(entries[index - start])
    return files | {path: tile.encode_entries(entries)}


def _payload(files):
    return next(name for name in files if name.startswith("record/payload/"))


def _cut(files, path, count):
    return files | {path: files[path][:count]}


def _without_manifest(files):
    return {name: data for name, data in files.items() if not name.startswith("manifest")}


def _hostile():
    head = b"c2sp.org/tlog-proof@v1\nextra e30=\nindex " + b"9" * 18
    return head + b"\n\n" + Record.note([b"{}"])


def _both_changed(files):
    changed = _entry(files, FIRST, 17, lambda leaf: leaf.replace(b"evt-17", b"evt-71"))
    hashes = [bundle.leaf_hash(leaf) for leaf in tile.decode_entries(changed[FIRST], 256)]
    return changed | {"record/tile/0/000": tile.encode_hashes(hashes)}


FORGER = Signer(SIGNER.name, b"f" * 32)
TAMPERED = {
    "one letter of one entry": (
        lambda files: _entry(files, FIRST, 17, lambda leaf: leaf.replace(b"evt-17", b"evt-71")),
        "The first wrong entry: entry 17, in record/tile/entries/000.",
    ),
    "one entry in the second bundle": (
        lambda files: _entry(files, SECOND, 290, lambda leaf: leaf.replace(b"290", b"291")),
        "The first wrong entry: entry 290, in record/tile/entries/001.p/44.",
    ),
    "two entries, of which the first is named": (
        lambda files: _entry(_entry(files, SECOND, 290, lambda leaf: leaf + b" "), FIRST, 5, lambda _: b"{}"),
        "The first wrong entry: entry 5, in record/tile/entries/000.",
    ),
    "an entry that is no canonical json": (
        lambda files: _entry(files, FIRST, 9, lambda leaf: leaf.replace(b'":', b'": ')),
        "entry 9 is no event: it is not a canonical json object",
    ),
    "an entry that is no json": (
        lambda files: _entry(files, FIRST, 9, lambda _: b"\xff\x00"),
        "The first wrong entry: entry 9,",
    ),
    "an entry with a number that is no whole one": (
        lambda files: _entry(files, FIRST, 9, lambda _: b'{"a":1.5}'),
        "the number `1.5` is not whole and exact",
    ),
    "an entry nested beyond all reading": (
        lambda files: _entry(files, FIRST, 9, lambda _: b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}"),
        "The first wrong entry: entry 9,",
    ),
    "an oversized entry": (
        lambda files: _entry(files, FIRST, 9, lambda _: b'{"a":"' + b"x" * 65_000 + b'"}'),
        "The first wrong entry: entry 9,",
    ),
    "an entry bundle cut short": (
        lambda files: _cut(files, SECOND, 500),
        "it does not hold 44 whole entries",
    ),
    "an entry taken out": (
        lambda files: files | {SECOND: tile.encode_entries(tile.decode_entries(files[SECOND], 44)[:43])},
        "The first wrong entry: entry 299,",
    ),
    "an entry bundle missing": (
        lambda files: {name: data for name, data in files.items() if name != FIRST},
        "The first wrong entry: entry 0, in record/tile/entries/000.",
    ),
    "an entry and its tile": (
        _both_changed,
        "record/tile/entries/000: it is not what the manifest says",
    ),
    "a tile": (
        lambda files: files | {"record/tile/0/000": files["record/tile/0/000"][:-1] + b"?"},
        "record/tile/0/000: it does not hold the hashes of the entries below it",
    ),
    "an upper tile missing": (
        lambda files: {name: data for name, data in files.items() if name != "record/tile/1/000.p/1"},
        "record/tile/1/000.p/1: the file is missing",
    ),
    "a payload": (
        lambda files: files | {_payload(files): files[_payload(files)] + b" "},
        "its salt and its body do not make up the commitment that names it",
    ),
    "a payload missing": (
        lambda files: {name: data for name, data in files.items() if name != _payload(files)},
        "the file is missing, and the record does not say that it was erased",
    ),
    "a payload of a size that no memory holds": (
        lambda files: files | {_payload(files): b"0" * (65 << 20)},
        "it claims 68157440 bytes; at most 67108864 are read",
    ),
    "a document": (
        lambda files: {name: data + b" " * ("/document/" in name) for name, data in files.items()},
        "it does not have the digest that names it",
    ),
    "a file too many": (
        lambda files: files | {"record/tile/9/000": b""},
        "record/tile/9/000: nothing accounts for this file",
    ),
    "an anchor": (
        lambda files: files | {"record/anchor/9-witness-north.note": b"another"},
        "record/anchor/9-witness-north.note: it is not what the manifest says",
    ),
    "the signature": (
        lambda files: files | {"record/checkpoint": files["record/checkpoint"].replace(b"log ", b"log A", 1)},
        "record/checkpoint: ",
    ),
    "the root": (
        lambda files: files | {"record/checkpoint": Record.note([b"{}"] * 300)},
        "neither the entries nor the tiles make up the root that it states",
    ),
    "a size that no bundle holds": (
        lambda files: files | {"record/checkpoint": _claim(10**17)},
        "it states 100000000000000000 entries, far more than the bundle holds",
    ),
    "a checkpoint by somebody else": (
        lambda files: files | {"record/checkpoint": Record.note([], FORGER)},
        "the signature of `acme.example/log` is missing or does not match the text",
    ),
    "the key": (
        lambda files: files | {"record/log.vkey": f"{FORGER.vkey}\n".encode()},
        "record/log.vkey: it is not one line with the key that you gave",
    ),
    "the manifest": (
        lambda files: files | {"manifest.sha256": files["manifest.sha256"].replace(b"verify.py", b"verify.py ")},
        "its entry does not name this manifest",
    ),
    "the script": (
        lambda files: files | {"verify.py": files["verify.py"].replace(b"return 1 if", b"return 0 if")},
        "verify.py: it is not what the manifest says",
    ),
    "the manifest's proof cut short": (
        lambda files: _cut(files, "manifest.tlog-proof", 300),
        "manifest.tlog-proof: it is not a signed checkpoint",
    ),
    "a hostile proof": (
        lambda files: (
            files
            | {
                "manifest.tlog-proof": b"c2sp.org/tlog-proof@v1\nextra e30=\nindex "
                + b"9" * 18
                + b"\n\n"
                + Record.note([b"{}"])
            }
        ),
        "its hashes do not lead from its entry to the signed root",
    ),
    "a proof by somebody else": (
        lambda files: (
            files | certified({name: files[name] for name in files if "manifest" not in name}, [b"{}"], FORGER)
        ),
        "manifest.tlog-proof: the signature of",
    ),
    "everything, made anew by a forger": (
        lambda _: _forged(),
        "record/log.vkey: it is not one line with the key that you gave",
    ),
}


def _claim(size):
    return sign(Checkpoint(SIGNER.name, size, bytes(32)).format(), SIGNER)


def _forged():
    record = Record(30, seed=9)
    export = bundle.build(
        record.entries, Record.note(record.entries, FORGER), FORGER.vkey, record.payloads, record.documents
    )
    files = {"verify.py": SCRIPT} | {f"record/{path}": data for path, data in export.items()}
    return files | certified(files, record.entries, FORGER)


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_tampered_bundle_is_refused_and_says_where(kind, good, tmp_path):
    change, said = TAMPERED[kind]
    code, told = tried(change(good), tmp_path)
    assert code == 1
    assert said in told
    assert told.splitlines()[-1].startswith("NOT VERIFIED. ")


def test_a_bundle_by_a_forger_agrees_only_with_itself(tmp_path):
    folder = write(_forged(), tmp_path / "bundle")
    assert run(folder, key=None)[0] == 0
    assert run(folder)[0] == 1


@pytest.mark.parametrize("count", [0, 10, 1000, -1, -30])
def test_a_zip_cut_short_is_no_bundle(count, good, tmp_path):
    path = tmp_path / "evidence.zip"
    path.write_bytes(zipped(good)[:count])
    code, said = run(path)
    assert (code, "there is no whole bundle at" in said) == (2, True)
    assert run(tmp_path / "nowhere")[0] == 2


def test_a_zip_bomb_is_not_unpacked(good, tmp_path):
    path = tmp_path / "evidence.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in good.items():
            archive.writestr(name, bytes(200 << 20) if name == "record/checkpoint" else data)
    start = time.process_time()
    code, said = run(path)
    assert code == 1
    assert "record/checkpoint: it claims 209715200 bytes; at most 16777216 are read" in said
    assert time.process_time() - start < 30


def test_a_zip_with_a_name_twice_is_refused(good, tmp_path):
    path = tmp_path / "evidence.zip"
    path.write_bytes(zipped(good))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("record/checkpoint", b"another")
    code, said = run(path)
    assert code == 1
    assert "record/checkpoint: it is no plain file, or is there twice" in said


def test_a_link_out_of_the_folder_is_not_followed(good, tmp_path):
    folder = write(good, tmp_path / "bundle")
    kept = tmp_path / "kept"
    (folder / "record/checkpoint").rename(kept)
    (folder / "record/checkpoint").symlink_to(kept)
    assert run(folder)[0] == 1


def _with_a_subject(erase, listed=None):
    """A payload of two people, one of whom is forgotten afterwards, or is said to be, or only missing."""
    record = Record(10)
    parts = [record.keep({"email": f"{name}@acme.example"}) for name in ("ada", "zoe")]
    record.add("action.succeeded", {"n": 10}, {"records": [{"~segment": part} for part in parts]})
    if erase:
        record.add("subject.erased", {"subject": "sub-1"}, {"erased": listed or [parts[0]]})
    return record, parts


def test_a_part_that_the_record_says_was_erased_is_accounted_for(tmp_path):
    record, parts = _with_a_subject(erase=True)
    whole = record.bundle()
    assert tried(whole, tmp_path / "whole")[0] == 0
    del record.payloads[parts[0]]
    files = record.bundle()
    code, said = tried(files, tmp_path)
    assert (code, "1 payloads erased on the record" in said) == (0, True), said
    assert bundle.verify(exported(files)) == []


@pytest.mark.parametrize("listed", [None, ["a" * 64]])
def test_a_part_that_is_merely_missing_is_not(listed, tmp_path):
    record, parts = _with_a_subject(erase=listed is not None, listed=listed)
    del record.payloads[parts[0]]
    files = record.bundle()
    code, said = tried(files, tmp_path)
    assert code == 1
    assert f"record/payload/{parts[0]}: the file is missing" in said
    assert bundle.verify(exported(files))


def test_an_erasure_accounts_for_nothing_that_came_after_it(tmp_path):
    record, parts = _with_a_subject(erase=True)
    record.add("action.succeeded", {"n": 12}, {"again": {"~segment": parts[0]}})
    del record.payloads[parts[0]]
    assert tried(record.bundle(), tmp_path)[0] == 1


def test_payloads_that_were_pruned_are_accounted_for_up_to_the_time_stated(tmp_path):
    record = Record(10)
    record.add("record.pruned", {"class": "customer", "until_us": 1_790_000_000_000_005, "payloads": 2})
    gone = [canonical.decode_strict(record.entries[at])["payload"]["commitment"] for at in (0, 3, 6)]
    for name in gone[:2]:
        del record.payloads[name]
    code, said = tried(record.bundle(), tmp_path)
    assert (code, "2 payloads erased" in said) == (0, True), said
    del record.payloads[gone[2]]
    assert tried(record.bundle(), tmp_path / "more")[0] == 1


class Held(auditor.Bundle):
    """A bundle in memory."""

    def __init__(self, files):
        self.files = files
        self.sizes = {name: len(data) for name, data in files.items()}

    def read(self, name):
        if name not in self.files:
            raise auditor.Wrong("the file is missing")
        return self.files[name]


def test_every_changed_byte_is_found_by_the_script_and_by_the_product_alike():
    files = Record(12).bundle()
    assert not auditor.Audit(Held(files), SIGNER.vkey).wrong
    chance = random.Random(5)
    names = sorted(files)
    for number in range(150):
        name = names[number % len(names)]
        data = bytearray(files[name])
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        changed = files | {name: bytes(data)}
        assert auditor.Audit(Held(changed), SIGNER.vkey).wrong, name
        judged = name.startswith("record/") and not name.startswith("record/anchor/")
        assert bool(bundle.verify(exported(changed), SIGNER.vkey)) is judged, name
