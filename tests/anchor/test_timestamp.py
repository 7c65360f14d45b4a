import time
from contextlib import suppress

import pytest
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from bailiwick.anchor.timestamp import TimestampAnchorer, read_certificates, stamped_us
from bailiwick.core.refusal import Refusal
from bailiwick.ports.anchor import AnchorAway, Place
from tests.anchor.grown import LOG, head
from tests.anchor.openssl_authority import Authority

ANCHORER = TimestampAnchorer()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    with Authority(tmp_path_factory.mktemp("tsa") / "one") as found:
        yield found


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    with Authority(tmp_path_factory.mktemp("tsa") / "two") as found:
        yield found


def place(authority, root=None):
    return Place("tsa", ANCHORER.check({"url": authority.url, "certificates": root or authority.root}))


async def test_an_authority_says_that_a_head_existed(authority):
    before = time.time()
    found = await ANCHORER.anchor(place(authority), head(100), LOG)
    settings = place(authority).settings
    assert found.note == head(100).note
    assert ANCHORER.holds(settings, found.note, found.proof) == ""
    at_us = stamped_us(found.note, found.proof, read_certificates(authority.root.encode()))
    assert before - 2 <= at_us / 1e6 <= time.time() + 2


async def test_a_token_holds_for_its_own_head_and_authority_only(authority, stranger):
    found = await ANCHORER.anchor(place(authority), head(100), LOG)
    settings = place(authority).settings
    assert "does not hold" in ANCHORER.holds(settings, head(101).note, found.proof)
    assert "does not hold" in ANCHORER.holds(place(stranger).settings, found.note, found.proof)
    roots, held = read_certificates(authority.root.encode()), set()
    for at in range(0, len(found.proof), 7):
        token = bytearray(found.proof)
        token[at] ^= 1
        with suppress(ValueError):  # a few bytes around the token are signed by nobody, and say nothing
            held.add(stamped_us(found.note, bytes(token), roots))
    assert held <= {stamped_us(found.note, found.proof, roots)}


async def test_a_token_that_was_made_for_another_question_is_no_answer(authority):
    first = await ANCHORER.anchor(place(authority), head(100), LOG)
    authority.change = lambda _: first.proof
    try:
        with pytest.raises(AnchorAway, match="does not hold: Nonce mismatch"):
            await ANCHORER.anchor(place(authority), head(100), LOG)
    finally:
        authority.change = lambda token: token


async def test_an_authority_that_is_not_trusted_anchors_nothing(authority, stranger):
    with pytest.raises(AnchorAway, match="does not hold"):
        await ANCHORER.anchor(place(authority, root=stranger.root), head(100), LOG)


async def test_a_chain_in_another_order_than_ders_is_named_as_the_trouble(tmp_path):
    """openssl appends the chain after its own certificate; whether that is DER's order is chance."""
    trouble = ""
    with Authority(tmp_path / "three", chain=True) as authority:
        try:
            await ANCHORER.anchor(place(authority), head(100), LOG)
        except AnchorAway as error:
            trouble = str(error)
    assert not trouble or "chain unsorted is not understood" in trouble


@pytest.mark.parametrize("told", [b"", b"hello", b"0\x00"])
async def test_nonsense_is_no_token(authority, told):
    authority.change = lambda _: told
    try:
        with pytest.raises(AnchorAway, match="unreadable"):
            await ANCHORER.anchor(place(authority), head(100), LOG)
    finally:
        authority.change = lambda token: token


async def test_an_authority_that_refuses_is_heard(authority):
    asked = TimestampRequestBuilder().data(head(100).note).hash_algorithm(HashAlgorithm.SHA512).build()
    refused = authority.stamp(asked.as_bytes())  # its configuration takes sha256 only
    assert "the authority refused" in ANCHORER.holds(place(authority).settings, head(100).note, refused)


def test_settings_without_a_root_or_address_are_refused(authority):
    for settings, what in (
        ({"url": authority.url}, "two settings"),
        ({"url": "ftp://x", "certificates": authority.root}, "no address"),
        ({"url": "http://user:secret@x", "certificates": authority.root}, "no address"),
        ({"url": authority.url, "certificates": "nonsense"}, "not readable"),
        ({"url": authority.url, "certificates": (authority.folder / "tsa.pem").read_text()}, "no root"),
    ):
        with pytest.raises(Refusal, match=what):
            ANCHORER.check(settings)
