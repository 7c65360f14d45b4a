"""A record to try things on: real units of work over a real store, with made-up agents of Acme, the same every time."""

import asyncio
import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bailiwick.core.catalogue import Catalogue
from bailiwick.core.verdict import Allow, Ask
from bailiwick.flow.catalogue_import import ImportCatalogue, review
from bailiwick.flow.connector import AddConnector
from bailiwick.flow.decide_action import DecideAction, Decision
from bailiwick.flow.enrol import EnrolAgent
from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.export import export_files
from bailiwick.flow.person import AddPerson, DeclareMode
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.prepare import ToolCall, prepare
from bailiwick.flow.publish import PublishCharter
from bailiwick.flow.run import EndRun, OpenRun
from bailiwick.flow.settle import Evidence, SettleAction
from bailiwick.flow.stop import LiftHalt, SetHalt
from bailiwick.flow.vote import CastVote
from bailiwick.ledger.note import Signer
from bailiwick.store.journal import Origin
from bailiwick.store.migration import migrate
from bailiwick.store.reader import SqliteReader
from bailiwick.store.sqlite import SqliteStore

ORIGIN: Final = "acme.example/log"
START_US: Final = 1_790_000_000_000_000
"""A Monday afternoon in Madrid."""

DEFINITIONS: Final[list[dict[str, Any]]] = [
    {
        "name": "query",
        "inputSchema": {
            "type": "object",
            "properties": {
                "object_type": {"type": "string"},
                "fields": {"type": "array", "items": {"type": "string"}},
                "limit": {"type": "number"},
            },
            "required": ["object_type"],
        },
    },
    {
        "name": "manage_objects",
        "inputSchema": {
            "type": "object",
            "properties": {
                "object_type": {"type": "string"},
                "ids": {"type": "array", "items": {"type": "string"}},
                "properties": {"type": "object"},
            },
            "required": ["object_type", "ids"],
        },
    },
]

CATALOGUE: Final = """\
connector: crm
actions:
  crm.contact.read:
    tool: query
    when: {object_type: contacts}
    says: read contacts
    floor: low
    effect: read
    reads: {by: fields, all_when_absent: true, classes: {segment: internal, email: customer, credit_limit: restricted}}
    measures: {records: {value_of: limit}}
    defaults: {limit: 10}
    idempotent: true
  crm.contact.update:
    tool: manage_objects
    when: {object_type: contacts}
    says: update contacts
    floor: medium
    effect: write
    measures: {records: {length_of: ids}}
    arguments: {ids: authority, properties: content}
    undo: {class: reversible}
    idempotent: false
  crm.deal.update:
    tool: manage_objects
    when: {object_type: deals}
    says: update deals
    floor: medium
    effect: write
    undo: {class: reversible}
    idempotent: true
"""

CHARTER: Final = """\
charter: lead-router
purpose: Route the leads of the day to the team that handles them.
workflow: lead-routing
owner: {accountable: ana@acme.example, backup: it-ops@acme.example, review_by: 2027-02-01}
data: {may_read: [public, internal, customer], may_send_out: [public]}
can:
  - do: crm.contact.read
    tier: low
    limits: {limit: {max: 500}}
  - do: crm.contact.update
    tier: {by: run.records, steps: [{max: 20, is: medium}, {max: 200, is: high}], else: never}
    limits: {ids: {required: true}, properties: {only: [segment, owner]}}
    approve: {all_of: [{role: marketing-director}], not: [requester, owner], within: 4h}
    when: {days: mon-sun, hours: "00:00-24:00", zone: Europe/Madrid}
cannot: [billing.*, crm.deal.*]
run: {calls: 12, seconds: 600, repeats: 3, retries: 2}
"""


@dataclass(slots=True)
class StepClock:
    """A clock that moves only when it is told to: the store reads it as often as it likes."""

    at_us: int = START_US

    def now_us(self) -> int:
        return self.at_us


@dataclass(slots=True)
class PopulatedStore:
    """An open store in `folder`; `randomness` makes ids, salts and keys, so a seed makes the record."""

    store: SqliteStore
    reader: SqliteReader
    policies: PolicySource
    clock: StepClock
    log_key: str
    people: dict[str, str]
    random: random.Random

    def export(self) -> dict[str, bytes]:
        """The export folder at the last checkpoint."""
        return export_files(self.reader, self.log_key)

    def close(self) -> None:
        self.store.close()
        self.reader.close()

    async def open_run(self, agent: str, intent: str) -> str:
        """Open a run for a requester who therefore cannot approve."""
        run = await self.store.commit(OpenRun(agent, 1, intent, "lead-routing"))
        return str(run["id"])

    async def act(
        self, agent: str, run: str | None, tool: str, arguments: dict[str, Any], evidence: Evidence = Evidence.REPLY
    ) -> Decision:
        """Decide one call as the gateway does; an allowed one is settled with `evidence`, nothing is dispatched."""
        self.clock.at_us += 1_000
        connector, _, name = tool.partition("__")
        call = ToolCall(agent, 1, run, None, connector, name, arguments)
        prepared = prepare(call, self.policies, self.clock.now_us())
        decision = await self.store.commit(DecideAction(prepared))
        if isinstance(decision.verdict, Allow):
            detail = {"state": "done", "result": {"content": [{"type": "text", "text": "routed to team Ü"}]}}
            await self.store.commit(SettleAction(decision.action, evidence, detail))
        return decision

    async def vote(self, decision: Decision, vote: str) -> None:
        """The director's word on what `decision` asks."""
        row = self.reader.row("approval", decision.approval or "")
        assert row is not None
        comment = "checked with the team of Valencia"
        director = self.people["director@acme.example"]
        await self.store.commit(CastVote(row["id"], director, vote, comment, row["digest"]))  # type: ignore[arg-type]


async def open_populated(folder: Path, seed: int = 2) -> PopulatedStore:
    """A new store with people, a connector, a catalogue, a charter and two agents."""
    chance = random.Random(seed)
    path = folder / "bailiwick.db"
    migrate(path)
    clock, reader = StepClock(), SqliteReader(path)
    signer = Signer(ORIGIN, chance.randbytes(32))
    store = SqliteStore(path, Origin(ORIGIN, signer), clock, _ids(chance), lambda: chance.randbytes(32))
    store.start()
    made = PopulatedStore(store, reader, PolicySource(reader), clock, signer.vkey, {}, chance)
    await _set_up(made)
    return made


async def _set_up(made: PopulatedStore) -> None:
    commit = made.store.commit
    await commit(DeclareMode("team", "Acme", None))
    admin = await commit(AddPerson("admin@acme.example", "Ada Admin", ("administrator",), None))
    for address, roles in {
        "ana@acme.example": ("workflow-owner",),
        "it-ops@acme.example": ("it-ops",),
        "director@acme.example": ("marketing-director",),
    }.items():
        person = await commit(AddPerson(address, address.partition("@")[0].title(), roles, admin["id"]))
        made.people[address] = person["id"]
    made.people["admin@acme.example"] = by = admin["id"]
    url, due = "http://crm.acme.example/mcp", "2040-01-31"
    await commit(AddConnector("crm", "http", by, "Acme CRM", "it-ops@acme.example", url=url, review_by=due))
    await commit(ImportCatalogue(review("crm", CATALOGUE, DEFINITIONS), by))
    await publish(made, CHARTER)
    for name in ("lead-router", "lead-router-two"):
        key = SigningKey.from_random(made.random.randbytes(48))
        await commit(EnrolAgent(name, "lead-router", key.public.jwk(), by))


async def publish(made: PopulatedStore, source: str) -> None:
    """Put a charter in force."""
    catalogues: dict[str, Catalogue] = {}
    for name in made.policies.connectors():
        catalogues[name] = made.policies.tools(made.policies.catalogue_in_force(name)).catalogue
    by = made.people["admin@acme.example"]
    await made.store.commit(PublishCharter(source, by, "as agreed", catalogues))
    made.policies.forget()


async def work(made: PopulatedStore, rounds: int) -> int:
    """Let agents work: 18 calls a round, of every verdict and most reasons; replies with how many were decided."""
    decided = 0
    for number in range(rounds):
        made.clock.at_us += 60_000_000
        for agent in ("lead-router", "lead-router-two"):
            decided += await _round(made, agent, number)
    await made.store.checkpoint()
    return decided


async def _round(made: PopulatedStore, agent: str, number: int) -> int:
    run = await made.open_run(agent, f"route the leads of day {number}")
    decided = 0
    for tool, arguments in calls(number):
        await made.act(agent, run, tool, arguments)
        decided += 1
    asked = await made.act(agent, run, "crm__manage_objects", update(60, number))
    if isinstance(asked.verdict, Ask):
        await made.vote(asked, "deny" if number % 3 == 2 else "approve")
    await made.act(agent, run, "crm__manage_objects", update(60, number))
    if number % 4 == 3:
        await _halted(made, agent, run)
        decided += 1
    await made.store.commit(EndRun(run, agent))
    return decided + 2


async def _halted(made: PopulatedStore, agent: str, run: str) -> None:
    scope = f"agent:{agent}"
    await made.store.commit(SetHalt(scope, "drill", made.people["it-ops@acme.example"]))
    await made.act(agent, run, "crm__query", {"object_type": "contacts", "fields": ["segment"]})
    await made.store.commit(LiftHalt(scope, "drill is over", made.people["admin@acme.example"]))


def update(records: int, salt: int) -> dict[str, Any]:
    """Arguments that move `records` contacts."""
    ids = [f"con-{salt}-{number}" for number in range(records)]
    return {"object_type": "contacts", "ids": ids, "properties": {"segment": "beta"}}


def calls(number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """One run's calls but for those that need people."""
    yield "crm__query", {"object_type": "contacts", "fields": ["segment"], "limit": 50}
    yield "crm__query", {"object_type": "contacts", "fields": ["email"], "limit": 2.5}
    yield "crm__query", {"object_type": "contacts", "fields": ["credit_limit"]}
    yield "crm__query", {"object_type": "contacts", "limit": 501 + number}
    yield "crm__query", {"object_type": "contacts", "fields": ["segment"], "sudo": True}
    yield "crm__manage_objects", update(3, number)
    yield "crm__manage_objects", {"object_type": "contacts", "ids": []}
    yield "crm__manage_objects", {"object_type": "deals", "ids": ["deal-1"]}
    yield "crm__manage_object", {"object_type": "contacts", "ids": ["Zoë"]}
    yield "billing__refund", {"amount": number}


def _ids(chance: random.Random) -> Callable[[str], str]:
    taken = 0

    def new(prefix: str) -> str:
        nonlocal taken
        taken += 1  # ids sort by time, as real ones do
        return f"{prefix}-{taken:08x}{hashlib.sha256(chance.randbytes(16)).hexdigest()[:12]}"

    return new


def populate(folder: Path, rounds: int) -> tuple[int, dict[str, bytes]]:
    """Fill a store in `folder`; gives how many actions were decided and the export's files."""

    async def fill() -> tuple[int, dict[str, bytes]]:
        made = await open_populated(folder)
        try:
            return await work(made, rounds), made.export()
        finally:
            made.close()

    return asyncio.run(fill())
