"""Payloads against the leaves that commit to them: every part there, opened, and exactly what was committed to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, or_, select

from bailiwick.ledger import segment
from bailiwick.ledger.commitment import commit
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.ports.reader import StoredPayload
from bailiwick.ports.store import StoreUnavailable
from bailiwick.store.damage import Damage
from bailiwick.store.schema import payload, payload_subject
from bailiwick.store.seal import Sealed, unseal

_Part = tuple[int, Sealed]


class PayloadCheck:
    """Counts in `erased` the payloads whose keys were destroyed: those are no damage.

    Without `keys`, which may be kept elsewhere, only the presence of what leaves name can be checked.
    """

    def __init__(self, connection: Connection, keys: PayloadKeys | None) -> None:
        self._connection, self._keys = connection, keys
        self.erased = 0

    def check(self, start: int, end: int, named: Mapping[int, Any]) -> Iterator[Damage]:
        """Hold the payloads of entries `start` up to `end` against `named`: what each readable leaf says of its own."""
        kept: dict[int, list[_Part]] = {}
        columns = (payload.c.seq, payload.c.part, payload.c.id, payload.c["keys"], payload.c.sealed)
        query = select(*columns).where(payload.c.seq >= start, payload.c.seq < end)
        for seq, part, *row in self._connection.execute(query.order_by(payload.c.seq, payload.c.part)):
            kept.setdefault(seq, []).append((part, Sealed(*row)))
        yield from self._subjects(start, end, kept)
        opened = self._opened([row for parts in kept.values() for _, row in parts])
        for seq, note in named.items():
            parts = kept.get(seq, [])
            if note is None:
                for part, _ in parts:
                    yield Damage("payload", seq, f"part {part} of a payload is kept, and the leaf commits to none")
            else:
                yield from self._whole(seq, note, parts, opened)

    def _whole(
        self, seq: int, note: Mapping[str, Any], parts: Sequence[_Part], opened: Mapping[str, StoredPayload | str]
    ) -> Iterator[Damage]:
        due = [note["commitment"]]
        first = next((row.commitment for part, row in parts if part == 0), None)
        if first != note["commitment"]:
            told = "its payload is missing" if first is None else "the payload kept for it is another one"
            yield Damage("payload", seq, f"{told}; the leaf commits to `{note['commitment']}`")
            return
        for part, row in parts:
            found = opened.get(row.commitment)
            if isinstance(found, str):
                yield Damage("payload", seq, f"part {part} of its payload {found}")
            elif found is not None and commit(found.salt, found.body) != row.commitment:
                yield Damage("payload", seq, f"part {part} of its payload is not what was committed to")
            elif found is not None and part == 0:
                due += segment.segments(found.body)
                if note.get("size") != len(found.body):
                    yield Damage("payload", seq, "its payload has another size than the leaf says")
        skeleton = opened.get(str(first))
        if not isinstance(skeleton, StoredPayload):
            return  # which segments there should be is not known any more
        names = {row.commitment for _, row in parts}
        for name in due:
            if name not in names:
                yield Damage("payload", seq, f"the segment `{name}`, which its payload names, is missing")
        for name in sorted(names - set(due)):
            yield Damage("payload", seq, f"the segment `{name}` is kept, and its payload does not name it")

    def _opened(self, rows: Sequence[Sealed]) -> dict[str, StoredPayload | str]:
        """Payloads by commitment, or what is wrong with them; erased ones are counted and left out."""
        if self._keys is None:
            return {}
        try:
            found: list[StoredPayload | str | None] = list(unseal(rows, self._keys))
        except StoreUnavailable:
            found = [self._one(row) for row in rows]
        self.erased += sum(one is None for one in found)
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
        for seq, part, subject in sorted(listed ^ due):
            told = "is not listed as theirs" if (seq, part, subject) in due else "is listed as theirs, and is not"
            yield Damage("payload", seq, f"part {part} of its payload, of the subject `{subject}`, {told}")

    def strays(self, size: int) -> Iterator[Damage]:
        """Payloads of entries that the log does not have, and payloads that could not be opened at all."""
        first = self._connection.execute(select(func.min(payload.c.seq))).scalar()
        if self._keys is None and first is not None:
            yield Damage("payload", first, "the keys of payloads are not in the folder, so no payload was opened")
        outside = or_(payload.c.seq >= size, payload.c.seq < 0)
        count, first = self._connection.execute(select(func.count(), func.min(payload.c.seq)).where(outside)).one()
        if count:
            yield Damage("payload", first, f"{count} payloads are kept of entries that the log does not have")
