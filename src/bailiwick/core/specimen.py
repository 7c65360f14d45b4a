"""Arguments that meet a set of requirements, or the certainty that none do.

    Specimens().arguments([of_limit(limit, entry), *others])

Paths form a tree, so each value is made once for all that is asked of it: by number, by text, as a list or as an
object. Within a kind the candidates are complete: when none of them fits, nothing does.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from bailiwick.core.address_language import Addresses
from bailiwick.core.language import Complement, Language, Shaped, Starts, Words
from bailiwick.core.language_walk import shortest, shortest_text, variants, within
from bailiwick.core.path import ABSENT
from bailiwick.core.requirement import EVERY, Requirement
from bailiwick.core.requirement_tree import RequirementTree
from bailiwick.core.specimen_container import Make, lists, objects

_PLENTY: Final = 2_000


class Specimens:
    """Makes arguments for one action; what was found for one argument is remembered."""

    def __init__(self) -> None:
        self._known: dict[tuple[Requirement, ...], tuple[object] | None] = {}

    def arguments(self, asked: Iterable[Requirement]) -> dict[str, object] | None:
        """Arguments with as few of them as will do, or None when none meet all."""
        found = {}
        for name, node in RequirementTree.of(asked).below.items():
            value = self._first(node)
            if value is None:
                return None
            if value[0] is not ABSENT:
                found[name] = value[0]
        return found

    def _first(self, node: RequirementTree) -> tuple[object] | None:
        key = tuple(node.requirements())
        if key not in self._known:
            self._known[key] = (ABSENT,) if node.may_lack() else next(((v,) for v in self.values(node)), None)
        return self._known[key]

    def values(self, node: RequirementTree) -> Iterator[object]:
        """Values, never ABSENT, that meet all: at least one if there is any, then more for a list to hold."""
        containers: tuple[Make, ...] = (lambda at: lists(at, self.values), lambda at: objects(at, self.values))
        makers: tuple[Make, ...] = (_usual, _texts, _numbers, *containers, _truths, _fractions, _null)
        for make in makers:
            if make in containers or node.bare():
                yield from (value for value in make(node) if node.holds(value))


def _usual(node: RequirementTree) -> Iterator[object]:
    return (value for one in node.asked for value in one.usual)


def _null(node: RequirementTree) -> Iterator[None]:
    return iter((None,))


def _truths(node: RequirementTree) -> Iterator[bool]:
    return iter((True, False))


def _texts(node: RequirementTree) -> Iterator[str]:
    languages = list(dict.fromkeys(one.text for one in node.asked if one.text is not EVERY))
    known = [language for language in languages if language is not None]
    if len(known) < len(languages) or _clash(known):
        return
    found = dict.fromkeys(text for text in _tries(node, known) if node.holds(text))
    yield from found
    if any(isinstance(language, Words) for language in known):
        return
    if not found:
        text = shortest_text(tuple(known))
        found = {} if text is None else {text: None}
        yield from found
    if found:
        more = chain(variants(tuple(found), node.holds), shortest(known, every_letter=True))
        yield from (text for text in more if text not in found)


def _tries(node: RequirementTree, languages: Sequence[Language]) -> Iterator[str]:
    """All the texts there are where they are listed, else some that are worth trying before a search."""
    for language in languages:
        if isinstance(language, Words):
            yield from sorted(language.words)
            return
    samples = dict.fromkeys(chain(*(one.samples for one in node.asked)))
    yield from samples
    hosts = [host for language in languages if isinstance(language, Addresses) for host in language.domains]
    heads = [head for language in languages if isinstance(language, Starts) for head in language.heads]
    runs = [pattern for language in languages if isinstance(language, Shaped) for pattern in language.patterns]
    yield from (
        text
        for host in hosts
        for text in (*(f"{head}{host}" for head in heads), *(run.replace("*", host) for run in runs))
    )
    yield "x"
    yield from (text for sample in samples for text in (f"{sample}x", f"x{sample}"))


def _clash(languages: Sequence[Language]) -> bool:
    """Whether one language surely lies inside what another leaves out."""
    outside = [language.inner for language in languages if isinstance(language, Complement)]
    inside = [language for language in languages if not isinstance(language, Complement)]
    return any(within(one, other) for one in inside for other in outside)


def _numbers(node: RequirementTree) -> Iterator[int]:
    bounds = {0, 1}.union(*(one.numbers for one in node.asked))
    near = {bound + step for bound in bounds for step in (-1, 0, 1)}
    found = [number for number in sorted(near, key=lambda number: (number < 0, abs(number))) if node.holds(number)]
    yield from found
    if found:  # further ones behave as their neighbours do; they are for lists whose items must differ
        yield from (bound + sign * step for step in range(2, _PLENTY) for bound in sorted(bounds) for sign in (1, -1))


def _fractions(node: RequirementTree) -> Iterator[float]:
    bounds = {0, 1}.union(*(one.numbers for one in node.asked))
    # INVARIANT: a whole number never comes as a float: canonical arguments write both alike
    yield from sorted({bound + step for bound in bounds for step in (-0.5, 0.5)}, key=lambda n: (n < 0, abs(n)))
