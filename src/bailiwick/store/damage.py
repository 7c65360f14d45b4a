"""What an examination of the store finds: where it lies, what is wrong, and whether it can be derived again."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol, Self

PARTS: Final = (
    "leaf",
    "column",
    "payload",
    "document",
    "checkpoint",
    "frontier",
    "action",
    "approval",
    "run",
    "halt",
)
"""Where damage can lie; only columns, the frontier and checkpoints are derived, so only they are ever mended."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One trouble. `seq` is the index of the entry it lies at or that contradicts it; None where there is none."""

    part: str
    seq: int | None
    what: str
    mendable: bool = False

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Inverse of `document`."""
        return cls(document["part"], document["seq"], document["what"], document["mendable"])


class Walk(Protocol):
    """One walk over the store, in steps of bounded size, that can be put down and taken up again.

    `memory` is JSON; a new stage that was given it goes on where this one stood.
    """

    name: str
    done: int
    total: int
    finished: bool

    def step(self) -> Iterator[Damage]:
        """Look at the next piece; at the last one `finished` becomes true."""
        ...

    def memory(self) -> dict[str, Any]: ...

    def recall(self, memory: Mapping[str, Any]) -> None: ...
