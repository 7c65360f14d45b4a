"""The API over a real store, keys and one real MCP server, called without a socket."""

from contextlib import asynccontextmanager

import httpx2
import pytest

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

    def form(self, **changes):
        jti, now = self.here.new_id("jti"), self.here.clock.now_us()
        assertion = make_assertion(self.acme.key, AGENT, f"{self.url}/oauth/token", jti, now)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
            "client_id": AGENT,
            "resource": f"{self.url}/mcp",
        }
        return {name: value for name, value in (form | changes).items() if value is not None}

    async def agent_token(self, **changes):
        async with self.client() as nobody:
            answer = await nobody.post("/oauth/token", data=self.form(**changes))
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]


@asynccontextmanager
async def opened(folder):
    async with seeded(folder / "data") as acme:
        yield House(acme, create_api(acme.installation))


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as found:
        yield found
