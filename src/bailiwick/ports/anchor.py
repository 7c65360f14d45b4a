"""Anchors: somebody else holds a head of the log, so that nobody here can cut it short or rewrite it unseen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bailiwick.ports.reader import SignedHead


class AnchorAway(Exception):
    """The place does not answer, or not with enough: try again later."""


class AnchorAlarm(Exception):
    """The place holds something that this log contradicts: it was cut short, rewritten or forked. Tell people."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to anchor: its name, its settings by kind, its secret (never shown) and what it is known to hold."""

    name: str
    settings: Mapping[str, str]
    secret: str = field(default="", repr=False)
    seen: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnchorProof:
    """What a place gave for a head: the note with everybody's signatures, other proof, and what it holds now."""

    note: bytes
    proof: bytes = b""
    seen: Mapping[str, int] = field(default_factory=dict)


class HeadTree(Protocol):
    """Roots and proofs of the log at any size; blocks, and raises MerkleError beyond its end."""

    def root(self, size: int) -> bytes: ...

    def consistency(self, old: int, size: int) -> list[bytes]: ...


class Anchorer(Protocol):
    """One kind of place. It is only called for heads that this log signed, and never for a smaller one than before."""

    def check(self, settings: Mapping[str, str]) -> dict[str, str]:
        """The settings with defaults filled in; raises `Refusal` with a sentence when they cannot be used."""
        ...

    async def anchor(self, place: Place, head: SignedHead, tree: HeadTree) -> AnchorProof:
        """Have the place hold `head`; what it gives was verified. Raises `AnchorAway` or `AnchorAlarm`.

        Asking twice for one head is harmless.
        """
        ...

    def holds(self, settings: Mapping[str, str], note: bytes, proof: bytes) -> str:
        """Why evidence does not hold, empty when it does; without asking anybody."""
        ...
