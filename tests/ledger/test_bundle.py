import random
from itertools import pairwise

import pytest

from bailiwick.ledger import bundle, canonical, tile
from bailiwick.ledger.bundle import BundleError, Finding
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.commitment import commit
from bailiwick.ledger.merkle import EMPTY_ROOT, Tree, leaf_hash
from bailiwick.ledger.note import NoteError, Signer, sign

ENTRIES_OF_300 = ["tile/entries/000", "tile/entries/001.p/44"]
TILES_OF_300 = ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"]


@pytest.fixture(scope="module")
def export(make_export):
    return make_export(300)


def blamed(files, vkey=None) -> set[str]:
    return {finding.file for finding in bundle.verify(files, vkey)}


def change_a_byte(data: bytes, at: int, chance: random.Random) -> bytes:
    # Half of the changes flip one bit: that is what keeps letters letters and digits digits.
    mask = 1 << chance.randrange(8) if chance.random() < 0.5 else chance.randrange(1, 256)
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 513])
def test_an_untouched_export_holds(make_export, signer, size):
    files = make_export(size)
    assert bundle.verify(files) == []
    assert bundle.verify(files, signer.vkey) == []
    assert len(bundle.entries(files)) == size


def test_the_files_are_where_the_formats_say(export):
    fixed = {path for path in export if not path.startswith(("payload/", "document/"))}
    assert fixed == {"checkpoint", "log.vkey", *ENTRIES_OF_300, *TILES_OF_300}
    assert len([path for path in export if path.startswith("payload/")]) == 100
    assert len([path for path in export if path.startswith("document/") and path.endswith(".json")]) == 4


def test_the_entries_come_back_in_order(make_export):
    entries = bundle.entries(make_export(300))
    assert [canonical.decode_strict(entry)["id"] for entry in entries] == [f"evt-{n}" for n in range(300)]


def test_2000_one_byte_changes_are_each_found_and_their_file_named(export, signer):
    chance = random.Random(2026)
    paths = sorted(export)
    changes = [(path, chance.randrange(len(export[path]))) for path in paths]
    while len(changes) < 2000:
        path = chance.choice(paths)
        changes.append((path, chance.randrange(len(export[path]))))
    for n, (path, at) in enumerate(changes):
        files = export | {path: change_a_byte(export[path], at, chance)}
        assert blamed(files, signer.vkey if n % 2 else None) == {path}, (path, at)


def test_every_bit_of_a_small_export_counts(make_export):
    export = make_export(2)
    for path, data in export.items():
        for at in range(len(data)):
            for bit in range(8):
                changed = data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]
                assert blamed(export | {path: changed}) == {path}, (path, at, bit)


def test_a_byte_more_or_less_at_the_end_of_any_file_is_found(export):
    for path, data in export.items():
        for changed in (data[:-1], data + b"\n", data + b"\x00", b""):
            assert blamed(export | {path: changed}) == {path}, path


def test_a_missing_file_is_named(export):
    for path in export:
        assert blamed({other: data for other, data in export.items() if other != path}) == {path}


@pytest.mark.parametrize(
    "path",
    [
        "README",
        "tile/0/001",
        "tile/0/000.p/256",
        "tile/2/000.p/1",
        "tile/entries/002.p/1",
        "payload/" + "a" * 64,
        "payload/short",
        "document/" + "a" * 64 + ".json",
        "document/" + "a" * 64,
        "./checkpoint",
        "checkpoint.old",
        "",
    ],
)
def test_a_file_that_nothing_accounts_for_is_named(export, path):
    assert blamed(export | {path: b"{}"}) == {path}


def test_a_true_payload_that_no_entry_names_is_extra(export):
    salt = bytes(32)
    path = f"payload/{commit(salt, b'body')}"
    found = bundle.verify(export | {path: salt.hex().encode() + b"\nbody"})
    assert found == [Finding(path, "no entry of the log accounts for this file")]


def test_troubles_in_several_files_are_all_named(export):
    chance = random.Random(7)
    payload = next(path for path in export if path.startswith("payload/"))
    document = next(path for path in export if path.startswith("document/"))
    pairs = [*pairwise([payload, document, *TILES_OF_300]), (ENTRIES_OF_300[0], payload), ("log.vkey", document)]
    pairs += [(ENTRIES_OF_300[0], TILES_OF_300[1]), (ENTRIES_OF_300[0], TILES_OF_300[2])]
    for pair in pairs:
        files = export | {path: change_a_byte(export[path], 20, chance) for path in pair}
        assert blamed(files) >= set(pair), pair


def test_a_changed_entry_is_named_by_its_position(export):
    path = ENTRIES_OF_300[1]
    files = export | {path: export[path].replace(b'"evt-299"', b'"evt-298"')}
    assert bundle.verify(files) == [Finding(path, "entry 299 is not the one that its tile states")]


def test_entries_and_tiles_rewritten_together_do_not_fit_the_signed_root(export, seal, signer):
    entries = bundle.entries(export)
    forged = seal([*entries[:5], canonical.encode({"id": "forged"}), *entries[6:]])
    files = export | {path: forged[path] for path in forged if path.startswith("tile/")}
    assert "checkpoint" in blamed(files)


def test_a_cut_off_tail_is_found_against_the_signed_size(export, make_export):
    short = make_export(299)
    assert blamed(short | {"checkpoint": export["checkpoint"]})
    assert blamed(export | {"checkpoint": short["checkpoint"]})


def test_a_log_remade_under_another_key_holds_only_without_the_true_key(make_export, signer):
    export = make_export(3)
    forger = Signer(signer.name, b"f" * 32)
    entries = bundle.entries(export)[:2]
    head = Checkpoint(forger.name, 2, Tree(map(leaf_hash, entries)).root())
    payloads, documents = {}, {}
    for path, data in export.items():
        if path.startswith("payload/"):
            payloads[path.removeprefix("payload/")] = (bytes.fromhex(data[:64].decode()), data[65:])
        if path.startswith("document/"):
            documents[canonical.digest(data)] = data
    files = bundle.build(entries, sign(head.format(), forger), forger.vkey, payloads, documents)
    files = {path: data for path, data in files.items() if path not in _unnamed(files)}
    assert bundle.verify(files) == []
    assert blamed(files, signer.vkey) == {"checkpoint", "log.vkey"}


def _unnamed(files) -> set[str]:
    return {finding.file for finding in bundle.verify(files) if "accounts for" in finding.what}


def test_only_the_key_file_is_blamed_when_it_alone_is_exchanged(export, signer):
    other = f"{Signer(signer.name, b'o' * 32).vkey}\n".encode()
    assert blamed(export | {"log.vkey": other}, signer.vkey) == {"log.vkey"}


def test_a_key_to_check_with_must_be_a_key(export, signer):
    assert bundle.verify(export, signer.vkey + "\n") == []
    with pytest.raises(NoteError):
        bundle.verify(export, "not a key")


def test_a_line_below_the_signature_that_nobody_can_check_is_a_finding(export, signer):
    text = export["checkpoint"].split(b"\n\n")[0].decode() + "\n"
    witness = sign(text, Signer("witness.example", b"w" * 32)).split(b"\n\n")[1]
    assert blamed(export | {"checkpoint": export["checkpoint"] + witness}) == {"checkpoint"}


def test_the_origin_is_the_name_of_the_key(signer):
    head = Checkpoint("another.example/record", 0, EMPTY_ROOT)
    files = bundle.build([], sign(head.format(), signer), signer.vkey, {}, {})
    assert blamed(files) == {"checkpoint"}


def test_a_checkpoint_that_claims_an_enormous_log_is_answered_at_once(signer):
    head = Checkpoint(signer.name, 2**62, bytes(32))
    files = bundle.build([], sign(head.format(), signer), signer.vkey, {}, {})
    assert blamed(files) == {"checkpoint"}


COMMITMENT = "a" * 64


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"not json",
        b"[]",
        b'"a"',
        b"1",
        b'{"a": 1}',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":1.5}',
        b'{"a":9007199254740993}',
        '{"é":1}'.encode(),
        b'{"a":"\\u0061"}',
        b'{"a":"\xff"}',
        b'{"payload":{"commitment":"short"}}',
        b'{"payload":{"commitment":1}}',
        b'{"payload":{"commitment":"' + COMMITMENT.upper().encode() + b'"}}',
        b'{"documents":"sha256:' + COMMITMENT.encode() + b'"}',
        b'{"documents":["' + COMMITMENT.encode() + b'"]}',
        b'{"documents":[1]}',
        b'{"documents":["sha256:../../checkpoint"]}',
        b'{"a":' * 33 + b"1" + b"}" * 33,
    ],
)
def test_a_signed_leaf_must_still_be_a_canonical_object(seal, leaf):
    assert blamed(seal([canonical.encode({"id": "evt-0"}), leaf])) == {"tile/entries/000.p/2"}


def test_a_leaf_need_not_name_anything(seal):
    leaves = [b"{}", b'{"payload":null}', b'{"payload":{"size":1}}', b'{"documents":[]}', b'{"documents":null}']
    assert bundle.verify(seal(leaves)) == []


def test_a_payload_that_a_leaf_names_must_be_there(seal):
    leaf = canonical.encode({"payload": {"commitment": COMMITMENT}, "documents": [f"sha256:{COMMITMENT}"]})
    assert blamed(seal([leaf])) == {f"payload/{COMMITMENT}", f"document/{COMMITMENT}.json"}


@pytest.mark.parametrize("body", [b"", b"\n", b"\x00\xff", b"a\nb\n"])
def test_a_payload_is_any_bytes(seal, body):
    salt = b"\xab" * 32
    named = commit(salt, body)
    files = seal([canonical.encode({"payload": {"commitment": named}})], {named: (salt, body)})
    assert bundle.verify(files) == []
    path = f"payload/{named}"
    assert files[path] == b"ab" * 32 + b"\n" + body
    for changed in (b"AB" * 32 + b"\n" + body, b"ab" * 32 + body + b".", b"ab" * 32 + b"\r\n" + body):
        assert blamed(files | {path: changed}) == {path}


def test_what_cannot_be_laid_out_is_refused(seal):
    with pytest.raises(tile.TileError):
        seal([b"x" * 65_536])
    with pytest.raises(BundleError):
        seal([], {"../checkpoint": (bytes(32), b"")})
    with pytest.raises(BundleError):
        seal([], {}, {"sha256:short": b""})


def test_entries_of_a_broken_export_are_not_handed_out(export):
    for path in ("checkpoint", *ENTRIES_OF_300):
        for files in ({**export, path: b"\x01"}, {key: data for key, data in export.items() if key != path}):
            with pytest.raises(BundleError):
                bundle.entries(files)
