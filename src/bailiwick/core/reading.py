"""Taking a document apart exactly: every problem at once, each with its place and what to write instead."""

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from bailiwick.core.problem import Place, Problem, Severity

LARGEST: Final = 2**53 - 1
NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
COUNT: Final = re.compile(r"(0|[1-9][0-9]{0,14})([kmM]?)")
MONEY_TEXT: Final = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,6}))?([kmM]?)")
_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PARTS: Final = [rf"(?:[1-9][0-9]{{0,5}}|0){unit}" for unit in _UNITS]
DURATION: Final = re.compile(
    "|".join("".join([first, *(rf"(?: ?{part})?" for part in _PARTS[at + 1 :])]) for at, first in enumerate(_PARTS))
)
_PART: Final = re.compile(r"([0-9]+)([dhms])")
_SCALE: Final = {"": 1, "k": 1_000, "m": 1_000_000, "M": 1_000_000}
MICROS: Final = 1_000_000


def did_you_mean(word: str, known: Collection[str]) -> str:
    """`; did you mean ...?` when something close is known, else nothing."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def kind_of(value: object) -> str:
    """A JSON value's type in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int):
        return "a number"
    if isinstance(value, float):
        return "a float"
    if isinstance(value, str):
        return "text"
    return "a mapping" if isinstance(value, Mapping) else "a list"


class Reading:
    """Collects problems while values are read; a value in error is replaced so that reading goes on."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, place: Place, message: str, severity: Severity = "error") -> None:
        self.problems.append(Problem(place, message, severity))

    def mapping(
        self, value: object, place: Place, known: Collection[str] = (), need: Collection[str] = ()
    ) -> Mapping[str, object]:
        """A mapping with text keys; with `known`, any other key is a problem, as is a missing one of `need`.

        A value that is no mapping is one problem, and reads as empty.
        """
        if not isinstance(value, Mapping):
            self.wrong(place, f"expected a mapping, found {kind_of(value)}")
            return {}
        for key in value:
            if not isinstance(key, str):
                self.wrong(place, f"the key `{key}` must be text")
            elif known and key not in known:
                self.wrong((*place, key), f"unknown key `{key}`" + (did_you_mean(key, known) or _choice(known)))
        for key in need:
            if key not in value:
                self.wrong(place, f"the key `{key}` is missing: add `{key}:`")
        return {key: item for key, item in value.items() if isinstance(key, str)}

    def list(self, value: object, place: Place) -> Sequence[object]:
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            return value
        self.wrong(place, f"expected a list, found {kind_of(value)}: write `[...]`")
        return ()

    def text(self, value: object, place: Place) -> str:
        """Text on one line, exactly as written: not empty, no control characters, no space around it."""
        text = self.prose(value, place)
        if text and text != value:
            self.wrong(place, f"has space around it: write `{text}`")
            return ""
        return text

    def prose(self, value: object, place: Place) -> str:
        """Text for people, without the space or the line end around it that YAML's block styles leave."""
        if not isinstance(value, str):
            self.wrong(place, f"expected text, found {kind_of(value)}: put it in quotes")
        elif not value.strip():
            self.wrong(place, "is empty: write some text")
        elif not value.strip().isprintable():
            self.wrong(place, "holds a line break or a control character: write it on one line")
        else:
            return value.strip()
        return ""

    def name(self, value: object, place: Place) -> str:
        """A lower-case word: letters, digits, single hyphens or underscores inside."""
        word = self.text(value, place)
        if word and not NAME.fullmatch(word):
            self.wrong(place, f"`{word}` is no name: use lower-case letters, digits and hyphens, as in `lead-router`")
        return word

    def names(self, value: object, place: Place) -> tuple[str, ...]:
        """A list of distinct names; it may be empty."""
        words = tuple(self.name(item, (*place, at)) for at, item in enumerate(self.list(value, place)))
        self.distinct(words, place)
        return words

    def distinct(self, words: Sequence[object], place: Place) -> None:
        seen: set[tuple[type, object]] = set()
        for at, word in enumerate(words):
            if (type(word), word) in seen:
                self.wrong((*place, at), f"`{word}` is listed twice: remove one")
            seen.add((type(word), word))

    def truth(self, value: object, place: Place) -> bool:
        if isinstance(value, bool):
            return value
        self.wrong(place, f"expected true or false, found {kind_of(value)}")
        return False

    def number(self, value: object, place: Place, *, least: int = -LARGEST) -> int:
        """A whole number, or a count in text: `500k`, `2M`. Never bool, never float."""
        number: int | None = None
        if isinstance(value, float):
            self.wrong(place, f"`{value}` is a float: write money as whole micros, 2500000 for 2.50")
            return least
        if type(value) is int:
            number = value
        elif isinstance(value, str) and (match := COUNT.fullmatch(value)):
            number = int(match[1]) * _SCALE[match[2]]
        if number is None:
            self.wrong(place, f"expected a whole number such as 5000 or 500k, found {kind_of(value)}")
        elif abs(number) > LARGEST:
            self.wrong(place, f"`{number}` is larger than 2^53: no system compares it exactly")
        elif number < least:
            self.wrong(place, f"`{number}` is too small: write {least} or more")
        else:
            return number
        return least

    def money(self, value: object, place: Place) -> int:
        """An amount of money in whole micros: `2`, `"2.50"`, `20k`; never a float, never negative."""
        match = MONEY_TEXT.fullmatch(value) if isinstance(value, str) else None
        micros: int | None = None
        if type(value) is int:
            micros = value * MICROS
        elif match:
            micros = (int(match[1]) * MICROS + int((match[2] or "").ljust(6, "0"))) * _SCALE[match[3]]
        if micros is None:
            hint = f'`{value}` is a float: write it in quotes, "2.50"' if isinstance(value, float) else ""
            self.wrong(place, hint or f'expected an amount such as 2 or "2.50", found {kind_of(value)}')
        elif micros < 0:
            self.wrong(place, f"`{value}` is too small: write 0 or more")
        elif micros > LARGEST:
            self.wrong(place, f"`{value}` is more than 2^53 micros: no system compares it exactly")
        else:
            return micros
        return 0

    def duration_us(self, value: object, place: Place) -> int:
        """A time span such as `4h`, `30m`, `20s`, `2d` or `1h 30m`, in microseconds; above zero."""
        written = value if isinstance(value, str) and DURATION.fullmatch(value) else ""
        seconds = sum(int(count) * _UNITS[unit] for count, unit in _PART.findall(written))
        if not seconds:
            self.wrong(place, f"`{value}` is no time span: write `4h`, `30m`, `20s`, `2d` or `1h 30m`")
            return 1
        if seconds > 366 * 86_400:
            self.wrong(place, f"`{value}` is longer than a year: write a shorter time span")
        return seconds * 1_000_000


def _choice(known: Collection[str]) -> str:
    return ": known are " + ", ".join(sorted(known))
