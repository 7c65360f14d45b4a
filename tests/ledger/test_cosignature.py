import pytest

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.cosignature import Cosigner
from bailiwick.ledger.note import NoteError, Signature, Signer, join_note, open_note, parse_signatures, sign, split_note
from tests.ledger.cosigning import WitnessKey

TEXT = Checkpoint("acme.example/record", 7, bytes(range(32))).format()
SECONDS = 1_795_342_800
KINDS = pytest.mark.parametrize("kind", [4, 6], ids=["ed25519", "ml-dsa-44"])

# The example of the C2SP tlog-cosignature text, by a witness whose key the text does not give.
EXAMPLE = (
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)


@KINDS
def test_a_cosignature_tells_when_the_witness_saw_the_checkpoint(kind):
    key = WitnessKey("north.example/w1", kind)
    cosigner = Cosigner.parse(key.vkey)
    line = key.cosign_text(TEXT, SECONDS)
    assert cosigner.made(line)
    assert cosigner.time_of(TEXT, line.signature) == SECONDS
    assert cosigner.vkey == key.vkey


@KINDS
def test_no_bit_of_a_cosignature_or_its_text_can_change(kind):
    key = WitnessKey("north.example/w1", kind)
    cosigner, good = Cosigner.parse(key.vkey), key.cosign_text(TEXT, SECONDS).signature
    step = 1 if kind == 4 else 97  # an ml-dsa signature has 2,420 bytes: a sample of them
    for at in range(0, len(good), step):
        changed = bytearray(good)
        changed[at] ^= 1
        assert cosigner.time_of(TEXT, bytes(changed)) is None, at
    for cut in (good[:-1], good + b"\0", b"", good[:8]):
        assert cosigner.time_of(TEXT, cut) is None
    assert cosigner.time_of(TEXT.replace("\n7\n", "\n8\n"), good) is None


def test_an_ml_dsa_cosignature_holds_for_the_name_it_was_made_under_only():
    key = WitnessKey("north.example/w1", 6)
    other = Cosigner("south.example/w1", 6, key.public)
    assert other.time_of(TEXT, key.cosign_text(TEXT, SECONDS).signature) is None


def test_a_time_beyond_63_bits_is_no_time():
    key = WitnessKey("north.example/w1")
    line = key.cosign_text(TEXT, 2**63)
    assert Cosigner.parse(key.vkey).time_of(TEXT, line.signature) is None


def test_the_example_of_the_specification_is_read_to_its_time():
    (line,) = parse_signatures(EXAMPLE)
    assert line.name == "witness.example.com/w1"
    assert int.from_bytes(line.signature[:8], "big") == 1_679_315_147
    assert len(line.signature) == 72
    assert f"{line.line}\n" == EXAMPLE


def test_a_note_with_cosignatures_still_opens_with_the_logs_key():
    log = Signer("acme.example/record", bytes(32))
    note = sign(TEXT, log)
    lines = [WitnessKey("north.example/w1").cosign(note, SECONDS), WitnessKey("south.example/w1", 6).cosign(note, 1)]
    whole = join_note(TEXT, [*split_note(note)[1], *lines, lines[0]])
    assert whole.startswith(note)
    assert open_note(whole, log.vkey) == TEXT
    assert [each.name for each in split_note(whole)[1]] == [
        "acme.example/record",
        "north.example/w1",
        "south.example/w1",
    ]


@pytest.mark.parametrize("vkey", [Signer("a", bytes(32)).vkey, "north.example/w1+00000000+BA==", "no key"])
def test_a_key_that_is_no_cosigners_is_refused(vkey):
    with pytest.raises(NoteError):
        Cosigner.parse(vkey)


def test_an_ml_dsa_cosignature_of_what_is_no_checkpoint_does_not_hold():
    key = WitnessKey("north.example/w1", 6)
    assert Cosigner.parse(key.vkey).time_of("hello\n", bytes(8 + 2420)) is None


def test_signature_lines_of_a_witness_end_with_a_newline():
    with pytest.raises(NoteError, match="newline"):
        parse_signatures(EXAMPLE[:-1])
    assert parse_signatures(EXAMPLE)[0] == Signature(
        "witness.example.com/w1", bytes.fromhex("8d66cf3f"), parse_signatures(EXAMPLE)[0].signature
    )
