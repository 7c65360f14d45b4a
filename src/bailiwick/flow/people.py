"""Who is who: ids of people on the record, turned into names for readers who may see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bailiwick.core.approval_rule import Candidate
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row

MOST = 10_000


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, by id, as of one reading; an installation has hundreds of people, not millions."""

    rows: Mapping[str, Row] = field(default_factory=dict)

    @classmethod
    def read(cls, reader: Reader) -> "People":
        """Take everybody from the store."""
        return cls({row["id"]: row for row in reader.rows("person", limit=MOST, ascending=True)})

    def name(self, person: str | None) -> str:
        """The name of a person, or the id where nobody knows it any more; empty for None."""
        if person is None:
            return ""
        row = self.rows.get(person)
        return str(row["name"]) if row else person

    def by_email(self, address: str) -> Row | None:
        """The row of the person with this address."""
        return next((row for row in self.rows.values() if row["email"] == address), None)

    def by_address(self) -> list[Candidate]:
        """Everybody as an approval rule sees them, known by address as a charter's owners are."""
        return [Candidate(row["email"], frozenset(row["roles"]), row["active"]) for row in self.rows.values()]


def is_solo(reader: Reader) -> bool:
    """Whether the installation declared itself run by one person."""
    row = reader.row("installation", "installation")
    return row is not None and row["mode"] == "solo"
