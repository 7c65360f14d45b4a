"""Leaves: what a batch of events becomes in the log, the same bytes whatever store keeps them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bailiwick.core.event import Event
from bailiwick.ledger import canonical
from bailiwick.ledger.commitment import commit
from bailiwick.ledger.merkle import Frontier, leaf_hash

MAX_LEAF: Final = 65_535
"""Bytes of a leaf: tlog-tiles gives its length sixteen bits."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on its way into the log."""

    event: Event
    at_us: int
    payload: Mapping[str, object] | None

    def projection(self) -> tuple[object, ...]:
        """The searchable columns: type, actor, agent, run, action, tool, verdict; all derived from the leaf."""
        event, data = self.event, self.event.data
        agent = event.actor.id if event.actor.kind == "agent" else data.get("agent")
        tool = data.get("name") or data.get("tool")
        actor = f"{event.actor.kind}:{event.actor.id}"
        return event.type.value, actor, agent, event.run, event.action, tool, data.get("verdict")


@dataclass(frozen=True, slots=True)
class Laid:
    """Rows to insert, in the order of the columns named: `log_entry` and `payload`."""

    rows: list[tuple[object, ...]]  # seq, event_id, at_us, type, actor, agent, run, action, tool, verdict, hash, body
    payloads: list[tuple[object, ...]]  # id (the commitment), salt, body, seq


def lay_down(
    entries: Iterable[Entry], frontier: Frontier, ids: Callable[[str], str], salt: Callable[[], bytes]
) -> Laid:
    """Append every entry to `frontier`, which must have been read in the same transaction that inserts the rows.

    Raises ValueError when a leaf would be too large to stand in a tile.
    """
    laid = Laid([], [])
    for entry in entries:
        seq, event_id, note = frontier.size, ids("evt"), None
        if entry.payload is not None:
            body, grain = canonical.encode_sorted(entry.payload), salt()
            name = commit(grain, body)
            note = {"commitment": name, "size": len(body)}
            laid.payloads.append((name, grain, body, seq))
        leaf = canonical.encode(entry.event.leaf(event_id, entry.at_us, note))
        if len(leaf) > MAX_LEAF:
            raise ValueError(f"event `{entry.event.type.value}` is too large for a leaf")
        hashed = leaf_hash(leaf)
        frontier.append(hashed)
        laid.rows.append((seq, event_id, entry.at_us, *entry.projection(), hashed, leaf))
    return laid
