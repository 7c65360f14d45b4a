import pytest

from bailiwick.ledger.commitment import commit


def test_a_commitment_is_the_published_hmac():
    # RFC 4231 has no 32-byte key; this is the RFC 2104 construction with SHA-256, computed with OpenSSL.
    assert commit(bytes(range(32)), b"payload") == ("6802511184650e073a0be19d50929d6c951f060bdca6c41e037f38f13c025881")


def test_salt_and_payload_both_count():
    salt, other = bytes(32), b"\x01" + bytes(31)
    assert len({commit(salt, b"a"), commit(salt, b"b"), commit(other, b"a")}) == 3


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_has_32_bytes(salt):
    with pytest.raises(ValueError, match="32 bytes"):
        commit(salt, b"payload")
