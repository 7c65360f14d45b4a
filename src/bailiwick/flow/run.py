"""Runs: one piece of work for a stated intent, opened by an agent, ended by it or by its own silence."""

from dataclasses import dataclass
from typing import Final, Literal

from bailiwick.core.event import SYSTEM, Actor, Event, EventType
from bailiwick.core.facts import RunFact
from bailiwick.core.refusal import Refusal
from bailiwick.flow.behaviour import pinned
from bailiwick.ports.store import Row, Shelf

UNDECLARED: Final = "undeclared"
IDLE_GAP_US: Final = 15 * 60 * 1_000_000
"""An implicit run ends after this much silence."""
MAX_DEPTH: Final = 8
MAX_INTENT: Final = 500

RunOutcome = Literal["finished", "failed", "cancelled", "idle"]


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Open a run for `agent`; a parent must be an open run of the store. Replies with the run's row.

    `requester` is the e-mail of the person the work is for, who may then not approve it. It can only narrow.
    `behaviour` is the version that the agent says it runs; an acceptance run tests one that is not in force yet.
    """

    agent: str
    epoch: int
    intent: str
    workflow: str
    parent: str | None = None
    requester: str | None = None
    behaviour: str | None = None
    acceptance: bool = False

    def step(self, shelf: Shelf) -> Row:
        agent = active_agent(shelf, self.agent, self.epoch)
        charter = shelf.get("charter", agent["charter"])
        if charter is None:
            raise Refusal("conflict", f"agent `{self.agent}` has no published charter")
        if self.workflow != charter["workflow"]:
            wanted = charter["workflow"]
            raise Refusal("invalid", f"the charter of `{self.agent}` is for workflow `{wanted}`, not `{self.workflow}`")
        parent, person = self._parent(shelf), self._person(shelf)
        behaviour = pinned(shelf, agent, self.behaviour, self.acceptance)
        return open_run(shelf, agent, self.intent, charter["workflow"], True, parent, person, behaviour)

    def _parent(self, shelf: Shelf) -> Row | None:
        if self.parent is None:
            return None
        parent = shelf.get("run", self.parent)
        if parent is None or parent["status"] != "open":
            raise Refusal("invalid", f"parent run `{self.parent}` is not open; name an open run or leave it out")
        depth, above = 1, parent
        while above["parent"]:
            above = shelf.get("run", above["parent"]) or {"parent": None}
            depth += 1
        if depth >= MAX_DEPTH:
            raise Refusal("invalid", f"runs nest at most {MAX_DEPTH} deep")
        return parent

    def _person(self, shelf: Shelf) -> str | None:
        if self.requester is None:
            return None
        known = shelf.get("email", self.requester.strip().lower())
        if known is None:
            raise Refusal("invalid", f"requester `{self.requester}` is not a known person; use their e-mail address")
        return str(known["person"])


@dataclass(frozen=True, slots=True)
class EndRun:
    """End an open run with an outcome of the agent's own word; ending twice changes nothing."""

    run: str
    agent: str
    outcome: RunOutcome = "finished"

    def step(self, shelf: Shelf) -> Row:
        run = shelf.get("run", self.run)
        if run is None or run["agent"] != self.agent:
            raise Refusal("unknown", f"there is no run `{self.run}` of this agent")
        if run["status"] == "open":
            end_run(shelf, run, self.outcome, Actor("agent", self.agent))
        return run


def active_agent(shelf: Shelf, name: str, epoch: int) -> Row:
    """The agent's row; raises `Refusal` when it is unknown, revoked or its token is of an earlier epoch."""
    agent = shelf.get("agent", name)
    trouble = revoked(agent, epoch)
    if agent is None or trouble:
        raise Refusal("forbidden", trouble or f"agent `{name}` is not enrolled")
    return agent


def revoked(agent: Row | None, epoch: int) -> str | None:
    """Why the agent's token no longer counts, as a sentence."""
    if agent is None:
        return "this agent is not enrolled"
    if agent["status"] != "active":
        return f"agent `{agent['id']}` is {agent['status']}; ask its owner"
    return None if agent["epoch"] == epoch else "this token was revoked; ask for a new one"


def open_run(
    shelf: Shelf,
    agent: Row,
    intent: str,
    workflow: str,
    declared: bool,
    parent: Row | None,
    requester: str | None,
    behaviour: str | None,
) -> Row:
    """Write a new run and its event."""
    if not intent.strip() or len(intent) > MAX_INTENT:
        raise Refusal("invalid", f"say the intent of the run in 1 to {MAX_INTENT} characters")
    run_id, now = shelf.new_id("run"), shelf.now_us
    run: Row = {
        "id": run_id,
        "agent": agent["id"],
        "workflow": workflow,
        "intent": intent.strip(),
        "declared": declared,
        "parent": parent["id"] if parent else None,
        "root": parent["root"] if parent else run_id,
        "requester": requester,
        "status": "open",
        "outcome": None,
        "opened_us": now,
        "last_us": now,
        "ended_us": None,
        "waited_us": 0,
        "waiting_since_us": None,
        "calls": 0,
        "behaviour": behaviour,
    }
    shelf.put("run", run)
    data: dict[str, object] = {"workflow": workflow, "declared": declared}
    if parent:
        data["parent"] = parent["id"]
    if requester:
        data["requester"] = requester
    if behaviour:
        data["behaviour"] = behaviour
    documents = (behaviour,) if behaviour else ()
    event = Event(EventType.RUN_OPENED, Actor("agent", agent["id"]), data, run_id, documents=documents)
    shelf.append(event, {"intent": run["intent"]})
    return run


def end_run(shelf: Shelf, run: Row, outcome: RunOutcome, actor: Actor) -> None:
    """Close the run's row and write its event."""
    run |= {"status": "ended", "outcome": outcome, "ended_us": shelf.now_us}
    shelf.put("run", run)
    data = {"outcome": outcome, "agent": run["agent"]}
    shelf.append(Event(EventType.RUN_ENDED, actor, data, run["id"]))


def implicit_run(shelf: Shelf, agent: Row, workflow: str) -> Row:
    """The run of an agent that opened none: the current one, or a new one after the idle gap."""
    current = shelf.get("run", agent["implicit_run"]) if agent["implicit_run"] else None
    if current and current["status"] == "open":
        if shelf.now_us - current["last_us"] < IDLE_GAP_US:
            return current
        end_run(shelf, current, "idle", SYSTEM)
    run = open_run(shelf, agent, UNDECLARED, workflow, False, None, None, agent["behaviour"])
    shelf.put("agent", {**agent, "implicit_run": run["id"]})
    return run


def resume_clock(run: Row, now_us: int) -> None:
    """Stop waiting for people: time since the last question does not count."""
    if run["waiting_since_us"] is not None:
        run["waited_us"] += now_us - run["waiting_since_us"]
        run["waiting_since_us"] = None


def run_fact(shelf: Shelf, run: Row, digest: str) -> RunFact:
    """What a decision may know of the run; time that it only waited for people is left out."""
    repeat = shelf.get("repeat", f"{run['id']}|{digest}") or {"calls": 0, "failures": 0}
    until = run["waiting_since_us"] if run["waiting_since_us"] is not None else shelf.now_us
    elapsed = until - run["opened_us"] - run["waited_us"]
    return RunFact(run["status"], run["calls"], elapsed, repeat["calls"], repeat["failures"])
