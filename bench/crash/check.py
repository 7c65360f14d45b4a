"""What must be true after every crash, looked for in the export, the store, the vendors' journals and the answers."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bailiwick.demo.caller import Caller, CallerError
from bailiwick.demo.company.journal import journal
from bailiwick.demo.company.office import Office
from bailiwick.flow.recheck import recheck
from bailiwick.ledger import bundle
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.merkle import verify_consistency
from bailiwick.ledger.note import open_note
from bench.crash.founding import CONNECTORS
from bench.crash.house import House
from bench.crash.load import Shift
from bench.crash.record import Record

READS: Final = frozenset({"crm__query"})
SHOWN: Final = 5
_ROW_STATES: Final = {"pending_approval": "asked"}


@dataclass(slots=True)
class Findings:
    """What is off, by what it is called; nothing is counted twice over several crashes."""

    twice: set[str] = field(default_factory=set)
    without_intent: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    other: dict[str, None] = field(default_factory=dict)

    def say(self, what: str) -> None:
        self.other[what] = None

    def __len__(self) -> int:
        return len(self.twice) + len(self.without_intent) + len(self.lost) + len(self.other)

    def lines(self) -> Iterator[str]:
        """A few of each kind, as sentences."""
        yield from (f"action `{action}` happened twice" for action in sorted(self.twice)[:SHOWN])
        yield from (f"action `{action}` happened without an intent" for action in sorted(self.without_intent)[:SHOWN])
        yield from sorted(self.lost)[:SHOWN]
        yield from list(self.other)[: 4 * SHOWN]


def check(house: House, office: Office, shift: Shift, found: Findings) -> Record:
    """Hold everything against everything; the server answers and no agent works."""
    files = export(shift.cast.admin)
    key = house.log_key()
    for trouble in bundle.verify(files, key):
        found.say(f"the export does not verify: {trouble.file}: {trouble.what}")
    record = Record(files)
    again = recheck(files, None)
    for difference in again.differences:
        found.say(f"decided again, `{difference.action}` differs in {difference.field}: {difference.recorded!r}")
    _outcomes(record, house, found)
    _approvals(record, found)
    _journals(record, office, found)
    _answers(record, shift, found)
    _checkpoints(record, shift, key, found)
    return record


def export(auditor: Caller) -> dict[str, bytes]:
    """The files of the export folder, from the server."""
    answer = auditor.ask("GET", "/v1/record/export", headers={"Accept": "application/zip"})
    if answer.status != 200:
        raise CallerError(f"the record could not be exported: {answer.status} {answer.sentence()}")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _outcomes(record: Record, house: House, found: Findings) -> None:
    """Every intent has one outcome and nothing else has any; the store's rows say what the record says."""
    for name in record.stray:
        found.say(f"`{name}` has an outcome before any intent")
    for name, action in record.actions.items():
        due = 1 if action.decided == "intended" else 0
        if len(action.outcomes) != due:
            found.say(f"`{name}` was {action.decided} and has {len(action.outcomes)} outcomes: {action.outcomes}")
    rows = {row["id"]: row for row in house.rows("action")}
    if rows.keys() != record.actions.keys():
        found.say(f"store and record hold different actions: {sorted(rows.keys() ^ record.actions.keys())[:SHOWN]}")
    for name, row in rows.items():
        known = record.actions.get(name)
        due_state = (known.reconciled or _ROW_STATES.get(known.state, known.state)) if known else "gone"
        if row["state"] == "open" or row["state"] != due_state:
            found.say(f"`{name}` is {row['state']} in the store and {due_state} on the record")


def _approvals(record: Record, found: Findings) -> None:
    used = Counter(action.approval for action in record.actions.values() if action.decided == "intended")
    for approval, times in used.items():
        if approval is not None and times > 1:
            found.say(f"approval `{approval}` was used {times} times")


def _journals(record: Record, office: Office, found: Findings) -> None:
    """What the vendors wrote down happened once, with an intent, and as it was decided; and what succeeded is there."""
    happened: dict[str, dict[str, Any]] = {}
    for connector in CONNECTORS:
        for entry in journal(office.branches[connector].database):
            name = str(entry["action"])
            if name in happened:
                found.twice.add(name)
            happened[name] = entry
            intent = record.actions.get(name)
            if intent is None or intent.decided != "intended":
                found.without_intent.add(name)
            elif (f"{connector}__{entry['tool']}", entry["arguments"]) != (intent.tool, intent.arguments):
                found.say(f"`{name}` was done with other arguments than were decided")
    for name, action in record.actions.items():
        if action.tool in READS or action.decided != "intended":
            continue
        done = name in happened and happened[name]["effect"]
        if action.state == "succeeded" and not done:
            found.say(f"`{name}` is recorded as succeeded ({action.evidence}), and no vendor has seen it")
        if action.evidence == "not-sent" and name in happened:
            found.say(f"`{name}` is recorded as never sent, and a vendor has seen it")


def _answers(record: Record, shift: Shift, found: Findings) -> None:
    """What an agent was told stands on the record; no call stands there more often than it was made."""
    intents = Counter(action.key for action in record.actions.values() if action.decided == "intended")
    made = Counter(call.key for call in shift.calls)
    for key, times in intents.items():
        if times > made[key]:
            found.say(f"{key} was made {made[key]} times and intended {times} times")
    for trouble in shift.troubles:
        found.say(trouble)
    for call in shift.calls:
        if call.refused is not None:
            found.say(f"a call was refused without a decision: {call.refused}")
        if call.answer is None:
            continue
        action = record.actions.get(call.decision)
        if action is None:
            found.lost.add(f"`{call.tool}` was answered {call.said} as `{call.decision}`, which is not on the record")
        elif action.state != call.said or action.key != call.key:
            found.lost.add(f"`{call.decision}` was answered {call.said} and is {action.state} on the record")


def _checkpoints(record: Record, shift: Shift, key: str, found: Findings) -> None:
    """Every checkpoint that anybody saw is a beginning of this log."""
    size = len(record)
    for note in set(shift.checkpoints):
        head = Checkpoint.parse(open_note(note, key))
        if head.size > size:
            found.say(f"a checkpoint of {head.size} entries was signed, and the log has {size}")
            continue
        proof = record.tree.consistency(head.size, size)
        if not verify_consistency(head.size, size, head.root, record.tree.root(), proof):
            found.say(f"the checkpoint of {head.size} entries is not a beginning of the log of {size}")


def unknown_since(record: Record, before: Mapping[str, Any]) -> dict[str, str]:
    """Actions that became unknown by the crash: id to the key of the call."""
    return {
        name: action.key
        for name, action in record.actions.items()
        if action.state == "unknown" and action.evidence == "restart" and name not in before
    }
