"""Payloads against the leaves that commit to them: every part there, opened, and exactly what was committed to."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson
from sqlalchemy import Connection, func, or_, select

from bailiwick.ledger import segment
from bailiwick.ledger.commitment import commit
from bailiwick.ledger.forgotten import ERASED_EVENT, PRUNED_EVENT, Forgotten
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.ports.reader import StoredPayload
from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.damage import Damage
from bailiwick.store.schema import log_entry, payload, payload_subject
from bailiwick.store.seal import Sealed, unseal

_Part = tuple[int, Sealed]


class PayloadCheck:
    """Counts in `erased` the payloads whose keys were destroyed: those are no damage.

    Without `keys`, which may be kept elsewhere, only the presence of what leaves name can be checked.
    """

    def __init__(self, connection: Connection, keys: PayloadKeys | None) -> None:
        self._connection, self._keys = connection, keys
        self._gone = self._forgotten()
        self.erased = 0

    def check(self, start: int, end: int, leaves: Mapping[int, Mapping[str, Any]]) -> Iterator[Damage]:
        """Hold the payloads of entries `start` up to `end` against the readable ones of their leaves."""
        kept: dict[int, list[_Part]] = {}
        columns = (payload.c.seq, payload.c.part, payload.c.id, payload.c["keys"], payload.c.sealed)
        query = select(*columns).where(payload.c.seq >= start, payload.c.seq < end)
        for seq, part, *row in self._connection.execute(query.order_by(payload.c.seq, payload.c.part)):
            kept.setdefault(seq, []).append((part, Sealed(*row)))
        yield from self._subjects(start, end, kept)
        opened = self._opened([row for parts in kept.values() for _, row in parts])
        for seq, leaf in leaves.items():
            parts = kept.get(seq, [])
            if leaf.get("payload") is None:
                for part, _ in parts:
                    yield Damage("payload", seq, f"part {part} of a payload is kept, and the leaf commits to none")
            else:
                yield from self._whole(seq, leaf, parts, opened)

    def _whole(
        self, seq: int, leaf: Mapping[str, Any], parts: Sequence[_Part], opened: Mapping[str, StoredPayload | str]
    ) -> Iterator[Damage]:
        note, pruned = leaf["payload"], self._gone.payload(leaf)
        first = next((row.commitment for part, row in parts if part == 0), None)
        if first != note["commitment"]:
            if first is None and pruned:
                self.erased += 1
                return
            told = "its payload is missing" if first is None else "the payload kept for it is another one"
            yield Damage("payload", seq, f"{told}; the leaf commits to `{note['commitment']}`")
            return
        due = {str(first)}
        for part, row in parts:
            found = opened.get(row.commitment)
            if found is None and self._keys is not None:
                self.erased += 1
                if not pruned and not self._gone.segment(seq, row.commitment):
                    told = f"the key of part {part} of its payload was destroyed, and no event says so"
                    yield Damage("payload", seq, told)
            elif isinstance(found, str):
                yield Damage("payload", seq, f"part {part} of its payload {found}")
            elif found is not None and commit(found.salt, found.body) != row.commitment:
                yield Damage("payload", seq, f"part {part} of its payload is not what was committed to")
            elif found is not None and part == 0:
                due |= set(segment.segments(found.body).values())
                if note.get("size") != len(found.body):
                    yield Damage("payload", seq, "its payload has another size than the leaf says")
        if isinstance(opened.get(str(first)), StoredPayload):  # else nobody knows which segments there should be
            yield from self._segments(seq, due, {row.commitment for _, row in parts}, pruned)

    def _segments(self, seq: int, due: set[str], names: set[str], pruned: bool) -> Iterator[Damage]:
        for name in sorted(due - names):
            if not pruned and not self._gone.segment(seq, name):
                yield Damage("payload", seq, f"the segment `{name}`, which its payload names, is missing")
        for name in sorted(names - due):
            yield Damage("payload", seq, f"the segment `{name}` is kept, and its payload does not name it")

    def _opened(self, rows: Sequence[Sealed]) -> dict[str, StoredPayload | str]:
        """Payloads by commitment, or what is wrong with them; those whose keys were destroyed are left out."""
        if self._keys is None:
            return {}
        try:
            found: list[StoredPayload | str | None] = list(unseal(rows, self._keys))
        except StoreUnavailable:
            found = [self._one(row) for row in rows]
        return {row.commitment: one for row, one in zip(rows, found, strict=True) if one is not None}

    def _one(self, row: Sealed) -> StoredPayload | str | None:
        assert self._keys is not None
        try:
            return unseal([row], self._keys)[0]
        except StoreUnavailable as error:
            return f"cannot be opened ({error})"

    def _subjects(self, start: int, end: int, kept: Mapping[int, Sequence[_Part]]) -> Iterator[Damage]:
        """Hold the table of whose parts are whose against the keys that the parts name."""
        columns = (payload_subject.c.seq, payload_subject.c.part, payload_subject.c.subject)
        query = select(*columns).where(payload_subject.c.seq >= start, payload_subject.c.seq < end)
        listed = {(seq, part, subject) for seq, part, subject in self._connection.execute(query)}
        due = {
            (seq, part, subject)
            for seq, parts in kept.items()
            for part, row in parts
            for subject in row.keys.split(" ")[1:]
        }
        there = {(seq, part) for seq, parts in kept.items() for part, _ in parts}
        for seq, part, subject in sorted(listed ^ due):
            if (seq, part) not in there:
                continue  # pruned, or named as missing
            told = "is not listed as theirs" if (seq, part, subject) in due else "is listed as theirs, and is not"
            yield Damage("payload", seq, f"part {part} of its payload, of the subject `{subject}`, {told}")

    def _forgotten(self) -> Forgotten:
        """What the record itself says was erased or removed."""
        gone, told = Forgotten(), log_entry.c.type.in_((ERASED_EVENT, PRUNED_EVENT))
        both = log_entry.outerjoin(payload, (payload.c.seq == log_entry.c.seq) & (payload.c.part == 0))
        columns = (log_entry.c.seq, log_entry.c.body, payload.c.id, payload.c["keys"], payload.c.sealed)
        for seq, body, *row in self._connection.execute(select(*columns).select_from(both).where(told)):
            opened = self._opened([Sealed(*row)]) if row[0] is not None else {}
            found = next(iter(opened.values()), None)
            with suppress(orjson.JSONDecodeError):
                gone.hear(seq, orjson.loads(body), found.body if isinstance(found, StoredPayload) else None)
        return gone

    def strays(self, size: int) -> Iterator[Damage]:
        """Payloads of entries that the log does not have, and payloads that could not be opened at all."""
        first = self._connection.execute(select(func.min(payload.c.seq))).scalar()
        if self._keys is None and first is not None:
            yield Damage("payload", first, "the keys of payloads are not in the folder, so no payload was opened")
        outside = or_(payload.c.seq >= size, payload.c.seq < 0)
        count, first = self._connection.execute(select(func.count(), func.min(payload.c.seq)).where(outside)).one()
        if count:
            yield Damage("payload", first, f"{count} payloads are kept of entries that the log does not have")
