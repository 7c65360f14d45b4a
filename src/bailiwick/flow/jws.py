"""Signed compact texts (RFC 7515), opened strictly: one algorithm, keys we hold, headers we know.

The header of a text from outside chooses nothing. Keys come from the caller; `jwk`, `jku`, `x5u`, `crit` and
every other header beyond `alg`, `typ` and `kid` is refused rather than ignored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from bailiwick.flow.es256 import ALGORITHM, SigningKey, VerifyKey
from bailiwick.ledger.canonical import CanonicalError, decode_strict, encode

MAX_CHARACTERS = 8192
SKEW_US = 5_000_000  # how far another clock may run ahead of ours
_MAX_SECOND = 253_402_300_799  # the last second of the year 9999
_HEADERS = frozenset({"alg", "typ", "kid"})


class TokenError(Exception):
    """A token not to be believed: `code` for programs, `sentence` for people; neither quotes the token."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Opened:
    """Claims whose signature holds, with the type the header named (None: it named none)."""

    claims: Mapping[str, object]
    typ: str | None


def seal(typ: str, claims: Mapping[str, object], key: SigningKey) -> str:
    """Sign claims into a compact text whose `kid` is the thumbprint of the key."""
    header = {"alg": ALGORITHM, "typ": typ, "kid": key.public.thumbprint}
    return jws.serialize_compact(header, encode(claims), key.jose, algorithms=[ALGORITHM])


def open_sealed(compact: str, keys: Sequence[VerifyKey], *, kid_required: bool) -> Opened:
    """Check form, algorithm, key and signature, in this order, and give the claims.

    Claims are not judged here: type, audience and times belong to whoever knows what the text is for.
    """
    header, claims = _parts(compact)
    if header.get("alg") != ALGORITHM:
        raise TokenError("algorithm", "the token is not signed with ES256; no other algorithm is accepted")
    unknown = sorted(set(header) - _HEADERS)
    if unknown:
        raise TokenError("header", "the token has a header beyond alg, typ and kid; leave every other header out")
    typ = header.get("typ")
    if typ is not None and not isinstance(typ, str):
        raise TokenError("type", "the typ header of the token is not a text; ask for a new token")
    if not any(_signed_by(compact, key) for key in _candidates(header, keys, kid_required)):
        raise TokenError("signature", "the signature of the token does not hold; ask for a new token")
    return Opened(claims, typ)


def unverified_claim(compact: str, name: str) -> str:
    """Read one text claim before any check, only to find out whose keys to check it with."""
    return text_claim(_parts(compact)[1], name)


def text_claim(claims: Mapping[str, object], name: str) -> str:
    """A claim that must be a text of 1 to 256 characters."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 256:
        raise TokenError("claim", f"the token has no usable {name} claim; it must be a text of 1 to 256 characters")
    return value


def count_claim(claims: Mapping[str, object], name: str) -> int:
    """A claim that must be a whole number from 0 up; true is not 1."""
    value = claims.get(name)
    if type(value) is not int or value < 0:
        raise TokenError("claim", f"the token has no usable {name} claim; it must be a whole number, 0 or more")
    return value


def second_claim(claims: Mapping[str, object], name: str) -> int:
    """A claim that must be a time in whole seconds, given here in microseconds."""
    value = count_claim(claims, name)
    if value > _MAX_SECOND:
        raise TokenError("claim", f"the {name} claim of the token lies beyond the year 9999; count in seconds")
    return value * 1_000_000


def check_begun(claims: Mapping[str, object], now_us: int) -> None:
    """Refuse a text issued in the future or not valid yet, allowing `SKEW_US` between two clocks."""
    for name in ("iat", "nbf"):
        if name in claims and second_claim(claims, name) > now_us + SKEW_US:
            raise TokenError("not-yet-valid", f"the {name} claim of the token lies in the future; set the clocks right")


def _parts(compact: str) -> tuple[Mapping[str, object], Mapping[str, object]]:
    segments = compact.split(".") if len(compact) <= MAX_CHARACTERS and compact.isascii() else []
    if len(segments) != 3 or not all(segments):
        raise TokenError("malformed", "the token is not a signed compact text (rfc 7515): three parts and two dots")
    return _object(segments[0]), _object(segments[1])


def _object(segment: str) -> Mapping[str, object]:
    try:
        value = decode_strict(urlsafe_b64decode(segment.encode("ascii")), max_depth=8)
    except (CanonicalError, ValueError):
        value = None
    if not isinstance(value, dict):
        raise TokenError("malformed", "a part of the token is not one json object in base64url; ask for a new token")
    return cast("dict[str, object]", value)


def _candidates(header: Mapping[str, object], keys: Sequence[VerifyKey], kid_required: bool) -> Sequence[VerifyKey]:
    if "kid" not in header and not kid_required:
        return keys
    named = [key for key in keys if key.thumbprint == header.get("kid")]
    if not named:
        raise TokenError("key", "the token names no key that is known here; ask for a new token")
    return named


def _signed_by(compact: str, key: VerifyKey) -> bool:
    try:
        jws.deserialize_compact(compact, key.jose, algorithms=[ALGORITHM])
    except (JoseError, ValueError):
        return False
    return True
