"""Patterns that people read at a glance: `INV-####`, `ctc-*`; matched in a time that grows with the text alone."""

import re
from collections.abc import Callable
from typing import Final

LONGEST: Final = 2_048
_LETTER: Final = "A-Za-z0-9"
_RUN: Final = re.compile(rf"[{_LETTER}._-]*")
_ONE: Final = {"#": "[0-9]", "?": f"[{_LETTER}]"}


def pattern_trouble(pattern: str) -> str | None:
    """Why the text is no pattern, or None."""
    if not pattern.isascii() or not pattern.isprintable():
        return "holds a character outside printable ASCII"
    if "**" in pattern:
        return "holds `**`, which means the same as `*`"
    return None


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Whether a whole text matches: `#` is a digit, `?` a letter or digit, `*` any run of letters, digits and `._-`.

    Everything else stands for itself; letters are ASCII, case counts.
    """
    parts = [_compile_part(part) for part in pattern.split("*")]
    sizes = [len(part) for part in pattern.split("*")]

    def matches(text: str) -> bool:
        end = len(text) - sizes[-1]
        if len(text) > LONGEST or sum(sizes) > len(text) or not parts[0].match(text):
            return False
        if len(parts) == 1:
            return end == 0
        at = sizes[0]
        # INVARIANT: the leftmost place of each part is right: what a later place lets `*` cover, this one does too
        for part, size in zip(parts[1:-1], sizes[1:-1], strict=True):
            found = part.search(text, at, end)
            if found is None or not _RUN.fullmatch(text, at, found.start()):
                return False
            at = found.start() + size
        return at <= end and bool(_RUN.fullmatch(text, at, end)) and bool(parts[-1].match(text, end))

    return matches


def _compile_part(part: str) -> re.Pattern[str]:
    return re.compile("".join(_ONE.get(letter) or re.escape(letter) for letter in part))
