"""Sets of texts, as automata that are walked and never built: what keeps a limit, and the shortest that keeps many.

A language answers `step(state, letter)` with the next state, or None where nothing can follow any more. Letters that
no language tells apart share one representative, so a walk over a few of them speaks for all of Unicode. No language
knows how long a text may be: those that are bounded are never all that stands between two charters.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, Protocol

State = Hashable
_DEAD: Final = "dead"
LOWER, UPPER, DIGIT = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
ALNUM: Final = frozenset(LOWER + UPPER + DIGIT)
LOCAL: Final = ALNUM | frozenset("!#$%&'*+/=?^_`{|}~.-")
_RUN: Final = ALNUM | frozenset("._-")
TAIL: Final = frozenset(chr(code) for code in range(33, 127)) - {"\\"}


class Language(Protocol):
    """A regular set of texts; `letters` are told apart one by one."""

    @property
    def letters(self) -> frozenset[str]: ...

    @property
    def start(self) -> State: ...

    def step(self, state: State, letter: str) -> State | None: ...

    def accepts(self, state: State) -> bool: ...


@dataclass(frozen=True)
class Words:
    """Exactly these texts."""

    words: frozenset[str]
    start: State = ""
    letters: frozenset[str] = field(init=False)
    _heads: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "letters", frozenset("".join(self.words)))
        heads = frozenset(word[:end] for word in self.words for end in range(len(word) + 1))
        object.__setattr__(self, "_heads", heads)

    def step(self, state: State, letter: str) -> State | None:
        text = f"{state}{letter}"
        return text if text in self._heads else None

    def accepts(self, state: State) -> bool:
        return state in self.words


@dataclass(frozen=True)
class Anything:
    """Every text of at least `least` letters that are no space; 0 means every text at all."""

    least: int = 0
    letters: frozenset[str] = frozenset()
    start: State = 0

    def step(self, state: State, letter: str) -> State | None:
        assert isinstance(state, int)
        return min(self.least, state + (not letter.isspace()))

    def accepts(self, state: State) -> bool:
        return state == self.least


@dataclass(frozen=True)
class NotEmpty:
    """Every text but the empty one."""

    letters: frozenset[str] = frozenset()
    start: State = False

    def step(self, state: State, letter: str) -> State | None:
        return True

    def accepts(self, state: State) -> bool:
        return bool(state)


def _next_step(step: str, letter: str) -> str | None:
    """How far a `..` step has come; None once one stands between slashes."""
    if letter in "/\\":
        return None if step == ".." else ""
    return step + letter if letter == "." and step in ("", ".") else "-"


@dataclass(frozen=True)
class Starts:
    """Texts that start with one of `heads` and hold no `..` step."""

    heads: tuple[str, ...]
    start: State = ("", "")

    @property
    def letters(self) -> frozenset[str]:
        return frozenset("".join(self.heads))

    def step(self, state: State, letter: str) -> State | None:
        assert isinstance(state, tuple)
        head, dots = state
        after = _next_step(dots, letter)
        if after is None:
            return None
        if head is not True and not head.startswith(self.heads):
            head += letter
            if not any(wanted.startswith(head) for wanted in self.heads):
                return None
        return (True if head is True or head.startswith(self.heads) else head, after)

    def accepts(self, state: State) -> bool:
        assert isinstance(state, tuple)
        head, dots = state
        return (head is True or str(head).startswith(self.heads)) and dots != ".."


@dataclass(frozen=True)
class Shaped:
    """Texts that match one of `patterns` (`#`, `?` and `*`, see `pattern`) and hold no `..` step."""

    patterns: tuple[str, ...]

    @property
    def letters(self) -> frozenset[str]:
        return frozenset("".join(self.patterns)) - frozenset("#?*")

    @property
    def start(self) -> State:
        return self._reach({(at, 0) for at in range(len(self.patterns))}), ""

    def _reach(self, places: set[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        found = set(places)
        for which, first in places:
            at = first
            while self.patterns[which][at : at + 1] == "*":
                at += 1
                found.add((which, at))
        return frozenset(found)

    def step(self, state: State, letter: str) -> State | None:
        assert isinstance(state, tuple)
        places, dots = state
        after = _next_step(dots, letter)
        moved = {move for place in places if (move := self._move(place, letter))}
        return None if after is None or not moved else (self._reach(moved), after)

    def _move(self, place: tuple[int, int], letter: str) -> tuple[int, int] | None:
        which, at = place
        sign = self.patterns[which][at : at + 1]
        if sign == "*":
            return place if letter in _RUN else None
        fits = letter in DIGIT if sign == "#" else letter in ALNUM if sign == "?" else letter == sign
        return (which, at + 1) if sign and fits else None

    def accepts(self, state: State) -> bool:
        assert isinstance(state, tuple)
        places, dots = state
        return dots != ".." and any(at == len(self.patterns[which]) for which, at in places)


@dataclass(frozen=True)
class Complement:
    """Every text outside `inner`."""

    inner: Language

    @property
    def letters(self) -> frozenset[str]:
        return self.inner.letters

    @property
    def start(self) -> State:
        return self.inner.start

    def step(self, state: State, letter: str) -> State | None:
        after = None if state is _DEAD else self.inner.step(state, letter)
        return _DEAD if after is None else after

    def accepts(self, state: State) -> bool:
        return state is _DEAD or not self.inner.accepts(state)
