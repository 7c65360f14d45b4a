"""Several `bailiwick up` processes on one PostgreSQL, the people and the agents who use them, and a CRM behind them."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from bailiwick.flow.client_assertion import ASSERTION_TYPE, make_assertion
from tests.flow.house import AGENT_KEYS, CATALOGUE, CHARTER, DEFINITIONS, OPS, PEOPLE, REVIEW, Crm
from tests.upstream.conftest import RawServer, free_port

MODERN = "2026-07-28"
PREFIX = "io.modelcontextprotocol/"
LEASE_S = 5
OK = (200, 201)
PATIENCE_S = 90.0
"""Until a test gives up; nothing is measured by it."""


class Replica:
    """One server process."""

    def __init__(self, estate: "Estate", port: int, *, data: Path | None = None, public_url: str = "") -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = estate.folder / f"{port}.log"
        command = [sys.executable, "-m", "bailiwick", "up", "--json", "--port", str(port)]
        command += ["--data", str(data or estate.folder / "data"), "--public-url", public_url or estate.public_url]
        settings = {"BAILIWICK_STORE": estate.store_url, "BAILIWICK_LEASE_S": str(LEASE_S)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=os.environ | settings
            )
        self.ready: dict[str, Any] = {}

    def wait_ready(self) -> bool:
        """Whether it answers; blocks."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        said = json.loads(line) if line else {}
        self.ready = said if "url" in said else {}  # a server that is refused says why, as JSON too
        return bool(self.ready)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> int:
        """The exit code, once it has ended by itself."""
        code = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@dataclass
class Estate:
    """What the servers share, and ways to use them."""

    folder: Path
    store_url: str
    public_url: str
    crm: Crm
    upstream: RawServer
    http: httpx2.AsyncClient
    replicas: list[Replica] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    _ids: int = 0

    async def start(self, count: int, ports: tuple[int, ...] = ()) -> list[Replica]:
        """Start servers at the same moment, and wait for all."""
        chosen = (*ports, *(free_port() for _ in range(count - len(ports))))
        made = [Replica(self, port) for port in chosen]
        self.replicas += made
        for replica in made:
            assert await asyncio.to_thread(replica.wait_ready), replica.log.read_text()
        return made

    async def close(self) -> None:
        for replica in self.replicas:
            await asyncio.to_thread(replica.stop)

    def live(self) -> list[Replica]:
        return [replica for replica in self.replicas if replica.process.poll() is None]

    # ------------------------------------------------------------------------------------------ people

    async def as_person(
        self,
        replica: Replica,
        name: str,
        method: str,
        path: str,
        body: Any = None,
        status: tuple[int, ...] = (200, 201),
    ) -> Any:
        """What a server answers a person."""
        headers = {"Authorization": f"Bearer {self.people[name]}"} if name else {}
        answer = await self.http.request(method, replica.url + path, json=body, headers=headers)
        assert answer.status_code in status, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def found(self) -> None:
        """People, a connector, a charter and agents, each through another server than the one before."""
        first = next(replica for replica in self.replicas if replica.ready["first_link"])
        signed = await self.as_person(first, "", "POST", "/v1/sessions", {"link": first.ready["first_link"]})
        self.people["admin"] = signed["token"]
        for number, (address, roles) in enumerate(PEOPLE.items()):
            name, here = address.partition("@")[0], self.replicas[number % len(self.replicas)]
            if name == "admin":
                continue
            person = {"email": address, "name": name.title(), "roles": list(roles)}
            made = await self.as_person(here, "admin", "POST", "/v1/people", person)
            link = await self.as_person(here, "admin", "POST", f"/v1/people/{made['id']}/link")
            elsewhere = self.replicas[(number + 1) % len(self.replicas)]
            signed = await self.as_person(elsewhere, "", "POST", "/v1/sessions", {"link": link["url"]})
            self.people[name] = signed["token"]
        a, b = self.replicas[0], self.replicas[1]
        await self.as_person(a, "admin", "PUT", "/v1/connectors/crm", self.connector())
        await self.as_person(b, "admin", "PUT", "/v1/connectors/crm/catalogue", {"source": CATALOGUE})
        await self.as_person(a, "admin", "POST", "/v1/charters", {"source": CHARTER, "note": "the first version"})
        for name, key in AGENT_KEYS.items():
            agent = {"name": name, "charter": "lead-router", "jwk": key.public.jwk()}
            await self.as_person(b, "admin", "POST", "/v1/agents", agent)

    def connector(self, **changes: Any) -> dict[str, Any]:
        known = {"transport": "http", "url": self.upstream.url, "vendor": "Acme", "responsible": OPS}
        return known | {"review_by": REVIEW} | changes

    # ------------------------------------------------------------------------------------------ agents

    async def open_run(self, replica: Replica, agent: str = "router") -> str:
        """The token of a run."""
        self._ids += 1
        now = time.time_ns() // 1000
        audience = f"{self.public_url}/oauth/token"
        assertion = make_assertion(AGENT_KEYS[agent], agent, audience, f"jti-{self._ids}-{now}", now)
        form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_id": agent}
        form |= {"client_assertion": assertion, "resource": f"{self.public_url}/mcp"}
        token = (await self.http.post(f"{replica.url}/oauth/token", data=form)).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        body = {"intent": "route leads", "workflow": "lead-routing"}
        answer = await self.http.post(f"{replica.url}/v1/runs", json=body, headers=headers)
        return str(answer.json()["access_token"])

    async def call(self, replica: Replica, token: str, name: str, **arguments: Any) -> dict[str, Any]:
        """The `structuredContent` of a call; one that a starved server refused, and did not do, is sent again."""
        wire = name if name == "await_approval" else f"crm__{name}"
        meta = {PREFIX + "protocolVersion": MODERN, PREFIX + "clientCapabilities": {}}
        params = {"name": wire, "arguments": arguments, "_meta": meta}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": MODERN}
        headers |= {"Mcp-Method": "tools/call", "Mcp-Name": wire, "Authorization": f"Bearer {token}"}
        while True:
            answer = (await self.http.post(f"{replica.url}/mcp", json=message, headers=headers)).json()
            found: dict[str, Any] = answer["result"]["structuredContent"] if "result" in answer else answer["error"]
            if "not been able to read" not in str(found.get("reason")) or self.deaf_expected:
                return found

    deaf_expected: bool = False

    # ------------------------------------------------------------------------------------------ the record

    async def events(self, replica: Replica, kind: str) -> list[dict[str, Any]]:
        found = await self.as_person(replica, "admin", "GET", f"/v1/record/events?type={kind}&limit=200")
        return list(found["items"])

    async def verify(self, replica: Replica) -> int:
        """The size of the record, every leaf, hash, signature and payload of which holds."""
        verified = await self.as_person(replica, "admin", "POST", "/v1/record/verify")
        assert verified["problems"] == []
        return int(verified["size"])


async def eventually(look: Callable[[], Any]) -> Any:
    """What `look` finds, once it is something."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < give_up, "it never came about"
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def open_estate(folder: Path, store_url: str, count: int) -> AsyncIterator[Estate]:
    """A founded estate of `count` servers, stopped at the end."""
    crm = Crm()
    upstream = RawServer(crm.on_call, tools=DEFINITIONS)
    listening = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    upstream.port = listening.sockets[0].getsockname()[1]
    port = free_port()
    async with httpx2.AsyncClient(timeout=120) as http:
        estate = Estate(folder, store_url, f"http://127.0.0.1:{port}", crm, upstream, http)
        try:
            await estate.start(count, (port,))
            await estate.found()
            yield estate
        finally:
            crm.go.set()
            await estate.close()
            listening.close()
