from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.note import NoteError, Signature, Signer, join_note, sign, split_note
from bailiwick.ledger.witness_policy import PolicyError, parse_policy
from tests.ledger.cosigning import WitnessKey

LOG = Signer("acme.example/record", bytes(32))
KEYS = {name: WitnessKey(f"{name}.example/w") for name in ("x1", "x2", "x3", "y1", "y2")}
KEYS["y2"] = WitnessKey("y2.example/w", 6)
NOTE = sign(Checkpoint(LOG.name, 7, bytes(range(32))).format(), LOG)
WITNESSES = "".join(f"witness {name} {key.vkey}\n" for name, key in KEYS.items())
POLICY = f"""# who has to see our checkpoints
log {LOG.vkey} https://record.acme.example

{WITNESSES}group X 2 x1 x2 x3
\tgroup Y any  y1\ty2
group all-of-them all X Y
quorum all-of-them
"""


def cosigned(*names):
    text, ours = split_note(NOTE)
    return join_note(text, [*ours, *(KEYS[name].cosign(NOTE, 1_795_342_800) for name in names)])


@pytest.mark.parametrize(
    "names, enough",
    [
        ((), False),
        (("x1", "x2", "y1"), True),
        (("x1", "x3", "y2"), True),
        (("x1", "y1", "y2"), False),
        (("x1", "x2", "x3"), False),
        (("x1", "x2", "x3", "y1", "y2"), True),
    ],
)
def test_a_quorum_of_quorums_is_counted_group_by_group(names, enough):
    judged = parse_policy(POLICY.encode()).judge(cosigned(*names))
    assert judged.log == LOG.name
    assert set(judged.seen) == set(names)
    assert judged.enough is enough


@pytest.mark.parametrize(
    "quorum, names, enough", [("none", (), True), ("x1", (), False), ("x1", ("x1",), True), ("x1", ("x2",), False)]
)
def test_a_quorum_of_one_or_none(quorum, names, enough):
    policy = parse_policy(f"{WITNESSES}quorum {quorum}\n".encode())
    assert policy.judge(cosigned(*names)).enough is enough


def test_a_note_of_a_log_that_the_policy_does_not_know_is_never_enough():
    other = Signer("acme.example/other", bytes(32))
    policy = parse_policy(f"log {other.vkey}\nquorum none\n".encode())
    judged = policy.judge(NOTE)
    assert (judged.log, judged.enough) == (None, False)


def test_a_logs_key_does_not_speak_for_another_origin():
    text = Checkpoint("another.example/record", 7, bytes(range(32))).format()
    judged = parse_policy(f"log {LOG.vkey}\nquorum none\n".encode()).judge(sign(text, LOG))
    assert (judged.log, judged.enough) == (None, False)


@pytest.mark.parametrize("name", ["x1", "y2"])
def test_a_line_by_a_known_witness_that_does_not_hold_spoils_the_note(name):
    key, text = KEYS[name], split_note(NOTE)[0]
    good = key.cosign(NOTE, 5)
    bad = Signature(good.name, good.key_hash, good.signature[:-1] + bytes([good.signature[-1] ^ 1]))
    with pytest.raises(NoteError, match=f"cosignature by `{name}`"):
        parse_policy(POLICY.encode()).judge(join_note(text, [*split_note(NOTE)[1], bad]))


def test_no_bit_of_a_cosigned_note_can_change_and_still_be_enough():
    policy = parse_policy(f"log {LOG.vkey}\n{WITNESSES}group g all x1 x2\nquorum g\n".encode())
    note = cosigned("x1", "x2")
    assert policy.judge(note).enough
    for at in range(len(note)):
        for bit in range(8):
            changed = bytearray(note)
            changed[at] ^= 1 << bit
            with suppress(NoteError):
                assert not policy.judge(bytes(changed)).enough, (at, bit)


@given(st.binary(max_size=200) | st.text("lwgq \t\n#aogutrnsmeyp+=0129", max_size=200).map(str.encode))
def test_nonsense_is_a_policy_error_and_nothing_else(data):
    with suppress(PolicyError):
        parse_policy(data)


def test_lines_of_strangers_are_passed_over():
    text, ours = split_note(NOTE)
    strange = WitnessKey("stranger.example/w").cosign(NOTE, 5)
    same_name = Signature("x1.example/w", b"\1\2\3\4", strange.signature)
    judged = parse_policy(POLICY.encode()).judge(join_note(text, [*ours, strange, same_name]))
    assert judged.seen == {}


X1, X2 = KEYS["x1"].vkey, KEYS["x2"].vkey


@pytest.mark.parametrize(
    "text, line, what",
    [
        ("", 0, "no `quorum` line"),
        (f"witness a {X1}\n", 0, "no `quorum` line"),
        ("quorum none", 1, "newline"),
        ("# fine\n\nquorum none\nquorum none\n", 4, "already"),
        ("quorum a\n", 1, "`a` is no witness"),
        (f"quorum a\nwitness a {X1}\n", 1, "`a` is no witness"),
        ("quorum\n", 1, "written `quorum NAME`"),
        ("witness none x\nquorum none\n", 1, "`none` has a meaning"),
        (f"witness a {X1}\nwitness a {X2}\nquorum a\n", 2, "defined already"),
        (f"witness a {X1}\nwitness b {X1}\nquorum a\n", 2, "the witness of line 1 has the same public key"),
        (f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none\n", 2, "the log of line 1 has the same public key"),
        (f"witness a {LOG.vkey}\nquorum a\n", 1, "no cosigner's"),
        (f"log {X1}\nquorum none\n", 1, "signature type 4"),
        (f"witness a {X1[:-4]}AAA=\nquorum a\n", 1, "key hash"),
        (f"witness a {X1}\ngroup g 2 a\nquorum g\n", 2, "2 of 1 members"),
        (f"witness a {X1}\ngroup g 0 a\nquorum g\n", 2, "neither all, any nor a number"),
        (f"witness a {X1}\ngroup g 01 a\nquorum g\n", 2, "neither all, any nor a number"),
        (f"witness a {X1}\ngroup g some a\nquorum g\n", 2, "neither all, any nor a number"),
        (f"witness a {X1}\ngroup g all\nquorum g\n", 2, "with a member at least"),
        (f"witness a {X1}\ngroup g all a a\nquorum g\n", 2, "member of `g` already"),
        (f"witness a {X1}\ngroup g all a\ngroup h all a\nquorum g\n", 3, "member of `g` already"),
        (f"witness a {X1}\ngroup g all g\nquorum g\n", 2, "`g` is no witness or group of a line before"),
        (f"witness a {X1}\ngroup g all none\nquorum g\n", 2, "`none` is no witness"),
        (f"witness a {X1}\ngroup a all a\nquorum a\n", 2, "defined already"),
        (f"Witness a {X1}\nquorum a\n", 1, "none of log, witness, group and quorum"),
        (f"witness a {X1}\r\nquorum a\n", 1, "control character (0x0d)"),
        ("quorum none\n\0\n", 2, "control character (0x00)"),
        (f"witness a {X1} https://a.example extra\nquorum a\n", 1, "written `witness"),
        (f"witness a\u2003{X1}\nquorum none\n", 1, "written `witness"),
    ],
)
def test_a_policy_that_is_wrong_names_its_line(text, line, what):
    with pytest.raises(PolicyError) as caught:
        parse_policy(text.encode())
    assert caught.value.line == line
    assert what in caught.value.what


def test_names_are_octets_and_look_alikes_are_two_names():
    kelvin = "\u212a"
    policy = parse_policy(f"witness K {X1} http://k.example\nwitness {kelvin} {X2}\nquorum {kelvin}\n".encode())
    assert policy.judge(cosigned("x1")).enough is False
    assert policy.judge(cosigned("x2")).enough is True
    assert policy.witnesses["K"].url == "http://k.example"


def test_names_need_not_be_utf8():
    policy = parse_policy(b"witness \xff\xfe " + X1.encode() + b"\nquorum \xff\xfe\n")
    assert policy.judge(cosigned("x1")).enough is True
    with pytest.raises(PolicyError, match=r"line 1: `\\xff` is no witness"):
        parse_policy(b"quorum \xff\n")
