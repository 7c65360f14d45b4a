"""One run as its page shows it: the summary with its evidence, and a line for each step on one time scale."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException

from bailiwick.core.approval import Approval, approval_from_row
from bailiwick.core.event import RecordedEvent
from bailiwick.core.phrase import joined
from bailiwick.flow.run_view import MOST_EVENTS, ActionView, RunLine, Runs, RunView, Step, read_runs
from bailiwick.flow.summary import Statement
from bailiwick.ports.reader import EventFilter
from bailiwick.web.route.answer_row import altered_value
from bailiwick.web.run import RunScreen, TimelineRow
from bailiwick.web.view import Detail, Phrase
from bailiwick.web.visit import Visit
from bailiwick.web.wording import pretty

MOST_REFERENCES: Final = 4
_SHOWN: Final = ("all", "denied", "failed")
OUTCOMES: Final = {"succeeded": "succeeded", "failed": "failed", "unknown": "unknown", "open": "dispatched"}
_ICONS: Final = {"allow": "play", "ask": "clock", "deny": "ban"}


def run_screen(visit: Visit, run: str, shown: str) -> RunScreen:
    """The page of one run, narrowed to `shown`; raises 404. Blocks."""
    here = visit.here
    runs = read_runs(here.reader, here.policies, visit.now_us)
    view = runs.one(run)
    if view is None or shown not in _SHOWN:
        raise HTTPException(404)
    events = here.reader.events(EventFilter(run=run), limit=MOST_EVENTS, ascending=True)
    rows = _Timeline(visit, runs, view, {event.index: event for event in events}).rows()
    line = view.line
    narrowed = {
        "all": rows,
        "denied": [r for r in rows if r.verdict == "deny"],
        "failed": [r for r in rows if _failed(r)],
    }
    return RunScreen(
        id=line.id,
        agent=line.agent,
        intent=line.intent if line.declared else f"{line.intent} work of {line.agent}".capitalize(),
        state=_state(visit, line),
        started_us=line.opened_us,
        took_us=line.took_us,
        waited_us=line.waited_us,
        summary=_summary(view, rows),
        steps=tuple(narrowed[shown]),
        details=_details(line, len(view.events)),
        shown=shown,
        totals=tuple((word, len(narrowed[word])) for word in _SHOWN),
    )


def _failed(row: TimelineRow) -> bool:
    return row.outcome in ("failed", "unknown")


def _state(visit: Visit, line: RunLine) -> str:
    if line.ended_us is not None:
        return line.state
    scopes = ("all", f"agent:{line.agent}", f"workflow:{line.workflow}")
    return "halted" if any(visit.here.reader.row("halt", scope) for scope in scopes) else line.state


def _details(line: RunLine, events: int) -> tuple[Detail, ...]:
    found = [
        Detail("Agent", line.agent, href=f"/agents/{line.agent}"),
        Detail("Workflow", line.workflow),
        Detail("Started", line.opened_us, "time"),
    ]
    if line.requester:
        found.append(Detail("For", line.requester_name))
    if line.parent:
        found.append(Detail("Started by the run", line.parent, "code", f"/runs/{line.parent}"))
    found.append(Detail("On the record", f"{events:,} events", href=f"/record?run={line.id}"))
    found.append(Detail("Run", line.id, "code"))
    return tuple(found)


def _summary(view: RunView, rows: Iterable[TimelineRow]) -> tuple[tuple[Phrase, ...], ...]:
    """Each sentence, then the steps it rests on."""
    anchors = {row.event for row in rows}
    home = {index: step.action.event for step in view.steps if step.action for index in step.action.events}
    return tuple((Phrase(statement.text + " "), *_references(statement, anchors, home)) for statement in view.summary)


def _references(statement: Statement, anchors: set[int], home: Mapping[int, int | None]) -> list[Phrase]:
    steps = list(dict.fromkeys(index if index in anchors else home.get(index) for index in statement.events))
    known = [index for index in steps if index in anchors]
    return [Phrase(str(index), f"#event-{index}") for index in known[:MOST_REFERENCES]]


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Lines in causal order; `events` are the run's own, by index."""

    visit: Visit
    runs: Runs
    view: RunView
    events: Mapping[int, RecordedEvent]

    def rows(self) -> list[TimelineRow]:
        rows = [self._opened(event) for event in self._of("run.opened")]
        for step in self.view.steps:
            rows += self._step(step)
        return rows + [self._ended(event) for event in self._of("run.ended")]

    def _of(self, kind: str) -> list[RecordedEvent]:
        return [event for event in self.events.values() if event.leaf["type"] == kind]

    def _opened(self, event: RecordedEvent) -> TimelineRow:
        line, at_us = self.view.line, event.leaf["at_us"]
        note = f"For: {line.intent}" if line.declared else "It did not say what for."
        return TimelineRow(event.index, 0, at_us, at_us, f"{line.agent} opened the run", note, "play")

    def _ended(self, event: RecordedEvent) -> TimelineRow:
        at_us, outcome = event.leaf["at_us"], event.leaf["data"]["outcome"]
        words = "The run went silent and was closed" if outcome == "idle" else f"The run ended: {outcome}"
        return TimelineRow(event.index, 0, at_us, at_us, words, "", "check" if outcome == "finished" else "pause")

    def _step(self, step: Step) -> list[TimelineRow]:
        if step.run is not None:
            return [self._nested(step.run, step.depth)]
        assert step.action is not None
        row = self._action(step.action, step.depth)
        wait = self._wait(step.action, step.depth) if step.action.verdict == "ask" else None
        return [row, wait] if wait else [row]

    def _nested(self, line: RunLine, depth: int) -> TimelineRow:
        found = self.visit.here.reader.events(EventFilter(run=line.id, type="run.opened"), limit=1)
        end_us = line.ended_us if line.ended_us is not None else self.visit.now_us
        return TimelineRow(
            event=found[0].index if found else 0,
            depth=depth + 1,
            start_us=line.opened_us,
            end_us=end_us,
            title=f"{line.agent} was started: {line.intent}",
            icon="runs",
            href=f"/runs/{line.id}",
        )

    def _action(self, action: ActionView, depth: int) -> TimelineRow:
        settled_us = action.settled_us if action.settled_us is not None else action.at_us
        end_us = self.visit.now_us if action.state == "open" else settled_us
        reason = action.sentence if action.verdict != "allow" else ""
        return TimelineRow(
            event=action.event or 0,
            depth=depth + 1,
            start_us=action.at_us,
            end_us=max(end_us, action.at_us),
            title=_capital(action.says) if action.name else "A call that nothing lists",
            note=_note(action),
            icon=_ICONS[action.verdict],
            tool=f"{action.connector}__{action.tool}",
            verdict=action.verdict,
            tier=action.tier or "",
            outcome=OUTCOMES.get(action.state, ""),
            reason=_capital(reason),
            rules=action.rules,
            arguments=pretty(dict(action.arguments)),
            settle=f"/actions/{action.id}" if action.state == "unknown" else "",
            why=f"/why?action={action.id}",
            changes=tuple(altered_value(one) for one in action.changes),
        )

    def _wait(self, action: ActionView, depth: int) -> TimelineRow | None:
        """The time between a question and its answer, with who answered what."""
        row = self.visit.here.reader.row("approval", action.approval) if action.approval else None
        last = [index for index in action.events if index in self.events and index != action.event]
        if row is None or not last:
            return None
        approval, votes = approval_from_row(row), [vote[4] for vote in row["votes"]]
        status = approval.status_at(self.visit.now_us)
        end_us = votes[-1] if votes and status not in ("open", "expired") else min(self.visit.now_us, row["expires_us"])
        people = self.runs.people
        said = [
            f"{people.name(vote.person)} {'approved' if vote.vote == 'approve' else 'denied'}: “{vote.comment}”."
            for vote in approval.votes
        ]
        return TimelineRow(
            event=last[-1],
            depth=depth + 2,
            start_us=action.at_us,
            end_us=max(end_us, action.at_us),
            title=_waiting(status, approval),
            note=" ".join(said),
            icon="people",
            waiting=True,
            href=f"/approvals/{row['id']}",
        )


def _note(action: ActionView) -> str:
    """What went wrong, and where nobody knows, what there is to do."""
    trouble = _capital((action.trouble or "").rstrip("."))
    told = f"{trouble}." if trouble else ""
    return f"{told} Look in the other system, then say how it ended.".lstrip() if action.state == "unknown" else told


def _waiting(status: str, approval: Approval) -> str:
    slots = joined(approval.rule.slots)
    if status == "open":
        return f"Waits for {slots}"
    if status != "expired":
        return f"Waited for {slots}"
    left = approval.open_slots()
    return f"Waited in vain for {joined(left)}" if left else f"Waited for {slots}, and was not used in time"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
