"""The API over a real store, keys and one real MCP server, called without a socket."""

from contextlib import asynccontextmanager

import httpx2
import pytest
import pytest_asyncio

from bailiwick.api.app import create_api
from bailiwick.flow.client_assertion import ASSERTION_TYPE, make_assertion
from bench.seeded import AGENT, seeded


class House:
    """A seeded installation and clients for everybody in it."""

    def __init__(self, acme, api):
        self.acme = acme
        self.here = acme.installation
        self.url = self.here.public_url
        self._api = api

    def client(self, token=None, **headers):
        if token:
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx2.ASGITransport(app=self._api, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=self.url, headers=headers)

    def person(self, nick):
        return self.client(self.acme.tokens[nick])

    async def as_person(self, nick, method, path, status=200, **more):
        async with self.person(nick) as client:
            answer = await client.request(method, path, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def assertion(self, **changes):
        jti, now = self.here.new_id("jti"), self.here.clock.now_us()
        values = {"key": self.acme.key, "agent": AGENT, "audience": f"{self.url}/oauth/token", "jti": jti}
        return make_assertion(**(values | {"now_us": now} | changes))

    def form(self, **changes):
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
            "client_id": AGENT,
            "resource": f"{self.url}/mcp",
        }
        return {name: value for name, value in (form | changes).items() if value is not None}

    async def ask_token(self, **changes):
        async with self.client() as nobody:
            return await nobody.post("/oauth/token", data=self.form(**changes))

    async def agent_token(self, **changes):
        answer = await self.ask_token(**changes)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]


@asynccontextmanager
async def opened(folder):
    async with seeded(folder / "data") as acme:
        yield House(acme, create_api(acme.installation))


@pytest.fixture
async def house(tmp_path):
    """An installation of one's own."""
    async with opened(tmp_path) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory):
    """One installation for a whole module, whose tests leave it usable."""
    async with opened(tmp_path_factory.mktemp("shared")) as found:
        yield found
