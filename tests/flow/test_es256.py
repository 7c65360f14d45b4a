import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bailiwick.flow.es256 import KeyRefusedError, SigningKey, VerifyKey

KEY = SigningKey.from_random(bytes(range(48)))


@settings(max_examples=25)
@given(st.binary(min_size=48, max_size=48))
def test_a_key_survives_pem_and_jwk_in_both_halves(random48):
    key = SigningKey.from_random(random48)
    assert SigningKey.from_pem(key.pem()).jwk() == key.jwk()
    assert SigningKey.from_jwk(json.loads(json.dumps(key.jwk()))).jwk() == key.jwk()
    assert VerifyKey.from_pem(key.public.pem()) == key.public
    assert VerifyKey.from_jwk(key.public.jwk()) == key.public


def test_the_thumbprint_of_the_rfc_7517_example_key_is_the_one_other_software_computes():
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    }
    assert VerifyKey.from_jwk(jwk).thumbprint == "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"


@pytest.mark.parametrize("length", [0, 32, 47, 49])
def test_a_key_is_made_from_exactly_48_random_bytes(length):
    with pytest.raises(ValueError, match="48 random bytes"):
        SigningKey.from_random(bytes(length))


def test_a_private_key_shows_itself_nowhere():
    secret = KEY.jwk()["d"]
    assert secret not in repr(KEY) + str(KEY) + repr(KEY.public)
    assert "d" not in KEY.public.jwk()
    assert b"PRIVATE" not in KEY.public.pem()


def _private(key, encryption=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def _public(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


RSA = rsa.generate_private_key(65537, 2048)
OTHERS = [ec.generate_private_key(ec.SECP384R1()), ec.generate_private_key(ec.SECP256K1())]
OTHERS += [ed25519.Ed25519PrivateKey.generate(), RSA]


@pytest.mark.parametrize("other", OTHERS, ids=["p-384", "secp256k1", "ed25519", "rsa"])
def test_other_curves_and_kinds_of_key_are_refused_in_both_halves(other):
    with pytest.raises(KeyRefusedError, match="p-256"):
        SigningKey.from_pem(_private(other))
    with pytest.raises(KeyRefusedError, match="p-256"):
        VerifyKey.from_pem(_public(other))


@pytest.mark.parametrize(
    "pem, reason",
    [
        (b"", "not a private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (KEY.public.pem(), "not a private key"),
        (_private(KEY.raw, BestAvailableEncryption(b"acme")), "encrypted"),
    ],
    ids=["nothing", "rubbish", "the public half", "encrypted"],
)
def test_a_text_that_is_no_plain_private_key_is_refused_with_a_reason(pem, reason):
    with pytest.raises(KeyRefusedError, match=reason):
        SigningKey.from_pem(pem)


def test_a_sec1_key_from_openssl_is_read():
    pem = KEY.raw.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    assert SigningKey.from_pem(pem).jwk() == KEY.jwk()


def test_a_private_key_where_a_public_one_belongs_is_refused_without_being_quoted():
    for given_key, read in [(KEY.pem(), VerifyKey.from_pem), (KEY.jwk(), VerifyKey.from_jwk)]:
        with pytest.raises(KeyRefusedError, match="private") as refusal:
            read(given_key)
        assert KEY.jwk()["d"] not in str(refusal.value)


@pytest.mark.parametrize(
    "change, reason",
    [
        ({"kty": "RSA"}, "kty `EC`"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "symmetric"),
        ({"crv": "P-384"}, "crv `P-256`"),
        ({"crv": None}, "crv `P-256`"),
        ({"alg": "HS256"}, "alg `ES256`"),
        ({"use": "enc"}, "use `sig`"),
        ({"x": "AAAA"}, "`x` is not 32 bytes"),
        ({"y": 7}, "`y` is not 32 bytes"),
        ({"x": KEY.public.jwk()["x"] + "="}, "`x` is not 32 bytes"),
        ({"x": "ä" * 43}, "`x` is not 32 bytes"),
        ({"x": "A" * 43}, "not on curve"),
        ({"kid": "../../etc/passwd"}, "thumbprint"),
    ],
)
def test_a_bent_public_jwk_is_refused_with_a_reason(change, reason):
    with pytest.raises(KeyRefusedError, match=reason):
        VerifyKey.from_jwk(KEY.public.jwk() | change)


@pytest.mark.parametrize("d", ["A" * 43, "_" * 42 + "8", SigningKey.from_random(bytes(48)).jwk()["d"]])
def test_a_private_jwk_whose_halves_do_not_belong_together_is_refused(d):
    with pytest.raises(KeyRefusedError, match="`d`"):
        SigningKey.from_jwk(KEY.jwk() | {"d": d})
