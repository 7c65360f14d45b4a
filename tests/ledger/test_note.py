import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ledger.note import NoteError, Signer, Verifier, open_note, sign, split_note, strict_base64

# The example of the Go package golang.org/x/mod/sumdb/note.
SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NOTE = (
    TEXT + "\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
OTHER_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)


def test_the_go_example_signs_and_opens_byte_for_byte():
    assert sign(TEXT, SECRET) == NOTE
    assert open_note(NOTE, VKEY) == TEXT
    assert Signer.parse(SECRET).text == SECRET
    assert Signer.parse(SECRET).vkey == Verifier.parse(VKEY).vkey == VKEY


def test_signatures_of_keys_not_asked_about_are_passed_over():
    note = NOTE + OTHER_LINE.encode()
    assert open_note(note, VKEY) == TEXT
    assert [each.name for each in split_note(note)[1]] == ["PeterNeumann", "EnochRoot"]


@pytest.mark.parametrize("vkey", [VKEY, Signer("other", bytes(32)).vkey], ids=["ours", "another's"])
def test_no_bit_of_a_note_can_change(vkey):
    for at in range(len(NOTE)):
        for bit in range(8):
            changed = bytearray(NOTE)
            changed[at] ^= 1 << bit
            with pytest.raises(NoteError):
                open_note(bytes(changed), vkey)


@pytest.mark.parametrize("parse, text", [(Verifier.parse, VKEY), (Signer.parse, SECRET)])
def test_no_bit_of_a_key_text_can_change(parse, text):
    for at in range(len(text)):
        for bit in range(7):
            changed = text[:at] + chr(ord(text[at]) ^ 1 << bit) + text[at + 1 :]
            with pytest.raises(NoteError):
                parse(changed)


@given(st.binary(max_size=40), st.integers(0, 60), st.characters(max_codepoint=127))
def test_no_two_base64_texts_mean_the_same(data, at, other):
    text = base64.b64encode(data).decode()
    assert strict_base64(text) == data
    changed = text[:at] + other + text[at + 1 :]
    if changed != text:
        with contextlib.suppress(NoteError):
            assert strict_base64(changed) != data


@pytest.mark.parametrize("text", ["QQ", "QQ=", "QR==", "QQ==\n", " QQ==", "Q Q==", "QQ==QQ==", "_-8=", "é", "="])
def test_base64_is_read_in_one_form_only(text):
    with pytest.raises(NoteError):
        strict_base64(text)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"\n",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        TEXT.encode(),
        NOTE[:-1],
        NOTE + b"\n",
        NOTE + b"x\n",
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace("— ".encode(), b"- "),
        NOTE.replace(b"\n", b"\r\n"),
        NOTE.replace(b"PeterNeumann", b"Peter Neumann"),
        b"\xff" + NOTE,
        b"\t" + NOTE,
        TEXT.encode() + b"\n" + NOTE.split(b"\n\n")[1] * 101,
        b"x" * 1_000_001,
        (TEXT + "\n— PeterNeumann x08gow==\n").encode(),
        (TEXT + "\n— PeterNeumann \n").encode(),
        (TEXT + "\n— PeterNeumann\n").encode(),
        (TEXT + "\n" + OTHER_LINE).encode(),
    ],
)
def test_what_is_not_exactly_a_note_is_refused(note):
    with pytest.raises(NoteError):
        open_note(note, VKEY)


def test_one_wrong_signature_under_our_name_spoils_the_right_one():
    wrong = sign("another text\n", SECRET).split(b"\n\n")[1]
    with pytest.raises(NoteError, match="does not match"):
        open_note(NOTE + wrong, VKEY)


def test_the_right_name_with_another_key_does_not_open():
    impostor = Signer("PeterNeumann", bytes(32))
    with pytest.raises(NoteError, match="no signature by"):
        open_note(sign(TEXT, impostor), VKEY)


@pytest.mark.parametrize("text", ["", "no newline", "a\tb\n", "a\r\n", "\x00\n"])
def test_only_plain_lines_are_signed(text):
    with pytest.raises(NoteError):
        sign(text, SECRET)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\x00"])
def test_a_key_name_is_one_plain_word(name):
    with pytest.raises(NoteError):
        Signer(name, bytes(32))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "PeterNeumann",
        VKEY + "\n",
        VKEY.replace("c74f20a3", "C74F20A3"),
        VKEY.replace("PeterNeumann", "PeterNeuman"),
        SECRET,
        "PeterNeumann+c74f20a3+",
        "PeterNeumann+c74f20a3+AQ==",
    ],
)
def test_a_key_text_that_is_not_exact_is_refused(vkey):
    with pytest.raises(NoteError):
        Verifier.parse(vkey)


def test_a_signing_key_does_not_show_itself():
    signer = Signer("acme.example/record", b"S" * 32)
    assert "SSS" not in repr(signer)
    assert signer.text not in repr(signer)


def test_a_seed_has_32_bytes():
    with pytest.raises(NoteError):
        Signer("acme.example/record", b"short")
