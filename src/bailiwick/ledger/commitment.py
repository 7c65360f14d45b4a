"""The salted commitment that stands for a payload in a leaf.

Without the salt nobody can test a guess of the payload; forgetting both leaves every proof valid.
"""

import hmac

SALT_BYTES = 32


def commit(salt: bytes, payload: bytes) -> str:
    """HMAC-SHA256 of the payload under its own 32-byte salt, as 64 lower-case hex digits."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}; draw a fresh one each time")
    return hmac.digest(salt, payload, "sha256").hex()
