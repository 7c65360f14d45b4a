"""What server and signer say to each other over a socket: one JSON object a line, asked and answered in turn.

{"ask":"last","origin":"acme.example/log"}               -> {"vkey":"…","last":"<the text of a head, or none>"}
{"ask":"sign","head":"<its text>","proof":["<hex>",…]}   -> {"note":"…"} or {"refused":"why"}
{"ask":"state","origin":"acme.example/log","text":"…"}   -> likewise; a text that nobody can take for a head
"""

from typing import Final

from bailiwick.ledger.canonical import CanonicalError, decode_strict, encode
from bailiwick.ledger.merkle import HASH_BYTES

MAX_LINE: Final = 1_048_576
MAX_PROOF: Final = 64
_HEX: Final = frozenset("0123456789abcdef")


class WireError(ValueError):
    """A line is not of the form; the message says which part."""


def write_line(message: dict[str, object]) -> bytes:
    """One message, with its newline."""
    return encode(message) + b"\n"


def read_line(line: bytes) -> dict[str, object]:
    """One message; raises WireError."""
    if not line.endswith(b"\n"):
        raise WireError("the line does not end, or is too long")
    try:
        message = decode_strict(line[:-1], max_bytes=MAX_LINE)
    except CanonicalError as error:
        raise WireError(str(error)) from error
    if not isinstance(message, dict):
        raise WireError("the line is not a json object")
    return message


def text_of(message: dict[str, object], name: str) -> str:
    """A field that is a text."""
    value = message.get(name)
    if not isinstance(value, str):
        raise WireError(f"`{name}` is not a text")
    return value


def proof_of(message: dict[str, object]) -> list[bytes]:
    """The field `proof`: hashes in hex."""
    value = message.get("proof")
    if not isinstance(value, list) or len(value) > MAX_PROOF:
        raise WireError(f"`proof` is not a list of at most {MAX_PROOF} hashes")
    for one in value:
        if not isinstance(one, str) or len(one) != 2 * HASH_BYTES or not _HEX.issuperset(one):
            raise WireError("`proof` has a part that is not a hash in 64 lower-case hex digits")
    return [bytes.fromhex(one) for one in value]
