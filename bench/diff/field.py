"""Arguments with every value that matters: for the few bounds a limit is drawn from, each kind of value is listed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Any, Final

from bailiwick.core.catalogue import FieldClasses, Measure
from bailiwick.core.limit import Limit, Op
from bailiwick.core.path import ABSENT

Draw = Callable[[Random], list[Limit]]
ODD: Final[tuple[Any, ...]] = (ABSENT, None, True, False, [], {})


@dataclass(frozen=True)
class Field:
    """One argument of a world: its values, limits that may be drawn for it, and what the catalogue may say of it."""

    name: str
    values: tuple[Any, ...]
    draw: Draw
    measures: Mapping[str, Measure] = field(default_factory=dict)
    sizes: tuple[str, ...] = ()
    reads: FieldClasses | None = None
    schemas: tuple[Mapping[str, Any], ...] = ({},)


def some(random: Random, options: tuple[Any, ...]) -> tuple[Any, ...]:
    """A few of the options, at least one, in order."""
    chosen = [option for option in options if random.random() < 0.5]
    return tuple(chosen) or (random.choice(options),)


def several(name: str, makers: Mapping[Op, Callable[[Random], Any]], random: Random) -> list[Limit]:
    """None to three limits on one argument, as a charter could write them."""
    if random.random() < 0.08:
        return [Limit(name, Op.FORBIDDEN, True)]
    optional = random.random() < 0.4
    ops = random.sample(sorted(makers), k=min(len(makers), random.choice((0, 1, 1, 1, 2, 2, 3))))
    if Op.REQUIRED in ops:
        optional = False
    return [Limit(name, op, makers[op](random), optional) for op in Op if op in ops]


ANY: Final[Mapping[str, Any]] = {}
NUMBERS: Final = Field(
    "n",
    (*ODD, "x", ["x"], {"x": 1}, *range(-1, 7), -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.5),
    lambda random: several(
        "n",
        {
            Op.MAX: lambda random: random.randint(0, 4),
            Op.MIN: lambda random: random.randint(0, 4),
            Op.ONE_OF: lambda random: some(random, (0, 1, 2, 3, True)),
            Op.REQUIRED: lambda random: True,
        },
        random,
    ),
    sizes=("n",),
    schemas=(
        ANY,
        {"type": "integer"},
        {"type": "number", "maximum": 3},
        {"type": ["integer", "null"], "minimum": 1},
        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        {"enum": [1, 2, "x", None]},
        {"type": "number", "exclusiveMinimum": 0.5},
        {"$ref": "#/$defs/count"},
        {"allOf": [{"type": "number"}, {"minimum": 1}]},
    ),
)
MEASURED: Final = Field(
    "n",
    NUMBERS.values,
    lambda random: [
        *several(
            "n", {Op.MAX: lambda random: random.randint(0, 4), Op.MIN: lambda random: random.randint(0, 3)}, random
        ),
        *several("money", {Op.MAX: lambda random: random.randint(0, 4)}, random),
    ],
    {"money": Measure("value_of", "n")},
    ("money", "run.money", "day.money", "tree.money", "n"),
    schemas=NUMBERS.schemas,
)
COUNTED: Final = Field(
    "c",
    (ABSENT, 1),
    lambda random: (
        several("posts", {Op.MAX: lambda random: random.randint(0, 3)}, random) if random.random() < 0.1 else []
    ),
    {"posts": Measure("constant", 1), "pairs": Measure("constant", 2), "none": Measure("constant", 0)},
    ("posts", "run.posts", "day.posts", "tree.posts", "run.pairs", "run.none"),
)


def _texts() -> tuple[Any, ...]:
    letters = "abx1/."
    words = ["".join(parts) for size in range(4) for parts in product(letters, repeat=size)]
    words += [
        "a/..",
        "b/..",
        "ab/..",
        "a/.b",
        "a/./",
        "a/é",
        "é",
        "aé",
        "bé",
        " ",
        "A",
        "Ab",
        "aB",
        "a b",
        "-",
        "a-",
        "_b",
        "éb",
    ]
    items = ["a", "b", "x", "1", "ab", "é", "a1", ".."]
    lists = [[item] for item in items] + [["a", item] for item in items] + [[1], [["a"]], [None]]
    return (*ODD, 1, 1.5, *words, *lists, {"a": 1}, {"é": "a"})


TEXTS: Final = Field(
    "t",
    _texts(),
    lambda random: several(
        "t",
        {
            Op.ONE_OF: lambda random: some(random, ("a", "b", "ab", "a/b", 1)),
            Op.STARTS_WITH: lambda random: some(random, ("a", "b", "a/", "ab")),
            Op.MATCHES: lambda random: some(random, ("a*", "?", "?b", "*b", "a#", "#", "*", "a.?", "a/?")),
            Op.REQUIRED: lambda random: True,
        },
        random,
    ),
    schemas=(ANY, {"type": "string"}, {"type": ["string", "null"]}, {"enum": ["a", "b", "ab", "aé"]}, {"const": "a/b"}),
)


def _addresses() -> tuple[Any, ...]:
    heads = (
        "x@",
        "y@",
        "http@",
        "@",
        "é@",
        " x@",
        "x" * 65 + "@",
        "x..@",
        "https://",
        "http://",
        "ftp://",
        "https://x@",
        "",
    )
    hosts = ("acme.example", "shop.acme.example", "a.acme.example", "acme.test", "badacme.example", "other.test")
    hosts += (
        "acme.example.acme.test",
        "acme",
        "ACME.example",
        "acme.example.",
        "-.acme.example",
        "a-.acme.example",
        "x" * 64 + ".acme.example",
    )
    tails = ("", "/", "/x", "/..", "/../x", "/é", ":80", ":80/x", ":", ":123456", "/a.b-c_d", "#x")
    texts = ["".join(parts) for parts in product(heads, hosts, tails)]
    lists = [[one] for one in texts] + [["x@acme.example", one] for one in texts[:60]]
    return (*ODD, 1, *texts, *lists, [1], ["x@acme.example", []], {"x@acme.example": 1})


ADDRESSES: Final = Field(
    "to",
    _addresses(),
    lambda random: several(
        "to",
        {
            Op.DOMAIN: lambda random: some(random, ("acme.example", "shop.acme.example", "acme.test")),
            Op.STARTS_WITH: lambda random: some(
                random, ("https://acme.example/", "https://acme.example", "x@", "http")
            ),
            Op.MATCHES: lambda random: some(random, ("*@acme.example", "x@*", "https://acme.example/*", "?@*.example")),
            Op.ONE_OF: lambda random: some(random, ("x@acme.example", "y@acme.test", "https://acme.example/x")),
        },
        random,
    ),
    schemas=(ANY, {"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "array"}]}, {"type": "array"}),
)


def _lists() -> tuple[Any, ...]:
    words = [list(parts) for size in range(1, 4) for parts in product(("a", "b", "c", "A", "0", "1", 1), repeat=size)]
    others: list[Any] = [
        [" "],
        [""],
        [2],
        [True],
        [None],
        [[]],
        [{}],
        [1.5],
        ["a", None],
        ["a", []],
        [[], "a"],
        [" a", "a"],
    ]
    keys = [
        dict.fromkeys(chosen, 1) for chosen in (["a"], ["b"], ["c"], ["a", "b"], ["a", "c"], ["a", "b", "c"], ["1"])
    ]
    keys += [
        {"0": "a"},
        {"0": "b"},
        {"0": "c"},
        {"a": 1, "0": "a"},
        {"a": 1, "b": 1, "0": "a"},
        {"0": 1},
        {"c": 1, "0": "a"},
    ]
    return (*ODD, "a", "b", "c", "A", "0", "1", "", " ", 1, 2, 1.5, *words, *others, *keys)


def _list_limits(random: Random) -> list[Limit]:
    makers: dict[Op, Callable[[Random], Any]] = {
        Op.ONLY: lambda random: some(random, ("a", "b", 1, "A", "0")),
        Op.REQUIRED: lambda random: True,
        Op.UNIQUE_WITHIN: lambda random: random.choice((4, 8)),
        Op.ONE_OF: lambda random: some(random, ("a", "b", 1)),
        Op.MATCHES: lambda random: some(random, ("a", "?", "#")),
    }
    found = several("l", makers, random)
    if random.random() < 0.3:
        found += several("records", {Op.MAX: lambda random: random.randint(0, 2), Op.MIN: lambda random: 1}, random)
    if random.random() < 0.25:
        place = random.choice(("l.0", "l.00", "l.1"))
        found += several(
            place, {Op.ONE_OF: lambda random: some(random, ("a", "b", "A", 1)), Op.MAX: lambda random: 1}, random
        )
    return found


LISTS: Final = Field(
    "l",
    _lists(),
    _list_limits,
    {"records": Measure("length_of", "l")},
    ("records", "run.records", "day.records", "tree.records"),
    FieldClasses(by="l", classes={"a": "internal", "b": "customer"}),
    (
        ANY,
        {"type": "array"},
        {"type": "array", "items": {"type": "string"}},
        {"type": "array", "items": {"enum": ["a", "c", 1]}, "maxItems": 2},
        {"type": ["array", "null"], "minItems": 1},
        {"type": "object"},
        {"type": ["array", "string"], "items": {"type": ["string", "integer"]}},
    ),
)
OPEN_LISTS: Final = Field(
    "l",
    LISTS.values,
    _list_limits,
    LISTS.measures,
    LISTS.sizes,
    FieldClasses(by="l", classes={"a": "internal", "b": "customer"}, all_when_absent=True),
    LISTS.schemas,
)


def _nested() -> tuple[Any, ...]:
    inner = [
        {name: value for name, value in (("o", o), ("p", p), ("q", q), ("z", z)) if value is not ABSENT}
        for o in (ABSENT, -1, 0, 1, 2, 3, 4, 5, 0.5, "a", None, [])
        for p in (ABSENT, "a", "b", "c", 1)
        for q in (ABSENT, 1)
        for z in (ABSENT, 1)
    ]
    lists = [list(parts) for size in (1, 2, 3) for parts in product(("o", "p", "q"), repeat=size)]
    return (*ODD, "a", 1, *lists, [{"o": 1}], *inner)


def _nested_limits(random: Random) -> list[Limit]:
    whole = {Op.ONLY: lambda random: some(random, ("o", "p", "z")), Op.REQUIRED: lambda random: True}
    found = several("f", whole, random)
    found += several("f.o", {Op.MAX: lambda random: random.randint(0, 1), Op.REQUIRED: lambda random: True}, random)
    found += several("f.p", {Op.ONE_OF: lambda random: some(random, ("a", "b"))}, random)
    if random.random() < 0.3:
        found += several(
            "keys", {Op.MAX: lambda random: random.randint(0, 2), Op.MIN: lambda random: random.randint(1, 2)}, random
        )
    return found


NESTED: Final = Field(
    "f",
    _nested(),
    _nested_limits,
    {"keys": Measure("length_of", "f")},
    ("keys", "day.keys", "f.o"),
    schemas=(
        ANY,
        {"type": "object"},
        {"type": "object", "properties": {"o": {"type": "integer"}, "p": {"type": "string"}}},
        {"type": "object", "properties": {"o": {}, "p": {}}, "required": ["o"]},
        {"type": ["object", "null"], "properties": {"p": {"enum": ["a", "c"]}}, "additionalProperties": True},
    ),
)
KIND: Final = Field(
    "kind",
    (ABSENT, "item", "pass", "x", "Item", True, None),
    lambda random: several("kind", {Op.ONE_OF: lambda random: some(random, ("item", "x"))}, random),
)
USUAL: Final = Field(
    "usual",
    (ABSENT, False, True, None, 0, 1, "x", [], {}, 1.5, [False]),
    lambda random: several("usual", {Op.ONE_OF: lambda random: some(random, (False, True, 0, "x"))}, random),
)
FEW: Final = Field(
    "n",
    (ABSENT, None, True, "x", [], {}, -1, 0, 1, 2, 3, 4, 5, -0.5, 0.5, 1.5, 2.5),
    lambda random: several("money", {Op.MAX: lambda random: random.randint(0, 2)}, random),
    {"money": Measure("value_of", "n")},
    ("money", "run.money", "day.money", "tree.money"),
)
FIELDS: Final = (NUMBERS, MEASURED, COUNTED, TEXTS, ADDRESSES, LISTS, OPEN_LISTS, NESTED, FEW)
