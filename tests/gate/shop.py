"""A shop behind the gateway: a real MCP server of either era and transport, whose tools change while it runs."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bailiwick.flow.acceptance import accepted_catalogue
from bailiwick.flow.catalogue_import import ImportCatalogue, review
from bailiwick.flow.connector import AddConnector
from bailiwick.flow.policy import ReviewedTools
from tests.flow.house import CHARTER, OPS, REVIEW, House
from tests.upstream.conftest import free_port

SERVER = Path(__file__).with_name("changing_server.py")
ROOT = Path(__file__).parents[2]
KINDS = ("http", "legacy", "stdio", "stdio-legacy")
"""HTTP and stdio, each in the era of 2026-07-28 and in that of 2025-11-25."""


def tool(name: str, *arguments: str, **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {argument: {"type": "string"} for argument in arguments}}
    return {"name": name, "description": f"{name} at the shop", "inputSchema": schema, **more}


TOOLS = [tool("buy", "item"), tool("look", "item"), tool("announce", "tools"), tool("die"), tool("settle", "item")]
CATALOGUE = """\
connector: shop
actions:
  shop.item.buy: {tool: buy, says: buy an item, floor: medium, effect: spend}
  shop.item.look: {tool: look, says: look at an item, floor: low, effect: read, reads: internal, idempotent: true}
  shop.news.announce: {tool: announce, says: announce news, floor: low, effect: write, idempotent: true}
  shop.server.die: {tool: die, says: end the server, floor: low, effect: write, idempotent: true}
  shop.bill.settle:
    {tool: settle, says: settle a bill, floor: low, effect: write, idempotent: true,
     confirm: {tool: look, arguments: {item: $item}, expect: {tool: look}}}
"""
GRANTS = "".join(
    f"  - {{do: shop.{name}, tier: {tier}}}\n"
    for name, tier in {
        "item.buy": "medium",
        "item.look": "low",
        "news.announce": "low",
        "server.die": "low",
        "bill.settle": "low",
    }.items()
)


@dataclass
class Shop:
    """The running shop, and what a test does to it."""

    house: House
    folder: Path
    kind: str
    process: subprocess.Popen[bytes] | None = None
    more: tuple[str, ...] = ()
    scope: Any = "shared"
    port: int = field(default_factory=free_port)

    # ------------------------------------------------------------------------------------------ the system itself

    def offer(self, *tools: dict[str, Any]) -> None:
        """From now on the server offers these."""
        fresh = self.folder / "tools.new"
        fresh.write_text(json.dumps(tools))
        fresh.replace(self.folder / "tools.json")

    def change(self, name: str, *arguments: str, **more: Any) -> None:
        """One tool takes other arguments, or says something else."""
        self.offer(*(tool(name, *arguments, **more) if one["name"] == name else one for one in TOOLS))

    def journal(self) -> list[str]:
        """The names of the tools that were really called, in order."""
        path = self.folder / "journal"
        return [json.loads(line)[0] for line in path.read_text().splitlines()] if path.exists() else []

    @contextlib.contextmanager
    def open(self) -> Iterator["Shop"]:
        if "stdio" in self.kind:
            yield self
            return
        command = (sys.executable, "-m", "tests.gate.changing_server", self.kind, str(self.folder), str(self.port))
        self.process = subprocess.Popen(command, cwd=ROOT)
        try:
            while True:
                assert self.process.poll() is None, "the shop did not open"
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                    break
                time.sleep(0.05)
            yield self
        finally:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()

    # ------------------------------------------------------------------------------------------ behind the gateway

    async def admit(self) -> None:
        """Put it behind the gateway: connector, catalogue, and grants for the router."""
        by = self.house.people["admin"]
        if "stdio" in self.kind:
            command = (sys.executable, str(SERVER), self.kind, str(self.folder), *self.more)
            where: dict[str, Any] = {"transport": "stdio", "command": command, "scope": self.scope}
        else:
            url = f"http://127.0.0.1:{self.port}/mcp"
            where = {"transport": "http", "url": url, "scope": self.scope}
        await self.house.commit(AddConnector("shop", by=by, vendor="Acme", responsible=OPS, review_by=REVIEW, **where))
        found = await self.house.installation.upstreams.definitions("shop")
        await self.house.commit(ImportCatalogue(review("shop", CATALOGUE, found), by))
        self.house.installation.policies.forget()
        await self.house.publish(CHARTER.replace("cannot:", f"{GRANTS}cannot:").replace("calls: 6", "calls: 60"))

    @property
    def reviewed(self) -> ReviewedTools:
        policies = self.house.installation.policies
        return policies.tools(policies.catalogue_in_force("shop"))

    async def accept(self, **digests: str) -> None:
        """As the console does it: pin what was looked at, and take over what is still held."""
        here = self.house.installation
        row = here.reader.row("connector", "shop")
        definitions = await here.watch.definitions("shop")
        catalogue = accepted_catalogue(row, self.reviewed, definitions, digests)
        await self.house.commit(ImportCatalogue(catalogue, self.house.people["admin"], "looked at it"))
        here.policies.forget()
        here.watch.read(here.reader)

    def held(self) -> dict[str, str]:
        """The tools in quarantine, each with what happened to it."""
        return {row["tool"]: row["change"] for row in self.house.reader.rows("quarantine", limit=1000)}

    def digest(self, name: str) -> str:
        """The digest of what a tool in quarantine is now."""
        return str(self.house.reader.row("quarantine", f"shop|{name}")["offered"])
