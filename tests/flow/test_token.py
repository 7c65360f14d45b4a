import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.token import AgentToken, TokenError, TokenIssuer, TokenVerifier

NOW = 1_800_000_000_000_000
SECOND = 1_000_000
ISSUER = "https://bailiwick.acme.example"
AUDIENCE = ISSUER + "/mcp"
KEY = SigningKey.from_random(b"1" * 48)
STRANGER = SigningKey.from_random(b"2" * 48)
RSA = rsa.generate_private_key(65537, 2048)
ISSUE = TokenIssuer(KEY, ISSUER, AUDIENCE)
CLAIMS = {
    "iss": ISSUER,
    "sub": "lead-router",
    "client_id": "lead-router",
    "aud": AUDIENCE,
    "iat": NOW // SECOND,
    "exp": NOW // SECOND + 300,
    "jti": "tok-1",
    "epoch": 3,
    "run": "run-1",
}
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": KEY.public.thumbprint}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def es256(key):
    def sign(data):
        r, s = decode_dss_signature(key.raw.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def by_hand(header=HEADER, claims=CLAIMS, sign=None):
    """A token made without the code under test, so that anything can be wrong with it."""
    texts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    start = ".".join(b64(text) for text in texts)
    return f"{start}.{b64((sign or es256(KEY))(start.encode()))}"


def verifier(**options):
    return TokenVerifier(ISSUE.jwks(), ISSUER, AUDIENCE, **options)


def refusal(token, now_us=NOW, check=None):
    with pytest.raises(TokenError) as caught:
        (check or verifier()).verify(token, now_us)
    return caught.value


def test_an_issued_token_says_who_which_run_which_epoch_and_until_when():
    token = ISSUE.issue("lead-router", "run-1", 3, "tok-1", NOW + 999_999)
    expected = AgentToken("lead-router", "run-1", 3, NOW + 300 * SECOND, "tok-1")
    assert verifier().verify(token, NOW) == expected


def test_a_token_without_a_run_says_so():
    assert verifier().verify(ISSUE.issue("lead-router", None, 0, "tok-1", NOW), NOW).run is None


def test_a_token_made_by_hand_with_the_right_key_and_claims_is_believed():
    assert verifier().verify(by_hand(), NOW).agent == "lead-router"


@pytest.mark.parametrize("ttl_s", [0, -1, 901])
def test_a_token_lives_at_most_fifteen_minutes(ttl_s):
    with pytest.raises(ValueError, match="1 to 900"):
        ISSUE.issue("lead-router", None, 0, "tok-1", NOW, ttl_s=ttl_s)


def hs256_with_public_key(data):
    return hmac.digest(KEY.public.pem(), data, hashlib.sha256)


def rs256(data):
    return RSA.sign(data, padding.PKCS1v15(), hashes.SHA256())


STRANGER_JWK = STRANGER.public.jwk()
FORGERIES = {
    "alg none, unsigned": (by_hand(HEADER | {"alg": "none"}, sign=lambda _: b"x"), "algorithm"),
    "alg none, empty signature": (by_hand(HEADER | {"alg": "none"}, sign=lambda _: b""), "malformed"),
    "alg nOnE": (by_hand(HEADER | {"alg": "nOnE"}), "algorithm"),
    "alg missing": (by_hand({"typ": "at+jwt", "kid": KEY.public.thumbprint}), "algorithm"),
    "alg a list": (by_hand(HEADER | {"alg": ["ES256"]}), "algorithm"),
    "hs256 keyed with the public key": (
        by_hand(HEADER | {"alg": "HS256"}, sign=hs256_with_public_key),
        "algorithm",
    ),
    "rs256": (by_hand(HEADER | {"alg": "RS256"}, sign=rs256), "algorithm"),
    "es256 claimed, hs256 made": (by_hand(sign=hs256_with_public_key), "signature"),
    "signed by a stranger": (by_hand(sign=es256(STRANGER)), "signature"),
    "signature of zeros": (by_hand(sign=lambda _: bytes(64)), "signature"),
    "signature in der": (by_hand(sign=lambda d: KEY.raw.sign(d, ec.ECDSA(hashes.SHA256()))), "signature"),
    "kid of a stranger": (
        by_hand(HEADER | {"kid": STRANGER.public.thumbprint}, sign=es256(STRANGER)),
        "key",
    ),
    "kid a path": (by_hand(HEADER | {"kid": "../../dev/null"}, sign=lambda _: bytes(64)), "key"),
    "kid an sql text": (by_hand(HEADER | {"kid": "' or 1=1 --"}), "key"),
    "kid a number": (by_hand(HEADER | {"kid": 0}), "key"),
    "kid missing": (by_hand({"alg": "ES256", "typ": "at+jwt"}), "key"),
    "jwk in the header": (by_hand(HEADER | {"jwk": STRANGER_JWK}, sign=es256(STRANGER)), "header"),
    "jku": (by_hand(HEADER | {"jku": "https://evil.example/jwks"}, sign=es256(STRANGER)), "header"),
    "x5u": (by_hand(HEADER | {"x5u": "https://evil.example/x"}), "header"),
    "x5c": (by_hand(HEADER | {"x5c": ["AAAA"]}), "header"),
    "crit": (by_hand(HEADER | {"crit": ["exp"]}), "header"),
    "crit empty": (by_hand(HEADER | {"crit": []}), "header"),
    "b64 false": (by_hand(HEADER | {"b64": False, "crit": ["b64"]}), "header"),
    "zip": (by_hand(HEADER | {"zip": "DEF"}), "header"),
    "typ of an assertion": (by_hand(HEADER | {"typ": "JWT"}), "type"),
    "typ missing": (by_hand({"alg": "ES256", "kid": KEY.public.thumbprint}), "type"),
    "typ a number": (by_hand(HEADER | {"typ": 1}), "type"),
    "empty": ("", "malformed"),
    "two parts": ("e30.e30", "malformed"),
    "four parts": (by_hand() + ".e30", "malformed"),
    "encrypted text of five parts": ("a.b.c.d.e", "malformed"),
    "not ascii": (by_hand() + "é", "malformed"),
    "a lone surrogate": ("\ud800.e30.e30", "malformed"),
    "padded": (by_hand().replace(".", "=.", 1), "malformed"),
    "a newline at the end": (by_hand() + "\n", "signature"),
    "far too long": ("e30." + "A" * 100_000 + ".AA", "malformed"),
    "header no object": (by_hand(b"[]"), "malformed"),
    "header no json": (by_hand(b"{"), "malformed"),
    "header with alg twice": (
        by_hand(b'{"alg":"none","alg":"ES256","kid":"%s"}' % KEY.public.thumbprint.encode()),
        "malformed",
    ),
    "claims with sub twice": (by_hand(claims=b'{"sub":"a","sub":"b"}'), "malformed"),
    "claims nested deep": (by_hand(claims=b"[" * 2000 + b"]" * 2000), "malformed"),
    "claims no json": (by_hand(claims=b"\xff"), "malformed"),
    "a person's token": ("bwk_cli_0123456789", "malformed"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused_by_code(name):
    token, code = FORGERIES[name]
    found = refusal(token)
    assert found.code == code
    assert found.sentence[0].islower()
    assert "; " in found.sentence or ": " in found.sentence


def but(**changes):
    return {name: value for name, value in (CLAIMS | changes).items() if value is not ...}


BAD_CLAIMS = [
    (but(aud="https://elsewhere.example/mcp"), "audience"),
    (but(aud=AUDIENCE + "/"), "audience"),
    (but(aud=[AUDIENCE]), "audience"),
    (but(aud=...), "audience"),
    (but(iss="https://evil.example"), "issuer"),
    (but(exp=NOW // SECOND), "expired"),
    (but(exp=0), "expired"),
    (but(nbf=NOW // SECOND + 60), "not-yet-valid"),
    (but(iat=NOW // SECOND + 60), "not-yet-valid"),
    (but(nbf="now"), "claim"),
    (but(exp=10**15), "claim"),
    (but(exp=float(NOW // SECOND + 300.5)), "claim"),
    (but(exp=str(NOW // SECOND + 300)), "claim"),
    (but(exp=True), "claim"),
    (but(epoch=-1), "claim"),
    (but(epoch=True), "claim"),
    (but(epoch="3"), "claim"),
    (but(sub=""), "claim"),
    (but(sub=["lead-router"]), "claim"),
    (but(client_id="campaign-drafter"), "claim"),
    (but(run=None), "claim"),
    (but(run=7), "claim"),
    (but(jti="x" * 257), "claim"),
    *((but(**{name: ...}), "claim") for name in ("iss", "sub", "client_id", "iat", "exp", "jti", "epoch")),
]


@pytest.mark.parametrize("claims, code", BAD_CLAIMS)
def test_a_well_signed_token_with_a_bad_or_missing_claim_is_refused_by_code(claims, code):
    assert refusal(by_hand(claims=claims)).code == code


def test_a_claim_is_not_believed_before_the_signature():
    assert refusal(by_hand(claims=but(exp=0), sign=es256(STRANGER))).code == "signature"


def test_an_empty_key_set_believes_nothing():
    for keys in ({}, {"keys": []}, {"keys": None}):
        assert refusal(by_hand(), check=TokenVerifier(keys, ISSUER, AUDIENCE)).code == "key"


def test_a_key_set_that_holds_a_private_key_is_refused():
    with pytest.raises(ValueError, match="private"):
        TokenVerifier({"keys": [KEY.jwk()]}, ISSUER, AUDIENCE)


def test_two_keys_can_be_published_while_one_replaces_the_other():
    newer = TokenIssuer(STRANGER, ISSUER, AUDIENCE)
    both = TokenVerifier({"keys": ISSUE.jwks()["keys"] + newer.jwks()["keys"]}, ISSUER, AUDIENCE)
    for issuer in (ISSUE, newer):
        assert both.verify(issuer.issue("lead-router", None, 0, "tok-1", NOW), NOW).agent == "lead-router"


def test_a_remembered_token_expires_all_the_same():
    check = verifier()
    assert check.verify(by_hand(), NOW).run == "run-1"
    assert check.verify(by_hand_again := by_hand(), NOW + 299 * SECOND).run == "run-1"
    assert refusal(by_hand_again, NOW + 300 * SECOND, check).code == "expired"
    assert refusal(by_hand_again, NOW + 300 * SECOND, check).code == "expired"


@pytest.mark.parametrize("remembered", [0, 1, 3])
def test_the_memory_of_tokens_is_bounded_and_forgetting_changes_no_answer(remembered):
    check = verifier(remembered=remembered)
    tokens = [ISSUE.issue(f"agent-{n}", None, n, f"tok-{n}", NOW) for n in range(8)]
    for _ in range(2):
        assert [check.verify(token, NOW).epoch for token in tokens] == list(range(8))
    assert len(check._known) <= remembered


def test_a_refused_token_is_not_remembered():
    check = verifier()
    refusal(by_hand(sign=es256(STRANGER)), check=check)
    refusal(by_hand(), NOW + 900 * SECOND, check)
    assert check._known == {}


GOOD = by_hand()


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 127))
def test_a_token_changed_in_one_character_is_never_believed(at, step):
    changed = GOOD[:at] + chr((ord(GOOD[at]) + step) % 128) + GOOD[at + 1 :]
    check = verifier()
    assert check.verify(GOOD, NOW).jti == "tok-1"
    assert refusal(changed, check=check).code in {
        "malformed",
        "signature",
        "algorithm",
        "key",
        "header",
        "type",
    }


@given(st.text(max_size=200))
def test_any_text_at_all_is_refused_with_a_sentence(text):
    assert refusal(text).code == "malformed"
