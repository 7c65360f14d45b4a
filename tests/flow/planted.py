"""A history that is planted with a seed, and an oracle that knows what was planted without reading the record."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bailiwick.core.verdict import Allow, Ask, Deny
from bailiwick.flow.decide_action import DecideAction
from bailiwick.flow.prepare import prepare
from bailiwick.flow.settle import Evidence, Reconcile, SettleAction
from tests.flow.house import House

OBJECTS = "objects: {contact: {given: ids, shown: records.*.id}}"
CATALOGUE = f"""\
connector: crm
actions:
  crm.contact.read:
    tool: query
    when: {{object_type: contacts}}
    says: read contacts
    floor: low
    effect: read
    idempotent: true
    reads: {{by: fields, classes: {{segment: internal, email: customer, credit: restricted}}}}
    {OBJECTS}
  crm.contact.update:
    {{tool: manage, when: {{object_type: contacts}}, says: update contacts, floor: medium, effect: write, {OBJECTS}}}
  crm.note.add:
    {{tool: note, says: send a note, floor: medium, effect: send, sends: public}}
  crm.clock.wind:
    {{tool: pause, says: wind the clock, floor: low, effect: write}}
  crm.campaign.launch:
    tool: launch
    says: launch a campaign
    floor: high
    effect: spend
    objects: {{campaign: {{given: campaign}}}}
  crm.contact.drop:
    {{tool: drop, says: delete contacts, floor: high, effect: write, objects: {{contact: {{given: [ids]}}}}}}
"""
CHARTER = """\
charter: lead-router
purpose: Route the leads of the day to the team that handles them.
workflow: lead-routing
owner: {accountable: ana@acme.example, backup: it-ops@acme.example, review_by: 2027-02-01}
data: {may_read: [public, internal, customer], may_send_out: [public]}
can:
  - {do: crm.contact.read, tier: low}
  - {do: crm.contact.update, tier: medium}
  - {do: crm.note.add, tier: medium}
  - {do: crm.clock.wind, tier: low}
  - {do: crm.campaign.launch, tier: high}
cannot: [crm.contact.drop]
approve: {all_of: [{role: marketing-director}, {role: it-change}], not: [requester, owner], within: 20h}
run: {calls: 10000, seconds: 864000, repeats: 100, retries: 100}
"""
CLASSES = {"segment": "internal", "email": "customer", "credit": "restricted"}
ENDINGS = (Evidence.REPLY, Evidence.REPLY, Evidence.READ_BACK, Evidence.NO_EFFECT, Evidence.NO_ANSWER, None)
STATES = {Evidence.NO_EFFECT: "failed", Evidence.NO_ANSWER: "unknown", None: "open"}


@dataclass
class Deed:
    """One action as it was planted."""

    action: str
    agent: str
    runs: tuple[str, ...]
    people: set[str]
    name: str
    tool: str
    verdict: str
    state: str
    at_us: int
    reads: tuple[str, ...] = ()
    sends: str | None = None
    things: set[tuple[str, str]] = field(default_factory=set)
    writes: bool = False

    def answers(self, question: str) -> bool:
        match question:
            case "data":
                return self.name != "crm.clock.wind"
            case "tool":
                return self.verdict == "allow"
            case "changed":
                return self.verdict == "allow" and self.writes
        return True


@dataclass
class Planted:
    """The deeds so far, oldest first."""

    house: House
    chance: random.Random
    deeds: list[Deed] = field(default_factory=list)
    runs: dict[str, tuple[str, tuple[str, ...], set[str]]] = field(default_factory=dict)
    number: int = 0

    async def open(self) -> None:
        requester = self.chance.choice([None, "ana", "director"])
        agent = self.chance.choice(["router", "other"])
        parent = self.chance.choice([*self.runs, None, None])
        more = {"requester": f"{requester}@acme.example"} if requester else {}
        run = await self.house.open_run(f"leads {self.number}", agent, parent=parent, **more)
        above, people = (self.runs[parent][1], self.runs[parent][2]) if parent else ((), set())
        people = people | ({self.house.people[requester]} if requester else set())
        if len(above) < 5:
            self.runs[run] = (agent, (run, *above), people)

    async def step(self) -> None:
        self.number += 1
        self.house.clock.advance(2)
        if not self.runs or self.chance.random() < 0.1:
            await self.open()
        run = self.chance.choice(list(self.runs))
        kind = self.chance.choice(
            [self._read, self._read, self._update, self._note, self._launch, self._drop, self._wind]
        )
        await kind(run)

    def _contacts(self) -> list[str]:
        return self.chance.sample([f"con-{n}" for n in range(12)], self.chance.randrange(1, 4))

    async def _read(self, run: str) -> None:
        fields, ids = self.chance.sample(list(CLASSES), self.chance.randrange(1, 4)), self._contacts()
        classes = tuple(sorted(CLASSES[one] for one in fields))
        arguments = {"object_type": "contacts", "fields": fields, "ids": ids}
        verdict = "deny" if "restricted" in classes else "allow"
        others = self._contacts()
        result = {"records": [{"id": one} for one in others]}
        deed = await self._do(run, "query", arguments, verdict, "crm.contact.read", result)
        deed.reads = classes
        deed.things = {("contact", one) for one in ids}
        if deed.state not in ("denied", "open"):
            deed.things |= {("contact", one) for one in others}

    async def _update(self, run: str) -> None:
        ids = self._contacts()
        arguments = {"object_type": "contacts", "ids": ids, "properties": {"owner": f"team {self.number}"}}
        deed = await self._do(run, "manage", arguments, "allow", "crm.contact.update")
        deed.things, deed.writes = {("contact", one) for one in ids}, True

    async def _note(self, run: str) -> None:
        deed = await self._do(run, "note", {"text": f"hello {self.number}"}, "allow", "crm.note.add")
        deed.sends, deed.writes = "public", True

    async def _wind(self, run: str) -> None:
        self.house.clock.advance(1)
        deed = await self._do(run, "pause", {"campaign": f"turn {self.number}"}, "allow", "crm.clock.wind")
        deed.writes = True

    async def _drop(self, run: str) -> None:
        ids = self._contacts()
        deed = await self._do(run, "drop", {"ids": ids}, "deny", "crm.contact.drop")
        deed.things, deed.writes = {("contact", one) for one in ids}, True

    async def _launch(self, run: str) -> None:
        arguments = {"campaign": f"cam-{self.number % 5}", "budget": self.number}
        people = self.runs[run][2]
        asked = await self._do(run, "launch", arguments, "ask", "crm.campaign.launch")
        asked.things, asked.writes = {("campaign", arguments["campaign"])}, True
        voters = {self.house.people[one] for one in ("director", "change")}
        if voters & people or self.chance.random() < 0.4:
            return  # a requester may not consent, or nobody has come to it yet
        row = self.house.reader.row("action", asked.action)
        await self.house.approve(row["approval"])
        asked.people |= voters
        done = await self._do(run, "launch", arguments, "allow", "crm.campaign.launch")
        done.things, done.writes, done.people = set(asked.things), True, done.people | voters

    async def _do(
        self, run: str, tool: str, arguments: dict[str, Any], verdict: str, name: str, result: Any = None
    ) -> Deed:
        agent, runs, people = self.runs[run]
        decided = await self._decide(agent, run, tool, arguments)
        kinds = {"allow": Allow, "ask": Ask, "deny": Deny}
        assert isinstance(decided.verdict, kinds[verdict]), (name, decided.verdict)
        state = {"deny": "denied", "ask": "asked"}.get(verdict) or await self._settle(decided.action, result)
        deed = Deed(decided.action, agent, runs, set(people), name, tool, verdict, state, self._at(decided.action))
        self.deeds.append(deed)
        return deed

    def _at(self, action: str) -> int:
        return int(self.house.reader.row("action", action)["at_us"])

    async def _decide(self, agent: str, run: str, tool: str, arguments: dict[str, Any]) -> Any:
        call = self.house.call(tool, arguments, run, agent)
        prepared = prepare(call, self.house.installation.policies, self.house.clock.now_us())
        return await self.house.commit(DecideAction(prepared))

    async def _settle(self, action: str, result: Any) -> str:
        evidence = self.chance.choice(ENDINGS)
        state = STATES.get(evidence, "succeeded")
        if evidence is None:
            return state
        detail = {"state": state, "result": {"structuredContent": result or {}}}
        await self.house.commit(SettleAction(action, evidence, detail))
        if state == "unknown" and self.chance.random() < 0.5:
            state = self.chance.choice(["succeeded", "failed"])
            await self.house.commit(Reconcile(action, state, "looked", self.house.people["admin"]))
        return state

    def scopes(self) -> Iterator[tuple[dict[str, Any], Any]]:
        """Everything that can be asked about, and what tells the deeds that it is about."""
        for run in self.runs:
            yield {"run": run}, lambda deed, run=run: run in deed.runs
        for agent in ("router", "other", "nobody"):
            yield {"agent": agent}, lambda deed, agent=agent: deed.agent == agent
        for person in self.house.people.values():
            yield {"person": person}, lambda deed, person=person: person in deed.people
        for name in ("internal", "customer", "restricted", "public", "secret"):
            yield {"data_class": name}, lambda deed, name=name: name in (*deed.reads, deed.sends)
        for number in range(13):
            thing = ("contact", f"con-{number}")
            yield {"thing": f"contact/con-{number}"}, lambda deed, thing=thing: thing in deed.things
        for name in ("crm", "crm.contact.read", "crm__query", "crm.contact.drop", "mail"):
            tools = lambda deed: ("crm", deed.name, f"crm__{deed.tool}")  # noqa: E731
            yield {"tool": name}, lambda deed, name=name, tools=tools: name in tools(deed)
        times = [deed.at_us for deed in self.deeds]
        since, until = times[len(times) // 3], times[2 * len(times) // 3]
        yield {"since_us": since, "until_us": until}, lambda deed: since <= deed.at_us < until
        yield {"agent": "router", "since_us": since}, lambda deed: deed.agent == "router" and deed.at_us >= since
        both = {"agent": "other", "thing": "contact/con-1", "tool": "crm.contact.read"}
        yield (
            both,
            lambda deed: (
                deed.agent == "other" and ("contact", "con-1") in deed.things and deed.name == "crm.contact.read"
            ),
        )
        yield {}, lambda deed: True


async def plant(house: House, seed: int, steps: int) -> Planted:
    """A history of so many steps."""
    planted = Planted(house, random.Random(seed))
    await house.catalogue(CATALOGUE)
    await house.publish(CHARTER)
    for _ in range(steps):
        await planted.step()
    return planted
