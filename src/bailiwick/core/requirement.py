"""What one condition wants of one argument, described so that values keeping or breaking it can be made.

`holds` is the truth, taken from the check that decides. The rest says where to look: numbers at which it can change,
the texts that keep it, and how it reads lists and objects.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bailiwick.core.address_language import Addresses
from bailiwick.core.catalogue import UNCLASSIFIED, ActionEntry, Measure, classes_read
from bailiwick.core.language import (
    Anything,
    Complement,
    Language,
    NotEmpty,
    Shaped,
    Starts,
    Words,
)
from bailiwick.core.limit import Limit, Op, Scalar, compile_limit
from bailiwick.core.path import ABSENT, with_value
from bailiwick.core.uniqueness import MOST_VALUES

Holds = Callable[[object], bool]
EVERY: Final = Anything()


@dataclass(frozen=True, slots=True)
class Shape:
    """Which lists (or objects) keep a requirement: by size, and by what is asked of every or of some item (or key)."""

    size: Callable[[int], bool] = lambda size: True
    sizes: frozenset[int] = frozenset()
    """Sizes at which `size` can change."""
    each: "Requirement | None" = None
    some: "Requirement | None" = None
    distinct: bool = False
    twice: bool = False
    needs: frozenset[str] = frozenset()
    """Keys that an object must have."""


@dataclass(frozen=True, slots=True, eq=False)
class Requirement:
    """One condition on the value at `path`, ABSENT included; no text, list or object keeps it where None stands.

    INVARIANT: between two neighbours of `numbers`, whole numbers behave alike, and so do fractions.
    """

    path: str
    holds: Holds
    numbers: frozenset[int] = frozenset()
    text: Language | None = None
    lists: Shape | None = None
    objects: Shape | None = None
    samples: tuple[str, ...] = ()
    """Texts worth trying before others."""
    usual: tuple[Scalar, ...] = ()
    """Values worth trying before everything."""


def of_limit(limit: Limit, entry: ActionEntry) -> Requirement | None:
    """A charter's limit; None when the arguments do not decide it because the catalogue counts a constant."""
    check = compile_limit(limit)
    if limit.argument not in entry.measures or limit.op is Op.UNIQUE_WITHIN:
        return _BUILDERS[limit.op](limit, lambda value: check(value) is None)
    how = entry.measures[limit.argument]
    value = limit.value
    bounds = {value} if type(value) is int else {v for v in value if type(v) is int} if isinstance(value, tuple) else ()
    return of_measure(how, lambda size: check(size) is None, frozenset(bounds))


def of_measure(how: Measure, holds: Holds, bounds: frozenset[int]) -> Requirement | None:
    """A condition on a measure; `holds` takes the measure, or ABSENT where the call does not show it."""
    if isinstance(how.of, int):
        return None
    unread = holds(ABSENT)
    text, other = (EVERY, Shape()) if unread else (None, None)
    if how.kind == "length_of":
        sized = Shape(holds, bounds)
        return Requirement(
            how.of,
            lambda value: holds(len(value)) if isinstance(value, list | tuple | Mapping) else unread,
            text=text,
            lists=sized,
            objects=sized,
        )
    return Requirement(
        how.of,
        lambda value: holds(value) if type(value) is int and value >= 0 else unread,
        bounds | {0},
        text,
        other,
        other,
    )


def of_size(path: str, holds: Holds, bounds: frozenset[int]) -> Requirement:
    """A condition on a plain argument that has to show a whole number of 0 or more; ABSENT stands for none."""
    found = of_measure(Measure("value_of", path), holds, bounds)
    assert found is not None
    return found


def of_classes(entry: ActionEntry, may_read: frozenset[str]) -> Requirement | None:
    """The data classes that a read may show; None when the arguments do not decide them."""
    reads = entry.reads
    if reads is None or reads.by is None:
        return None
    by, classes = reads.by, reads.classes

    def holds(value: object) -> bool:
        return classes_read(entry, {} if value is ABSENT else with_value({}, by, value)) <= may_read

    def item(value: object) -> bool:
        return (classes.get(value, UNCLASSIFIED) if isinstance(value, str) else UNCLASSIFIED) in may_read

    known = UNCLASSIFIED in may_read
    words = frozenset(word for word in (*classes, "") if holds(word) is not known)
    texts: Language = Complement(Words(words)) if known else Words(words)
    items = frozenset(word for word in classes if item(word) is not known)
    others = Shape() if known else None
    each = Requirement(by, item, text=Complement(Words(items)) if known else Words(items), lists=others, objects=others)
    empty = holds([])
    lists = Shape(lambda size: size > 0 or empty, frozenset({0}), each=each)
    return Requirement(by, holds, text=texts, lists=lists, objects=others, samples=tuple(sorted(classes)))


def equal(path: str, expected: Scalar) -> Requirement:
    """The value that tells an action from others of its tool."""
    return _one_of(Limit(path, Op.ONE_OF, (expected,)), lambda v: type(v) is type(expected) and v == expected)


def present(path: str, *usual: Scalar) -> Requirement:
    """Anything but absent."""
    return Requirement(path, lambda value: value is not ABSENT, text=EVERY, lists=Shape(), objects=Shape(), usual=usual)


def is_container(value: object) -> bool:
    return isinstance(value, list | tuple | Mapping)


def breaches(kept: Requirement) -> Iterator[Requirement]:
    """The ways to break a requirement, each a requirement itself: a value breaks it when it meets one of them."""
    yield replace(
        kept,
        holds=lambda value: not is_container(value) and not kept.holds(value),
        text=EVERY if kept.text is None else Complement(kept.text),
        lists=None,
        objects=None,
    )
    for shape in _broken(kept.lists):
        yield _container(kept, list, shape)
    for shape in _broken(kept.objects):
        yield _container(kept, Mapping, shape)


def _container(kept: Requirement, kind: type, shape: Shape) -> Requirement:
    lists, objects = (shape, None) if kind is list else (None, shape)
    return Requirement(
        kept.path,
        lambda value: isinstance(value, kind) and not kept.holds(value),
        lists=lists,
        objects=objects,
        samples=kept.samples,
    )


def _broken(kept: Shape | None) -> Iterator[Shape]:
    if kept is None:
        yield Shape()
        return
    size = kept.size
    yield Shape(lambda count: not size(count), kept.sizes)
    for one in breaches(kept.each) if kept.each else ():
        yield Shape(some=one)
    if kept.distinct:
        yield Shape(twice=True)


def _filled(each: Requirement | None = None) -> Shape:
    return Shape(lambda size: size > 0, frozenset({0}), each)


def _number(limit: Limit, holds: Holds) -> Requirement:
    assert type(limit.value) is int
    return Requirement(limit.argument, holds, frozenset({limit.value}))


def _one_of(limit: Limit, holds: Holds) -> Requirement:
    assert isinstance(limit.value, tuple)
    words = frozenset(value for value in limit.value if isinstance(value, str))
    numbers = frozenset(value for value in limit.value if type(value) is int)
    return Requirement(limit.argument, holds, numbers, Words(words), samples=tuple(sorted(words)))


def _only(limit: Limit, holds: Holds) -> Requirement:
    one = compile_limit(Limit(limit.argument, Op.ONE_OF, limit.value))
    each = _one_of(limit, lambda value: value is not ABSENT and one(value) is None)
    assert isinstance(limit.value, tuple)
    keys = replace(each, numbers=frozenset(), holds=lambda value: isinstance(value, str) and one(value) is None)
    return Requirement(limit.argument, holds, lists=_filled(each), objects=_filled(keys), samples=each.samples)


def _domain(limit: Limit, holds: Holds) -> Requirement:
    domains = _texts(limit)
    samples = tuple(text for domain in domains for text in (f"someone@{domain}", f"https://{domain}/page"))
    return _each(limit, holds, Addresses(domains), samples)


def _matches(limit: Limit, holds: Holds) -> Requirement:
    patterns = _texts(limit)
    plain = [pattern.replace("#", "1").replace("?", "x") for pattern in patterns]
    return _each(limit, holds, Shaped(patterns), tuple(text.replace("*", run) for text in plain for run in ("", "x")))


def _each(limit: Limit, holds: Holds, text: Language, samples: tuple[str, ...]) -> Requirement:
    each = Requirement(
        limit.argument, lambda value: isinstance(value, str) and holds(value), text=text, samples=samples
    )
    return Requirement(limit.argument, holds, text=text, lists=_filled(each), samples=samples)


def _starts_with(limit: Limit, holds: Holds) -> Requirement:
    heads = _texts(limit)
    samples = tuple(text for head in heads for text in (head + "x", head))
    return Requirement(limit.argument, holds, text=Starts(heads), samples=samples)


def _unique_within(limit: Limit, holds: Holds) -> Requirement:
    text = Anything(1)
    each = Requirement(
        limit.argument, lambda value: not isinstance(value, list) and value is not ABSENT and holds(value), text=text
    )
    sizes = frozenset({0, MOST_VALUES})
    lists = Shape(lambda size: 0 < size <= MOST_VALUES, sizes, each, distinct=True)
    return Requirement(limit.argument, holds, text=text, lists=lists)


def _required(limit: Limit, holds: Holds) -> Requirement:
    return Requirement(limit.argument, holds, text=NotEmpty(), lists=_filled(), objects=_filled())


def _forbidden(limit: Limit, holds: Holds) -> Requirement:
    return Requirement(limit.argument, holds)


def _texts(limit: Limit) -> tuple[str, ...]:
    assert isinstance(limit.value, tuple)
    return tuple(str(value) for value in limit.value)


_BUILDERS: Final[Mapping[Op, Callable[[Limit, Holds], Requirement]]] = {
    Op.MAX: _number,
    Op.MIN: _number,
    Op.ONE_OF: _one_of,
    Op.ONLY: _only,
    Op.DOMAIN: _domain,
    Op.STARTS_WITH: _starts_with,
    Op.MATCHES: _matches,
    Op.UNIQUE_WITHIN: _unique_within,
    Op.REQUIRED: _required,
    Op.FORBIDDEN: _forbidden,
}
