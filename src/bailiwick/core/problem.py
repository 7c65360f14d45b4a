"""One thing wrong with a document, and where."""

from dataclasses import dataclass
from typing import Literal

Place = tuple[str | int, ...]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` leads from the document's root to the trouble; a warning never stops a publication."""

    path: Place
    message: str
    severity: Severity = "error"

    @property
    def where(self) -> str:
        """The path as people write it: `can[1].limits.to`."""
        words = ""
        for part in self.path:
            words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
        return words or "document"

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"
