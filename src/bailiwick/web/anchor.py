"""Anchors: the places that hold the record, what is wrong with one, and adding another."""

from dataclasses import dataclass

from bailiwick.web.view import BLANK, Choice, Form


@dataclass(frozen=True)
class AnchorPlaceRow:
    """A place; `tone`, `icon` and `word` say how it stands. `where` is its address, as far as it has one."""

    name: str
    kind: str
    where: str
    tone: str
    icon: str
    word: str
    trouble: str
    size: int
    anchored_us: int


@dataclass(frozen=True)
class AnchorField:
    """A setting of a kind of place; `long` ones are texts of several lines."""

    name: str
    label: str
    hint: str = ""
    long: bool = False


@dataclass(frozen=True)
class AnchorScreen:
    """Every place; `unanchored` counts the events that none of them holds. `kind` is the one being added, if any."""

    rows: tuple[AnchorPlaceRow, ...]
    size: int
    unanchored: int
    held_by: str
    kinds: tuple[Choice, ...] = ()
    kind: str = ""
    fields: tuple[AnchorField, ...] = ()
    form: Form = BLANK
