"""Two texts beside one another, line by line."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_WORDS: Final = {"+": "added", "-": "removed", " ": "same"}


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of a text difference; `change` is `added`, `removed`, `same`, or `gap` for lines left out."""

    change: str
    text: str


def difference(old: Sequence[str], new: Sequence[str]) -> tuple[TextLine, ...]:
    """What became of the lines; runs of the same lines are cut down to three around each change."""
    found: list[TextLine] = []
    for line in list(difflib.unified_diff(old, new, n=3, lineterm=""))[2:]:
        if line.startswith("@@"):
            if found:
                found.append(TextLine("gap", ""))
        else:
            found.append(TextLine(_WORDS[line[0]], line[1:]))
    return tuple(found)
