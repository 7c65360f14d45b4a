"""Leaves: what a batch of events becomes in the log, the same bytes whatever store keeps them.

Payloads leave here encrypted; the keys are durable in their own store before a row that needs them is given back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bailiwick.core.custody import Custody, SubjectName
from bailiwick.core.event import Event
from bailiwick.ledger import canonical
from bailiwick.ledger.commitment import commit
from bailiwick.ledger.merkle import Frontier, leaf_hash
from bailiwick.ledger.segment import split
from bailiwick.ports.payload_key import KeyStoreError, PayloadKeys
from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.seal import seal

MAX_LEAF: Final = 65_535
"""Bytes of a leaf: tlog-tiles gives its length sixteen bits."""
PAYLOAD_COLUMNS: Final = ("seq", "part", "id", "keys", "sealed")
SUBJECT_COLUMNS: Final = ("subject", "seq", "part")
PLAIN: Final = Custody()
_HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on its way into the log."""

    event: Event
    at_us: int
    payload: Mapping[str, object] | None
    custody: Custody = PLAIN

    def projection(self) -> tuple[object, ...]:
        """The searchable columns: type, actor, agent, run, action, tool, verdict; all derived from the leaf."""
        event, data = self.event, self.event.data
        agent = event.actor.id if event.actor.kind == "agent" else data.get("agent")
        tool = data.get("name") or data.get("tool")
        actor = f"{event.actor.kind}:{event.actor.id}"
        return event.type.value, actor, agent, event.run, event.action, tool, data.get("verdict")


@dataclass(frozen=True, slots=True)
class Laid:
    """Rows to insert, in the order of the columns named: `log_entry`, `payload` and `payload_subject`."""

    rows: list[tuple[object, ...]]  # seq, event_id, at_us, type, actor, agent, run, action, tool, verdict, hash, body
    payloads: list[tuple[object, ...]]  # PAYLOAD_COLUMNS
    subjects: list[tuple[object, ...]]  # SUBJECT_COLUMNS


def lay_down(
    entries: Iterable[Entry],
    frontier: Frontier,
    ids: Callable[[str], str],
    salt: Callable[[], bytes],
    keys: PayloadKeys,
) -> Laid:
    """Append every entry to `frontier`, which must have been read in the same transaction that inserts the rows.

    Raises ValueError when a leaf would be too large to stand in a tile, `StoreUnavailable` when there is no key for a
    payload: nothing is ever kept unencrypted.
    """
    laid, ring = Laid([], [], []), _Ring(keys)
    for entry in entries:
        seq, event_id, note = frontier.size, ids("evt"), None
        if entry.payload is not None:
            try:
                note = _Payload(laid, seq, entry, salt, ring).lay(entry.payload)
            except KeyStoreError as error:
                raise StoreUnavailable(str(error)) from error
        leaf = canonical.encode(entry.event.leaf(event_id, entry.at_us, note))
        if len(leaf) > MAX_LEAF:
            raise ValueError(f"event `{entry.event.type.value}` is too large for a leaf")
        hashed = leaf_hash(leaf)
        frontier.append(hashed)
        laid.rows.append((seq, event_id, entry.at_us, *entry.projection(), hashed, leaf))
    return laid


@dataclass(slots=True)
class _Ring:
    """The keys that a batch has asked for, each once: what is destroyed meanwhile is destroyed after the batch."""

    keys: PayloadKeys
    known: dict[str, bytes | None] = field(default_factory=dict)
    periods: dict[tuple[str, int], str] = field(default_factory=dict)
    names: dict[SubjectName, str] = field(default_factory=dict)

    def period(self, data_class: str, at_us: int) -> str:
        place = (data_class, at_us // _HOUR_US)  # no month begins within an hour
        if place not in self.periods:
            self.periods[place] = self.keys.period(data_class, at_us)
            self.known |= self.keys.keys([self.periods[place]])
        return self.periods[place]

    def subjects(self, names: Iterable[SubjectName], at_us: int) -> None:
        missing = [name for name in dict.fromkeys(names) if name not in self.names]
        if missing:
            found = self.keys.subjects(missing, at_us)
            self.names |= zip(missing, found, strict=True)
            self.known |= self.keys.keys(found)


@dataclass(slots=True)
class _Payload:
    """One payload on its way: segments are parts 1 and up, the skeleton that names them is part 0."""

    laid: Laid
    seq: int
    entry: Entry
    salt: Callable[[], bytes]
    ring: _Ring
    part: int = 0

    def lay(self, payload: Mapping[str, object]) -> dict[str, object]:
        """Put down its rows; replies with what the leaf says of it."""
        custody, at_us, ring = self.entry.custody, self.entry.at_us, self.ring
        period, parts = ring.period(custody.data_class, at_us), custody.parts or {}
        ring.subjects((name for owners in parts.values() for name in owners), at_us)

        def keep(body: bytes, owners: Sequence[SubjectName]) -> str:
            self.part += 1
            return self._keep(self.part, body, [period, *(ring.names[name] for name in owners)])

        body = split(payload, parts, keep)
        name = self._keep(0, body, [period])
        return {"commitment": name, "size": len(body), "class": custody.data_class}

    def _keep(self, part: int, body: bytes, ids: Sequence[str]) -> str:
        grain = self.salt()
        name = commit(grain, body)
        held = [key for key in map(self.ring.known.get, ids) if key is not None]
        # INVARIANT: a key that somebody destroyed a moment ago is not replaced by fewer keys: nobody can open this
        sealed = seal(held, name, grain, body) if len(held) == len(ids) else b""
        self.laid.payloads.append((self.seq, part, name, " ".join(ids), sealed))
        self.laid.subjects.extend((subject, self.seq, part) for subject in ids[1:])
        return name
