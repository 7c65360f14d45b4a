"""Opaque tokens for people and their browsers: minted from randomness, kept only as a hash.

`bwk_cli_` and the like say what a leaked text is; its last six characters are a checksum (CRC-32), so that
a scanner tells a real token from a look-alike alone. An agent's token never parses: it has dots.
"""

import hashlib
import hmac
import re
import zlib
from enum import StrEnum

RANDOM_BYTES = 32
# What a secret scanner should search for.
PATTERN = r"bwk_(?:web|cli|link|form)_[0-9A-Za-z]{49}"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY = 43
_CHECK = 6
_TOKEN = re.compile(PATTERN, re.ASCII)


class Kind(StrEnum):
    """What a token is good for; a token of one kind is nothing in the place of another."""

    SESSION = "bwk_web"
    PERSONAL = "bwk_cli"
    SIGN_IN_LINK = "bwk_link"
    FORM = "bwk_form"


def mint(random32: bytes, prefix: Kind) -> tuple[str, str]:
    """Make a token from 32 random bytes: the text to hand out once, and the hash to keep."""
    if len(random32) != RANDOM_BYTES:
        raise ValueError(f"a token is made from {RANDOM_BYTES} random bytes, not {len(random32)}")
    start = f"{prefix}_{_base62(int.from_bytes(random32, 'big'), _BODY)}"
    token = start + _check(start)
    return token, _hash(token)


def kind_of(text: str) -> Kind | None:
    """The kind of a well-formed token, or None; says nothing about whether anybody minted it."""
    if _TOKEN.fullmatch(text) is None or not hmac.compare_digest(_check(text[:-_CHECK]), text[-_CHECK:]):
        return None
    return Kind(text.rpartition("_")[0])


def hash_of(token: str, kind: Kind) -> str | None:
    """The hash to look a token up by; None when the text is no token of this kind, and nothing to look up."""
    return _hash(token) if kind_of(token) is kind else None


def matches(token: str, kind: Kind, token_hash: str) -> bool:
    """Compare a token with the kept hash in constant time."""
    found = hash_of(token, kind)
    return found is not None and hmac.compare_digest(found.encode(), token_hash.encode())


def _hash(token: str) -> str:
    return "sha256:" + hashlib.sha256(token.encode("ascii")).hexdigest()


def _check(start: str) -> str:
    return _base62(zlib.crc32(start.encode("ascii")), _CHECK)


def _base62(number: int, width: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 62)
        text = _DIGITS[digit] + text
    return text.rjust(width, "0")
