"""A whole examination of a store: its stages in order, a cursor that survives an interruption, and the damage.

The cursor is only good for the log that it was taken on: when the log grew since, the examination begins again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, select

from bailiwick.ledger import canonical
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.store.damage import Damage, Walk
from bailiwick.store.hash_stage import HashStage
from bailiwick.store.leaf_stage import LeafStage
from bailiwick.store.postgres_session import conninfo
from bailiwick.store.private_file import read_private, replace_private
from bailiwick.store.schema import log_state
from bailiwick.store.state_stage import StateStage

CURSOR_FILE: Final = "fsck.cursor"
STAGES: Final = ("hashes", "leaves", "state")
EVERY: Final = 32
"""Steps between two writings of the cursor."""
MOST: Final = 10_000
"""Damage that is told one by one; more is only counted."""


def open_rows(place: Path | str, *, write: bool = False) -> Engine:
    """An engine on the SQLite file of a store at rest, or on a database by its address.

    In a database one connection sees one moment from beginning to end, whoever writes meanwhile.
    """
    if isinstance(place, str):
        at = conninfo(place)
        return create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(at),
            isolation_level="REPEATABLE READ",
            execution_options={} if write else {"postgresql_readonly": True},
        )
    mode = "rw" if write else "ro"
    engine = create_engine(URL.create("sqlite", database=f"file:{place}", query={"mode": mode, "uri": "true"}))
    if write:
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=FULL"))
    return engine


class Inspection:
    """One examination; `steps` carries it out and may be abandoned after any step.

    `in_use`: a server writes meanwhile, so the last entries need not be signed yet.
    """

    def __init__(
        self,
        connection: Connection,
        vkey: str,
        origin: str,
        keys: PayloadKeys | None,
        cursor: Path | None,
        *,
        in_use: bool = False,
    ) -> None:
        self._connection, self._cursor = connection, cursor
        self._make: Mapping[str, Callable[[], Walk]] = {
            "hashes": lambda: HashStage(connection, vkey, origin, in_use=in_use),
            "leaves": lambda: LeafStage(connection, keys),
            "state": lambda: StateStage(connection),
        }
        self._names: list[str] = []
        self.found: list[Damage] = []
        self.count = 0
        self.looked_at: dict[str, int] = {}
        self.erased = 0
        self.resumed = False

    def steps(self, names: Sequence[str] = STAGES) -> Iterator[Walk]:
        """Look at everything, a piece at a time; yields the stage after each piece."""
        self._names = list(names)
        left, stage = self._resume(list(names))
        taken = 0
        while stage is not None or left:
            if stage is None:
                stage = self._make[left.pop(0)]()
            for damage in stage.step():
                self._add(damage)
            if isinstance(stage, LeafStage):
                self.erased = stage.erased
            taken += 1
            if stage.finished:
                self.looked_at[stage.name] = stage.total
            if stage.finished or taken % EVERY == 0:
                self._keep(stage, left)
            yield stage
            if stage.finished:
                stage = None
        self.forget()

    def forget(self) -> None:
        """Remove the cursor: the next examination begins at the beginning."""
        if self._cursor is not None:
            self._cursor.unlink(missing_ok=True)

    def _add(self, damage: Damage) -> None:
        self.count += 1
        if len(self.found) < MOST:
            self.found.append(damage)

    def _log(self) -> list[object]:
        row = self._connection.execute(select(log_state.c.size, log_state.c.frontier)).fetchone()
        return [row[0], row[1].hex()] if row else []

    def _keep(self, stage: Walk, left: Sequence[str]) -> None:
        if self._cursor is None:
            return
        document = {
            "log": self._log(),
            "names": self._names,
            "stage": stage.name,
            "finished": stage.finished,
            "memory": stage.memory(),
            "left": list(left),
            "count": self.count,
            "erased": self.erased,
            "looked_at": self.looked_at,
            "found": [damage.document() for damage in self.found],
        }
        replace_private(self._cursor, canonical.encode_sorted(document))

    def _resume(self, names: list[str]) -> tuple[list[str], Walk | None]:
        data = read_private(self._cursor) if self._cursor is not None else None
        try:
            kept: Any = canonical.decode_strict(data, max_bytes=len(data)) if data else None
            if (
                not isinstance(kept, dict)
                or kept["log"] != self._log()
                or not {kept["stage"], *kept["left"]} <= {*names}
            ):
                return names, None
            stage = self._make[kept["stage"]]()
            stage.recall(kept["memory"])
            self.found = [Damage.from_document(one) for one in kept["found"]]
            self.count, self.looked_at, self.erased = kept["count"], dict(kept["looked_at"]), kept["erased"]
        except (canonical.CanonicalError, KeyError, TypeError, ValueError):
            return names, None  # a cursor that cannot be read only costs time
        self.resumed = True
        return list(kept["left"]), None if kept["finished"] else stage
