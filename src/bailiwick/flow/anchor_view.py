"""Places where the record is anchored, as people see them."""

from dataclasses import dataclass

from bailiwick.flow.anchoring import PLACES
from bailiwick.flow.people import People
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row


@dataclass(frozen=True, slots=True)
class AnchorPlaceView:
    """A place: `state` is new, ok, late or alarm, and `trouble` says what an unhappy one said last."""

    name: str
    kind: str
    settings: dict[str, str]
    state: str
    trouble: str
    size: int
    anchored_us: int | None
    due_us: int
    added_us: int
    added_by: str
    added_by_name: str


def place_views(reader: Reader) -> list[AnchorPlaceView]:
    """Every place, by name."""
    people = People.read(reader)
    return [place_view(row, people) for row in reader.rows("anchor_place", limit=PLACES, ascending=True)]


def place_view(row: Row, people: People) -> AnchorPlaceView:
    """One place."""
    kept = {name: row[name] for name in ("kind", "settings", "state", "trouble", "size", "anchored_us", "due_us")}
    by = row["added_by"]
    return AnchorPlaceView(name=row["id"], added_us=row["added_us"], added_by=by, added_by_name=people.name(by), **kept)
