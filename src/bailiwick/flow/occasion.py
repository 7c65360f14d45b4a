"""The facts at which a question is asked: those of a recorded action, those of this moment, or none yet."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bailiwick.core.check import Check
from bailiwick.core.decide import DECIDER, Policy
from bailiwick.core.facts import Facts
from bailiwick.core.refusal import Refusal
from bailiwick.core.request import Request
from bailiwick.flow.fact import gather
from bailiwick.flow.glimpse import Glimpse
from bailiwick.flow.payload import read_payload
from bailiwick.flow.policy import ReviewedTools
from bailiwick.flow.prepare import CallReading, Prepared, read_call
from bailiwick.flow.recheck import DECISIONS
from bailiwick.flow.run import open_run
from bailiwick.ports.reader import EventFilter, Reader
from bailiwick.ports.store import Row

_MOST_EVENTS: Final = 100


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it stands on the record: what was asked, what was known, what was answered, and under what."""

    index: int
    request: Request
    facts: Facts
    verdict: Mapping[str, Any]
    charter: str
    catalogue: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """A request and the facts to decide it on; `assumed` are the sums that nobody recorded, taken as 0."""

    request: Request
    facts: Facts
    read: CallReading
    assumed: tuple[str, ...] = ()


def recorded_decision(reader: Reader, action: str) -> Recorded:
    """The decision on an action; raises `Refusal` when there is none, or its payload was erased."""
    found = [
        event
        for event in reader.events(EventFilter(action=action), limit=_MOST_EVENTS, ascending=True)
        if event.leaf["type"] in DECISIONS
    ]
    if not found:
        raise Refusal("unknown", f"there is no decision on an action `{action}` on the record")
    leaf = found[0].leaf
    stored = read_payload(reader, found[0])
    if stored is None or stored.erased:
        raise Refusal("conflict", f"what was asked in `{action}` was erased, so nobody can ask it again")
    payload = stored.value
    return Recorded(
        index=found[0].index,
        request=Request.from_document(payload["request"]),
        facts=Facts.from_document(payload["facts"]),
        verdict=payload["verdict"],
        charter=str(leaf["data"]["charter"]),
        catalogue=str(leaf["data"]["catalogue"]),
    )


def as_recorded(
    recorded: Recorded,
    request: Request,
    policy: Policy,
    tools: ReviewedTools | None,
    at_us: int | None,
) -> Occasion:
    """`request` on the facts of a recorded decision, under any charter, at another time if one is given.

    What was known of the recorded call alone (its consent, its open twin, how often it was made) is left out of any
    other call; halts and dismissals of one agent are left out for another.
    """
    facts, when = recorded.facts, recorded.facts.at_us if at_us is None else at_us
    read = read_call(policy, tools, request.connector, request.tool, request.arguments, when)
    check = policy.check(request.tool, read.arguments)
    local = {zone: facts.local.get(zone, found) if at_us is None else found for zone, found in read.local.items()}
    summed, totals = _summed(facts.totals, check.totals if check else ())
    owed, spent = _summed(facts.spent, [limit.key for limit in check.budget] if check else ())
    facts = replace(facts, at_us=when, local=local, totals=totals, spent=spent)
    if read.digest != recorded.request.digest:
        run = replace(facts.run, repeats=0, failures=0)
        facts = replace(facts, run=run, schema_error=read.schema_error, definition=read.definition)
        facts = replace(facts, twin=None, approval=None, seen={})
    if (request.connector, request.tool) != (recorded.request.connector, recorded.request.tool):
        facts = replace(facts, quarantine=None, connector_stop=None)
    if request.agent != recorded.request.agent:
        halts = tuple(halt for halt in facts.halts if not halt.scope.startswith("agent:"))
        facts = replace(facts, revoked=None, halts=halts, approval=None, seen={})
    return Occasion(replace(request, arguments=read.arguments, digest=read.digest), facts, read, (*summed, *owed))


def as_it_stands(
    reader: Reader, request: Request, policy: Policy, tools: ReviewedTools | None, now_us: int, at_us: int | None
) -> Occasion:
    """`request` on the facts of now, in its run or, where it names none, in one that is just opened. Blocks.

    At another time the run stands where it stands now; what is counted by the day is counted on that day.
    """
    read = read_call(policy, tools, request.connector, request.tool, request.arguments, at_us or now_us)
    facts, intent = _gathered(Glimpse(reader, now_us), request, read, policy)
    if at_us is not None:
        facts = replace(_gathered(Glimpse(reader, at_us), request, read, policy)[0], run=facts.run)
    return Occasion(replace(request, arguments=read.arguments, digest=read.digest, intent=intent), facts, read)


def _gathered(shelf: Glimpse, request: Request, read: CallReading, policy: Policy) -> tuple[Facts, str]:
    agent = shelf.get("agent", request.agent)
    if agent is None:
        raise Refusal("unknown", f"there is no agent `{request.agent}`")
    run = _run(shelf, agent, request.run, policy.charter.workflow)
    facts = gather(shelf, _prepared(request, read, policy, agent["epoch"]), agent, run)
    return facts, run["intent"] if request.run else ""


def as_nothing_yet(request: Request, policy: Policy, tools: ReviewedTools | None, at_us: int) -> Occasion:
    """`request` in a run that is just opened, by an agent that never did anything."""
    read = read_call(policy, tools, request.connector, request.tool, request.arguments, at_us)
    check: Check | None = policy.check(request.tool, read.arguments)
    facts = Facts(
        at_us=at_us,
        decider=DECIDER,
        definition=read.definition,
        schema_error=read.schema_error,
        local=read.local,
        totals=dict.fromkeys(check.totals if check else (), 0),
        spent=dict.fromkeys((limit.key for limit in check.budget) if check else (), 0),
    )
    return Occasion(replace(request, arguments=read.arguments, digest=read.digest), facts, read)


def _summed(known: Mapping[str, int], wanted: Any) -> tuple[list[str], dict[str, int]]:
    """The sums that are wanted, 0 where nobody recorded one, and the names of those."""
    return [name for name in wanted if name not in known], {name: known.get(name, 0) for name in wanted}


def _run(shelf: Glimpse, agent: Row, run: str, workflow: str) -> Row:
    if not run:
        return open_run(shelf, agent, "what if", workflow, True, None, None, None)
    found = shelf.get("run", run)
    if found is None or found["agent"] != agent["id"]:
        raise Refusal("unknown", f"there is no run `{run}` of `{agent['id']}`")
    return found


def _prepared(request: Request, read: CallReading, policy: Policy, epoch: int) -> Prepared:
    return Prepared(
        agent=request.agent,
        epoch=epoch,
        run=request.run or None,
        parent=None,
        connector=request.connector,
        tool=request.tool,
        arguments=read.arguments,
        argument_bytes=read.argument_bytes,
        digest=read.digest,
        policy=policy,
        entry=read.entry,
        definition=read.definition,
        schema_error=read.schema_error,
        local=read.local,
    )
