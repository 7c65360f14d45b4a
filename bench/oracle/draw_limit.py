"""Making up limits and the values that stand at their edges.

Everything is drawn from a `random.Random`, simplest first, so that hypothesis can play the randomness and shrink.
"""

import random
from typing import Any, Final

ABSENT: Final = object()
NUMBERS: Final = ("rows", "amount", "batch.size")
WORDS: Final = ("beta", "staff", "vip")
HOSTS: Final = ("acme.example", "mail.acme.example", "shop.example")
STARTS: Final = ("/news/", "/a*b/", "drafts")
PATTERNS: Final = ("INV-##", "c?-*", "*.pdf", "v#.*-x", "a*b*c")

KINDS: Final = {
    "rows": "number",
    "amount": "number",
    "batch.size": "number",
    "level": "number",
    "list": "word",
    "fields": "words",
    "tags": "words",
    "to": "address",
    "site": "address",
    "file": "path",
    "code": "code",
    "live": "flag",
    "ids": "words",
    "note": "word",
}
"""What an argument usually holds; a call may send anything else."""

_ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, "", [], {}, 0, 1, -1, -0.0, 2.5, 1e300, 5e-324, 2**53, "5", "true", "null", " "),
    *([[]], [None], [True, 1], {"beta": 1}, {"a": {}}, "@number 1e2", "@number 5.0", "@number 50e-1", "@number 1E+21"),
)
_NEAR: Final = {
    "word": ("Beta", "beta ", "b\u0435ta", "\uff42eta", "beta\u200b", ["beta"], "betas"),
    "words": (
        [],
        ["beta", "Beta"],
        ["beta", 1],
        ["beta", None],
        {"beta": 1},
        "beta",
        ["beta", ["staff"]],
        ["b\u0435ta"],
    ),
    "address": (
        *("ana@ACME.example", "ana@acme.example.", "ana@notacme.example", "ana@acme.example.evil.example"),
        *(
            "ana@\u0430cme.example",
            "ana@eu.acme.example",
            "Ana <ana@acme.example>",
            "ana@acme.example\n",
            " ana@acme.example",
        ),
        *("http://acme.example@evil.example/", "https://acme.example:443/x?y", "https://evil.example/acme.example"),
        *("https://acme.example\\@evil.example", "ftp://acme.example", "https://ACME.example", "acme.example"),
        *("ana@-acme.example", "ana@acme..example", "ana@example", "a@b@acme.example", "https://acme.example:123456"),
        *([], ["ana@acme.example", "bo@evil.example"], ["ana@acme.example", 7], ["ana@acme.example", ["x"]]),
        *(["ana@acme.example", "ANA@acme.example"], {"to": "ana@acme.example"}, "x" * 65 + "@acme.example"),
    ),
    "path": (
        "/news",
        "/news/../x",
        "/news/..",
        "/news\\..\\x",
        "../news/",
        "/NEWS/a",
        "/a\\*b/c",
        "/axb/c",
        "/news/..x",
    ),
    "code": (
        *("INV-7", "INV-123", "inv-12", "INV-1٢", "cA-", "c--", "cA-x/y", "x.PDF", ".pdf", "a/../x.pdf", "v1..-x"),
        *("v1.-x", "abc", "a.b.b.c", "ab", "INV-12\n", ["INV-12", "INV-13"], ["INV-12", "no"], [], "é.pdf"),
    ),
}


def maybe(chance: random.Random, share: float) -> bool:
    """True in that share of cases; false for the least random number, so that shrinking leaves things out."""
    return chance.random() >= 1 - share


_SHAPES: Final[dict[str, tuple[str, tuple[Any, ...]]]] = {
    "word": ("one_of", (["beta"], ["beta", "staff"], ["beta", 1, True])),
    "words": ("only", (["beta"], ["beta", "staff", "vip"], ["beta", 1])),
    "address": ("domain", ("acme.example", ["acme.example"], ["mail.acme.example", "shop.example"])),
    "path": ("starts_with", ("/news/", ["/news/", "drafts"], "/a*b/")),
    "code": ("matches", (*PATTERNS, "INV-##", ["INV-##", "c?-*"], ["*.pdf", "a*b*c"])),
    "flag": ("one_of", ([True], [True, False], [False])),
}


def bounds(chance: random.Random, kind: str) -> dict[str, Any]:
    """The limits of one argument, or of a `measure`, as a charter writes them."""
    if kind in _SHAPES:
        op, choices = _SHAPES[kind]
        found = {op: chance.choice(choices)}
    else:
        found = _sizes(chance, 0 if kind == "measure" else -5)
    if kind in ("address", "code", "word") and maybe(chance, 0.35):
        found["unique_within"] = chance.choice(("30d", "4h", "1h 30m", "20s"))
    extra = chance.random()
    if extra < 0.1:
        found["required"] = True
    elif extra < 0.3:
        found["optional"] = True
    elif extra < 0.35 and kind != "measure":
        found = {"forbidden": True}
    return found


def _sizes(chance: random.Random, least: int) -> dict[str, Any]:
    low, high = sorted(chance.choice((0, 1, 5, 50, 1000, 2**53 - 1)) for _ in range(2))
    return chance.choice(
        ({"max": high}, {"min": low}, {"min": low, "max": high}, {"one_of": [0, 5, 50]}, {"max": least})
    )


def kept(chance: random.Random, kind: str, limits: dict[str, Any]) -> Any:
    """A value that keeps the limits, as near to their edge as not."""
    if "forbidden" in limits or ("optional" in limits and maybe(chance, 0.3)):
        return ABSENT
    if "one_of" in limits:
        return chance.choice(limits["one_of"])
    if "only" in limits:
        return chance.sample(limits["only"], chance.randint(1, len(limits["only"])))
    if "domain" in limits:
        host = chance.choice(_listed(limits["domain"]))
        made = [f"{name}@{prefix}{host}" for name in ("ana", "bo") for prefix in ("", "eu.")]
        return chance.choice([*made, f"https://{host}/x", made[:3], [made[0]]])
    if "starts_with" in limits:
        return chance.choice(_listed(limits["starts_with"])) + chance.choice(("", "a", "a/b"))
    if "matches" in limits:
        return _of(chance, chance.choice(_listed(limits["matches"])))
    if "max" in limits or "min" in limits:
        low, high = limits.get("min", limits.get("max", 0) - 3), limits.get("max", limits.get("min", 0) + 3)
        return chance.choice((high, low, min(high, low + 1)))
    return plain(chance, kind)


def plain(chance: random.Random, kind: str) -> Any:
    """A usual value of an argument that nothing limits."""
    match kind:
        case "number":
            return chance.choice((1, 5, 50, 51, 5000, 5001))
        case "words":
            return [f"id{at}" for at in range(chance.choice((1, 5, 6, 50, 51)))]
        case "flag":
            return chance.choice((True, False))
        case "address":
            return "ana@acme.example"
    return chance.choice(("beta", "INV-12", "/news/a"))


def edge(chance: random.Random, kind: str, limits: dict[str, Any]) -> Any:
    """A value that may or may not keep the limits: nearly right, or nothing that anybody would expect."""
    close = [value for op, bound in limits.items() for value in _close(chance, op, bound)]
    which = chance.random()
    if which < 0.1:
        return ABSENT
    if close and which < 0.75:
        return chance.choice(close)
    return chance.choice(_NEAR.get(kind) or _ODD) if which < 0.9 else chance.choice(_ODD)


def _close(chance: random.Random, op: str, bound: Any) -> list[Any]:
    """Values beside one bound, on either side."""
    match op:
        case "max" | "min":
            exact = [bound - 1, bound, bound + 1, bound - 0.5, bound + 0.5, str(bound), [bound]]
            return [*exact, f"@number {bound}.0", True, False]
        case "one_of":
            return [twin for item in bound for twin in _twins(item)]
        case "only":
            return [[], {}, *([bound[0], twin] for item in bound for twin in _twins(item))]
        case "domain":
            host = chance.choice(_listed(bound))
            names = [host, f"eu.{host}", f"not{host}", f".{host}", f"{host}.evil.example", host.upper(), host[1:]]
            made = [f"ana@{name}" for name in names]
            return [*made, f"http://{names[2]}/", [made[0], made[2]], [made[0], f"ANA@{host}"], [made[0], made[0]]]
        case "starts_with":
            start = chance.choice(_listed(bound))
            return [
                start,
                start[:-1],
                f"{start}/../x",
                f"{start}..",
                f"{start}..x",
                start.upper(),
                f" {start}",
                [start],
            ]
        case "matches":
            right = _of(chance, chance.choice(_listed(bound)))
            near = [right.upper(), right + "x", "x" + right, right[:-1], right + "\n", right.replace("7", "\u0667")]
            return [right, *near, [right, "?"]]
        case "unique_within":
            return [["ana@acme.example", "ANA@acme.example"], ["INV-12", "INV-12"], ["beta", "Beta"]]
    return []


def _twins(item: Any) -> list[Any]:
    """Values that are easily taken for another."""
    if isinstance(item, bool):
        return [item, int(item), str(item).lower()]
    if isinstance(item, int):
        return [item, bool(item), str(item), item + 0.5, f"@number {item}.0"]
    return [item, item.upper(), f"{item} ", f"{item}s", [item], item.replace("a", "\u0430")]


def _of(chance: random.Random, pattern: str) -> str:
    stands = {"#": "07", "?": "aZ9", "*": ("", "x", "b.c", "c", "-_.")}
    return "".join(chance.choice(stands.get(symbol, (symbol,))) for symbol in pattern)


def _listed(bound: Any) -> list[Any]:
    return bound if isinstance(bound, list) else [bound]
