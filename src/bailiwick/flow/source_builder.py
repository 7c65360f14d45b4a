"""From YAML events to plain JSON data, without recursion and without any of YAML's surprises."""

import re
from dataclasses import dataclass, field
from typing import Final

from yaml import events

from bailiwick.core.problem import Place

DEEPEST: Final = 24
_WHOLE: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,39})")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.inf|\.nan", re.IGNORECASE)
_ODD_NUMBER: Final = re.compile(r"\+[0-9]+|-?0[0-9]+|[-+]?[0-9][0-9_]*_[0-9_]*|[-+]?0[xob][0-9a-fA-F_]+|-?[0-9]{41,}")
_MONEY: Final = "write money as whole micros, 2500000 for 2.50, or in quotes if it is usd or eur"
_NOTHING: Final = ("", "~", "null")
_TRUTH: Final = {"true": True, "false": False}

At = tuple[int, int]


class UnreadableError(Exception):
    """Reading must stop here."""

    def __init__(self, at: At, message: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message


def _at(event: events.Event) -> At:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


@dataclass(slots=True)
class _Open:
    """A list or mapping that is not closed yet; `key` waits for its value in a mapping."""

    holder: dict[str, object] | list[object]
    place: Place
    key: str | None = None
    awaits_value: bool = False


@dataclass(slots=True)
class Builder:
    """Takes parse events one by one; `flaws` collects what may not be there, `marks` where things are."""

    document: object = None
    marks: dict[Place, At] = field(default_factory=dict)
    flaws: list[tuple[At, str]] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _documents: int = 0

    def take(self, event: events.Event) -> None:
        at = _at(event)
        match event:
            case events.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise UnreadableError(at, "a second document starts here: keep one document a file")
                if event.version or event.tags:
                    raise UnreadableError(at, "a `%` directive is not allowed: remove it")
            case events.AliasEvent():
                self.flaws.append((at, f"the alias `*{event.anchor}` is not allowed: write the value out"))
                self._place(None, at)
            case events.ScalarEvent():
                self._check_plain(event, at)
                self._scalar(event, at)
            case events.MappingStartEvent() | events.SequenceStartEvent():
                self._check_plain(event, at)
                self._start({} if isinstance(event, events.MappingStartEvent) else [], at)
            case events.MappingEndEvent() | events.SequenceEndEvent():
                self._open.pop()

    def _check_plain(self, event: events.NodeEvent, at: At) -> None:
        if event.anchor is not None:
            self.flaws.append(
                (at, f"the anchor `&{event.anchor}` is not allowed: write the value out where it is used")
            )
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            self.flaws.append((at, f"the tag `{tag}` is not allowed: remove it"))

    def _start(self, holder: dict[str, object] | list[object], at: At) -> None:
        if len(self._open) >= DEEPEST:
            raise UnreadableError(at, f"nested deeper than {DEEPEST} levels: flatten it")
        inside = self._open[-1] if self._open else None
        if inside and isinstance(inside.holder, dict) and not inside.awaits_value:
            self.flaws.append((at, "a key must be text, not a list or mapping"))
            self._open.append(_Open(holder, inside.place))
            inside.key, inside.awaits_value = None, True
            return
        self._open.append(_Open(holder, self._place(holder, at)))

    def _scalar(self, event: events.ScalarEvent, at: At) -> None:
        inside = self._open[-1] if self._open else None
        value = self._value(event, at)
        if inside and isinstance(inside.holder, dict) and not inside.awaits_value:
            inside.key, inside.awaits_value = self._key(inside, event, value, at), True
            return
        self._place(value, at)

    def _place(self, value: object, at: At) -> Place:
        """Puts a value where it belongs and answers its path; under a refused key it is dropped."""
        if not self._open:
            self.document = value
            self.marks[()] = at
            return ()
        inside = self._open[-1]
        if isinstance(inside.holder, list):
            place: Place = (*inside.place, len(inside.holder))
            inside.holder.append(value)
            self.marks[place] = at
            return place
        key, inside.key, inside.awaits_value = inside.key, None, not inside.awaits_value
        if key is None:
            return inside.place
        inside.holder[key] = value
        return (*inside.place, key)

    def _key(self, inside: _Open, event: events.ScalarEvent, value: object, at: At) -> str | None:
        key = event.value
        if not isinstance(value, str):
            self.flaws.append((at, f"the key `{key}` must be text: put it in quotes"))
        elif event.style is None and key == "<<":
            self.flaws.append((at, "the merge key `<<` is not allowed: write the values out"))
        elif not key.isascii() or not key.isprintable():
            self.flaws.append((at, f"the key `{key}` must be plain ASCII text"))
        elif key in inside.holder:
            self.flaws.append((at, f"the key `{key}` is written twice: remove one"))
        else:
            self.marks[(*inside.place, key)] = at
            return key
        return None

    def _value(self, event: events.ScalarEvent, at: At) -> object:
        text = event.value
        if event.style is not None:
            return self._text(text, at)
        if text in _NOTHING:
            return None
        if text in _TRUTH:
            return _TRUTH[text]
        if _WHOLE.fullmatch(text):
            number = int(text)
            if abs(number) < 2**53:
                return number
            self.flaws.append((at, f"`{text}` is larger than 2^53: no system compares it exactly"))
        elif _FLOAT.fullmatch(text) or _NOT_FINITE.fullmatch(text):
            self.flaws.append((at, f"`{text}` is a float: {_MONEY}"))
        elif _ODD_NUMBER.fullmatch(text):
            self.flaws.append(
                (at, f"`{text}` can be read as two numbers: write it plainly, or in quotes if it is text")
            )
        else:
            return self._text(text, at)
        return 0

    def _text(self, text: str, at: At) -> str:
        # A JSON escape pair such as \ud83d\ude00 reaches us as two surrogates.
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self.flaws.append((at, "holds half of a surrogate pair: write the character itself"))
            return ""
