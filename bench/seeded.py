"""A small installation with something of everything in it, on real parts: SQLite, keys, and a clock over MCP."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bailiwick.build import running
from bailiwick.flow.catalogue_import import ImportCatalogue, review
from bailiwick.flow.charter_view import catalogues_in_force
from bailiwick.flow.connector import AddConnector
from bailiwick.flow.decide_action import DecideAction
from bailiwick.flow.enrol import EnrolAgent
from bailiwick.flow.es256 import RANDOM_BYTES, SigningKey
from bailiwick.flow.installation import Installation
from bailiwick.flow.password import hash_password
from bailiwick.flow.person import AddPerson, SetPassword
from bailiwick.flow.prepare import ToolCall, prepare
from bailiwick.flow.publish import PublishCharter
from bailiwick.flow.run import OpenRun
from bailiwick.flow.secret_token import Kind, mint
from bailiwick.flow.settle import Evidence, SettleAction
from bailiwick.flow.signin import OpenSession
from bailiwick.settings import Settings

PASSWORD = "a clock that is never wrong"
AGENT = "clock-keeper"
CONNECTOR = "time"
INTENT = "find a time for the Tokyo call"
CHARTER = """\
# Tells the time; converting one is a decision for people.
charter: clock-keeper
purpose: Tell colleagues the time in other offices and prepare meeting times across zones.
workflow: timekeeping
owner: {accountable: ana@acme.example, backup: it-ops@acme.example, review_by: 2027-02-01}
data: {may_read: [public], may_send_out: []}
can:
  - do: time.clock.read
    tier: low
    limits: {timezone: {one_of: [Europe/Madrid, Europe/Berlin, Asia/Tokyo]}}
  - do: time.clock.convert
    tier: high
cannot: [billing.*]
approve: {all_of: [{role: marketing-director}], not: [requester, owner], within: 4h}
run: {calls: 400, seconds: 600, repeats: 50, retries: 2}
"""
CATALOGUE = """\
connector: time
actions:
  time.clock.read:
    tool: get_current_time
    says: tell the time in another office
    floor: low
    effect: read
    reads: public
    arguments: {timezone: authority}
    subjects: [{kind: office, in: arguments, id: timezone}]
    idempotent: true
  time.clock.convert:
    tool: convert_time
    says: fix a meeting time across zones
    floor: medium
    effect: write
    measures: {meetings: {constant: 1}}
    arguments: {source_timezone: content, target_timezone: content, time: authority}
    undo: {class: reversible}
    idempotent: false
"""
PEOPLE = {
    "ana": ("Ana Ruiz", ()),
    "it-ops": ("Ines Ops", ("it-ops",)),
    "admin": ("Ada Admin", ("administrator",)),
    "director": ("Dora Director", ("marketing-director",)),
    "change": ("Chen Change", ("it-change",)),
    "auditor": ("Aude Auditor", ("auditor",)),
    "guest": ("Gil Guest", ("guest",)),
}


@dataclass(slots=True)
class Seeded:
    """The installation, who is in it, and how to be them."""

    installation: Installation
    key: SigningKey
    people: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    run: str = ""

    async def sign_in(self, who: str, kind: Kind = Kind.PERSONAL) -> str:
        """A fresh session of a person."""
        token, hashed = mint(self.installation.random_bytes(32), kind)
        person = self.installation.reader.row("person", self.people[who])
        assert person is not None
        await self.installation.store.commit(OpenSession(person["id"], person["password"], hashed, kind))
        return token

    async def begin(self) -> None:
        """Open another run, with nothing used up yet."""
        row = await self.installation.store.commit(OpenRun(AGENT, 1, INTENT, "timekeeping"))
        self.run = row["id"]

    async def act(self, tool: str, arguments: dict[str, Any]) -> Any:
        """One governed call of the agent in its run."""
        return await self.installation.acting.act(self._call(tool, arguments))

    async def ask(self, number: int) -> tuple[str, str]:
        """An open approval and its digest; another number makes another one: the minute of a day, then the office."""
        offices = ("Asia/Tokyo", "Asia/Seoul", "Asia/Dubai", "Asia/Manila", "Europe/Rome", "Africa/Cairo")
        day, minute = divmod(number, 1440)
        arguments = {"source_timezone": "Europe/Madrid", "target_timezone": offices[day % len(offices)]}
        arguments["time"] = f"{minute // 60:02}:{minute % 60:02}"
        acted = await self.act("convert_time", arguments)
        row = self.installation.reader.row("approval", acted.decision.approval)
        assert row is not None
        return row["id"], row["digest"]

    async def lose(self) -> str:
        """An action whose outcome nobody knows."""
        here = self.installation
        call = self._call("get_current_time", {"timezone": "Europe/Berlin"})
        decision = await here.store.commit(DecideAction(prepare(call, here.policies, here.clock.now_us())))
        detail = {"state": "unknown", "trouble": "no answer came"}
        await here.store.commit(SettleAction(decision.action, Evidence.NO_ANSWER, detail))
        return decision.action

    def _call(self, tool: str, arguments: dict[str, Any]) -> ToolCall:
        return ToolCall(AGENT, 1, self.run, None, CONNECTOR, tool, arguments)


@asynccontextmanager
async def seeded(folder: Path, port: int = 8700) -> AsyncIterator[Seeded]:
    """A new installation in `folder`, with people, a connector, a charter, an agent and a run of a few calls."""
    settings = Settings(data=folder, name="Acme", port=port, _env_file=None)
    async with running(settings, port) as opened:
        house = Seeded(opened.installation, SigningKey.from_random(opened.installation.random_bytes(RANDOM_BYTES)))
        await _people(house)
        await _upstream(house)
        await _agent(house)
        yield house


async def _people(house: Seeded) -> None:
    here = house.installation
    for nick, (name, roles) in PEOPLE.items():
        row = await here.store.commit(AddPerson(f"{nick}@acme.example", name, roles, None))
        house.people[nick] = row["id"]
    await here.store.commit(SetPassword(house.people["ana"], hash_password(PASSWORD, here.random_bytes(16))))
    for nick in PEOPLE:
        house.tokens[nick] = await house.sign_in(nick)


async def _upstream(house: Seeded) -> None:
    here, by = house.installation, house.people["admin"]
    command = (sys.executable, "-m", "mcp_server_time", "--local-timezone", "Europe/Madrid")
    await here.store.commit(
        AddConnector(
            CONNECTOR, "stdio", by, "The MCP project", "it-ops@acme.example", command=command, review_by="2040-01-31"
        )
    )
    reviewed = review(CONNECTOR, CATALOGUE, await here.upstreams.definitions(CONNECTOR))
    await here.store.commit(ImportCatalogue(reviewed, by))
    here.policies.forget()


async def _agent(house: Seeded) -> None:
    here, by = house.installation, house.people["admin"]
    catalogues = catalogues_in_force(here.policies)
    await here.store.commit(PublishCharter(CHARTER, by, "the first version", catalogues))
    await here.store.commit(EnrolAgent(AGENT, AGENT, house.key.public.jwk(), by))
    here.policies.forget()
    await house.begin()
    await house.act("get_current_time", {"timezone": "Asia/Tokyo"})
    await house.act("get_current_time", {"timezone": "America/Lima"})
    await house.act("set_clock", {"to": "noon"})
