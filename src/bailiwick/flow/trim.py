"""Taking grants out of a charter's text; everything else stays as it was written, comments and layout included."""

from collections.abc import Collection
from dataclasses import dataclass, field

import yaml
from yaml import events

from bailiwick.core.refusal import Refusal
from bailiwick.flow.source import read_charter, read_source


@dataclass(frozen=True, slots=True)
class _Item:
    """One grant in the text: where its content begins and ends, as offsets."""

    start: int
    end: int


@dataclass(slots=True)
class _Can:
    """Where the list `can` stands; `flow` is the one-line form with brackets."""

    key_end: int = 0
    flow: bool = False
    items: list[_Item] = field(default_factory=list)


def without_grants(text: str, actions: Collection[str]) -> str:
    """The text without the grants of these actions.

    Raises `SourceError` when it is no charter, `Refusal` when it grants none of them or one that it does not have.
    """
    charter, document, _ = read_charter(text)
    granted = [grant.action for grant in charter.grants]
    unknown = sorted(set(actions) - set(granted))
    if unknown or not actions:
        named = f"`{unknown[0]}` is not granted" if unknown else "name the grants to take out"
        raise Refusal("invalid", f"{named}; `{charter.name}` grants {', '.join(granted) or 'nothing'}")
    gone = [at for at, action in enumerate(granted) if action in actions]
    cut = _cut(text, _find(text), gone)
    # INVARIANT: the new text says exactly what the old one said, without those grants
    left = [grant for at, grant in enumerate(_list(document["can"])) if at not in gone]
    if read_source(cut).document != {**document, "can": left}:
        raise Refusal("conflict", "the grants cannot be cut out of this text as it is laid out; take them out by hand")
    return cut


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _find(text: str) -> _Can:
    """The offsets of every item of the top-level list `can`."""
    found, depth, key, inside = _Can(), 0, "", False
    start = last = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        opens = isinstance(event, events.CollectionStartEvent)
        closes = isinstance(event, events.CollectionEndEvent)
        if closes:
            depth -= 1
            if inside and depth == 1:
                return found
        mark, end = event.start_mark, event.end_mark
        if inside and depth == 2 and not closes and mark:
            start = mark.index
        if depth == 1 and isinstance(event, events.ScalarEvent) and not inside:
            key = "" if key else event.value
            found.key_end = end.index if end else 0
        elif depth == 1 and opens and not inside:
            if key == "can":
                inside, found.flow = True, bool(getattr(event, "flow_style", False))
            key = ""
        if isinstance(event, events.ScalarEvent) or (closes and _is_flow(text, event)):
            last = end.index if end else last
        if inside and depth == 2 and (closes or isinstance(event, events.ScalarEvent)):
            found.items.append(_Item(start, last))
        depth += opens
    return found


def _is_flow(text: str, event: events.Event) -> bool:
    """A collection that ends with a bracket ends there; one without ends with its last part."""
    mark = event.start_mark
    return bool(mark and text[mark.index : mark.index + 1] in ("]", "}"))


def _cut(text: str, can: _Can, gone: list[int]) -> str:
    if can.flow:
        return _cut_flow(text, can, gone)
    if len(gone) == len(can.items):
        first, last = _line_start(text, _dash(text, can.items[0])), _line_end(text, can.items[-1].end)
        return f"{text[: can.key_end]}: []{text[can.key_end + 1 : first]}{text[last:]}"
    for at in sorted(gone, reverse=True):
        start = _line_start(text, _dash(text, can.items[at]))
        if at:
            start = _comments_above(text, start, _line_end(text, can.items[at - 1].end))
        text = text[:start] + text[_line_end(text, can.items[at].end) :]
    return text


def _cut_flow(text: str, can: _Can, gone: list[int]) -> str:
    for at in sorted(gone, reverse=True):
        item = can.items[at]
        later = at + 1 < len(can.items) and any(other > at and other not in gone for other in range(len(can.items)))
        if later:
            text = text[: item.start] + text[can.items[at + 1].start :]
        else:
            before = can.items[at - 1].end if at else item.start
            text = text[:before] + text[item.end :]
    return text


def _dash(text: str, item: _Item) -> int:
    return text.rindex("-", 0, item.start)


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _comments_above(text: str, start: int, least: int) -> int:
    """The start of the comment lines that stand right above; they are about what follows them."""
    while start > least:
        above = _line_start(text, start - 1)
        if above < least or not text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start
