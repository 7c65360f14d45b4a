"""Passwords of people: scrypt (RFC 7914), with its cost written into the hash so that it can grow.

>>> stored = hash_password("correct horse battery", bytes(16), cost=Cost(4, 8, 1))
>>> stored.split("$")[1:3]
['scrypt', 'ln=4,r=8,p=1']
>>> check_password("correct horse battery", stored)
Checked(right=True, upgrade=True)
"""

import base64
import binascii
import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass

SHORTEST = 12  # characters
LONGEST = 1024  # characters: more is no password but an attempt to keep us busy
SALT_BYTES = 16
_KEY_BYTES = 32
_LARGEST_BYTES = 256 * 1024 * 1024
_STORED = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)", re.ASCII)


class PasswordError(ValueError):
    """The password cannot be taken; the message says why and never quotes it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs: 128 * r * 2**ln bytes of memory, p times over."""

    ln: int
    r: int
    p: int

    @property
    def memory(self) -> int:
        """Bytes of memory for one computation."""
        return 128 * self.r * (1 << self.ln)


DEFAULT_COST = Cost(ln=15, r=8, p=3)  # 32 MiB, three times: OWASP's choice for a shared server


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether the password is right; if so, `upgrade` asks to hash it again at today's cost."""

    right: bool
    upgrade: bool


def hash_password(password: str, random16: bytes, *, cost: Cost = DEFAULT_COST) -> str:
    """Hash a new password with 16 random bytes of salt, after refusing one that is too short or too long."""
    if len(random16) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} random bytes, not {len(random16)}")
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise PasswordError(f"the password is too short; use at least {SHORTEST} characters, a few words do well")
    if len(plain) > LONGEST:
        raise PasswordError(f"the password is too long; use at most {LONGEST} characters")
    key = _key(plain, random16, cost)
    return f"$scrypt$ln={cost.ln},r={cost.r},p={cost.p}${_text(random16)}${_text(key)}"


def check_password(password: str, stored: str | None, *, cost: Cost = DEFAULT_COST) -> Checked:
    """Compare in constant time. With no stored hash (nobody of that name) it costs as much, and is wrong.

    A stored text that cannot be read, or that asks for more than 256 MiB, is wrong too.
    """
    plain = _normal(password)[: LONGEST + 1]
    read = _read(stored) if stored is not None else None
    if read is None or len(plain) > LONGEST:
        _key(plain, bytes(SALT_BYTES), cost)
        return Checked(right=False, upgrade=False)
    used, salt, expected = read
    right = hmac.compare_digest(_key(plain, salt, used), expected)
    return Checked(right, upgrade=right and used != cost)


def _read(stored: str) -> tuple[Cost, bytes, bytes] | None:
    found = _STORED.fullmatch(stored)
    if found is None:
        return None
    cost = Cost(*(int(number) for number in found.group(1, 2, 3)))
    try:
        salt, key = (base64.b64decode(text + "=" * (-len(text) % 4)) for text in found.group(4, 5))
    except binascii.Error:
        return None
    if not (cost.ln and cost.r and 0 < cost.p <= 16) or cost.memory > _LARGEST_BYTES:
        return None
    # INVARIANT: an empty or shortened key would match far too much.
    return (cost, salt, key) if len(key) == _KEY_BYTES and len(salt) >= SALT_BYTES else None


def _key(plain: str, salt: bytes, cost: Cost) -> bytes:
    return hashlib.scrypt(
        plain.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=1 << cost.ln,
        r=cost.r,
        p=cost.p,
        maxmem=cost.memory + 1024 * 1024,
        dklen=_KEY_BYTES,
    )


def _normal(password: str) -> str:
    """One text for what looks alike on two keyboards (NFKC, as NIST SP 800-63B asks)."""
    return unicodedata.normalize("NFKC", password[: 4 * LONGEST])


def _text(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode("ascii")
