"""A refusal of a flow as the console answers it: a status, and a sentence with a capital and a full stop."""

from collections.abc import Mapping
from typing import Final

from bailiwick.core.refusal import Refusal, RefusalCode

STATUS: Final[Mapping[RefusalCode, int]] = {
    "invalid": 422,
    "forbidden": 403,
    "unknown": 404,
    "stale": 409,
    "conflict": 409,
}


def sentence(refusal: Refusal) -> str:
    """What the person reads."""
    text = refusal.sentence
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
