"""Saved searches: a question with its conditions, under a name of a person's own; the link is for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bailiwick.core.refusal import Refusal
from bailiwick.flow.inquiry import Inquiry, read_inquiry, read_question
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row, Shelf

MOST_SEARCHES: Final = 100
MAX_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search as it was saved; `asked` are its conditions as flat values."""

    id: str
    person: str
    name: str
    question: str
    asked: Mapping[str, str | int]
    saved_us: int


@dataclass(frozen=True, slots=True)
class SaveSearch:
    """Keep a search; one of the same name is replaced and keeps its link."""

    person: str
    name: str
    inquiry: Inquiry

    def step(self, shelf: Shelf) -> Row:
        name = " ".join(self.name.split())
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise Refusal("invalid", f"give the search a name of 1 to {MAX_NAME} characters")
        own = [row for row in shelf.all("saved_search") if row["person"] == self.person]
        same = next((row for row in own if row["name"] == name), None)
        if same is None and len(own) >= MOST_SEARCHES:
            raise Refusal("conflict", f"you have {MOST_SEARCHES} saved searches; delete one first")
        row: Row = {
            "id": same["id"] if same else shelf.new_id("srch"),
            "person": self.person,
            "name": name,
            "question": self.inquiry.question,
            "asked": self.inquiry.asked(),
            "saved_us": shelf.now_us,
        }
        shelf.put("saved_search", row)
        return row


@dataclass(frozen=True, slots=True)
class DropSearch:
    """Delete a search of one's own."""

    id: str
    person: str

    def step(self, shelf: Shelf) -> None:
        row = shelf.get("saved_search", self.id)
        if row is None or row["person"] != self.person:
            raise Refusal("unknown", f"you have no saved search `{self.id}`")
        shelf.drop("saved_search", self.id)


def searches_of(reader: Reader, person: str) -> tuple[SavedSearch, ...]:
    """A person's searches by name."""
    rows = reader.rows("saved_search", {"person": person}, limit=MOST_SEARCHES)
    return tuple(SavedSearch(**row) for row in sorted(rows, key=lambda row: str(row["name"]).casefold()))


def saved_search(reader: Reader, name: str) -> SavedSearch:
    """The search of this id, whoever saved it; raises `Refusal`."""
    row = reader.row("saved_search", name)
    if row is None:
        raise Refusal("unknown", f"there is no saved search `{name}`; whoever saved it may have deleted it")
    return SavedSearch(**row)


def inquiry_of(reader: Reader, saved: SavedSearch) -> Inquiry:
    """What a saved search asks."""
    asked: dict[str, Any] = dict(saved.asked)
    return read_inquiry(reader, read_question(saved.question), asked)
