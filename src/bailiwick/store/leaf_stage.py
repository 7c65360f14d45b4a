"""The log as events: what each leaf says, against the columns, payloads, documents and actions that go with it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, func, select

from bailiwick.ledger import canonical
from bailiwick.ports.payload_key import PayloadKeys
from bailiwick.store.damage import Damage
from bailiwick.store.payload_check import PayloadCheck
from bailiwick.store.schema import action, document, log_entry

CHUNK: Final = 2000
COLUMNS: Final = ("event_id", "at_us", "type", "actor", "agent", "run", "action", "tool", "verdict")
DECIDED: Final = frozenset({"action.denied", "action.asked", "action.intended"})


def projected(leaf: Mapping[str, Any]) -> tuple[object, ...]:
    """What the columns `COLUMNS` must be for a leaf; they are a projection, and this is the whole of it."""
    actor, data = leaf["actor"], leaf["data"]
    agent = actor["id"] if actor["kind"] == "agent" else data.get("agent")
    tool = data.get("name") or data.get("tool")
    words = (agent, leaf.get("run"), leaf.get("action"), tool, data.get("verdict"))
    return leaf["id"], leaf["at_us"], leaf["type"], f"{actor['kind']}:{actor['id']}", *words


def read_leaf(body: bytes) -> Mapping[str, Any]:
    """A leaf as an event; raises ValueError where it is none."""
    leaf = canonical.read_canonical(body)
    if not isinstance(leaf, dict):
        raise ValueError("it is not an object")
    try:
        projected(leaf)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is not an event ({error})") from None
    return leaf


class LeafStage:
    """Implements `Walk`."""

    name = "leaves"

    def __init__(self, connection: Connection, keys: PayloadKeys | None) -> None:
        self._connection = connection
        self._payloads = PayloadCheck(connection, keys)
        last = connection.execute(select(func.max(log_entry.c.seq))).scalar()
        self.total = 0 if last is None else last + 1
        self.done, self.finished = 0, False
        self._documents: dict[str, str | None] = {}  # digest to what is wrong with it

    def memory(self) -> dict[str, Any]:
        return {"done": self.done, "erased": self._payloads.erased}

    def recall(self, memory: Mapping[str, Any]) -> None:
        self.done, self._payloads.erased = memory["done"], memory["erased"]

    @property
    def erased(self) -> int:
        """Payloads seen so far whose keys were destroyed."""
        return self._payloads.erased

    def step(self) -> Iterator[Damage]:
        if self.done >= self.total:
            yield from self._end()
            self.finished = True
            return
        start, end = self.done, min(self.done + CHUNK, self.total)
        columns = (log_entry.c.seq, log_entry.c.body, *(log_entry.c[name] for name in COLUMNS))
        query = select(*columns).where(log_entry.c.seq >= start, log_entry.c.seq < end).order_by(log_entry.c.seq)
        leaves: dict[int, Mapping[str, Any]] = {}
        decided: dict[str, int] = {}
        for seq, body, *held in self._connection.execute(query):
            try:
                leaf = read_leaf(body)
            except ValueError as error:
                yield Damage("leaf", seq, f"the leaf is not an event: {error}")
                continue
            leaves[seq] = leaf
            yield from _columns(seq, held, projected(leaf))
            yield from self._of_documents(seq, leaf.get("documents") or ())
            if leaf["type"] in DECIDED:
                decided[leaf["action"]] = seq
        yield from self._payloads.check(start, end, leaves)
        yield from self._of_actions(decided)
        self.done = end

    def _of_documents(self, seq: int, digests: Sequence[str]) -> Iterator[Damage]:
        for name in digests:
            if name not in self._documents:
                self._documents[name] = trouble = self._document(name)
                if trouble:
                    yield Damage("document", seq, f"the document `{name}`, which the entry relies on, {trouble}")

    def _document(self, name: str) -> str | None:
        body = self._connection.execute(select(document.c.body).where(document.c.id == name)).scalar()
        if body is None:
            return "is missing"
        return None if canonical.digest(body) == name else "does not have the digest that names it"

    def _of_actions(self, decided: Mapping[str, int]) -> Iterator[Damage]:
        if decided:
            query = select(action.c.id).where(action.c.id.in_(decided))
            for name in decided.keys() - set(self._connection.execute(query).scalars()):
                yield Damage("action", decided[name], f"action `{name}` was decided, and has no row")

    def _end(self) -> Iterator[Damage]:
        yield from self._payloads.strays(self.total)
        for (name,) in self._connection.execute(select(document.c.id).order_by(document.c.id)):
            if name not in self._documents and (trouble := self._document(name)):
                yield Damage("document", None, f"the document `{name}` {trouble}")


def _columns(seq: int, held: Sequence[object], due: Sequence[object]) -> Iterator[Damage]:
    if tuple(held) != tuple(due):
        for name, found, wanted in zip(COLUMNS, held, due, strict=True):
            if found != wanted:
                yield Damage("column", seq, f"its `{name}` is `{found}`, and the leaf says `{wanted}`", mendable=True)
