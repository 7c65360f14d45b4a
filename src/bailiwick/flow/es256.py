"""ES256 keys: P-256, from and to PEM and JWK, named by their RFC 7638 thumbprint.

An agent keeps a `SigningKey`; Bailiwick keeps the `VerifyKey`. Every other curve or key type is refused, and
so is a private key offered where a public one belongs: it has then already left the agent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

ALGORITHM = "ES256"
RANDOM_BYTES = 48
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_MAKE_ONE = "make one with `bailiwick agent enrol`, or `openssl ecparam -name prime256v1 -genkey -noout`"
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class KeyRefusedError(ValueError):
    """The text is not the key that is wanted here; the message never quotes the text."""


@dataclass(frozen=True)
class VerifyKey:
    """The public half: checks signatures and may be shown to anyone."""

    raw: ec.EllipticCurvePublicKey = field(repr=False)

    @classmethod
    def from_pem(cls, pem: bytes) -> "VerifyKey":
        """Read a SubjectPublicKeyInfo PEM (`-----BEGIN PUBLIC KEY-----`)."""
        if b"PRIVATE KEY" in pem:
            raise KeyRefusedError(
                "this is a private key; send the public one, and enrol a new key if this one left its agent"
            )
        try:
            key = serialization.load_pem_public_key(pem)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise KeyRefusedError("the text is not a public key in pem form; " + _MAKE_ONE) from None
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise KeyRefusedError("the key is not an elliptic curve key; es256 needs curve p-256: " + _MAKE_ONE)
        return cls(_on_p256(key))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> "VerifyKey":
        """Read a public JWK (RFC 7517); `kid`, if there, must be the thumbprint."""
        if not _PRIVATE_MEMBERS.isdisjoint(jwk):
            raise KeyRefusedError(
                "this is a private or symmetric key; send the public one, and enrol a new key if this leaked"
            )
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
            raise KeyRefusedError("the key is not of kty `EC` and crv `P-256`; " + _MAKE_ONE)
        if jwk.get("alg", ALGORITHM) != ALGORITHM or jwk.get("use", "sig") != "sig":
            raise KeyRefusedError("the key is meant for another use; it needs alg `ES256` and use `sig`")
        numbers = ec.EllipticCurvePublicNumbers(_coordinate(jwk, "x"), _coordinate(jwk, "y"), ec.SECP256R1())
        try:
            key = cls(numbers.public_key())
        except ValueError:
            raise KeyRefusedError("the point `x`, `y` is not on curve p-256; " + _MAKE_ONE) from None
        if jwk.get("kid", key.thumbprint) != key.thumbprint:
            raise KeyRefusedError("the `kid` of the key is not its thumbprint (rfc 7638); leave `kid` out")
        return key

    def pem(self) -> bytes:
        """The key as SubjectPublicKeyInfo PEM."""
        return self.raw.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def jwk(self) -> dict[str, str]:
        """The key as a public JWK with `kid`, `use` and `alg`."""
        numbers = self.raw.public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": _text(numbers.x),
            "y": _text(numbers.y),
            "kid": self.thumbprint,
            "use": "sig",
            "alg": ALGORITHM,
        }

    @cached_property
    def thumbprint(self) -> str:
        """RFC 7638 thumbprint, base64url of SHA-256: the name of the key in `kid`."""
        return self.jose.thumbprint()

    @cached_property
    def jose(self) -> ECKey:
        """The key as joserfc wants it."""
        return ECKey.import_key(self.raw)


@dataclass(frozen=True)
class SigningKey:
    """The private half; it never shows itself in a repr or an error."""

    raw: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def from_random(cls, random48: bytes) -> "SigningKey":
        """Make a key from 48 random bytes: so many that no key is likelier (FIPS 186-5 A.2.1)."""
        if len(random48) != RANDOM_BYTES:
            raise ValueError(f"a key is made from {RANDOM_BYTES} random bytes, not {len(random48)}")
        secret = int.from_bytes(random48, "big") % (_ORDER - 1) + 1
        return cls(ec.derive_private_key(secret, ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> "SigningKey":
        """Read an unencrypted PKCS#8 or SEC1 PEM."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except TypeError:
            raise KeyRefusedError("the private key is encrypted; remove its passphrase with `openssl ec`") from None
        except (ValueError, UnsupportedAlgorithm):
            raise KeyRefusedError("the text is not a private key in pem form; " + _MAKE_ONE) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise KeyRefusedError("the key is not an elliptic curve key; es256 needs curve p-256: " + _MAKE_ONE)
        _on_p256(key.public_key())
        return cls(key)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> "SigningKey":
        """Read a private JWK; its public members must belong to its `d`."""
        public = VerifyKey.from_jwk({name: value for name, value in jwk.items() if name != "d"})
        secret = _coordinate(jwk, "d")
        if not 0 < secret < _ORDER:
            raise KeyRefusedError("the member `d` is not a private key of curve p-256; " + _MAKE_ONE)
        key = cls(ec.derive_private_key(secret, ec.SECP256R1()))
        if key.public != public:
            raise KeyRefusedError("the members `x`, `y` do not belong to `d`; export the key again")
        return key

    @cached_property
    def public(self) -> VerifyKey:
        """The half that may be shown."""
        return VerifyKey(self.raw.public_key())

    def pem(self) -> bytes:
        """The key as unencrypted PKCS#8 PEM; write it to a file of mode 0600 only."""
        return self.raw.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def jwk(self) -> dict[str, str]:
        """The key as a private JWK."""
        return self.public.jwk() | {"d": _text(self.raw.private_numbers().private_value)}

    @cached_property
    def jose(self) -> ECKey:
        """The key as joserfc wants it."""
        return ECKey.import_key(self.raw)


def _on_p256(key: ec.EllipticCurvePublicKey) -> ec.EllipticCurvePublicKey:
    if not isinstance(key.curve, ec.SECP256R1):
        raise KeyRefusedError(f"the key is on curve `{key.curve.name}`; es256 needs curve p-256: " + _MAKE_ONE)
    return key


def _coordinate(jwk: Mapping[str, object], member: str) -> int:
    text = jwk.get(member)
    try:
        data = urlsafe_b64decode(text.encode("ascii")) if isinstance(text, str) else b""
    except ValueError:
        data = b""
    if len(data) != 32:
        raise KeyRefusedError(f"the member `{member}` is not 32 bytes in base64url; export the key again")
    return int.from_bytes(data, "big")


def _text(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes(32, "big")).decode("ascii")
