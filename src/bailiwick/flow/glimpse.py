"""A shelf that shows the committed rows and keeps nothing: what a unit would find and say, without its effects."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from bailiwick.core.custody import Custody
from bailiwick.core.event import Event
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row

_MOST_ROWS = 100_000


@dataclass(slots=True)
class Glimpse:
    """Implements `ports.store.Shelf` over a reader, as of one moment. It blocks, so it belongs in a thread.

    What a unit puts is seen by the units that share the glimpse and by nobody else; events are only checked.
    """

    reader: Reader
    now_us: int
    _rows: dict[tuple[str, str], Row | None] = field(default_factory=dict)
    _tables: dict[str, list[Row]] = field(default_factory=dict)

    def new_id(self, prefix: str) -> str:
        """An id that stands for the row that would have been made."""
        return f"{prefix}-none"

    def get(self, table: str, key: str) -> Row | None:
        place = (table, key)
        if place not in self._rows:
            self._rows[place] = self.reader.row(table, key)
        return deepcopy(self._rows[place])

    def all(self, table: str) -> list[Row]:
        if table not in self._tables:
            self._tables[table] = self.reader.rows(table, limit=_MOST_ROWS, ascending=True)
        found: dict[str, Row | None] = {row["id"]: row for row in self._tables[table]}
        found |= {key: row for (name, key), row in self._rows.items() if name == table}
        return [deepcopy(row) for _, row in sorted(found.items()) if row is not None]

    def put(self, table: str, row: Mapping[str, object]) -> None:
        self._rows[(table, str(row["id"]))] = dict(row)

    def drop(self, table: str, key: str) -> None:
        self._rows[(table, key)] = None

    def append(self, event: Event, payload: Mapping[str, object] | None = None, custody: Custody | None = None) -> None:
        event.check()
