"""The rows that decisions read, against the log: actions, approvals, runs and halts must be as their events left them.

Both are written in one transaction, so a row that says anything else was changed by somebody else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Table, func, select

from bailiwick.store.damage import Damage
from bailiwick.store.schema import action, approval, halt, log_entry, run

CHUNK: Final = 500
_Event = tuple[int, Mapping[str, Any]]
_Events = Mapping[str, Sequence[_Event]]
_ACTION: Final[Mapping[str, str]] = {
    "action.denied": "denied",
    "action.asked": "asked",
    "action.intended": "open",
    "action.succeeded": "succeeded",
    "action.failed": "failed",
    "action.unknown": "unknown",
}
_APPROVAL: Final[Mapping[str, str]] = {
    "approval.opened": "open",
    "approval.approved": "approved",
    "approval.denied": "denied",
    "approval.expired": "expired",
}


class StateStage:
    """Implements `Walk`; it walks the tables one after the other, each by id."""

    name = "state"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._walks: Sequence[tuple[Table, Callable[[Sequence[Mapping[str, Any]]], Iterator[Damage]]]] = (
            (action, self._actions),
            (approval, self._approvals),
            (run, self._runs),
        )
        self.total = sum(self._count(table) for table, _ in self._walks)
        self.done, self.finished = 0, False
        self._at, self._last = 0, ""

    def memory(self) -> dict[str, Any]:
        return {"done": self.done, "at": self._at, "last": self._last}

    def recall(self, memory: Mapping[str, Any]) -> None:
        self.done, self._at, self._last = memory["done"], memory["at"], memory["last"]

    def step(self) -> Iterator[Damage]:
        if self._at == len(self._walks):
            yield from self._halts()
            self.finished = True
            return
        table, check = self._walks[self._at]
        query = select(table).where(table.c.id > self._last).order_by(table.c.id).limit(CHUNK)
        rows: Sequence[Any] = self._connection.execute(query).mappings().fetchall()
        if not rows:
            self._at, self._last = self._at + 1, ""
            return
        yield from check(rows)
        self.done, self._last = self.done + len(rows), rows[-1]["id"]

    def _count(self, table: Table) -> int:
        return self._connection.execute(select(func.count()).select_from(table)).scalar() or 0

    def _events(self, column: str, names: Sequence[str]) -> _Events:
        """The readable events about these actions or runs, by name, in order."""
        about = log_entry.c[column]
        found: dict[str, list[_Event]] = {name: [] for name in names}
        for seq, name, body in self._connection.execute(
            select(log_entry.c.seq, about, log_entry.c.body).where(about.in_(names)).order_by(log_entry.c.seq)
        ):
            try:
                leaf = orjson.loads(body)
            except orjson.JSONDecodeError:
                continue  # named as a damaged leaf already
            found[name].append((seq, leaf))
        return found

    def _actions(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Damage]:
        events = self._events("action", [row["id"] for row in rows])
        consents = {row["approval"] for row in rows if row["approval"] and row["verdict"] == "allow"}
        used = dict(self._consents(consents))
        for row in rows:
            about = [one for one in events[row["id"]] if one[1].get("type", "").startswith("action.")]
            if not about:
                yield Damage("action", None, f"action `{row['id']}` has a row, and no event tells of it")
                continue
            due = _action_due(about)
            yield from _compare("action", about[-1][0], row, due)
            name = row["approval"] if row["verdict"] == "allow" else None
            if name and used.get(name) != ("consumed", row["id"]):
                told = f"action `{row['id']}` used up the approval `{name}`, and its row does not say so"
                yield Damage("approval", about[0][0], told)

    def _consents(self, names: set[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        query = select(approval.c.id, approval.c.status, approval.c.used_by).where(approval.c.id.in_(names))
        for name, status, used_by in self._connection.execute(query):
            yield name, (status, used_by)

    def _approvals(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Damage]:
        events = self._events("action", [row["action"] for row in rows])
        users = self._events("action", sorted({row["used_by"] for row in rows if row["used_by"]}))
        for row in rows:
            own = [one for one in events[row["action"]] if one[1].get("data", {}).get("approval") == row["id"]]
            about = [one for one in own if one[1]["type"] in _APPROVAL]
            if not about:
                yield Damage("approval", None, f"approval `{row['id']}` has a row, and no event tells of it")
                continue
            seq, status = about[-1][0], _APPROVAL[about[-1][1]["type"]]
            for at, leaf in users.get(row["used_by"] or "", ()):
                if leaf["type"] == "action.intended" and leaf["data"].get("approval") == row["id"]:
                    seq, status = at, "consumed"
            yield from _compare("approval", seq, row, {"status": status, "agent": about[0][1]["data"].get("agent")})
            voted = [(at, leaf) for at, leaf in own if leaf["type"] == "approval.voted"]
            cast = [(leaf["actor"]["id"], leaf["data"]["slot"], leaf["data"]["vote"]) for _, leaf in voted]
            if [tuple(vote[:3]) for vote in row["votes"]] != cast:
                seq = voted[-1][0] if voted else seq
                yield Damage("approval", seq, f"the votes of approval `{row['id']}` are not those of its events")

    def _runs(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[Damage]:
        names = [row["id"] for row in rows]
        about = log_entry.c.run
        kinds = log_entry.c.type.in_(("run.opened", "run.ended"))
        query = select(log_entry.c.seq, about, log_entry.c.body).where(about.in_(names), kinds)
        found: dict[str, list[_Event]] = {name: [] for name in names}
        for seq, name, body in self._connection.execute(query.order_by(log_entry.c.seq)):
            found[name].append((seq, orjson.loads(body)))
        for row in rows:
            if not found[row["id"]]:
                yield Damage("run", None, f"run `{row['id']}` has a row, and no event tells of it")
                continue
            (_, opened), (seq, last) = found[row["id"]][0], found[row["id"]][-1]
            ended = last["type"] == "run.ended"
            due = {"status": "ended" if ended else "open", "outcome": last["data"]["outcome"] if ended else None}
            due |= {"workflow": opened["data"].get("workflow"), "requester": opened["data"].get("requester")}
            due |= {"agent": opened["actor"]["id"], "parent": opened["data"].get("parent")}
            yield from _compare("run", seq, row, due)

    def _halts(self) -> Iterator[Damage]:
        query = select(log_entry.c.seq, log_entry.c.body).where(log_entry.c.type.in_(("halt.set", "halt.lifted")))
        last: dict[str, tuple[int, bool]] = {}
        for seq, body in self._connection.execute(query.order_by(log_entry.c.seq)):
            leaf = orjson.loads(body)
            last[leaf["data"]["scope"]] = (seq, leaf["type"] == "halt.set")
        held = set(self._connection.execute(select(halt.c.id)).scalars())
        for scope, (seq, is_set) in last.items():
            if is_set != (scope in held):
                told = (
                    "is in force by its event, and has no row" if is_set else "was lifted, and its row is still there"
                )
                yield Damage("halt", seq, f"the halt of `{scope}` {told}")
        for scope in sorted(held - last.keys()):
            yield Damage("halt", None, f"the halt of `{scope}` has a row, and no event tells of it")


def _action_due(about: Sequence[_Event]) -> dict[str, object]:
    """What the row of an action must say after these events, which start with its decision."""
    first = about[0][1]
    data = first["data"]
    due: dict[str, object] = {"run": first.get("run"), "verdict": data.get("verdict"), "charter": data.get("charter")}
    due |= {"agent": first["actor"]["id"], "at_us": first["at_us"], "name": data.get("name")}
    for name in ("code", "tier", "approval"):
        if name in data:
            due[name] = data[name]
    for _, leaf in about:
        if leaf["type"] == "action.reconciled":
            due["state"] = leaf["data"]["outcome"]
        elif leaf["type"] in _ACTION:
            due["state"] = _ACTION[leaf["type"]]
            if "evidence" in leaf["data"]:
                due["evidence"] = leaf["data"]["evidence"]
    return due


def _compare(part: str, seq: int, row: Mapping[str, Any], due: Mapping[str, object]) -> Iterator[Damage]:
    for name, wanted in due.items():
        if row[name] != wanted:
            told = f"the row of {part} `{row['id']}` says {name} `{row[name]}`, and its events say `{wanted}`"
            yield Damage(part, seq, told)
