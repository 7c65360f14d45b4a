import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.secret_token import PATTERN, Kind, hash_of, kind_of, matches, mint
from bailiwick.flow.token import TokenError, TokenIssuer, TokenVerifier

KINDS = st.sampled_from(list(Kind))
RANDOM = st.binary(min_size=32, max_size=32)


@given(RANDOM, KINDS)
def test_a_minted_token_is_recognised_and_matches_its_own_hash_only(random32, kind):
    token, token_hash = mint(random32, kind)
    assert kind_of(token) is kind
    assert re.fullmatch(PATTERN, token)
    assert hash_of(token, kind) == token_hash == "sha256:" + hashlib.sha256(token.encode()).hexdigest()
    assert matches(token, kind, token_hash)
    assert not matches(token, kind, "sha256:" + "0" * 64)
    assert token.removeprefix(f"{kind}_") not in token_hash


@given(RANDOM, RANDOM, KINDS)
def test_different_randomness_makes_different_tokens(one, other, kind):
    assert (mint(one, kind)[0] == mint(other, kind)[0]) == (one == other)


@given(RANDOM, KINDS, KINDS)
def test_a_token_of_one_kind_is_nothing_in_the_place_of_another(random32, kind, wanted):
    token, token_hash = mint(random32, kind)
    assert matches(token, wanted, token_hash) == (kind is wanted)
    assert (hash_of(token, wanted) is None) == (kind is not wanted)


@given(RANDOM, st.integers(0, 55), st.integers(1, 127))
def test_a_mistyped_token_is_not_even_looked_up(random32, at, step):
    token, _ = mint(random32, Kind.PERSONAL)
    changed = token[:at] + chr((ord(token[at]) + step) % 128) + token[at + 1 :]
    assert hash_of(changed, Kind.PERSONAL) is None


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_token_is_made_from_exactly_32_random_bytes(length):
    with pytest.raises(ValueError, match="32 random bytes"):
        mint(bytes(length), Kind.SESSION)


@pytest.mark.parametrize("text", ["", "bwk_cli_", "bwk_cli_" + "0" * 49, "bwk_cli_" + "٣" * 49, "\ud800"])
def test_a_text_that_only_looks_like_a_token_is_none(text):
    assert kind_of(text) is None
    assert not matches(text, Kind.PERSONAL, "sha256:" + "0" * 64)


def test_an_agents_token_and_a_persons_token_are_never_taken_for_each_other():
    key = SigningKey.from_random(b"1" * 48)
    issuer = TokenIssuer(key, "https://bailiwick.acme.example", "https://bailiwick.acme.example/mcp")
    check = TokenVerifier(issuer.jwks(), "https://bailiwick.acme.example", "https://bailiwick.acme.example/mcp")
    assert kind_of(issuer.issue("lead-router", "run-1", 0, "tok-1", 10**15)) is None
    for kind in Kind:
        with pytest.raises(TokenError, match="cannot act as an agent"):
            check.verify(mint(bytes(32), kind)[0], 10**15)
