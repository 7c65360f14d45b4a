"""Who signs the log's checkpoints: this process, or another that holds the key and remembers what it signed."""

from collections.abc import Callable
from typing import Protocol

Prove = Callable[[int, int], list[bytes]]
"""The consistency proof from one size of the log to a larger one, read from what is committed. Blocks."""


class SignerAway(Exception):
    """Nobody signs just now: the record goes on, its checkpoints come later. The message says what to look at."""


class SignerBehind(SignerAway):
    """Another server had a later head of the same log signed meanwhile: all is well, and the next one will do."""


class SignerRefused(Exception):
    """The signer will not sign this head, as it contradicts what it signed before. Waiting does not help."""


class CheckpointSigner(Protocol):
    """Signs heads of one log, each only if the one that it signed before is its beginning.

    It never signs a smaller size, nor another root over the same size, nor a growth that is not proved. What it last
    signed is durable before the signature leaves it. It answers within a fraction of a second or raises.
    """

    def note(self, text: str) -> bytes:
        """The signed note of a checkpoint's text; raises `SignerAway` or `SignerRefused`. Called by one thread."""
        ...


class StatementSigner(CheckpointSigner, Protocol):
    """Signs other texts too, none of which anybody could take for a checkpoint of the log."""

    def statement(self, text: str) -> bytes:
        """The signed note of the text; raises as `note` does."""
        ...
