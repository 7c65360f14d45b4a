"""What is anchored: up to which size others hold the record, who they are, and since when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.flow.anchor_place import ALARM
from bailiwick.flow.anchoring import PLACES
from bailiwick.flow.record_tree import RecordTree
from bailiwick.ledger.anchor_file import anchor_files
from bailiwick.ledger.bundle import Finding
from bailiwick.ledger.layout import File
from bailiwick.ledger.merkle import MerkleError
from bailiwick.ports.anchor import Anchorer
from bailiwick.ports.reader import Reader
from bailiwick.ports.store import Row

CHECKED: Final = 100
EXPORTED: Final = 1000


@dataclass(frozen=True, slots=True)
class AnchorView:
    """One anchor: the head of `size` entries is held by `place` since `at_us`."""

    id: str
    place: str
    kind: str
    size: int
    root: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Anchored:
    """How far the record is anchored; `newest` has the newest anchor of each place, the largest first."""

    size: int
    newest: tuple[AnchorView, ...]

    @property
    def words(self) -> str:
        """Who holds the most, as it reads in a sentence; empty when nobody holds anything."""
        names = sorted({f"{one.place} ({one.kind})" for one in self.newest if one.size == self.size})
        return ", ".join(names)


def anchored(reader: Reader) -> Anchored:
    """The newest anchor of every place that ever held one."""
    newest: dict[str, AnchorView] = {}
    for row in reader.rows("anchor", limit=EXPORTED):
        view = anchor_view(row)
        if view.place not in newest or view.size > newest[view.place].size:
            newest[view.place] = view
    found = tuple(sorted(newest.values(), key=lambda one: (-one.size, one.place)))
    return Anchored(found[0].size if found else 0, found)


def anchor_view(row: Row) -> AnchorView:
    """A row as people see it."""
    return AnchorView(row["id"], row["place"], row["kind"], row["size"], row["root"].hex(), row["at_us"])


def check_kept(reader: Reader, tree: RecordTree, kinds: Mapping[str, Anchorer]) -> list[Finding]:
    """Hold the newest anchors against the record as it is, and every place's last word. Blocks."""
    places = {row["id"]: row for row in reader.rows("anchor_place", limit=PLACES)}
    findings = [
        Finding(f"anchor {name}", row["trouble"]) for name, row in sorted(places.items()) if row["state"] == ALARM
    ]
    size = reader.size()
    for row in reader.rows("anchor", limit=CHECKED):
        where = f"anchor {row['place']} at {row['size']}"
        if row["size"] > size:
            told = f"the record had {row['size']} entries then, and has {size}: its end was cut off"
            findings.append(Finding(where, told))
            continue
        try:
            same = tree.root(row["size"]) == row["root"]
        except MerkleError as error:
            findings.append(Finding(where, f"the record cannot be held against it: {error}"))
            continue
        if not same:
            told = f"the first {row['size']} entries are not those that were anchored: the record was rewritten"
            findings.append(Finding(where, told))
        elif (place := places.get(row["place"])) and (
            trouble := kinds[row["kind"]].holds(place["settings"], row["note"], row["proof"])
        ):
            findings.append(Finding(where, trouble))
    return findings


@dataclass(frozen=True, slots=True)
class _Kept:
    size: int
    kind: str
    place: str
    note: bytes
    proof: bytes


def anchor_stream(reader: Reader, size: int) -> Iterator[File]:
    """The anchors of an export of `size` entries, as files to go with it; the newest thousand. Blocks."""
    rows = [row for row in reader.rows("anchor", limit=EXPORTED) if row["size"] <= size]
    kept = (_Kept(row["size"], row["kind"], row["place"], row["note"], row["proof"]) for row in rows)
    yield from sorted(anchor_files(kept).items())
