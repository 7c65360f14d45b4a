"""Postings: the index under which the record is asked. Each says that one entry of the log is about one term.

A term is a keyed hash of what it stands for, so an index that leaks, or what is left of a deleted row on a disk, tells
nobody which contact was read. Everything here is derived from the log and its payloads, and can be made again.
"""

import base64
import hmac
from enum import IntFlag
from functools import lru_cache
from typing import Final, Literal

Noun = Literal["all", "agent", "run", "person", "tool", "class", "object"]
_TERM_BYTES: Final = 10
TERM_CHARS: Final = 16
_LATEST_US: Final = (1 << 56) - 1


class Aspect(IntFlag):
    """Which questions an entry answers."""

    ASKED = 1
    TOUCHED = 2
    ACTED = 4
    CHANGED = 8


@lru_cache(maxsize=65_536)
def term(key: bytes, noun: Noun, name: str) -> str:
    """Sixteen characters that stand for a noun's name; nobody without the key can tell which."""
    digest = hmac.digest(key, f"{noun}:{name}".encode("utf-8", "surrogatepass"), "sha256")
    return base64.b32encode(digest[:_TERM_BYTES]).decode().lower()


def place(at_us: int, index: int = 0) -> str:
    """Where an entry stands among all, by time and then position; sorts as text."""
    return f"{min(max(at_us, 0), _LATEST_US):014x}{index:010x}"


def place_index(text: str) -> int:
    """The position in the log that a place names; ValueError when it is none."""
    if len(text) != len(place(0)) or not set(text) <= set("0123456789abcdef"):
        raise ValueError(f"`{text}` is no place in the record")
    return int(text[14:], 16)
