"""A run in a few sentences, each with the events it rests on; no model writes them, so they are always the same."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bailiwick.core.event import EventType, RecordedEvent
from bailiwick.core.phrase import joined, time_span

PayloadOf = Callable[[RecordedEvent], Mapping[str, Any] | None]
"""The payload of an event as an object; None when it has none or it was erased."""
MOST_NAMED = 4
"""Different actions that one sentence names; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence and the indexes of the events that make it true."""

    text: str
    events: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tale:
    """What a summary may read: a run's events in order, what actions are called, and who people are."""

    events: Sequence[RecordedEvent]
    payload: PayloadOf
    says: Callable[[str], str]
    person: Callable[[str], str]


@dataclass(slots=True)
class _Steps:
    """The events of one kind of step, by the name of the action."""

    names: Counter[str] = field(default_factory=Counter)
    events: list[int] = field(default_factory=list)

    def add(self, name: str, event: RecordedEvent) -> None:
        self.names[name] += 1
        self.events.append(event.index)


def summarise(tale: Tale) -> tuple[Statement, ...]:
    """The run's story: what it was for, what it did, what was refused, who decided, how it ended."""
    told = [*_opening(tale), *_outcomes(tale), *_refusals(tale), *_approvals(tale), *_ending(tale)]
    return tuple(told)


def _of(tale: Tale, *kinds: EventType) -> list[RecordedEvent]:
    wanted = {kind.value for kind in kinds}
    return [event for event in tale.events if event.leaf["type"] in wanted]


def _opening(tale: Tale) -> list[Statement]:
    found = []
    for event in _of(tale, EventType.RUN_OPENED):
        data, agent = event.leaf["data"], event.leaf["actor"]["id"]
        intent = (tale.payload(event) or {}).get("intent", "(erased)")
        text = f"{agent} started work on {data['workflow']} without saying what for."
        if data["declared"]:
            text = f"{agent} set out to: {str(intent).rstrip('.')}."
        if data.get("requester"):
            text = f"{text[:-1]}, for {tale.person(str(data['requester']))}."
        found.append(Statement(text, (event.index,)))
    return found


def _outcomes(tale: Tale) -> list[Statement]:
    open_intents = {event.leaf["action"]: event for event in _of(tale, EventType.ACTION_INTENDED)}
    steps = {kind: _Steps() for kind in ("succeeded", "failed", "unknown", "reconciled", "open")}
    outcomes = (EventType.ACTION_SUCCEEDED, EventType.ACTION_FAILED, EventType.ACTION_UNKNOWN)
    for event in _of(tale, *outcomes, EventType.ACTION_RECONCILED):
        open_intents.pop(event.leaf["action"], None)
        steps[event.leaf["type"].partition(".")[2]].add(_name(event), event)
    for event in open_intents.values():
        steps["open"].add(_name(event), event)
    heads = {
        "succeeded": "Done: {}.",
        "failed": "Failed: {}.",
        "unknown": "Outcome unknown: {}; somebody has to look how they ended.",
        "reconciled": "Settled by a person afterwards: {}.",
        "open": "Still under way: {}.",
    }
    return [
        Statement(head.format(_listed(tale, steps[kind].names)), tuple(steps[kind].events))
        for kind, head in heads.items()
        if steps[kind].events
    ]


def _refusals(tale: Tale) -> list[Statement]:
    denied = _of(tale, EventType.ACTION_DENIED)
    if not denied:
        return []
    reasons: Counter[str] = Counter()
    for event in denied:
        verdict = (tale.payload(event) or {}).get("verdict") or {}
        reasons[str(verdict.get("sentence") or event.leaf["data"]["code"]).rstrip(".")] += 1
    shown = [f"{reason}{f' ({times} times)' if times > 1 else ''}" for reason, times in reasons.items()]
    rest = f"; and {len(shown) - MOST_NAMED} more reasons" if len(shown) > MOST_NAMED else ""
    calls = "1 call was" if len(denied) == 1 else f"{len(denied):,} calls were"
    text = f"{calls} refused: {'; '.join(shown[:MOST_NAMED])}{rest}."
    return [Statement(text, tuple(event.index for event in denied))]


def _approvals(tale: Tale) -> list[Statement]:
    kinds = (EventType.APPROVAL_OPENED, EventType.APPROVAL_VOTED, EventType.APPROVAL_APPROVED)
    ends = (EventType.APPROVAL_DENIED, EventType.APPROVAL_EXPIRED)
    stories: dict[str, list[RecordedEvent]] = {}
    for event in _of(tale, *kinds, *ends):
        stories.setdefault(str(event.leaf["data"]["approval"]), []).append(event)
    return [_approval(tale, events) for events in stories.values()]


def _approval(tale: Tale, events: list[RecordedEvent]) -> Statement:
    what = tale.says(_name(events[0]))
    votes = [e for e in events if e.leaf["type"] == EventType.APPROVAL_VOTED.value]
    last = events[-1].leaf["type"]
    voters = list(dict.fromkeys(tale.person(vote.leaf["actor"]["id"]) for vote in votes))
    end = {
        EventType.APPROVAL_APPROVED.value: f"{joined(voters)} approved it",
        EventType.APPROVAL_DENIED.value: f"{joined(voters[-1:])} refused it",
        EventType.APPROVAL_EXPIRED.value: "it expired before it was used",
        EventType.APPROVAL_VOTED.value: f"{joined(voters)} approved it, and it waits for another vote",
    }.get(last, "it waits for a decision")
    return Statement(f"It asked to {what}; {end}.", tuple(event.index for event in events))


def _ending(tale: Tale) -> list[Statement]:
    opened, ended = _of(tale, EventType.RUN_OPENED), _of(tale, EventType.RUN_ENDED)
    if not ended:
        return []
    event = ended[-1]
    after = time_span(event.leaf["at_us"] - opened[0].leaf["at_us"]) if opened else "no time"
    after = "less than a second" if after == "no time" else after
    outcome = event.leaf["data"]["outcome"]
    text = f"It ended as {outcome} after {after}."
    if outcome == "idle":
        text = f"It went silent and was closed after {after}."
    return [Statement(text, (*(e.index for e in opened[:1]), event.index))]


def _name(event: RecordedEvent) -> str:
    data = event.leaf["data"]
    return str(data.get("name") or data.get("tool") or "a call that nothing lists")


def _listed(tale: Tale, names: Counter[str]) -> str:
    words = [f"{tale.says(name)}{_times(count)}" for name, count in names.most_common(MOST_NAMED)]
    rest = len(names) - MOST_NAMED
    if rest > 0:
        words.append(f"{rest} other kind{'s' * (rest > 1)} of action")
    return joined(words)


def _times(count: int) -> str:
    return "" if count == 1 else f" ({count} times)"
