"""Walking several languages side by side, to the shortest text that is in all of them.

next(shortest([Starts(("INV-",)), Complement(Words(frozenset({"INV-"})))]))  # "INV-x"
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Final

from bailiwick.core.address_language import Addresses
from bailiwick.core.language import DIGIT, LOCAL, LOWER, TAIL, UPPER, Language, Shaped, Starts, State, Words

APART: Final = frozenset("@:/.-_\\?# ")
ORDER: Final = "xyz" + LOWER + DIGIT + UPPER + "-_./@:?#" + "".join(sorted(LOCAL | TAIL)) + "\\ éñø\n"


_PLENTY: Final = 2_000


def shortest(languages: Sequence[Language], *, every_letter: bool = False) -> Iterator[str]:
    """Texts that are in all languages, shorter ones first; none when there is none, all when there are few.

    With `every_letter`, representatives are not enough: all of printable ASCII is told apart.
    """
    return _Walk(tuple(languages), _alphabet(languages, every_letter)).texts()


def variants(texts: Sequence[str], fits: Callable[[str], bool]) -> Iterator[str]:
    """More texts that fit, made from some that do: numbers put in where they may stand, letters exchanged."""
    gaps = [(text[:at], text[at:]) for text in texts[:4] for at in range(len(text), -1, -1)]
    for head, tail in [gap for gap in gaps if fits(f"{gap[0]}1{gap[1]}")][:4]:
        yield from (text for number in range(1, _PLENTY) if fits(text := f"{head}{number}{tail}"))
    for text in texts:
        places = [at for at, letter in enumerate(text) if letter.isalnum()][-3:]
        for letters in product(DIGIT + LOWER, repeat=len(places)):
            changed = list(text)
            for at, letter in zip(places, letters, strict=True):
                changed[at] = letter
            if fits(found := "".join(changed)):
                yield found


@lru_cache(maxsize=8192)
def shortest_text(languages: tuple[Language, ...]) -> str | None:
    """The shortest text that is in all languages, or None; remembered, because charters repeat themselves."""
    return next(shortest(languages), None)


def within(inner: Language, outer: Language) -> bool:
    """True when every text of `inner` is surely in `outer`; False leaves the question to a search."""
    match inner, outer:
        case Words(), _:
            return all(holds(outer, word) for word in inner.words)
        case Starts(), Starts():
            return all(head.startswith(outer.heads) for head in inner.heads)
        case Shaped(), Shaped():
            return set(inner.patterns) <= set(outer.patterns)
        case Addresses(), Addresses():
            wider = tuple("." + domain for domain in outer.domains)
            return all(f".{domain}".endswith(wider) for domain in inner.domains)
    return False


def holds(language: Language, text: str) -> bool:
    """Whether the text is in the language."""
    state: State | None = language.start
    for letter in text:
        state = None if state is None else language.step(state, letter)
    return state is not None and language.accepts(state)


def _alphabet(languages: Iterable[Language], every_letter: bool) -> str:
    known = frozenset[str]().union(*(language.letters for language in languages))
    seen: set[str] = set()
    found = []
    for letter in dict.fromkeys(ORDER + "".join(sorted(known))):
        kind = letter if every_letter or letter in known | APART else _kind(letter)
        if kind not in seen:
            seen.add(kind)
            found.append(letter)
    return "".join(found)


def _kind(letter: str) -> str:
    for name, letters in (("lower", LOWER), ("upper", UPPER), ("digit", DIGIT), ("local", LOCAL), ("tail", TAIL)):
        if letter in letters:
            return name
    return "space" if letter.isspace() else "other"


_States = tuple[State, ...]


@dataclass(frozen=True)
class _Walk:
    """All languages walked side by side over one alphabet."""

    languages: tuple[Language, ...]
    alphabet: str

    def _start(self) -> _States:
        return tuple(language.start for language in self.languages)

    def _moves(self, states: _States) -> Iterator[tuple[str, _States]]:
        for letter in self.alphabet:
            after = []
            for language, state in zip(self.languages, states, strict=True):
                moved = language.step(state, letter)
                if moved is None:
                    break
                after.append(moved)
            else:
                yield letter, tuple(after)

    def _accepts(self, states: _States) -> bool:
        return all(language.accepts(state) for language, state in zip(self.languages, states, strict=True))

    def _first(self, start: _States) -> str | None:
        """The shortest way from `start` to acceptance."""
        seen, left = {start}, deque([("", start)])
        while left:
            text, states = left.popleft()
            if self._accepts(states):
                return text
            for letter, after in self._moves(states):
                if after not in seen:
                    seen.add(after)
                    left.append((text + letter, after))
        return None

    def _live(self) -> frozenset[_States]:
        """Every combination of states on the way to some text that is in all languages."""
        before: dict[_States, list[_States]] = {self._start(): []}
        left = deque(before)
        while left:
            states = left.popleft()
            for _, after in self._moves(states):
                if after not in before:
                    before[after] = []
                    left.append(after)
                before[after].append(states)
        found = {states for states in before if self._accepts(states)}
        left = deque(found)
        while left:
            for states in before[left.popleft()]:
                if states not in found:
                    found.add(states)
                    left.append(states)
        return frozenset(found)

    def texts(self) -> Iterator[str]:
        """Texts over the alphabet by length: all of them where there are few."""
        first = self._first(self._start())
        if first is None:
            return
        yield first
        live, layer = self._live(), [("", self._start())]
        while 0 < len(layer) <= _PLENTY * 10:
            yield from (text for text, states in layer if text != first and self._accepts(states))
            layer = [
                (text + letter, after)
                for text, states in layer
                for letter, after in self._moves(states)
                if after in live
            ]
