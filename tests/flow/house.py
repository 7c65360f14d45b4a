"""A small real installation: a SQLite store, people, a charter, and a CRM that speaks MCP over a real socket."""

import asyncio
import contextlib
import itertools
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from bailiwick.core.approval import approval_from_row
from bailiwick.flow.act import Acted, Acting
from bailiwick.flow.anchoring import Anchoring
from bailiwick.flow.catalogue_import import ImportCatalogue, review
from bailiwick.flow.connector import AddConnector
from bailiwick.flow.decide_action import DecideAction, Decision
from bailiwick.flow.enrol import EnrolAgent
from bailiwick.flow.es256 import SigningKey
from bailiwick.flow.guessing import Guessing
from bailiwick.flow.installation import Installation
from bailiwick.flow.news import Announcing, Hearing, LocalBell
from bailiwick.flow.person import AddPerson, DeclareMode
from bailiwick.flow.policy import PolicySource
from bailiwick.flow.posting_index import PostingIndex
from bailiwick.flow.prepare import ToolCall, prepare
from bailiwick.flow.presence import Presence
from bailiwick.flow.publish import PublishCharter, SecondCharter
from bailiwick.flow.record_tree import RecordTree
from bailiwick.flow.run import OpenRun
from bailiwick.flow.server import ServerCard
from bailiwick.flow.stop import SetHalt, Stops
from bailiwick.flow.token import TokenIssuer, TokenVerifier
from bailiwick.flow.vote import CastVote
from bailiwick.flow.watch import Watch
from bailiwick.ledger.note import Signer, sign
from bailiwick.ports.reader import EventFilter
from bailiwick.store.journal import Origin
from bailiwick.store.migration import migrate
from bailiwick.store.payload_key import FilePayloadKeys
from bailiwick.store.reader import SqliteReader
from bailiwick.store.sqlite import SqliteStore
from bailiwick.store.vault import FileVault
from bailiwick.upstream.pool import Pool
from tests.upstream.conftest import Heard, RawServer, answered, reply

START_US = 1_800_000_000_000_000  # Friday 2027-01-15, 08:00 UTC
MINUTE_US = 60_000_000
OPS, REVIEW = "it-ops@acme.example", "2027-06-30"
IDS = {"type": "array", "items": {"type": "string"}}


def tool(name: str, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"name": name, "description": f"{name} of Acme's CRM", "inputSchema": schema}


TEXT, COUNT = {"type": "string"}, {"type": "integer"}
OPTIONS = {"type": "object", "properties": {"notify": {"type": "boolean"}}}
DEFINITIONS = [
    tool("query", object_type=TEXT, ids=IDS, fields=IDS, limit=COUNT),
    tool("manage", object_type=TEXT, ids=IDS, properties={"type": "object"}),
    tool("note", ("text",), text=TEXT, options={"anyOf": [TEXT, OPTIONS]}),
    tool("launch", campaign=TEXT, budget={"type": "number"}),
    tool("pause", campaign=TEXT),
    tool("drop", ids=IDS),
    tool("wipe"),
]
CATALOGUE = """\
connector: crm
actions:
  crm.contact.read:
    {tool: query, when: {object_type: contacts}, says: read contacts, floor: low, effect: read, idempotent: true,
     reads: {by: fields, all_when_absent: true, classes: {segment: internal, email: customer, credit: restricted}}}
  crm.contact.update:
    tool: manage
    when: {object_type: contacts}
    says: update contacts
    floor: medium
    effect: write
    measures: {records: {length_of: ids}}
    confirm:
      tool: query
      arguments: {object_type: contacts, ids: $ids}
      expect: {records.*.id: $ids, records.*: $properties}
  crm.note.add:
    {tool: note, says: add a note, floor: medium, effect: write, defaults: {options.notify: false}}
  crm.campaign.launch:
    {tool: launch, says: launch a campaign, floor: high, effect: spend, measures: {money: {value_of: budget}}}
  crm.campaign.pause: {tool: pause, says: pause a campaign, floor: high, effect: write, idempotent: true}
  crm.contact.drop: {tool: drop, says: delete contacts, floor: high, effect: write}
"""
CHARTER = """\
charter: lead-router
purpose: Route the leads of the day to the team that handles them.
workflow: lead-routing
owner: {accountable: ana@acme.example, backup: it-ops@acme.example, review_by: 2027-02-01}
data: {may_read: [public, internal, customer], may_send_out: [public]}
can:
  - {do: crm.contact.read, tier: low}
  - do: crm.contact.update
    tier: {by: day.records, steps: [{max: 4, is: medium}, {max: 8, is: high}], else: never}
    limits: {ids: {required: true}}
  - {do: crm.note.add, tier: medium}
  - {do: crm.campaign.launch, tier: high, limits: {budget: {max: 500}}}
  - {do: crm.campaign.pause, tier: high}
cannot: [billing.*, crm.contact.drop]
approve: {all_of: [{role: marketing-director}, {role: it-change}], not: [requester, owner], within: 4h}
run: {calls: 6, seconds: 600, repeats: 3, retries: 1}
"""
PEOPLE = {
    "admin@acme.example": ("administrator",),
    "ana@acme.example": ("workflow-owner", "marketing-director"),
    "it-ops@acme.example": ("it-change",),
    "director@acme.example": ("marketing-director",),
    "change@acme.example": ("it-change",),
}
AGENT_KEYS = {name: SigningKey.from_random(name.encode().ljust(48, b"-")) for name in ("router", "other")}


@dataclass
class Clock:
    """A clock that moves a millisecond when it is read, or as far as a test says."""

    at_us: int = START_US
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now_us(self) -> int:
        with self.lock:
            self.at_us += 1_000
            return self.at_us

    def advance(self, minutes: float) -> None:
        self.at_us += int(minutes * MINUTE_US)


@dataclass
class Crm:
    """The upstream's own state: what really happened there. `mood` says how a tool behaves."""

    contacts: dict[str, dict[str, Any]] = field(default_factory=lambda: {f"con-{n}": {} for n in range(20)})
    journal: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    mood: dict[str, str] = field(default_factory=dict)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def on_call(self, heard: Heard, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        params = heard.message["params"]
        name, arguments = params["name"], params["arguments"]
        mood = self.mood.get(name, "well")
        if name != "query":
            self.journal.append((name, arguments, params["_meta"].get("bailiwick/action", "")))
        if mood == "wait":
            self.entered.set()
            await self.go.wait()
        if mood == "hang up":
            writer.close()
            return
        if mood == "refuse":
            error = {"code": -32050, "message": "not on a Sunday", "data": {"day": 7}}
            writer.write(reply({"jsonrpc": "2.0", "id": heard.message["id"], "error": error}))
            return
        if mood == "fail":
            writer.write(reply(answered(heard, isError=True)))
            return
        if name == "manage" and mood != "no effect":
            for key in arguments["ids"]:
                self.contacts[key] |= arguments["properties"]
        records = [{"id": key, **self.contacts[key]} for key in arguments.get("ids", [])] if name == "query" else []
        writer.write(reply(answered(heard, structuredContent={"records": records, "tool": name})))


@dataclass
class House:
    """The installation, and what tests do in it."""

    folder: Path
    crm: Crm
    server: RawServer
    clock: Clock
    ids: "itertools.count[int]"
    people: dict[str, str] = field(default_factory=dict)
    installation: Installation = None  # type: ignore[assignment]  # made by `start`
    kept: SqliteStore = None  # type: ignore[assignment]  # likewise
    url: str = "http://127.0.0.1:8700"

    # ---------------------------------------------------------------------------------------- life

    def start(self) -> None:
        path = self.folder / "bailiwick.db"
        migrate(path)
        keys = FilePayloadKeys(self.folder)
        reader = SqliteReader(path, keys)
        signer = Signer("log.acme.example", bytes(range(32)))
        origin = Origin(signer.name, signer)
        store = SqliteStore(path, origin, self.clock, self.new_id, lambda: next(self.ids).to_bytes(32), keys)
        bell = LocalBell()
        self.kept, told = store, Announcing(store, bell)
        policies, stops = PolicySource(reader), Stops()
        hearing = Hearing(reader, bell, self.clock.now_us)
        card = ServerCard(self.new_id("srv"), "localhost:8700", self.url, "1.0", "sha256:keys")
        presence = Presence(card, told, reader, self.clock.now_us, alone=True)
        vault = FileVault(self.folder / "vault.sealed", self.folder / "vault.key")
        pool = Pool(policies.target, vault)
        watch = Watch(told, reader, policies, pool, self.clock.now_us)
        pool.on_stir = watch.stir
        issuer = TokenIssuer(SigningKey.from_random(b"server".ljust(48, b"-")), self.url, self.url + "/mcp")
        self.installation = Installation(
            public_url=self.url,
            version="1.0",
            log_key=signer.vkey,
            store=told,
            reader=reader,
            keys=keys,
            policies=policies,
            acting=Acting(told, policies, pool, stops, watch, self.clock, deadline_s=20, early_s=20, server=card.id),
            guessing=Guessing(told, reader, self.clock, bytes),
            stops=stops,
            hearing=hearing,
            presence=presence,
            watch=watch,
            upstreams=pool,
            vault=vault,
            issuer=issuer,
            verifier=TokenVerifier(issuer.jwks(), self.url, self.url + "/mcp"),
            clock=self.clock,
            new_id=self.new_id,
            random_bytes=bytes,
            index=PostingIndex(store, reader, policies, b"index".ljust(32, b"-")),
            anchoring=Anchoring(store, reader, {}, RecordTree(reader), vault, self.clock, 60),
            sign_text=partial(sign, key=signer),
        )
        store.start()
        hearing.start()

    async def stop(self) -> None:
        await self.installation.upstreams.close()
        await asyncio.to_thread(self.installation.hearing.close)
        await asyncio.to_thread(self.kept.close)
        self.reader.close()

    async def restart(self) -> int:
        """As after a crash: what was open is settled before anybody acts."""
        await self.stop()
        self.start()
        unsettled = await self.installation.presence.join()
        self.installation.stops.read(self.reader)
        self.installation.watch.read(self.reader)
        return unsettled

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{next(self.ids):012}"

    @property
    def reader(self) -> Any:
        return self.installation.reader

    @property
    def acting(self) -> Acting:
        return self.installation.acting

    async def commit(self, unit: Any) -> Any:
        return await self.installation.store.commit(unit)

    # ---------------------------------------------------------------------------------------- founding

    async def found(self, mode: str = "team") -> None:
        await self.commit(DeclareMode(mode, "Acme", None))
        for address, roles in PEOPLE.items():
            row = await self.commit(AddPerson(address, address.partition("@")[0].title(), roles, None))
            self.people[address.partition("@")[0]] = row["id"]
        by = self.people["admin"]
        crm = AddConnector("crm", "http", by, "Acme", OPS, url=self.server.url, review_by=REVIEW)
        await self.commit(crm)
        await self.catalogue(CATALOGUE)
        await self.publish(CHARTER)
        for name, key in AGENT_KEYS.items():
            await self.commit(EnrolAgent(name, "lead-router", key.public.jwk(), by))

    async def catalogue(self, source: str) -> None:
        found = await self.installation.upstreams.definitions("crm")
        await self.commit(ImportCatalogue(review("crm", source, found), self.people["admin"]))
        self.installation.policies.forget()

    async def publish(
        self, source: str, by: str = "admin", *, forget: bool = True, second: bool = True
    ) -> dict[str, Any]:
        """Publish; where both owners have to agree they do, unless `second` is false."""
        policies, catalogues = self.installation.policies, self.catalogues()
        row: dict[str, Any] = await self.commit(PublishCharter(source, self.people[by], "as agreed", catalogues))
        for owner in ("ana", "it-ops") if second and row["status"] == "proposed" else ():
            if self.people[owner] not in row["consents"]:
                row = await self.commit(SecondCharter(row["charter"], row["digest"], self.people[owner], catalogues))
        if forget:
            policies.forget()
        return row

    def catalogues(self) -> dict[str, Any]:
        policies = self.installation.policies
        return {n: policies.tools(policies.catalogue_in_force(n)).catalogue for n in policies.connectors()}

    async def open_run(self, intent: str = "route leads", agent: str = "router", **more: Any) -> str:
        return str((await self.commit(OpenRun(agent, 1, intent, "lead-routing", **more)))["id"])

    # ---------------------------------------------------------------------------------------- acting

    def call(self, wire: str, arguments: dict[str, Any], run: str | None, agent: str = "router") -> ToolCall:
        connector, _, name = wire.rpartition("__")
        return ToolCall(agent, 1, run, None, connector or "crm", name, arguments)

    async def act(self, name: str, run: str | None = None, /, agent: str = "router", **arguments: Any) -> Acted:
        return await self.acting.act(self.call(name, arguments, run, agent))

    async def decide(self, name: str, run: str | None = None, /, **arguments: Any) -> Decision:
        """Only the writer's part: as if the process ended before the dispatch."""
        prepared = prepare(self.call(name, arguments, run), self.installation.policies, self.clock.now_us())
        decision: Decision = await self.commit(DecideAction(prepared))
        return decision

    async def vote(self, approval: str, person: str, word: str = "approve") -> Any:
        digest = self.reader.row("approval", approval)["digest"]
        return await self.commit(CastVote(approval, self.people[person], word, "checked", digest))  # type: ignore[arg-type]

    async def approve(self, approval: str) -> None:
        for person in ("director", "change"):
            await self.vote(approval, person)

    async def halt(self, scope: str, *, told: bool = True) -> None:
        await self.commit(SetHalt(scope, "drill", self.people["admin"]))
        if told:
            self.installation.stops.read(self.reader)

    # ---------------------------------------------------------------------------------------- looking

    def events(self, kind: str = "", **wanted: Any) -> list[dict[str, Any]]:
        found = self.reader.events(EventFilter(type=kind or None, **wanted), limit=5_000, ascending=True)
        return [event.leaf for event in found]

    def kinds(self, noun: str = "action") -> list[str]:
        return [leaf["type"].partition(".")[2] for leaf in self.events() if leaf["type"].startswith(noun + ".")]

    def state(self, action: str) -> str:
        return str(self.reader.row("action", action)["state"])

    def approval(self, name: str) -> str:
        return approval_from_row(self.reader.row("approval", name)).status_at(self.clock.at_us)

    def token(self, agent: str = "router", run: str | None = None, epoch: int = 1, **more: Any) -> str:
        return self.installation.issuer.issue(agent, run, epoch, self.new_id("tok"), self.clock.at_us, **more)


@contextlib.asynccontextmanager
async def open_house(folder: Path, mode: str = "team", url: str = House.url) -> AsyncIterator[House]:
    """A founded house, closed at the end."""
    crm = Crm()
    server = RawServer(crm.on_call, tools=DEFINITIONS)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    house = House(folder, crm, server, Clock(), itertools.count(), url=url)
    house.start()
    try:
        await house.found(mode)
        yield house
    finally:
        crm.go.set()
        await house.stop()
        listening.close()
