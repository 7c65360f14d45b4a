"""What data a run touched, and what it was denied: computed from the record alone, as a text to sign.

The text is the same whoever computes it, the server or an outsider with an export, so checking one is computing it
again and comparing bytes. It holds ids of objects, which may be personal: it is a paper for people, not a leaf.
"""

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from bailiwick.core.catalogue import ActionEntry
from bailiwick.core.event import EventType
from bailiwick.core.touch import Thing, shows_things, things_given
from bailiwick.flow.payload import ReadPayload
from bailiwick.flow.posting_index import DECISIONS, ENDED, shown_in
from bailiwick.ledger.checkpoint import Checkpoint
from bailiwick.ledger.segment import ERASED

FORMAT: Final = "bailiwick.attestation/1"
STANDINGS: Final = ("done", "unsure", "failed", "waiting", "denied")
"""How each touch stands: it took place, nobody knows, it did not, it waits for a person, it was refused."""
_HEAD: Final = re.compile(
    rf"{re.escape(FORMAT)}\nlog (?P<log>[^\n]+)\nsize (?P<size>0|[1-9][0-9]{{0,14}})\nroot (?P<root>[^\n]+)\n"
    r"run (?P<run>[^\n ]{1,200})\n"
)
_STANDING: Final = {"succeeded": "done", "unknown": "unsure", "failed": "failed"}
_FOLLOWED: Final = frozenset((*DECISIONS, *ENDED, EventType.ACTION_RECONCILED))

EntryOf = Callable[[str, str | None], ActionEntry | None]


@dataclass(frozen=True, slots=True)
class ReadLeaf:
    """A leaf of the run's tree with what there still is of its payload."""

    leaf: Mapping[str, Any]
    payload: ReadPayload | None


class AttestationError(ValueError):
    """A text is no attestation, or the record cannot bear it out; the message says why."""


@dataclass(frozen=True, slots=True)
class AttestationHead:
    """What an attestation says it is about."""

    log: str
    size: int
    root: str
    run: str


@dataclass(slots=True)
class _Tally:
    """Counts of touches by standing and what was touched; `erased` and `unlisted` count what cannot be told."""

    actions: Counter[str] = field(default_factory=Counter)
    classes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    things: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    erased: int = 0
    unlisted: int = 0


def attestation_text(head: Checkpoint, run: str, runs: Iterable[str], leaves: Iterable[ReadLeaf], of: EntryOf) -> str:
    """The text: `leaves` are those of the run and of all runs started in it, in order, below the checkpoint.

    Lines are `class STANDING read|sent NAME COUNT` and `object STANDING read|changed KIND/ID COUNT`, sorted; an id is
    percent-encoded. A count is of actions. Denials that were only counted belong to an agent, not to a run.
    """
    tally = _tally(leaves, of)
    lines = [FORMAT, f"log {head.origin}", f"size {head.size}", f"root {base64.b64encode(head.root).decode()}"]
    lines += [f"run {run}", *(f"with {one}" for one in sorted(set(runs) - {run}))]
    lines += [f"actions {standing} {tally.actions[standing]}" for standing in STANDINGS]
    for noun, counts in (("class", tally.classes), ("object", tally.things)):
        found = sorted(counts.items(), key=lambda one: (STANDINGS.index(one[0][0]), one[0]))
        lines += [f"{noun} {standing} {how} {name} {count}" for (standing, how, name), count in found]
    lines += [f"erased {tally.erased}", f"unlisted {tally.unlisted}"]
    return "\n".join(lines) + "\n"


def read_head(text: str) -> AttestationHead:
    """The first lines of an attestation, strictly; raises `AttestationError`."""
    found = _HEAD.match(text)
    if found is None or not text.endswith("\n"):
        raise AttestationError(f"this is no attestation of the form `{FORMAT}`; was the file changed?")
    return AttestationHead(found["log"], int(found["size"]), found["root"], found["run"])


def differences(stated: str, computed: str) -> tuple[list[str], int]:
    """Where two attestations of one run differ, line by line, and how much more was erased meanwhile.

    What was forgotten since can only be missing: the counts of objects may be lower than stated, nothing else.
    """
    before, after = _counts(stated), _counts(computed)
    gone = after.get("erased", 0) - before.get("erased", 0)
    found = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        forgiven = gone > 0 and name.startswith(("object ", "erased", "unlisted")) and (now or 0) <= (was or 0)
        if was != now and not forgiven and not (name == "erased" and gone > 0):
            found.append(f"`{name}`: stated {_told(was)}, the record says {_told(now)}")
    if not found and not gone and stated != computed:
        found.append("the lines are not in the order, or not in the form, in which they are written")
    return found, max(gone, 0)


def _told(count: int | None) -> str:
    return "nothing" if count is None else str(count)


def _counts(text: str) -> dict[str, int]:
    """Lines by what they count; a line that counts nothing stands for itself."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        name, _, number = line.rpartition(" ")
        counted = name.startswith(("actions ", "class ", "object ")) or name in ("erased", "unlisted")
        found[name if counted and number.isdigit() else line] = int(number) if counted and number.isdigit() else 1
    return found


def _tally(leaves: Iterable[ReadLeaf], of: EntryOf) -> _Tally:
    decided: dict[str, ReadLeaf] = {}
    ended: dict[str, ReadLeaf] = {}
    told: dict[str, str] = {}
    for one in leaves:
        kind, action = one.leaf["type"], one.leaf.get("action")
        if kind not in _FOLLOWED or action is None:
            continue
        if kind in DECISIONS:
            decided[action] = one
        elif kind == EventType.ACTION_RECONCILED:
            told[action] = one.leaf["data"]["outcome"]
        else:
            ended[action], told[action] = one, kind.partition(".")[2]
    tally = _Tally()
    for action, one in decided.items():
        _count(tally, one, ended.get(action), told.get(action), of)
    return tally


def _count(tally: _Tally, decision: ReadLeaf, outcome: ReadLeaf | None, told: str | None, of: EntryOf) -> None:
    kind, data = decision.leaf["type"], decision.leaf["data"]
    waiting = {EventType.ACTION_DENIED: "denied", EventType.ACTION_ASKED: "waiting"}
    standing = waiting.get(kind) or _STANDING[told or "unknown"]
    tally.actions[standing] += 1
    for name in data.get("reads", ()):
        tally.classes[standing, "read", name] += 1
    if data.get("sends"):
        tally.classes[standing, "sent", data["sends"]] += 1
    entry = of(data["catalogue"], data.get("name"))
    if entry is None or not entry.objects:
        return
    how = "read" if data.get("effect") == "read" else "changed"
    for thing in _things(tally, entry, decision, outcome):
        tally.things[standing, how, f"{quote(thing.kind, safe='')}/{quote(thing.id, safe='')}"] += 1


def _things(tally: _Tally, entry: ActionEntry, decision: ReadLeaf, outcome: ReadLeaf | None) -> set[Thing]:
    parts = [decision, *([outcome] if outcome else [])]
    if any(part.payload is None or part.payload.erased for part in parts if part.leaf.get("payload")):
        tally.erased += 1
    given = decision.payload.value.get("request", {}).get("arguments") if decision.payload else None
    found = things_given(entry, given) if isinstance(given, Mapping) else set()
    if outcome is not None and outcome.payload is not None:
        detail = outcome.payload.value
        found |= shown_in(entry, detail)
        tally.unlisted += shows_things(entry) and "result_size" in detail and "shows" not in detail
    return {one for one in found if one.id != ERASED}
