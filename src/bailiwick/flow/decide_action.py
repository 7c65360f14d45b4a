"""The writer decides: one unit that reads the shared facts, calls `decide` and puts the verdict on the record."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bailiwick.core.approval import Approval, approval_row
from bailiwick.core.catalogue import ActionEntry, classes_read, measure
from bailiwick.core.charter import Charter
from bailiwick.core.check import TOTAL_SCOPES
from bailiwick.core.decide import decide
from bailiwick.core.event import Actor, Event, EventType
from bailiwick.core.facts import Facts
from bailiwick.core.request import Request
from bailiwick.core.trial import takes_part
from bailiwick.core.verdict import Allow, Ask, Deny, Verdict, verdict_document, verdict_word
from bailiwick.flow.denial import recorded_singly, sum_up
from bailiwick.flow.fact import binding_of, gather, tally_id
from bailiwick.flow.keeping import decision_custody
from bailiwick.flow.past import budget_used, step_intended, values_used
from bailiwick.flow.policy import NO_CATALOGUE
from bailiwick.flow.prepare import Prepared
from bailiwick.flow.run import implicit_run, resume_clock
from bailiwick.ports.store import Row, Shelf


class StaleVersion(Exception):
    """The call was prepared against a charter or catalogue that is no longer in force; prepare it again."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided and recorded. `action` is the id under which it stands; `approval` is open or used up."""

    action: str
    run: str
    verdict: Verdict
    approval: str | None = None


@dataclass(frozen=True, slots=True)
class DecideAction:
    """Decide one prepared call. On allow the intent, its tallies and the used approval are durable with the reply.

    `server` is the one that will carry it out, and must be found dead before anybody else settles it.
    """

    call: Prepared
    server: str | None = None

    def step(self, shelf: Shelf) -> Decision:
        return self.judged(shelf).write()

    def judged(self, shelf: Shelf) -> "Judgement":
        """The verdict on the rows as they stand, not yet written."""
        call = self.call
        agent = shelf.get("agent", call.agent)
        head = shelf.get("charter", agent["charter"]) if agent else None
        connector = shelf.get("connector", call.connector)
        in_force = (connector["catalogue"] or NO_CATALOGUE) if connector else NO_CATALOGUE
        if (head or {}).get("digest") != call.policy.charter_digest or in_force != call.policy.catalogue_digest:
            raise StaleVersion
        run = self._run(shelf, agent)
        trial = shelf.get("trial", agent["charter"]) if agent else None
        if takes_part(trial, call.policy.charter_digest, run):
            call = under_canary(call, trial)
        facts = gather(shelf, call, agent, run)
        request = Request(call.agent, run["id"], run["intent"], call.connector, call.tool, call.arguments, call.digest)
        verdict = decide(call.policy, request, facts)
        parent = self._parent(shelf, run)
        return Judgement(shelf, call, run, parent, request, facts, verdict, server=self.server)

    def _parent(self, shelf: Shelf, run: Row) -> str | None:
        """The step that the agent says led here, if it is a step of the same tree of runs."""
        step = shelf.get("action", self.call.parent) if self.call.parent else None
        home = shelf.get("run", step["run"]) if step else None
        return self.call.parent if home and home["root"] == run["root"] else None

    def _run(self, shelf: Shelf, agent: Row | None) -> Row:
        if self.call.run is not None:
            run = shelf.get("run", self.call.run)
            if run is not None and run["agent"] == self.call.agent:
                return run
        if agent is None:
            raise StaleVersion
        return implicit_run(shelf, agent, self.call.policy.charter.workflow)


def under_canary(call: Prepared, trial: Row | None) -> Prepared:
    """The call under the version on trial."""
    if call.canary is None or trial is None or call.canary.charter_digest != trial["digest"]:
        raise StaleVersion
    return replace(call, policy=call.canary)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with everything it was read from; `write` puts it and its effects on the shelf.

    `asked_by` is a person who asks in the agent's place, and then may not consent; `note` is kept beside the ask.
    """

    shelf: Shelf
    call: Prepared
    run: Row
    parent: str | None
    request: Request
    facts: Facts
    verdict: Verdict
    asked_by: str | None = None
    note: Mapping[str, object] | None = None
    server: str | None = None

    def write(self) -> Decision:
        """Record what was decided."""
        sum_up(self.shelf, self.call.agent)
        match self.verdict:
            case Deny():
                return self._deny(self.verdict)
            case Ask():
                return self._ask(self.verdict)
            case Allow():
                return self._allow(self.verdict)

    def _deny(self, verdict: Deny) -> Decision:
        action = self.shelf.new_id("act")
        if recorded_singly(self.shelf, self.call.agent):
            self._append(EventType.ACTION_DENIED, action, {"code": verdict.code.value})
            self._put_action(action, "denied", {"code": verdict.code.value})
            self._touch(self.run)
        return Decision(action, self.run["id"], verdict)

    def _ask(self, verdict: Ask) -> Decision:
        run, now = self.run, self.shelf.now_us
        earlier = self.facts.approval
        if run["waiting_since_us"] is None:
            run["waiting_since_us"] = now
        self._touch(run)
        if earlier is not None and earlier.status == "open":
            row = self.shelf.get("approval", earlier.id)
            return Decision(row["action"] if row else "", run["id"], verdict, earlier.id)
        action, approval = self.shelf.new_id("act"), self.shelf.new_id("apr")
        self._append(EventType.ACTION_ASKED, action, {"tier": verdict.tier.word, "approval": approval})
        self._put_action(action, "asked", {"tier": verdict.tier.word, "approval": approval})
        self._open_approval(approval, action, verdict)
        return Decision(action, run["id"], verdict, approval)

    def _open_approval(self, approval: str, action: str, verdict: Ask) -> None:
        shelf, call, rule = self.shelf, self.call, verdict.rule
        expires = shelf.now_us + rule.within_us
        binding = binding_of(call, self.run)
        excluded = excluded_people(shelf, call.policy.charter, self.run)
        excluded |= {self.asked_by} if self.asked_by else set()
        row = approval_row(Approval(approval, "open", rule, excluded, expires))
        row |= {
            "binding": binding,
            "agent": call.agent,
            "run": self.run["id"],
            "action": action,
            "name": verdict.action,
            "digest": call.digest,
            "definition": call.definition,
            "charter": call.policy.charter_digest,
            "connector": call.connector,
            "tool": call.tool,
            "opened_us": shelf.now_us,
            "settled_us": None,
            "used_by": None,
        }
        shelf.put("approval", row)
        shelf.put("approval_slot", {"id": binding, "approval": approval})
        data = {"approval": approval, "slots": list(rule.slots), "expires_us": expires}
        data |= {"agent": call.agent, "name": verdict.action}
        shelf.append(Event(EventType.APPROVAL_OPENED, self._actor(), data, self.run["id"], action))

    def _allow(self, verdict: Allow) -> Decision:
        shelf, run, call = self.shelf, self.run, self.call
        action = shelf.new_id("act")
        extra: dict[str, object] = {"tier": verdict.tier.word}
        if verdict.approval:
            extra["approval"] = verdict.approval
            self._consume(verdict.approval, action)
        self._append(EventType.ACTION_INTENDED, action, extra)
        self._put_action(action, "open", extra)
        resume_clock(run, shelf.now_us)
        run["calls"] += 1
        self._touch(run)
        self._count(run)
        if call.entry and not call.entry.idempotent:
            shelf.put("inflight", {"id": call.digest, "action": action, "state": "open"})
        return Decision(action, run["id"], verdict, verdict.approval)

    def _consume(self, approval: str, action: str) -> None:
        # INVARIANT: consent is used up in the transaction that writes the intent
        row = self.shelf.get("approval", approval)
        if row is None or row["status"] != "approved":
            raise StaleVersion
        row |= {"status": "consumed", "used_by": action, "settled_us": self.shelf.now_us}
        self.shelf.put("approval", row)

    def _count(self, run: Row) -> None:
        shelf, call = self.shelf, self.call
        key = f"{run['id']}|{call.digest}"
        repeat = shelf.get("repeat", key) or {"id": key, "calls": 0, "failures": 0}
        shelf.put("repeat", {**repeat, "calls": repeat["calls"] + 1})
        if call.entry is None:
            return
        check, measures = call.policy.checks[call.entry.name], measure(call.entry, call.arguments)
        step_intended(shelf, run, call.entry.name)
        values_used(shelf, call.agent, check, call.arguments)
        budget_used(shelf, run, check, measures)
        for name, amount in measures.items():
            for scope in TOTAL_SCOPES:
                tally = tally_id(f"{scope}.{name}", call.entry.name, run, shelf.now_us)
                before = shelf.get("tally", tally) or {"id": tally, "total": 0}
                shelf.put("tally", {**before, "total": before["total"] + amount, "at_us": shelf.now_us})

    def _append(self, kind: EventType, action: str, extra: dict[str, object]) -> None:
        policy, call = self.call.policy, self.call
        known = call.tool in policy.catalogue.tools
        data: dict[str, object] = {
            "verdict": verdict_word(self.verdict),
            "rules": list(self.verdict.rules),
            "charter": policy.charter_digest,
            "catalogue": policy.catalogue_digest,
            # INVARIANT: a name that nobody catalogued is the agent's own text and stays in the payload
            "connector": call.connector if known else "",
            "tool": call.tool if known else "",
            **extra,
        }
        if self.verdict.action:
            data["name"] = self.verdict.action
        data |= data_touched(call.entry, call.arguments)
        if self.parent:
            data["parent"] = self.parent
        if self.asked_by:
            data["person"] = self.asked_by
        documents = (policy.charter_digest, *([policy.catalogue_digest] if policy.catalogue_digest else []))
        payload = {
            "request": self.request.document(),
            "facts": self.facts.document(),
            "verdict": verdict_document(self.verdict),
            **({"access_request": dict(self.note)} if self.note else {}),
        }
        event = Event(kind, self._actor(), data, self.run["id"], action, documents)
        self.shelf.append(event, payload, decision_custody(self.call, payload))

    def _put_action(self, action: str, state: str, extra: dict[str, object]) -> None:
        call, policy = self.call, self.call.policy
        known = call.tool in policy.catalogue.tools
        row = {
            "id": action,
            "run": self.run["id"],
            "agent": call.agent,
            "parent": self.parent,
            "connector": call.connector if known else "",
            "tool": call.tool if known else "",
            "name": self.verdict.action,
            "digest": call.digest,
            "state": state,
            "verdict": verdict_word(self.verdict),
            "code": None,
            "tier": None,
            "rules": list(self.verdict.rules),
            "approval": None,
            "charter": policy.charter_digest,
            "catalogue": policy.catalogue_digest,
            "definition": call.definition,
            "evidence": None,
            "server": self.server,
            "at_us": self.shelf.now_us,
            "settled_us": None,
        }
        self.shelf.put("action", row | extra)

    def _touch(self, run: Row) -> None:
        run["last_us"] = self.shelf.now_us
        self.shelf.put("run", run)

    def _actor(self) -> Actor:
        return Actor("agent", self.call.agent)


def data_touched(entry: ActionEntry | None, arguments: Mapping[str, object]) -> dict[str, object]:
    """What a leaf says of the data: words of the catalogue, never what the data is."""
    if entry is None:
        return {}
    found: dict[str, object] = {"effect": entry.effect}
    if reads := classes_read(entry, arguments):
        found["reads"] = sorted(reads)
    if entry.sends:
        found["sends"] = entry.sends
    return found


def excluded_people(shelf: Shelf, charter: Charter, run: Row) -> frozenset[str]:
    """Who may not approve: the owners of the agent and the person the run is for."""
    owners = (shelf.get("email", address) for address in (charter.owner.accountable, charter.owner.backup))
    people = {str(owner["person"]) for owner in owners if owner}
    return frozenset(people | ({run["requester"]} if run["requester"] else set()))
