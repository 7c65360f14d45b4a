import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.ledger.checkpoint import Checkpoint, CheckpointError
from bailiwick.ledger.merkle import EMPTY_ROOT

ROOT = bytes(range(32))
TEXT = "acme.example/record\n42\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


def test_a_checkpoint_is_three_lines():
    assert Checkpoint("acme.example/record", 42, ROOT).format() == TEXT
    assert Checkpoint.parse(TEXT) == Checkpoint("acme.example/record", 42, ROOT)


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_what_is_written_is_read_back(size, root):
    head = Checkpoint("acme.example/record", size, root)
    assert Checkpoint.parse(head.format()) == head


@pytest.mark.parametrize(
    "size", ["", "042", "+42", "-1", "4_2", " 42", "42 ", "0x2a", "4e1", "٤٢", "1" * 20, str(2**63)]
)
def test_a_size_is_a_plain_decimal_number(size):
    with pytest.raises(CheckpointError):
        Checkpoint.parse(TEXT.replace("\n42\n", f"\n{size}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "extension\n",
        "\n" + TEXT,
        TEXT.replace("acme.example/record", ""),
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("8=", "9="),
        TEXT.replace("8=", "8"),
        f"acme.example/record\n42\n{base64.b64encode(bytes(31)).decode()}\n",
        f"acme.example/record\n0\n{base64.b64encode(ROOT).decode()}\n",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(CheckpointError):
        Checkpoint.parse(text)


def test_an_empty_log_has_a_checkpoint():
    head = Checkpoint("acme.example/record", 0, EMPTY_ROOT)
    assert Checkpoint.parse(head.format()) == head


@pytest.mark.parametrize("origin, size, root", [("", 1, ROOT), ("a\nb", 1, ROOT), ("a", -1, ROOT), ("a", 1, b"")])
def test_what_no_log_can_claim_is_not_made(origin, size, root):
    with pytest.raises(CheckpointError):
        Checkpoint(origin, size, root)
