"""Payloads of several people: a skeleton that the leaf commits to, and a segment of its own for each person's part.

>>> split({"records": [{"id": "c1"}, {"id": "c2"}]}, {("records", 0): "c1"}, lambda body, owner: "ab" * 32)[:40]
b'{"records":[{"~segment":"ababababababab'

A marker is an object with the one key `~segment`. Keys of the content that begin with `~` are written with one more,
so no content can pass for a marker.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import orjson

from bailiwick.ledger import canonical

MARK: Final = "~segment"
ERASED: Final = "(erased)"
"""What stands in the place of a part that is gone; that it is gone is told apart from any content by its path."""
_ESCAPE: Final = "~"
_TRACE: Final = b'"~'  # stands in every text that needs a second look, and in few others

Path = tuple[str | int, ...]
OwnerT = TypeVar("OwnerT")


@dataclass(frozen=True, slots=True)
class Joined:
    """A payload put together again; `erased` has the paths of the parts that are gone."""

    value: Any
    erased: tuple[Path, ...] = ()


def split(value: object, parts: Mapping[Path, OwnerT], keep: Callable[[bytes, OwnerT], str]) -> bytes:
    """The skeleton's bytes; `keep` is given each part's bytes and its owner, and replies with the commitment to them.

    A path that leads nowhere is passed over. Of two paths, one within the other, only the outer may be given.
    """
    body = canonical.encode_sorted(value)
    if not parts and _TRACE not in body:
        return body
    tree: dict[str | int, Any] = {}
    for path, owner in parts.items():
        node = tree
        for step in path[:-1]:
            node = node.setdefault(step, {})
        node[path[-1]] = _Leaf(owner)
    return canonical.encode_sorted(_cut(value, tree, keep))


def join(skeleton: bytes, segment: Callable[[str], bytes | None]) -> Joined:
    """The whole payload; `segment` gives the bytes that a commitment stands for, None where they are gone."""
    if _TRACE not in skeleton:
        return Joined(orjson.loads(skeleton))
    erased: list[Path] = []
    value = _mend(orjson.loads(skeleton), segment, (), erased)
    return Joined(value, tuple(erased))


def segments(skeleton: bytes) -> dict[Path, str]:
    """The commitments that a skeleton names, by the path of each; none where it is not JSON or names none."""
    if _TRACE not in skeleton:
        return {}
    try:
        left: list[tuple[Path, Any]] = [((), orjson.loads(skeleton))]
    except orjson.JSONDecodeError:
        return {}
    found = {}
    while left:
        path, value = left.pop()
        if isinstance(value, dict):
            name = _marked(value)
            if name is not None:
                found[path] = name
            else:
                left += [((*path, _plain(key)), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            left += [((*path, at), inner) for at, inner in enumerate(value)]
    return found


@dataclass(frozen=True, slots=True)
class _Leaf:
    owner: Any


def _cut(value: Any, tree: Any, keep: Callable[[bytes, Any], str]) -> Any:
    if isinstance(tree, _Leaf):
        return {MARK: keep(canonical.encode_sorted(_cut(value, None, keep)), tree.owner)}
    below = tree or {}
    if isinstance(value, Mapping):
        return {_escaped(name): _cut(inner, below.get(name), keep) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cut(inner, below.get(at), keep) for at, inner in enumerate(value)]
    return value


def _escaped(name: str) -> str:
    return f"{_ESCAPE}{name}" if name.startswith(_ESCAPE) else name


def _marked(value: dict[str, Any]) -> str | None:
    name = value.get(MARK) if len(value) == 1 else None
    return name if isinstance(name, str) else None


def _mend(value: Any, segment: Callable[[str], bytes | None] | None, path: Path, erased: list[Path]) -> Any:
    if isinstance(value, dict):
        name = _marked(value) if segment is not None else None
        if name is None or segment is None:
            return {_plain(key): _mend(inner, segment, (*path, _plain(key)), erased) for key, inner in value.items()}
        body = segment(name)
        if body is None:
            erased.append(path)
            return ERASED
        # INVARIANT: a segment holds content alone, so nothing in it is read as a marker
        return _mend(orjson.loads(body), None, path, erased)
    if isinstance(value, list):
        return [_mend(inner, segment, (*path, at), erased) for at, inner in enumerate(value)]
    return value


def _plain(name: str) -> str:
    return name[1:] if name.startswith(_ESCAPE) else name
