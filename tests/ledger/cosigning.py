"""A witness's own key, which the product never holds: cosignatures as the C2SP text says to make them."""

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from bailiwick.ledger.note import Signature, split_note, write_vkey


class WitnessKey:
    """Signs what the specification says, built here byte by byte rather than with the product's own messages."""

    def __init__(self, name, kind=4):
        self.name, self.kind = name, kind
        seed = hashlib.sha256(name.encode()).digest()
        self._key = Ed25519PrivateKey.from_private_bytes(seed) if kind == 4 else MLDSA44PrivateKey.from_seed_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        self.vkey = write_vkey(name, kind, self.public)
        self.key_hash = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]

    def cosign(self, note, seconds):
        """The signature line's content for a checkpoint note."""
        return self.cosign_text(split_note(note)[0], seconds)

    def cosign_text(self, text, seconds):
        stamp = seconds.to_bytes(8, "big")
        if self.kind == 4:
            message = b"cosignature/v1\ntime " + str(seconds).encode() + b"\n" + text.encode()
        else:
            origin, size, root = text.split("\n")[:3]
            message = b"subtree/v1\n\x00" + bytes([len(self.name)]) + self.name.encode() + stamp
            message += bytes([len(origin)]) + origin.encode() + bytes(8) + int(size).to_bytes(8, "big")
            message += base64.b64decode(root)
        return Signature(self.name, self.key_hash, stamp + self._key.sign(message))
